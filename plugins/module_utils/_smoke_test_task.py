# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a smoke test asks a model, by what the model is for, and what came of it (floor 3, pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.orkes.conductor.plugins.module_utils._errors import one_line

CHAT = "chat"

#: By what a model is for: the stored prompt, and the text that goes into it. A chat needs no prompt.
PROMPTS = {
    "text_completion": ("Continue this sentence: ${text}", "The sea in the morning is"),
    "summarization": (
        "Summarize in one sentence: ${text}",
        "The harbour was built two hundred years ago. It was enlarged when the railway came. Today it is a museum.",
    ),
    "translation": ("translate English to German: ${text}", "The ship leaves in the morning."),
}
TASKS = (CHAT, *PROMPTS)
QUESTION = "Answer with one short sentence: are you ready?"

#: Name of the one task of a workflow.
REFERENCE = "ask"
VERSION = 1

#: A server may insist on one, and there is nobody to name.
OWNER = "ansible-smoke-test@example.com"

COMPLETED = "COMPLETED"
ENDED = frozenset({COMPLETED, "FAILED", "TIMED_OUT", "TERMINATED"})

#: Longest part of an answer, or of what a server says, that is told.
LONGEST_ANSWER = 200
LONGEST_REASON = 500


@dataclass(frozen=True)
class Question:
    """What one model is to be asked.

    Attributes:
        integration: Name of its integration.
        model: Its name.
        task: What it is for, one of C(TASKS).
        most_tokens: Most tokens that it may answer with.
    """

    integration: str
    model: str
    task: str = CHAT
    most_tokens: int = 64

    @property
    def title(self) -> str:
        """Return C(integration:model)."""
        return f"{self.integration}:{self.model}"

    @property
    def template(self) -> str | None:
        """Return the prompt that has to be stored for it, or None."""
        return None if self.task == CHAT else PROMPTS[self.task][0]

    def definition(self, name: str, seconds: float) -> dict[str, Any]:
        """Return the workflow that asks.

        Args:
            name: Name of the workflow, and of its prompt.
            seconds: After how long the server is to end it by itself, whatever becomes of this run.
        """
        asked: dict[str, Any] = {
            "llmProvider": self.integration,
            "model": self.model,
            "maxTokens": self.most_tokens,
        }
        if self.template is None:
            asked["messages"] = [{"role": "user", "message": QUESTION}]
        else:
            asked["promptName"] = name
            asked["promptVariables"] = {"text": PROMPTS[self.task][1]}
        task = {
            "name": REFERENCE,
            "taskReferenceName": REFERENCE,
            "type": "LLM_CHAT_COMPLETE" if self.template is None else "LLM_TEXT_COMPLETE",
            "inputParameters": asked,
            # Asked once: another try would be billed too.
            "retryCount": 0,
        }
        return {
            "name": name,
            "version": VERSION,
            "schemaVersion": 2,
            "description": "A smoke test of the Ansible collection orkes.conductor; may be deleted",
            "ownerEmail": OWNER,
            "timeoutPolicy": "TIME_OUT_WF",
            "timeoutSeconds": max(1, int(seconds) + 1),
            "restartable": False,
            "inputParameters": [],
            "outputParameters": {"answer": f"${{{REFERENCE}.output.result}}"},
            "tasks": [task],
        }


def name_problems(title: str, name: str) -> list[str]:
    """Return what is wrong with a name that becomes part of a workflow's definition, beside its form."""
    if "${" in name:
        return [f"{title} holds ${{, which a workflow would work out: no smoke test can name it"]
    return []


@dataclass(frozen=True)
class Answer:
    """What an execution came to.

    Attributes:
        answered: Whether the model said something.
        text: What it said, or an empty text.
        finish_reason: Why it ended, or None.
        tokens: Tokens used, or None; likewise for the prompt and the answer.
        prompt_tokens: Tokens of the prompt, or None.
        completion_tokens: Tokens of the answer, or None.
        reason: Why there is no answer, in the server's words, or an empty text.
    """

    answered: bool
    text: str = ""
    finish_reason: str | None = None
    tokens: int | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    reason: str = ""


def has_ended(execution: dict[str, Any]) -> bool:
    """Tell whether an execution does nothing more."""
    return execution.get("status") in ENDED


def answer_of(execution: dict[str, Any]) -> Answer:
    """Return what an execution that has ended came to."""
    tasks = [task for task in execution.get("tasks") or [] if isinstance(task, dict)]
    task = next((one for one in reversed(tasks) if one.get("referenceTaskName") == REFERENCE), {})
    output = task.get("outputData")
    output = output if isinstance(output, dict) else {}
    result = output.get("result")
    text = "" if result is None else str(result)
    tokens, prompt, completion = (
        _number(output.get(name)) for name in ("tokenUsed", "promptTokens", "completionTokens")
    )
    finish = output.get("finishReason")
    said = bool(text.strip()) or bool(completion)
    if execution.get("status") == COMPLETED and said:
        return Answer(True, text, None if finish is None else str(finish), tokens, prompt, completion)
    if execution.get("status") == COMPLETED:
        return Answer(False, reason="the workflow ended well, and the answer is empty")
    reason = task.get("reasonForIncompletion") or execution.get("reasonForIncompletion") or "the server gives no reason"
    return Answer(False, reason=f"the workflow ended as {execution.get('status')}: {reason}")


def _number(value: Any) -> int | None:
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def shortened(text: str, most: int) -> str:
    """Return a text from a server in one line, cut at its end."""
    line = one_line(" ".join(text.split()))
    return line if len(line) <= most else line[: most - 1] + "…"
