# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the digest of a plan takes in of a secret."""

from __future__ import annotations

from ansible_collections.orkes.conductor.plugins.module_utils._secrets import plan_mark


def test_another_key_is_another_plan_unless_the_key_could_be_guessed_from_it():
    assert plan_mark("a" * 20, "hf", "api_key") != plan_mark("b" * 20, "hf", "api_key")
    assert plan_mark("a" * 20, "hf", "api_key") != plan_mark("a" * 20, "other", "api_key")
    assert plan_mark("shortkey1", "hf", "api_key") == plan_mark("shortkey2", "hf", "api_key") != ""
