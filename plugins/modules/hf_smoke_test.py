#!/usr/bin/python

# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""See whether Hugging Face models answer through Orkes Conductor."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hf_smoke_test
short_description: See whether Hugging Face models answer through Orkes Conductor
version_added: 0.1.0
description:
  - Asks each model something short through Conductor, as an application does, and says whether it answered. Where one
    does not, it says which of integration, model, access and endpoint is not in order, and what to do.
  - For each model it registers a workflow of one task, starts it, waits for its end, and removes execution, workflow
    and prompt again, also after failures and when it is interrupted. What a run that was killed left is removed by the
    next one as the same application. All names begin with V(ansible-smoke-test-) and digits for the application;
    nothing else is removed, so nothing of your own may have a name that begins so.
  - Everything is done as the application. If it may not register workflows (or store prompts), the key of the
    connection does that, grants the application V(EXECUTE) on just this workflow (and V(READ) with it on the prompt),
    and revokes it with the rest. RV(models[].notes) then says so. Such an answer does not prove that the application
    has access to the model on servers where the access of who made a workflow counts.
  - Every question is billed as any other use of the model. One smoke test may run at a time as one application.
extends_documentation_fragment:
  - orkes.conductor.connection
attributes:
  check_mode:
    description: Asks nothing in check mode.
    support: partial
    details: It is skipped and says so, since it takes workflows and is billed. Not even the options are looked at.
  diff_mode:
    description: Does not show differences.
    support: none
  idempotent:
    description: The cluster is left as it was.
    support: full
  action_group:
    description: Use C(group/orkes.conductor.conductor) in C(module_defaults) to set the connection for all modules.
    support: full
    membership:
      - orkes.conductor.conductor
options:
  key_file:
    description:
      - File with the access key of the application, as M(orkes.conductor.conductor_access_key) writes it.
      - Give this, or O(application_key) and O(application_secret).
    type: path
  application_key:
    description:
      - Id of an access key of the application.
    type: str
  application_secret:
    description:
      - Secret of O(application_key).
    type: str
  models:
    description:
      - The models to be asked.
    type: list
    elements: dict
    required: true
    suboptions:
      integration:
        description: Name of the integration.
        type: str
        required: true
      name:
        description: Name of the model.
        type: str
        required: true
      task:
        description:
          - What the model is for. V(chat) is asked by C(LLM_CHAT_COMPLETE), everything else by C(LLM_TEXT_COMPLETE)
            with a stored prompt.
        type: str
        choices: [chat, text_completion, summarization, translation]
        default: chat
      endpoint_state:
        description:
          - State of the model's Inference Endpoint, as M(orkes.conductor.hf_endpoint_info) tells it. A model whose
            endpoint sleeps (V(scaledToZero)) is not tried unless O(wake=true).
          - Without it nobody knows whether the endpoint sleeps, and the question wakes it.
        type: str
  wake:
    description:
      - Whether endpoints that sleep may be woken. B(It is billed) from then on until they sleep again.
    type: bool
    default: false
  max_tokens:
    description:
      - Most tokens that a model may answer with.
    type: int
    default: 64
  answer_timeout:
    description:
      - Most seconds to wait for an answer. The server ends the workflow by itself after that, too.
    type: float
    default: 120.0
  wake_timeout:
    description:
      - Most seconds to wait for an answer of an endpoint that has to wake up first. It is asked again until then.
    type: float
    default: 900.0
  interval:
    description:
      - Seconds between two looks at a workflow.
    type: float
    default: 2.0
seealso:
  - module: orkes.conductor.conductor_access_key
  - module: orkes.conductor.hf_model
  - name: LLM tasks of Orkes Conductor
    description: The tasks with which models are asked.
    link: https://orkes.io/content/category/reference-docs/ai-tasks
author:
  - orkes.conductor contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: An access key of the application
  orkes.conductor.conductor_access_key:
    application: order-service
    destination: "{{ playbook_dir }}/order-service.json"

- name: What the application needs
  orkes.conductor.conductor_application_permission:
    application: order-service
    integrations: [hf-prod]
    models: ["hf-prod:meta-llama/Llama-3.1-8B-Instruct"]
    access: [READ, EXECUTE]

- name: See whether the model answers it
  orkes.conductor.hf_smoke_test:
    key_file: "{{ playbook_dir }}/order-service.json"
    models:
      - integration: hf-prod
        name: meta-llama/Llama-3.1-8B-Instruct
  register: asked

- name: Show what it said
  ansible.builtin.debug:
    msg: "{{ asked.lines | default('nothing: models are not asked in check mode') }}"
"""

RETURN = r"""
models:
  description: What came of each model, in the order given.
  returned: outside check mode
  type: list
  elements: dict
  contains:
    integration: {description: Name of the integration., type: str, sample: hf-prod}
    name: {description: Name of the model., type: str, sample: meta-llama/Llama-3.1-8B-Instruct}
    task: {description: What it was asked as., type: str, sample: chat}
    tried: {description: Whether it was asked., type: bool, sample: true}
    answered: {description: Whether it said something., type: bool, sample: true}
    seconds: {description: 'How long it took, with registering the workflow.', type: float, sample: 1.8}
    answer:
      description: What it said, in one line and at most 200 characters, or V(null).
      type: str
      sample: I am ready.
    finish_reason: {description: 'Why it ended, or V(null).', type: str, sample: stop}
    tokens: {description: 'Tokens used, or V(null) where the server does not tell.', type: int, sample: 21}
    prompt_tokens: {description: 'Tokens of the question, or V(null).', type: int, sample: 17}
    completion_tokens: {description: 'Tokens of the answer, or V(null).', type: int, sample: 4}
    reason: {description: 'Why it did not answer or was not tried, or V(null).', type: str, sample: null}
    causes:
      description:
        - What is not in order, the likeliest first. V(integration), V(model), V(access), V(endpoint), V(time) or
          V(connection).
      type: list
      elements: str
      sample: []
    advice: {description: What to do about it., type: list, elements: str, sample: []}
    notes:
      description: What the key of the connection had to do for the application.
      type: list
      elements: str
      sample: []
lines:
  description: The same for people, one line a model.
  returned: outside check mode
  type: list
  elements: str
  sample: ['hf-prod:meta-llama/Llama-3.1-8B-Instruct (chat) answered in 1.8 s, 21 tokens: I am ready.']
application:
  description: The user as whom the models were asked.
  returned: outside check mode
  type: str
  sample: app:6c0a1f6e-6f0d-4d5b-9a51-6a2b7f6f2d10
removed:
  description: Names of what earlier runs had left and this one has removed.
  returned: outside check mode
  type: list
  elements: str
  sample: []
left_behind:
  description: What could not be removed. Always empty unless the module fails.
  returned: outside check mode
  type: list
  elements: str
  sample: []
interrupted:
  description: Whether the run was told to end before all were asked. Always false unless the module fails.
  returned: outside check mode
  type: bool
  sample: false
"""

import signal
import threading
from typing import Any

from ansible_collections.orkes.conductor.plugins.module_utils._ansible_module import InformationModule
from ansible_collections.orkes.conductor.plugins.module_utils._caller import is_administrator
from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import (
    ConductorClient,
    Credentials,
    name_problem,
)
from ansible_collections.orkes.conductor.plugins.module_utils._errors import (
    ApiError,
    CollectionError,
    FailedWithResult,
    InvalidInput,
)
from ansible_collections.orkes.conductor.plugins.module_utils._key_file import StoredKey, read_file
from ansible_collections.orkes.conductor.plugins.module_utils._limits import LONGEST_WAIT, limit_problems
from ansible_collections.orkes.conductor.plugins.module_utils._smoke_test import (
    Limits,
    SmokeTest,
    check_application,
    failure_message,
)
from ansible_collections.orkes.conductor.plugins.module_utils._smoke_test_objects import SmokeTestObjects
from ansible_collections.orkes.conductor.plugins.module_utils._smoke_test_task import (
    CHAT,
    TASKS,
    Question,
    name_problems,
)

OPTIONS: dict[str, dict[str, Any]] = {
    "key_file": {"type": "path", "no_log": False},
    # An access key's id is no secret.
    "application_key": {"type": "str", "no_log": False},
    "application_secret": {"type": "str", "no_log": True},
    "models": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "integration": {"type": "str", "required": True},
            "name": {"type": "str", "required": True},
            "task": {"type": "str", "choices": list(TASKS), "default": CHAT},
            "endpoint_state": {"type": "str"},
        },
    },
    "wake": {"type": "bool", "default": False},
    # A number of tokens is no secret.
    "max_tokens": {"type": "int", "default": 64, "no_log": False},
    "answer_timeout": {"type": "float", "default": 120.0},
    "wake_timeout": {"type": "float", "default": 900.0},
    "interval": {"type": "float", "default": 2.0},
}

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def problems_of(params: dict[str, Any]) -> list[str]:
    """Return what is wrong with the options and can be seen without a server."""
    problems: list[str] = []
    pair = [params["application_key"], params["application_secret"]]
    if bool(params["key_file"]) is any(pair) or (any(pair) and not all(pair)):
        problems.append("give either key_file, or both of application_key and application_secret")
    elif params["key_file"]:
        try:
            stored_key(params["key_file"])
        except InvalidInput as error:
            problems += error.problems
    times = (("answer_timeout", 0.1), ("wake_timeout", 0.1), ("interval", 0))
    limits = [("max_tokens", 1, None), *((option, least, LONGEST_WAIT) for option, least in times)]
    problems += limit_problems(params, limits)
    titles = []
    for number, model in enumerate(params["models"] or [], start=1):
        for option in ("integration", "name"):
            title = f"models, item {number}: {option}"
            found = name_problem(title, model[option])
            problems += [found] if found else name_problems(title, model[option])
        titles.append(f"{model['integration']}:{model['name']}")
    problems += [
        f"model {title} is listed {titles.count(title)} times: keep one"
        for title in dict.fromkeys(titles)
        if titles.count(title) > 1
    ]
    return problems


def stored_key(path: str) -> StoredKey:
    """Return the access key that a file holds.

    Raises:
        InvalidInput: There is none.
    """
    content = read_file(path)
    if content.raw is None:
        raise InvalidInput([f"key_file {path} does not exist: conductor_access_key writes it"])
    found = StoredKey.parse(content.raw)
    if found is None:
        raise InvalidInput([f"key_file {path} holds no access key: give a file that conductor_access_key wrote"])
    return found


def application_of(client: ConductorClient, params: dict[str, Any]) -> tuple[ConductorClient, str, bool]:
    """Return a client for the application, its user, and whether it has the role ADMIN.

    Raises:
        CollectionError: It cannot log in.
    """
    key, secret = params["application_key"], params["application_secret"]
    where = "application_key and application_secret"
    if params["key_file"]:
        stored = stored_key(params["key_file"])
        key, secret, where = stored.auth_key, stored.auth_secret, f"key_file {params['key_file']}"
        if stored.server_url:
            where += f", which was written for {stored.server_url}"
    client.learn_secret(secret)
    lifetime = params["token_lifetime"] or None
    application = client.as_caller(Credentials(key=key, secret=secret, lifetime=lifetime))
    try:
        user, found = check_application(application)
    except ApiError as error:
        raise CollectionError(f"the application cannot log in with {where}: {error}") from None
    return application, user, is_administrator(found)


def main() -> None:
    """Ask the models."""
    module = InformationModule(OPTIONS)
    params = module.params
    if module.module.check_mode:
        message = "models are not asked in check mode, since that takes a workflow and is billed"
        module.module.exit_json(changed=False, skipped=True, msg=message)
    stop = threading.Event()

    def interrupt(*_signal: Any) -> None:
        stop.set()

    def run(client: ConductorClient) -> dict[str, Any]:
        if not params["models"]:
            nothing: dict[str, Any] = {"models": [], "removed": [], "left_behind": [], "interrupted": False}
            return {**nothing, "lines": ["no model is active, so none was asked"], "application": None}
        application, user, administrator = application_of(client, params)
        if administrator:
            module.module.warn(f"{user} has the role ADMIN, so the answers say nothing of its access to the models")
        objects = SmokeTestObjects(application, client, user)
        limits = Limits(
            params["answer_timeout"],
            params["interval"],
            params["wake"],
            params["wake_timeout"],
            params["concurrency"],
        )
        test = SmokeTest(objects, limits, stop, module.redactor.scrub)
        # From here on there is something to be removed when the run is told to end.
        for number in SIGNALS:
            signal.signal(number, interrupt)
        removed, left = objects.remove_leftovers()
        test.left += left
        findings = test.run(
            [
                (Question(one["integration"], one["name"], one["task"], params["max_tokens"]), one["endpoint_state"])
                for one in params["models"]
            ]
        )
        result = {
            "models": [finding.as_result() for finding in findings],
            "lines": [finding.line for finding in findings],
            "application": user,
            "removed": removed,
            "left_behind": test.left,
            "interrupted": stop.is_set(),
        }
        message = failure_message(findings, test.left)
        if stop.is_set():
            message = f"the run was interrupted, and has removed what it made\n{message or ''}".strip()
        if message:
            raise FailedWithResult(message, result)
        return result

    module.run(run, lambda: problems_of(params))


if __name__ == "__main__":
    main()
