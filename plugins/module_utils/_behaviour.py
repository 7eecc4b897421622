# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a cluster behaves where nothing documents it, as far as that is known (floor 2, pure)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Mapping, NamedTuple


class Profile(NamedTuple):
    """How one cluster behaves.

    Attributes:
        version: The server's version when it was probed, or None when it did not tell.
        answers: Values by question; without those that are not known.
        organization: Id of the organization that was probed, or None when it did not tell.
    """

    version: str | None = None
    answers: Mapping[str, Any] = MappingProxyType({})
    organization: str | None = None

    def knows(self, question: str, value: Any) -> bool:
        """Tell whether the cluster is known to answer a question in this way."""
        return question in self.answers and bool(self.answers[question] == value)


#: Nothing is known: everything is done in the way that is safe on every server.
CAUTIOUS = Profile()
