# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The difference between what is and what should be (floor 2, pure).

One C(Plan) is what check mode predicts, what diff prints, what apply executes and what the result reports.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import Any, Iterable, Mapping

from ansible_collections.orkes.conductor.plugins.module_utils._errors import one_line

#: Longest value that a line of a plan shows whole, in characters.
LONGEST_VALUE = 120

#: First element of what a digest is made from; changes with the form of the rest.
DIGEST_VERSION = "plan-1"


def value_text(value: Any) -> str:
    """Return a value as a line of a plan shows it: texts in quotes, sets in brackets."""
    if isinstance(value, (list, tuple)):
        text = f"[{', '.join(str(item) for item in value)}]"
    else:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    text = one_line(text)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


@dataclass(frozen=True)
class FieldChange:
    """One field of one object, before and after, both fit to be shown.

    Attributes:
        before: What is there; of a secret a word such as C(unknown).
        after: What will be there; of a secret the word C(set).
        mark: One-way mark of the secret that is written, for the digest of the plan. Never shown by itself.
        known_as: What the digest of the plan takes in instead of C(after), where a plan is the same with several.
    """

    before: Any
    after: Any
    mark: str = field(default="", repr=False)
    known_as: str = ""

    def as_text(self) -> str:
        """Return C(before → after) in one line; what is new has no before, and words for a secret no quotes."""
        before, after = (str(value) if self.mark else value_text(value) for value in (self.before, self.after))
        return after if self.before is None else f"{before} → {after}"


@dataclass
class Change:
    """One object that differs.

    Attributes:
        kind: What it is: C(integration), C(model), C(group), C(grant).
        name: How the user knows it, unique within its kind.
        action: C(create), C(update) or C(delete).
        fields: What differs, by the name of the option; fit to be shown.
        stage: Changes of a lower stage are finished before those of a higher one begin.
        payload: What the resource needs to carry it out; may hold secrets and is never shown.
        before: The object as it is, for the diff; empty when it does not exist.
        after: The object as it will be, for the diff; empty when it is deleted.
        other_name: What other modules may call the same object, if that is something else.
    """

    kind: str
    name: str
    action: str
    fields: dict[str, FieldChange] = field(default_factory=dict)
    stage: int = 0
    payload: Any = field(default=None, repr=False)
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    other_name: str = ""

    def as_line(self) -> str:
        """Return the change as a line, such as C(~ integration hf-prod: description "a" → "b")."""
        sign = {"create": "+", "update": "~", "delete": "-"}[self.action]
        line = f"{sign} {self.kind} {one_line(self.name)}"
        if self.action == "create":
            # What a new object has not got is no news.
            found = {name: item for name, item in self.fields.items() if item.after not in ("", [], {})}
            shown = [f"{name} {replace(item, before=None).as_text()}" for name, item in sorted(found.items())]
        else:
            shown = [f"{name} {item.as_text()}" for name, item in sorted(self.fields.items())]
        return line if self.action == "delete" or not shown else f"{line}: {', '.join(shown)}"

    def as_digest(self) -> list[Any]:
        """Return what the digest of a plan takes in of this change: all that is shown, and the marks of secrets."""
        fields = {name: [item.before, item.known_as or item.after, item.mark] for name, item in self.fields.items()}
        return [self.kind, self.name, self.action, fields]

    def as_result(self) -> dict[str, Any]:
        """Return C({kind, name, action, fields}), the form in which results list a change."""
        return {
            "kind": self.kind,
            "name": self.name,
            "action": self.action,
            "fields": {name: {"before": item.before, "after": item.after} for name, item in self.fields.items()},
            **({"other_name": self.other_name} if self.other_name else {}),
        }

    def as_diff(self) -> dict[str, Any]:
        """Return one entry of Ansible's diff."""
        title = f"{self.kind} {self.name}"
        return {
            "before_header": title if self.before else f"{title} (absent)",
            "after_header": title if self.after else f"{title} (absent)",
            "before": self.before,
            "after": self.after,
        }


@dataclass
class Plan:
    """All changes of one module call, in the order in which they are made.

    Attributes:
        changes: What differs.
        unchanged: Number of objects that are as they should be.
        warnings: Sentences for the user.
    """

    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    warnings: list[str] = field(default_factory=list)
    _warned: set[str] = field(default_factory=set, repr=False)

    def warn(self, sentence: str) -> None:
        """Take in a sentence for the user, each once."""
        if sentence not in self._warned:
            self._warned.add(sentence)
            self.warnings.append(sentence)

    def add(self, change: Change | None) -> None:
        """Take in a change; None stands for an object that is as it should be."""
        if change is None:
            self.unchanged += 1
        else:
            self.changes.append(change)

    def leave_out_deletions(self, names: dict[str, list[str]]) -> None:
        """Leave out the deletion of what will be gone by then.

        Args:
            names: Names by kind in the plural, such as C(models).
        """
        gone = {(kind[:-1], name) for kind, found in names.items() for name in found or []}
        self.changes = [
            change
            for change in self.changes
            if change.action != "delete" or not gone & {(change.kind, change.name), (change.kind, change.other_name)}
        ]

    def deletions_beyond(self, names: dict[str, list[str]]) -> list[Change]:
        """Return the deletions that are not among these, in the order in which they would be made.

        Args:
            names: Names by kind in the plural, such as C(models). Other kinds may be deleted.
        """
        return [
            change
            for change in self.ordered()
            if change.action == "delete"
            and f"{change.kind}s" in names
            and not {change.name, change.other_name or change.name} & set(names[f"{change.kind}s"] or [])
        ]

    def hold_back_deletions(self) -> list[Change]:
        """Leave out every deletion, and return what was left out, in the order in which it would have been made."""
        held = [change for change in self.ordered() if change.action == "delete"]
        self.changes = [change for change in self.changes if change.action != "delete"]
        return held

    def stages(self) -> list[list[Change]]:
        """Return the changes grouped by stage, lowest first, each in the order it was planned."""
        stages: dict[int, list[Change]] = {}
        for change in self.changes:
            stages.setdefault(change.stage, []).append(change)
        return [stages[number] for number in sorted(stages)]

    def ordered(self) -> list[Change]:
        """Return the changes in the order in which they are made."""
        return [change for stage in self.stages() for change in stage]


def pending_names(changes: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, list[str]]]:
    """Return what changes will make and take, by name: C(parents) and C(deletions), by kind in the plural.

    Args:
        changes: Changes as results list them.
    """
    changes = list(changes)

    def names(kind: str, action: str) -> list[str]:
        found = [change for change in changes if (change["kind"], change["action"]) == (kind, action)]
        return [str(change[name]) for change in found for name in ("name", "other_name") if change.get(name)]

    return {
        "parents": {f"{kind}s": names(kind, "create") for kind in ("application", "group", "integration", "model")},
        "deletions": {
            f"{kind}s": names(kind, "delete") for kind in ("application", "grant", "group", "integration", "model")
        },
    }


def digest_of_change(change: Change) -> str:
    """Return a digest of one change, in which marks of secrets cannot be seen."""
    return hashlib.sha256(json.dumps(change.as_digest(), sort_keys=True, default=str).encode("utf-8")).hexdigest()


def digest_of(changes: Iterable[Change]) -> str:
    """Return the digest of a plan: 64 hexadecimal digits, the same for the same changes in any order."""
    parts = sorted(json.dumps(change.as_digest(), sort_keys=True, default=str) for change in changes)
    # It is that of one JSON list, which is never whole: of many thousand changes it would take a lot of memory.
    digest = hashlib.sha256(f"[{json.dumps(DIGEST_VERSION)}".encode())
    for part in parts:
        digest.update(f", {json.dumps(part)}".encode())
    digest.update(b"]")
    return digest.hexdigest()


def summarize(changes: Iterable[Change], unchanged: int, failed: int = 0, skipped: int = 0) -> dict[str, int]:
    """Return the C(summary) of a result: how many objects were created, updated, deleted, and so on."""
    actions = [change.action for change in changes]
    return {
        "created": actions.count("create"),
        "updated": actions.count("update"),
        "deleted": actions.count("delete"),
        "unchanged": unchanged,
        "failed": failed,
        "skipped": skipped,
    }


def changed_fields(before: dict[str, Any], after: dict[str, Any]) -> dict[str, FieldChange]:
    """Return the fields of C(after) that differ from C(before); what C(after) does not mention is not compared."""
    return {
        name: FieldChange(before.get(name), value)
        for name, value in after.items()
        if name not in before or before[name] != value
    }


@dataclass(frozen=True)
class PurgeLimit:
    """The brake on deletion: a number of objects, or a percentage of the objects in scope."""

    count: int | None = None
    percent: float | None = None

    @classmethod
    def parse(cls, text: str) -> PurgeLimit:
        """Read C(10) or C(25%).

        Raises:
            ValueError: Neither a whole number nor a percentage from 0 to 100.
        """
        text = str(text).strip()
        if text.endswith("%"):
            percent = float(text[:-1])
            if not 0 <= percent <= 100:
                raise ValueError(text)
            return cls(percent=percent)
        count = int(text)
        if count < 0:
            raise ValueError(text)
        return cls(count=count)

    def allows(self, deleted: int, in_scope: int) -> bool:
        """Tell whether that many deletions among that many objects are within the limit."""
        if self.count is not None:
            return deleted <= self.count
        if self.percent is not None:
            return deleted * 100 <= self.percent * in_scope
        return True
