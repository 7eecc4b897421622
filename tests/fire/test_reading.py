# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules that only read, at Conductor and at Hugging Face, under every fault: they tell it, and write nothing."""

from __future__ import annotations

import random
import time

import pytest
from faults import FAULTS, IMPATIENT
from furnace import BOUND
from module_process import clean_environment
from sandbox_process import ADMIN_KEY, ADMIN_SECRET, HUGGING_FACE_TOKEN
from search import Search
from works import CASES, ENDPOINTS, KEYS, SEED, Estate

ESTATE = Estate(
    {"hf": {"key": KEYS[0], "description": "", "tags": {}, "models": {"m": ENDPOINTS[0]}}},
    {"people": {"roles": ["USER"], "members": ["clara"]}},
    {(("GROUP", "people"), ("INTEGRATION_PROVIDER", "hf")): ("READ",)},
    {"service": ("WORKER",)},
)
MODULES = {
    "conductor_application_info": {},
    "conductor_group_info": {},
    "conductor_permission_info": {"group": "people", "integrations": ["hf"]},
    "conductor_server_info": {},
    "conductor_user_info": {},
    "hf_integration_info": {},
    "hf_token_info": {},
    "hf_hub_model_info": {"models": [{"name": "acme/support-assistant"}]},
    "hf_endpoint_info": {"namespace": "acme"},
}
#: How many faults each is tried with.
EACH = len(FAULTS) if CASES >= 1000 else max(1, CASES // 12)


@pytest.mark.parametrize("module", MODULES)
def test_reading(module, furnace, counted):
    furnace.sandbox.control("POST", "/reset")
    ESTATE.build(furnace.sandbox.log_in())
    furnace.sandbox.control("DELETE", "/log")
    root = furnace.proxy.url.removesuffix("/api")
    environment = clean_environment(
        CONDUCTOR_SERVER_URL=furnace.proxy.url,
        CONDUCTOR_AUTH_KEY=ADMIN_KEY,
        CONDUCTOR_AUTH_SECRET=ADMIN_SECRET,
        HF_TOKEN=HUGGING_FACE_TOKEN,
        HF_ENDPOINT=f"{root}/huggingface",
        HUGGINGFACE_ENDPOINTS_URL=f"{root}/huggingface/v2",
    )
    choice = random.Random(f"{SEED} {module}")
    furnace.proxy.begin()
    whole = furnace.modules.run(module, MODULES[module], environment)
    assert not whole.failed, whole.message
    total = len(furnace.proxy.seen)
    for name in choice.sample(sorted(FAULTS), EACH):
        fault, number = FAULTS[name], choice.randrange(1, total + 1)
        if fault.disturbs:
            continue
        furnace.proxy.begin(name, fault.hurt, lambda seen, number=number: seen.number >= number)
        options = {**MODULES[module], "retries": 1, **({"timeout": IMPATIENT} if fault.slow else {})}
        began = time.monotonic()
        run = furnace.modules.run(module, options, environment)
        assert time.monotonic() - began < BOUND, name
        try:
            furnace.is_told(run, None)
        except AssertionError as error:
            raise AssertionError(f"{name} at {number}: {error}") from None
        secrets = {"key": KEYS[0], "secret": ADMIN_SECRET, "token": HUGGING_FACE_TOKEN}
        secrets |= {f"token {seen.number}": seen.token for seen in furnace.proxy.seen if seen.token}
        assert Search(secrets).text(run.output + run.errors) == [], name
        assert not any(seen.writes for seen in furnace.proxy.seen), f"{name}: it wrote"
        furnace.stays_here()
        furnace.reads_to_an_end()
        counted.count(name, "told" if run.failed else "survived")
    furnace.proxy.begin()
