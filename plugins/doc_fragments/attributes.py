# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of what every managing module can do."""

from __future__ import annotations


class ModuleDocFragment:
    """The attributes of managing modules."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode and predict what would change, without writing anything.
    support: full
  diff_mode:
    description: Shows what differs, before and after, in diff mode. Secrets are never part of it.
    support: full
  idempotent:
    description: When run again with the same options, nothing is written and RV(ignore:changed=false).
    support: full
  action_group:
    description: Use C(group/orkes.conductor.conductor) in C(module_defaults) to set the connection for all modules.
    support: full
    membership:
      - orkes.conductor.conductor
"""
