# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A local stand-in for the REST API of Orkes Conductor, for tests and demonstrations."""

from __future__ import annotations

__version__ = "1.0.0"
