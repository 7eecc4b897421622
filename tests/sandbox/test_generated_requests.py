# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Schemathesis: whatever fits the description of the interface, or nearly does, is answered, and never with a 500."""

from __future__ import annotations

import os
import time

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from sandbox_process import TIMEOUT
from schemathesis import GenerationMode

#: For each operation. There are about a hundred of them.
REQUESTS = int(os.environ.get("FIRE_REQUESTS", "4"))
SEED = int(os.environ.get("FIRE_SEED", "1"))
#: Seconds that any of them may take.
LONGEST = 5
#: Names in paths, in place of half of those that are drawn: what is there is looked at more closely.
THERE = ("hf", "plain", "people", "ana@example.com", "sandbox-admin", "prompt", "workflow", "INTEGRATION", "USER", "1")
#: Switches of which some change what is looked at.
STRICT = {"secrets": "reference", "encoded_slash": "reject", "raw_slash": "accept", "tag_target_existence": "checked"}


def operations(sandbox):
    """Return every operation of the description."""
    schema = schemathesis.openapi.from_dict(sandbox.control("GET", "/openapi.json"))
    return [result.ok() for result in schema.get_all_operations()]


def test_no_request_that_is_described_is_answered_with_a_500(sandbox):
    found = operations(sandbox)
    assert len(found) > 60, "the description has lost its operations"
    admin = sandbox.log_in()
    admin.integration("hf")
    admin.model("hf", "plain")
    admin.done("PUT", "/users/ana@example.com", {"name": "ana", "roles": []})
    admin.done("PUT", "/groups/people", {"description": "", "roles": []})
    answers: dict[int, int] = {}

    def send(case, names):
        for name in case.path_parameters or {}:
            case.path_parameters[name] = names.pop() or case.path_parameters[name]
        request = case.as_transport_kwargs(base_url=sandbox.root)
        headers = {**dict(request.pop("headers", None) or {}), "X-Authorization": admin.token}
        began = time.monotonic()
        response = sandbox.session.request(**{**request, "timeout": TIMEOUT, "headers": headers, "cookies": None})
        assert time.monotonic() - began < LONGEST, f"{case.method} {case.path} took too long"
        assert response.status_code < 500, f"{case.method} {response.url} {request.get('json')!r}: {response.text}"
        answers[response.status_code] = answers.get(response.status_code, 0) + 1
        if response.status_code in (401, 403):
            # A request may have taken the caller's own role or key.
            sandbox.control("POST", "/reset", ["state"])
            admin.token = sandbox.log_in().token

    for number, operation in enumerate(found):
        if number == len(found) // 2:
            sandbox.settings(**STRICT)
        strategy = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))

        @seed(SEED + number)
        @settings(max_examples=REQUESTS, deadline=None, database=None, phases=[Phase.generate],
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(case=strategy, names=st.lists(st.sampled_from([*THERE, *[""] * len(THERE)]), min_size=9, max_size=9))
        def burn(case, names):
            send(case, names)

        burn()
    assert answers.get(200, 0) > len(found) // 3, f"hardly anything was taken: {answers}"
    assert sum(number for status, number in answers.items() if 400 <= status < 500) > len(found), answers
