# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inference Endpoints of Hugging Face: estates, tasks, and what has to hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from sandbox_process import Client, SandboxProcess
from works import KEYS, NAMESPACE, Estate, Task, some

NAMES = ("chat", "sums", "tiny")
#: The states in which one may be, and those that may be asked for then: what a server may refuse, or lets be, is not.
STATES = {
    "running": ("present", "absent", "running", "paused", "scaled_to_zero"),
    "paused": ("present", "absent", "running", "paused"),
    "scaledToZero": ("present", "absent", "running", "scaled_to_zero"),
    "pending": ("present", "absent", "running", "paused"),
    "": ("present", "absent", "running", "paused", "scaled_to_zero"),
}
#: What an endpoint rests in, by what is asked for.
RESTING = {"paused": ("paused",), "scaled_to_zero": ("scaledToZero",), "running": ("running", "scaledToZero")}

SWITCHES: dict[str, list[Any]] = {
    "huggingface_taken_name_status": [409, 400],
    "huggingface_delete_status": [204, 200, 202],
    "huggingface_paused_pause": ["reject", "accept"],
    "huggingface_update_at_rest": ["stays", "starts"],
    "huggingface_updated_maps": ["replaced", "merged"],
    "huggingface_secrets": ["emptied", "masked", "absent"],
    "huggingface_scale_to_zero_timeout": ["minutes_15", "minutes_60", "absent"],
    "huggingface_pending_reads": [1, 0, 3],
    "huggingface_updating_reads": [1, 0, 3],
}


@st.composite
def estates_with_endpoints(draw: st.DrawFn) -> Estate:
    """Draw endpoints in any state."""
    states = [state for state in STATES if state]
    return Estate(endpoints={name: draw(st.sampled_from(states)) for name in draw(some(NAMES))})


@st.composite
def endpoint_tasks(draw: st.DrawFn, estate: Estate) -> Task:
    """Draw endpoints that should be there, or not, and in some state."""
    wanted = []
    for name in draw(some(NAMES, 1)):
        state = draw(st.sampled_from(STATES[estate.endpoints.get(name, "")]))
        if state == "absent":
            wanted.append({"name": name, "namespace": NAMESPACE, "state": state})
        else:
            more = {"tags": draw(some(("a", "b")))} if draw(st.booleans()) else {}
            most, mode = draw(st.integers(1, 2)), draw(st.sampled_from(["a", "b"]))
            wanted.append({**item_of(name, state, max_replica=most, env={"MODE": mode}), **more})
    return endpoints(wanted)


@st.composite
def opposed_endpoints(draw: st.DrawFn, estate: Estate) -> tuple[Task, Task]:
    """Draw two tasks of which only one puts endpoints to rest: from one rest to another a server need not let them."""
    task = draw(endpoint_tasks(estate))
    items = draw(endpoint_tasks(estate)).options["endpoints"]
    resting = ("paused", "scaled_to_zero")
    return task, endpoints([{**item, "state": "running"} if item["state"] in resting else item for item in items])


def item_of(name: str, state: str, **more: Any) -> dict[str, Any]:
    """Return an endpoint as it is asked for."""
    return {
        "name": name,
        "namespace": NAMESPACE,
        "state": state,
        "repository": "facebook/bart-large-cnn",
        "type": "private",
        "vendor": "aws",
        "region": "us-east-1",
        "accelerator": "cpu",
        "instance_type": "intel-icl",
        "instance_size": "x2",
        "min_replica": 0,
        "secrets": {"SECRET": KEYS[1]},
        **more,
    }


def endpoints(wanted: list[dict[str, Any]]) -> Task:
    """Return a task that brings endpoints about."""

    def holds(sandbox: SandboxProcess, _admin: Client, _folder: Path) -> list[str]:
        listed = sandbox.control("GET", "/huggingface/endpoints")
        found = {entry["endpoint"]["name"]: entry["endpoint"] for entry in listed}
        missing = []
        for item in wanted:
            name = item["name"]
            if item["state"] == "absent" or name not in found:
                missing += [] if (item["state"] == "absent") is (name not in found) else [f"{name}: {name in found}"]
                continue
            there = found[name]
            if there["compute"]["scaling"]["maxReplica"] != item["max_replica"]:
                missing.append(f"{name} has the size {there['compute']['scaling']}")
            if not item["env"].items() <= there["model"]["env"].items():
                missing.append(f"{name} has the variables {there['model']['env']}")
            if set(item.get("tags", there["tags"])) != set(there["tags"]):
                missing.append(f"{name} has the tags {there['tags']}")
            state = there["status"]["state"]
            if state not in RESTING.get(item["state"], (state,)):
                missing.append(f"{name} is {state} and not {item['state']}")
            if not any(holds_secret(sandbox, name, key) for key in KEYS):
                missing.append(f"{name} has lost its secret")
        return missing

    def untrue(result: dict[str, Any], sandbox: SandboxProcess, _admin: Client) -> list[str]:
        if result.get("failed"):
            return []
        listed = sandbox.control("GET", "/huggingface/endpoints")
        states = {entry["endpoint"]["name"]: entry["endpoint"]["status"]["state"] for entry in listed}
        return [
            f"{entry['name']} is told to be {entry['state']}, and is {states.get(entry['name'])}"
            for entry in result["endpoints"]
            if entry["state"] != states.get(entry["name"])
        ]

    options = {"endpoints": wanted, "wait_interval": 0.01, "wait_timeout": 3}
    return Task("hf_endpoint", options, holds, untrue)


def holds_secret(sandbox: SandboxProcess, name: str, value: str) -> bool:
    """Tell whether an endpoint has this secret."""
    body = {"namespace": NAMESPACE, "name": name, "key": "SECRET", "value": value}
    return bool(sandbox.control("POST", "/huggingface/secrets/check", body)["equal"])
