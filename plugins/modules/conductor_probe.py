#!/usr/bin/python

# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find out how a Conductor cluster behaves where nothing documents it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: conductor_probe
short_description: Find out how a cluster of Orkes Conductor behaves where nothing documents it
version_added: 0.1.0
description:
  - Answers the questions that the vendor's documentation leaves open, on your own cluster, and writes a profile of it.
    The managing modules read the profile (option O(ignore:profile)) and then use what the cluster really does in place
    of what is safe on every cluster.
  - Makes one disabled integration with an invented key, one group, and one application with an access key and the role
    V(USER), all of one random name that begins with V(ansible-probe-). It looks how the cluster treats them and removes
    them again, also after a failure. What a probe that was killed left behind is found by that prefix and removed when
    the next one begins, so nothing of your own may have a name that begins so, and only one probe may run at a time.
  - Nothing else on the cluster is touched. It reads the names of integrations, groups and applications.
  - Takes some 120 requests, one after the other.
extends_documentation_fragment:
  - orkes.conductor.connection
attributes:
  check_mode:
    description: Does not run in check mode.
    support: partial
    details: It looks at its options and then fails, since it has to write.
  diff_mode:
    description: Does not show differences.
    support: none
  idempotent:
    description: The cluster is left as it was, and O(dest) is written only when an answer is another one.
    support: full
options:
  confirm:
    description:
      - Must be true, as a sign that objects may be made on this cluster and removed again.
    type: bool
    default: false
  dest:
    description:
      - File for the profile, as JSON. It holds the server's version, the organization's id and the answers, and no
        secret. Its folder must exist.
    type: path
  only_clean:
    description:
      - Whether only what earlier probes left behind is removed, and nothing is asked.
    type: bool
    default: false
  pause:
    description:
      - Seconds between two writes whose times are compared. Servers that keep whole seconds need more than one.
    type: float
    default: 1.1
seealso:
  - name: Integrations of Orkes Conductor
    description: The requests whose undocumented sides are looked at.
    link: https://orkes.io/content/category/ref-docs/api/integrations
  - name: Permissions of Orkes Conductor
    description: The same for groups, applications and grants.
    link: https://orkes.io/content/category/ref-docs/api/authorization
author:
  - orkes.conductor contributors (!UNKNOWN)
"""

EXAMPLES = r"""
- name: Make the folder of the profiles
  ansible.builtin.file:
    path: "{{ playbook_dir }}/profiles"
    state: directory
    mode: "0755"

- name: Write the profile of this cluster
  orkes.conductor.conductor_probe:
    confirm: true
    dest: "{{ playbook_dir }}/profiles/{{ inventory_hostname }}.json"

- name: Remove what a probe that was killed left behind
  orkes.conductor.conductor_probe:
    confirm: true
    only_clean: true
"""

RETURN = r"""
profile:
  description: The profile, as it is kept in O(dest).
  returned: success, unless O(only_clean)
  type: dict
  contains:
    profile:
      description: Number of the profile's form.
      type: int
      sample: 1
    probed_at:
      description: When the cluster was probed.
      type: str
      sample: '2026-01-31T12:00:00Z'
    server:
      description: The server's C(version) and C(organization), V(null) where it does not tell.
      type: dict
      sample: {organization: acme, version: 5.4.2}
    answers:
      description:
        - By question a C(value), which is V(null) when there is no answer, and C(how) it was obtained.
        - Questions and answers are the switches of the collection's sandbox.
      type: dict
      sample:
        secrets:
          value: masked
          how: saved an invented key, and read it back
lines:
  description: The answers for people, one a line, sorted by question.
  returned: success, unless O(only_clean)
  type: list
  elements: str
  sample: ['secrets: masked', 'posted_mask: no answer, since a read shows the same text either way']
dest:
  description: File of the profile, or V(null).
  returned: success
  type: str
  sample: profiles/production.json
left_behind:
  description: What could not be removed. Always empty, since the module fails when there is something, and names it.
  returned: success
  type: list
  elements: str
  sample: []
"""

import contextlib
import json
import os
import tempfile
from typing import Any

from ansible_collections.orkes.conductor.plugins.module_utils._ansible_module import InformationModule
from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import ConductorClient
from ansible_collections.orkes.conductor.plugins.module_utils._errors import CollectionError
from ansible_collections.orkes.conductor.plugins.module_utils._limits import LONGEST_WAIT, limit_problems
from ansible_collections.orkes.conductor.plugins.module_utils._probe import PAUSE, probe
from ansible_collections.orkes.conductor.plugins.module_utils._probe_objects import ProbeObjects
from ansible_collections.orkes.conductor.plugins.module_utils._profile import answer_lines

OPTIONS: dict[str, dict[str, Any]] = {
    "confirm": {"type": "bool", "default": False},
    "dest": {"type": "path"},
    "only_clean": {"type": "bool", "default": False},
    "pause": {"type": "float", "default": PAUSE},
}


def same_answers(path: str, profile: dict[str, Any]) -> bool:
    """Tell whether a file holds this profile already, whenever it was written."""
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and {**found, "probed_at": ""} == {**profile, "probed_at": ""}


def write(path: str, profile: dict[str, Any]) -> None:
    """Write the profile, whole or not at all."""
    folder = os.path.dirname(os.path.abspath(path))
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(profile, file, indent=2, sort_keys=True)
            file.write("\n")
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        raise CollectionError(f"dest {path} cannot be written ({error.strerror}): the cluster was probed") from None


def problems_of(params: dict[str, Any], check_mode: bool) -> list[str]:
    """Return what stands against a probe and can be seen without a server."""
    problems = []
    if check_mode:
        problems.append("a probe has to write, and so it does not run in check mode: run it without --check")
    if not params["confirm"]:
        problems.append(
            "confirm is not true: a probe makes an integration, a group and an application on this cluster and removes "
            "them again; set confirm: true (hf_setup_confirm_probe in the playbook) if that may be"
        )
    problems += limit_problems(params, [("pause", 0, LONGEST_WAIT)])
    folder = os.path.dirname(os.path.abspath(params["dest"])) if params["dest"] else None
    if folder is not None and os.path.isdir(params["dest"]):
        problems.append(f"dest {params['dest']} is a folder: name a file in it")
    elif folder is not None and not os.access(folder, os.W_OK):
        problems.append(f"dest {params['dest']} cannot be written: make its folder first, or check its permissions")
    return problems


def main() -> None:
    """Probe the cluster."""
    module = InformationModule(OPTIONS)
    params = module.params

    def run(client: ConductorClient) -> dict[str, Any]:
        if params["only_clean"]:
            return {"left_behind": ProbeObjects(client).clean(), "dest": None}
        profile, left = probe(client, module.redactor, params["pause"])
        changed = bool(params["dest"]) and not left and not same_answers(params["dest"], profile)
        if changed:
            write(params["dest"], profile)
        lines = answer_lines(profile)
        return {"profile": profile, "lines": lines, "left_behind": left, "dest": params["dest"], "changed": changed}

    def checked(client: ConductorClient) -> dict[str, Any]:
        result = run(client)
        if result["left_behind"]:
            raise CollectionError(
                "some of what the probe made could not be removed; run it again with only_clean: true, or remove it in "
                f"the console: {'; '.join(result['left_behind'])}"
            )
        return result

    module.run(checked, lambda: problems_of(params, module.module.check_mode))


if __name__ == "__main__":
    main()
