# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter hf_setup_approval_problems."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError

# Ansible loads every filter of a collection for one of them, in the process of each task: what a filter needs is
# imported when it is called.

DOCUMENTATION = r"""
name: hf_setup_approval_problems
short_description: Why a plan is not the one that was approved
version_added: 0.1.0
author: orkes.conductor contributors (!UNKNOWN)
description:
  - Holds a plan against the plan that was approved, given as its digest, as the file in which it was kept, or as both.
  - What is given and is no digest, or no plan, is a problem, and never the same as nothing being given.
  - The role P(orkes.conductor.hf_setup#role) uses it.
positional: expected, file, required
options:
  _input:
    description: The plan, as P(orkes.conductor.hf_setup_plan#filter) returns it.
    type: dict
    required: true
  expected:
    description:
      - Digest of the approved plan, or a list of what plans have published, in which there has to be one of this host.
        An empty text counts as not given.
    type: raw
  file:
    description: File in which the approved plan was kept, as JSON. An empty text counts as not given.
    type: path
  required:
    description: Whether it is a problem that no approved plan is given.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Stop unless it is the approved plan
  ansible.builtin.assert:
    that: (plan | orkes.conductor.hf_setup_approval_problems(plan.digest)) == []
"""

RETURN = r"""
_value:
  description: The problems, none if the plan is the approved one, or if none had to be approved.
  type: list
  elements: str
"""


def hf_setup_approval_problems(plan: Any, expected: Any = None, file: Any = None, required: bool = False) -> list[str]:
    """Return the problems."""
    from ansible_collections.orkes.conductor.plugins.plugin_utils._cluster_plan import (
        approval_problem,
        expected_digest,
        kept_plan,
    )

    if not isinstance(plan, dict) or "digest" not in plan:
        raise AnsibleFilterError("hf_setup_approval_problems takes a plan")
    digest, problem = expected_digest(expected, str(plan.get("host", "")))
    problems = [problem] if problem else []
    approved = None
    if file is not None and file != "":
        try:
            with open(str(file), encoding="utf-8") as opened:
                approved, problem = kept_plan(opened.read(), str(file))
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            problem = f"hf_setup_expected_plan_file {file} cannot be read ({reason}): check the path"
        problems += [problem] if problem else []
    if required and digest is None and approved is None and not problems:
        problems.append(
            "no approved plan was given, and hf_setup_require_approved_plan is set: start the workflow that plans, "
            "asks for the approval and applies, or give hf_setup_expected_plan or hf_setup_expected_plan_file"
        )
    found = None if problems else approval_problem(plan, digest, approved)
    return [found] if found else problems


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"hf_setup_approval_problems": hf_setup_approval_problems}
