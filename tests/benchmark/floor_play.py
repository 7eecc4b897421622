# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The other half of the floor: a play with as many module tasks, which validate the same arguments and do nothing.

Usage: floor_play.py COLLECTION FOLDER writes the collection orkes.floor into a folder: modules with the very argument
specifications of those that the role calls, and a role with that of hf_setup.
"""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

COPYRIGHT = """# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""

MODULES = (
    "conductor_group",
    "conductor_group_permission",
    "conductor_permission_info",
    "conductor_server_info",
    "hf_integration",
    "hf_model",
    "hf_plan",
)

MODULE = """{copyright}
import json
import os

from ansible.module_utils.basic import AnsibleModule, env_fallback


def mended(specification):
    for option in specification.values():
        if "fallback" in option:
            option["fallback"] = (env_fallback, option["fallback"])
        mended(option.get("options") or {{}})
    return specification


SPECIFICATION = json.loads({specification!r})


AnsibleModule(argument_spec=mended(SPECIFICATION), supports_check_mode=True).exit_json(changed=False)
"""


class Captured(Exception):
    """The argument specification of a module."""


def argument_specification(module: str) -> dict[str, Any]:
    """Return what a module gives to AnsibleModule."""
    from ansible.module_utils import basic

    class Capturing:
        def __init__(self, argument_spec: dict[str, Any], **_more: Any) -> None:
            raise Captured(argument_spec)

    shared = importlib.import_module("ansible_collections.orkes.conductor.plugins.module_utils._ansible_module")
    found = importlib.import_module(f"ansible_collections.orkes.conductor.plugins.modules.{module}")
    before = (shared._RememberingModule, basic.AnsibleModule)
    shared._RememberingModule = Capturing  # type: ignore[attr-defined]
    try:
        found.main()
    except Captured as captured:
        specification: dict[str, Any] = captured.args[0]
        return specification
    finally:
        shared._RememberingModule = before[0]  # type: ignore[attr-defined]
    raise RuntimeError(f"{module} has no argument specification")


def as_json(specification: dict[str, Any]) -> dict[str, Any]:
    """Return a specification without functions: of a fallback its variables are kept."""
    found = {}
    for name, option in specification.items():
        found[name] = {key: value for key, value in option.items() if not callable(value)}
        if "fallback" in option:
            found[name]["fallback"] = list(option["fallback"][1])
        if option.get("options"):
            found[name]["options"] = as_json(option["options"])
    return found


def write(collection: Path, folder: Path) -> None:
    """Write the collection orkes.floor."""
    target = folder / "ansible_collections" / "orkes" / "floor"
    shutil.rmtree(target, ignore_errors=True)
    modules, role = target / "plugins" / "modules", target / "roles" / "hf_setup"
    for place in (modules, role / "meta", role / "tasks"):
        place.mkdir(parents=True)
    for name in MODULES:
        specification = json.dumps(as_json(argument_specification(name)))
        (modules / f"{name}.py").write_text(MODULE.format(copyright=COPYRIGHT, specification=specification))
    shutil.copy(collection / "roles" / "hf_setup" / "meta" / "argument_specs.yml", role / "meta" / "argument_specs.yml")
    (role / "tasks" / "main.yml").write_text("[]\n")


def tasks(modules: list[str]) -> list[dict[str, Any]]:
    """Return tasks that call these modules, each with the list that the one in its place would get."""
    arguments = {
        "hf_integration": {"integrations": "{{ floor_integrations }}"},
        "hf_model": {"models": "{{ floor_models }}"},
        "conductor_group": {"groups": "{{ floor_groups }}"},
        "conductor_group_permission": {"grants": "{{ floor_grants }}"},
        "hf_plan": {
            "objects": {kind: f"{{{{ floor_{kind} }}}}" for kind in ("integrations", "models", "groups", "grants")}
        },
    }
    connection = {
        option: f"{{{{ hf_setup_{option} }}}}" for option in ("server_url", "auth_key", "auth_secret", "concurrency")
    }
    return [
        {
            "name": f"Do nothing ({name})",
            f"orkes.floor.{name}": {**connection, **arguments.get(name, {})},
        }
        for name in modules
    ]


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
