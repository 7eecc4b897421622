# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A job as AWX prepares it: what its credentials inject, and the folder that ansible-runner works from."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from jinja2.sandbox import ImmutableSandboxedEnvironment


def injected(credential_type: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, str]:
    """Return the environment variables that a credential brings.

    What is not filled in is an empty text, and a boolean is false then, whatever its default.

    Args:
        credential_type: The credential type.
        values: What was filled in.
    """
    nothing = {
        field["id"]: False if field.get("type") == "boolean" else "" for field in credential_type["inputs"]["fields"]
    }
    rendering = ImmutableSandboxedEnvironment()
    return {
        name: rendering.from_string(template).render({**nothing, **values})
        for name, template in credential_type["injectors"].get("env", {}).items()
    }


class _Unsafe(yaml.SafeDumper):
    """Writes every text in quotes, and as one that is no template."""


_Unsafe.add_representer(str, lambda dumper, text: dumper.represent_scalar("!unsafe", text, style="'"))


def extra_variables(variables: Mapping[str, Any]) -> str:
    """Return extra variables as AWX writes them: no text is a template."""
    lines = []
    for name, value in variables.items():
        text = yaml.dump(value, Dumper=_Unsafe, default_flow_style=True, width=1 << 20).removesuffix("\n...\n")
        lines.append(f"{name}: {text.strip()}")
    return "\n".join(lines) + "\n"


def write_job(
    folder: Path, project: Path, inventory: Mapping[str, Any], variables: Mapping[str, Any], options: list[str]
) -> Path:
    """Write the private data folder of a job.

    Args:
        folder: Where to write it.
        project: The project's checkout.
        inventory: What the inventory script is to print.
        variables: Answers of a survey, and other extra variables.
        options: Options for ansible-playbook.
    """
    for name in ("inventory", "env", "artifacts"):
        (folder / name).mkdir(parents=True)
    (folder / "project").symlink_to(project, target_is_directory=True)
    script = folder / "inventory" / "hosts"
    script.write_text(f"#!{sys.executable}\nprint({json.dumps(inventory)!r})\n")
    script.chmod(0o700)
    own = {f"{prefix}_{name}": value for prefix in ("awx", "tower") for name, value in JOB.items()}
    # A file of credentials' extra variables goes before the answers; these credential types bring none.
    credentials = folder / "env" / "credentials.yml"
    credentials.write_text("{}\n")
    (folder / "env" / "extravars").write_text(extra_variables({**own, **variables}))
    (folder / "env" / "cmdline").write_text(shlex.join(["-u", "root", *options, "-e", f"@{credentials}"]))
    for path in (folder / "env").iterdir():
        path.chmod(0o600)
    return folder


#: What every job is told about itself.
JOB = {
    "job_id": 17,
    "job_launch_type": "manual",
    "job_template_id": 7,
    "job_template_name": "Apply",
    "user_id": 1,
    "user_name": "admin",
    "inventory_id": 2,
    "inventory_name": "Clusters",
    "project_revision": "0123456789abcdef0123456789abcdef01234567",
}
