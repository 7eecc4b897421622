# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the options that every managing module takes, and of deletion by purge."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of managing modules."""

    DOCUMENTATION = r"""
options:
  pending_parents:
    description:
      - In check mode, names of objects that earlier tasks are about to create, or have found. Without this option a
        missing parent is only warned of in check mode; with it, a missing parent that it does not name is an error
        there, too.
      - Outside check mode it has no effect. The role P(orkes.conductor.hf_setup#role) fills it in.
    type: dict
    suboptions:
      applications:
        description: Names of applications.
        type: list
        elements: str
        default: []
      groups:
        description: Names of groups.
        type: list
        elements: str
        default: []
      integrations:
        description: Names of integrations.
        type: list
        elements: str
        default: []
      models:
        description: Models as V(integration:model).
        type: list
        elements: str
        default: []
  pending_deletions:
    description:
      - In check mode, names of objects that earlier tasks are about to delete. Their deletion is not planned once more.
      - What needs one of them is an error, unless O(pending_parents) names it, too, which stands for one that is made
        anew.
      - Outside check mode it has no effect. The role P(orkes.conductor.hf_setup#role) fills it in.
    type: dict
    suboptions:
      applications:
        description: Names of applications.
        type: list
        elements: str
        default: []
      grants:
        description: Names of grants, as results give them.
        type: list
        elements: str
        default: []
      groups:
        description: Names of groups.
        type: list
        elements: str
        default: []
      integrations:
        description: Names of integrations.
        type: list
        elements: str
        default: []
      models:
        description: Models as V(integration:model).
        type: list
        elements: str
        default: []
  allowed_deletions:
    description:
      - Names of all that may be deleted or revoked. When anything else would be, nothing is written, and the error
        names it. So what came since a plan was made, or approved, stays.
      - Without it, whatever the other options say is deleted. The role P(orkes.conductor.hf_setup#role) fills it in
        when a plan was approved or limited.
    type: dict
    suboptions:
      applications:
        description: Names of applications.
        type: list
        elements: str
        default: []
      grants:
        description: Names of grants, as results give them.
        type: list
        elements: str
        default: []
      groups:
        description: Names of groups.
        type: list
        elements: str
        default: []
      integrations:
        description: Names of integrations.
        type: list
        elements: str
        default: []
      models:
        description: Models as V(integration:model).
        type: list
        elements: str
        default: []
notes:
  - Everything is read first and checked as a whole. When any entry is wrong, all that is wrong comes in one message and
    nothing is written.
  - Requests are made O(concurrency) at a time. When some fail, the others are still made, later stages are not begun,
    and the result says what was applied, what failed and what was not tried. A further run picks up the rest.
"""

    PURGE = r"""
options:
  purge_limit:
    description:
      - The brake on O(purge). A number of objects such as V(10), or a percentage of those in scope such as V(25%).
      - When O(purge) would delete more, the module fails before anything is written.
      - It also limits how many grants C(exclusive_subjects) may revoke, in modules that have that option.
      - Given without O(purge=true) and without C(exclusive_subjects) it would do nothing, so that is an error.
    type: str
"""
