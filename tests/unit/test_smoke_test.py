# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a smoke test asks, what it makes of an answer, and what it says to people."""

from __future__ import annotations

import pytest

from ansible_collections.orkes.conductor.plugins.module_utils import _smoke_test as smoke
from ansible_collections.orkes.conductor.plugins.module_utils import _smoke_test_task as tasks
from ansible_collections.orkes.conductor.plugins.modules import hf_smoke_test

QUESTION = tasks.Question("hf", "acme/m")


def ended(status="COMPLETED", reason=None, **output):
    task = {"referenceTaskName": tasks.REFERENCE, "outputData": output, "reasonForIncompletion": reason}
    return {"status": status, "tasks": [{"referenceTaskName": "other", "outputData": {"result": "no"}}, task]}


@pytest.mark.parametrize("task", tasks.TASKS)
def test_a_model_is_asked_by_what_it_is_for(task):
    question = tasks.Question("hf", "acme/m", task, 7)
    definition = question.definition("name", 1.5)
    assert (definition["name"], definition["timeoutSeconds"], definition["timeoutPolicy"]) == ("name", 2, "TIME_OUT_WF")
    (asked,) = definition["tasks"]
    given = asked["inputParameters"]
    assert (given["llmProvider"], given["model"], given["maxTokens"]) == ("hf", "acme/m", 7)
    assert asked["retryCount"] == 0, "another try would be billed"
    if task == "chat":
        assert (asked["type"], question.template) == ("LLM_CHAT_COMPLETE", None)
        assert given["messages"][0]["message"]
    else:
        assert (asked["type"], given["promptName"]) == ("LLM_TEXT_COMPLETE", "name")
        # It goes as a bare text, of which some servers take the quotes off.
        assert "${text}" in question.template and not set('"\n\\') & set(question.template)
        assert given["promptVariables"]["text"]


def test_an_answer_is_data_and_its_numbers_are_numbers():
    answer = tasks.answer_of(
        ended(result="yes", tokenUsed=9, promptTokens=5.0, completionTokens="4", finishReason="stop")
    )
    assert answer == tasks.Answer(True, "yes", "stop", 9, 5, None)
    assert tasks.answer_of(ended(result={"ready": True})).text == "{'ready': True}"
    # A model that thinks may have used up its tokens before it says anything.
    assert tasks.answer_of(ended(result="", completionTokens=64)).answered


@pytest.mark.parametrize(
    ("execution", "words"),
    [
        (ended(), "the answer is empty"),
        (ended(result=" ", completionTokens=0), "the answer is empty"),
        ({"status": "COMPLETED", "tasks": None}, "the answer is empty"),
        (ended("FAILED", "no such endpoint", result="x"), "ended as FAILED: no such endpoint"),
        ({"status": "TIMED_OUT", "reasonForIncompletion": "too late"}, "ended as TIMED_OUT: too late"),
        ({"status": "TERMINATED", "tasks": [7]}, "ended as TERMINATED: the server gives no reason"),
    ],
)
def test_what_is_no_answer(execution, words):
    assert tasks.has_ended(execution)
    answer = tasks.answer_of(execution)
    assert not answer.answered and words in answer.reason


@pytest.mark.parametrize("status", ["RUNNING", "PAUSED", None])
def test_what_goes_on(status):
    assert not tasks.has_ended({"status": status})


def test_lines_for_people_are_lines_and_short():
    answer = tasks.Answer(True, "one\ntwo\x1b[31m " + "x" * 500, "stop", 3)
    line = smoke.Finding(QUESTION, answer=answer, seconds=0.5, notes=["n"]).line
    assert line.startswith("hf:acme/m (chat) answered in 0.5 s, 3 tokens: one two\N{REPLACEMENT CHARACTER}[31m xxx")
    assert line.isprintable() and len(line) < 300 and line.endswith("… (n)")
    silent = smoke.Finding(QUESTION, reason="no.", advice=["do this", "and that."])
    assert silent.line == "hf:acme/m (chat) did not answer: no. do this. and that"
    asleep = smoke.Finding(QUESTION, tried=False, reason="it sleeps")
    assert asleep.line == "hf:acme/m (chat) was not tried: it sleeps"
    assert asleep.as_result()["answer"] is None
    good = smoke.Finding(QUESTION, answer=answer)
    assert smoke.failure_message([good, asleep], []) is None
    assert smoke.failure_message([good, silent, asleep], []).startswith("1 of 2 models did not answer:\n- hf:acme/m")
    assert "could not be removed" in smoke.failure_message([good], ["workflow w: no"])


def params(**given):
    """The options of a call that is in order, but for these."""
    names = ("key_file", "application_key", "application_secret", "endpoint_state")
    usual = {**dict.fromkeys(names), "application_key": "k", "application_secret": "s", "max_tokens": 1}
    times = {"answer_timeout": 1.0, "wake_timeout": 1.0, "interval": 0.0}
    return {**usual, **times, "models": [{"integration": "hf", "name": "acme/m"}], **given}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"application_secret": None}, "give either key_file, or both"),
        ({"key_file": "/f"}, "give either key_file, or both"),
        ({"application_key": None, "application_secret": None}, "give either key_file, or both"),
        ({"application_key": None, "application_secret": None, "key_file": "/none/f"}, "does not exist"),
        ({"max_tokens": 0}, "max_tokens is 0: the least is 1"),
        ({"interval": -1.0}, "the least is 0"),
        ({"models": [{"integration": "hf", "name": "${workflow.secrets.x}"}]}, "no smoke test can name it"),
        ({"models": [{"integration": "..", "name": "m"}]}, "models, item 1: integration"),
        ({"models": [{"integration": "hf", "name": "m"}] * 2}, "model hf:m is listed 2 times"),
    ],
    ids=str,
)
def test_bad_input_is_told_before_any_request(given, words):
    assert hf_smoke_test.problems_of(params()) == []
    (problem,) = hf_smoke_test.problems_of(params(**given))
    assert words in problem


def test_a_file_that_holds_no_access_key(tmp_path):
    file = tmp_path / "key.json"
    file.write_text('{"auth_key": "k"}')
    (problem,) = hf_smoke_test.problems_of(params(application_key=None, application_secret=None, key_file=str(file)))
    assert "holds no access key" in problem
