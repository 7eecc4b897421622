# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action by which the integration targets hold an apply against its prediction notices every difference."""

from __future__ import annotations

import copy
import importlib.util
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from test_examples import ROOT

PLUGINS = ROOT / "tests" / "integration" / "targets" / "setup_sandbox" / "action_plugins"
DIGEST = "0123456789abcdef" * 4

CHANGED: dict[str, Any] = {
    "changed": True,
    "changes": [
        {"kind": "model", "name": "hf:a", "action": "update", "fields": {"enabled": {"before": True, "after": False}}},
        {"kind": "model", "name": "hf:b", "action": "delete", "fields": {}},
    ],
    "plan": ["~ model hf:a: enabled true → false", "- model hf:b"],
    "digest": DIGEST,
    "summary": {"created": 0, "updated": 1, "deleted": 1, "unchanged": 3, "failed": 0, "skipped": 0},
    "diff": [
        {
            "before_header": "model hf:a",
            "after_header": "model hf:a",
            "before": {"enabled": True},
            "after": {"enabled": False},
        },
        {
            "before_header": "model hf:b",
            "after_header": "model hf:b (absent)",
            "before": {"enabled": True},
            "after": {},
        },
    ],
}
NOTHING = {
    **CHANGED,
    "changed": False,
    "changes": [],
    "plan": [],
    "summary": {**CHANGED["summary"], "updated": 0, "deleted": 0},
    "diff": [],
}


@pytest.fixture
def converged(monkeypatch):
    """Runs the action on scripted answers of a check, an apply and a repetition; the apply alone writes."""
    answers: list[dict[str, Any]] = []
    server = SimpleNamespace(forget_requests=lambda: None, writes=lambda: ["PUT /api/x"] if len(answers) == 1 else [])
    monkeypatch.syspath_prepend(str(PLUGINS))  # the action adds it, too; here it is taken back
    monkeypatch.setitem(sys.modules, "sandbox", SimpleNamespace(SandboxServer=lambda _variables: server))
    monkeypatch.setattr(ActionBase, "run", lambda *_arguments: {})
    specification = importlib.util.spec_from_file_location("converged_under_test", PLUGINS / "converged.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    monkeypatch.setattr(module.ActionModule, "_execute_module", lambda _self, **_keywords: answers.pop(0))

    def run(plan, applied, again=None):
        answers[:] = [plan, applied, NOTHING if again is None else again]
        action = module.ActionModule.__new__(module.ActionModule)
        expected = [{key: change[key] for key in ("kind", "name", "action")} for change in CHANGED["changes"]]
        action._task = SimpleNamespace(args={"module": "m", "arguments": {}, "changes": expected})
        return action.run()

    return run


def other(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """Return the answer of a run with changes, one value of it another."""
    answer = copy.deepcopy(CHANGED)
    place: Any = answer
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return answer


#: What may be amiss in an answer, each such that it is in order by itself.
DIFFERENCES = {
    "a field of a change": (("changes", 0, "fields", "enabled", "before"), None),
    "a line of the plan": (("plan", 0), "~ model hf:a: enabled null → false"),
    "the digest": (("digest",), "f" * 64),
    "the number of what is in order": (("summary", "unchanged"), 4),
    "the diff": (("diff", 1, "before"), {"enabled": False}),
}


def test_an_apply_that_is_what_was_predicted_passes(converged):
    assert converged(copy.deepcopy(CHANGED), CHANGED)["changed"]


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_a_prediction_that_does_not_come_about_is_noticed(converged, difference):
    with pytest.raises(AnsibleActionFail, match="check mode predicted another"):
        converged(other(*DIFFERENCES[difference]), CHANGED)
    with pytest.raises(AnsibleActionFail, match="check mode predicted another"):
        converged(CHANGED, other(*DIFFERENCES[difference]))


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (("plan", 1), "- model hf:c", "lines of the plan"),
        (("plan",), ["- model hf:b", "~ model hf:a: enabled true → false"], "lines of the plan"),
        (("plan",), CHANGED["plan"][:1], "lines of the plan"),
        (("digest",), "", "no digest"),
        (("diff",), CHANGED["diff"][:1], "the diff has other entries"),
        (("changes",), CHANGED["changes"][::-1], "other changes than expected"),
        (("changed",), False, "changed is False"),
    ],
)
def test_answers_that_contradict_themselves_are_noticed_even_if_they_agree(converged, path, value, complaint):
    answer = other(path, value)
    with pytest.raises(AnsibleActionFail, match=complaint):
        converged(answer, copy.deepcopy(answer))


def test_a_repetition_that_changes_something_is_noticed(converged):
    with pytest.raises(AnsibleActionFail, match="a repetition"):
        converged(CHANGED, CHANGED, CHANGED)
