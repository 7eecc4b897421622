# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is surely no secret, though it was given as one."""

from __future__ import annotations

import pytest

from ansible_collections.orkes.conductor.plugins.module_utils._secrets import looks_masked


@pytest.mark.parametrize(
    "text",
    [
        "****",
        "hf_****",
        "abc***xyz",
        "<your token>",
        "xxxx",
        "hf_xxxxxxxxxxxxxxxxxxxx",
        "...",
        "hf_...",
        "hf_abc...xyz",
        "hf_…",
        "••••",
        "hf_••••1234",
        "{{ token }}",
        "{{ lookup('env', 'T') }}",
        "${HF_TOKEN}",
        "$HF_TOKEN",
        "changeme",
        "CHANGE_ME",
        "change-me",
        "your-token",
        "hf_your_token_here",
        "REDACTED",
        "[REDACTED]",
        "None",
        "null",
        "TODO",
        "$ANSIBLE_VAULT;1.1;AES256\n6162",
        "$encrypted$",
        "VALUE_HIDDEN",
        " **** ",
    ],
)
def test_masks_and_placeholders(text):
    assert looks_masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "hf_kXyZabcdefghijklmnopqrstuvwx0123",
        "secret",
        "p.a.s.s",
        "a..b",
        "$ecret!",
        "$5 a day",
        "x",
        "xxx",
        "hunter2",
        "correct horse battery staple",
        "{not a template}",
        "todo list",
        "hf_xxY",
        "a{{b",
        "none of them",
    ],
)
def test_what_may_be_a_secret(text):
    assert not looks_masked(text)
