# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a model of the sandbox says. It tells what it was asked, so the same question always gets the same answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """A text, and what it would have cost: a word counts as a token."""

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int


def answer_to(asked: str, speaker: str, most: int) -> Answer:
    """The answer to a question.

    Args:
        asked: The question.
        speaker: Who the sandbox speaks for.
        most: The most words that the answer may have.
    """
    words = f"The sandbox speaks for {speaker} and was told: {asked}".split()
    reason = "length" if len(words) > most else "stop"
    return Answer(" ".join(words[:most]), reason, len(asked.split()), min(most, len(words)))
