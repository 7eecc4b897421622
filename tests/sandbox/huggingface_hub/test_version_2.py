# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only version 2 of the client does."""

from __future__ import annotations

import pytest
from conftest import create
from huggingface_hub.errors import BadRequestError


def test_a_task_may_be_left_out(api):
    made = create(api, task=None)
    assert made.task == "text-generation", "it is that of the model"


def test_the_former_type_is_never_sent(api, sandbox):
    with pytest.raises(ValueError, match="protected"):
        create(api, type="protected")
    assert sandbox.control("GET", "/log/summary")["writes"] == 0


def test_hardware(api, made):
    found = api.list_inference_endpoints_hardware(namespace="acme")
    used = {(one.vendor, one.region, one.instance_type, one.instance_size): one.used_accelerators for one in found}
    assert used["aws", "us-east-1", "nvidia-l4", "x1"] == 1 and used["aws", "us-east-1", "nvidia-a10g", "x1"] == 0
    assert {one.accelerator for one in found} == {"cpu", "gpu", "neuron"}


def test_engines_on_several_accelerators(api):
    image = {"vLLM": {"url": "registry.example/vllm:1"}}
    with pytest.raises(BadRequestError, match="tensorParallelSize"):
        create(api, instance_size="x4", custom_image=image)
    image["vLLM"]["tensorParallelSize"] = 4
    made = create(api, instance_size="x4", custom_image=image)
    assert made.raw["model"]["image"] == image
    made.update(data_parallel_size=2)
    assert made.raw["model"]["image"]["vLLM"]["dataParallelSize"] == 2


def test_command_and_arguments(api):
    made = create(api, container_command=["serve"], container_args=["--x"], custom_image={"url": "a"})
    assert made.raw["model"]["command"] == ["serve"] and made.raw["model"]["args"] == ["--x"]


def test_an_account_at_a_registry(api):
    image = {"url": "registry.example/a:1"}
    account = {"container_registry_username": "ana", "container_registry_password": "hidden-password"}
    made = create(api, custom_image=image, **account)
    assert made.raw["model"]["image"]["custom"]["credentials"] == {"username": "ana", "password": ""}
    with pytest.raises(ValueError, match="credentials"):
        made.update(tensor_parallel_size=2)
