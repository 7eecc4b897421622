# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every kind of object shares: its place in a module call, parents, tags, the brake (floor 3).

Nothing here knows of Ansible. A resource checks what was given, reads what is, plans, and says which requests a change
takes; the class round AnsibleModule does the rest, alike for all.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import MappingProxyType
from typing import Any, Callable, Iterable, Mapping, NamedTuple, TypeVar

from ansible_collections.orkes.conductor.plugins.module_utils._apply import Step, read_each
from ansible_collections.orkes.conductor.plugins.module_utils._behaviour import CAUTIOUS, Profile
from ansible_collections.orkes.conductor.plugins.module_utils._caller import is_administrator
from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import ConductorClient
from ansible_collections.orkes.conductor.plugins.module_utils._errors import MissingParent, bounded
from ansible_collections.orkes.conductor.plugins.module_utils._plan import Change, Plan, PurgeLimit
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import is_fingerprint_tag

ACCESS = ("CREATE", "READ", "UPDATE", "DELETE", "EXECUTE")

#: Roles that every server has. There may be more, and custom ones.
WELL_KNOWN_ROLES = frozenset({"ADMIN", "METADATA_MANAGER", "USER", "USER_READ_ONLY", "WORKER", "WORKFLOW_MANAGER"})

#: A tag as (key, value).
Pair = tuple[str, str]
Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Call(NamedTuple):
    """One call of a module, as far as resources need to know it.

    Attributes:
        options: Options that concern the call as a whole, such as C(purge).
        check_mode: Whether nothing may be written.
        concurrency: Most requests at a time.
        profile: What is known of the cluster's behaviour.
        no_log: Whether Ansible keeps the call's result out of every output, as C(no_log) of a task demands.
    """

    options: Mapping[str, Any] = MappingProxyType({})
    check_mode: bool = False
    concurrency: int = 10
    profile: Profile = CAUTIOUS
    no_log: bool = False


class Resource(ABC):
    """One kind of object, for one module call.

    Args:
        call: The module call.
    """

    #: Word for messages, and the C(kind) of its changes.
    kind: str

    def __init__(self, call: Call) -> None:
        self.call = call
        pending = call.options.get("pending_parents") or {}
        self._pending = {kind: frozenset(names or ()) for kind, names in pending.items()}
        self._caller: dict[str, Any] | None = None

    @abstractmethod
    def item_problems(self, item: dict[str, Any]) -> list[str]:
        """Return what is wrong with one item and can be seen without a server."""

    def problems(self, items: list[dict[str, Any]]) -> list[str]:
        """Return everything that is wrong with the input and can be seen without a server."""
        return [problem for item in items for problem in self.item_problems(item)]

    def title(self, item: dict[str, Any]) -> str:
        """Return the name that tells an item from every other one of its kind."""
        return str(item["name"])

    def duplicate_problems(self, items: list[dict[str, Any]]) -> list[str]:
        """Return objects that are listed more than once."""
        states: dict[str, list[str]] = {}
        for item in items:
            states.setdefault(self.title(item), []).append(str(item.get("state", "present")))
        return [
            f"{self.kind} {title} is given as {' and as '.join(dict.fromkeys(found))}: keep one"
            if len(set(found)) > 1
            else f"{self.kind} {title} is given {len(found)} times: keep one"
            for title, found in states.items()
            if len(found) > 1
        ]

    @abstractmethod
    def plan(self, client: ConductorClient, items: list[dict[str, Any]]) -> tuple[Plan, list[str]]:
        """Read what is, and return the plan with everything that stands in its way. Writes nothing."""

    @abstractmethod
    def steps(self, client: ConductorClient, change: Change) -> list[Step]:
        """Return the requests that make one change of this resource's plan."""

    def settle(self, client: Any) -> None:
        """Wait until what was applied takes effect, for kinds where that takes time. Not called in check mode."""
        return

    def further_result(self) -> dict[str, Any]:
        """Return what the result of the call tells beside its changes."""
        return {}

    def revealed_result(self) -> dict[str, Any]:
        """Return what the result tells with its secrets: only what was asked for, and only under C(no_log)."""
        return {}

    def read_each(self, read: Callable[[Item], Answer], keys: Iterable[Item]) -> dict[Item, Answer]:
        """Return C(read(key)) by key, each key read once, several at a time."""
        return read_each(read, keys, self.call.concurrency)

    def caller(self, client: ConductorClient) -> dict[str, Any]:
        """Return what the server says of the caller, which is asked once a module call."""
        if self._caller is None:
            self._caller = client.get_user_info()
        return self._caller

    def known_caller(self) -> dict[str, Any] | None:
        """Return what the server has said of the caller, if it was asked."""
        return self._caller

    def know_caller(self, caller: dict[str, Any] | None) -> None:
        """Take over what the server has said of the caller to another kind of the same module call."""
        self._caller = caller

    def read_unless_listed(
        self,
        client: ConductorClient,
        names: Iterable[str],
        read: Callable[[str], dict[str, Any] | None],
        list_all: Callable[[], list[dict[str, Any]]],
        name_of: Callable[[dict[str, Any]], Any],
        fields: Iterable[str],
        suffices: Callable[[str, dict[str, Any] | None], bool],
    ) -> dict[str, dict[str, Any] | None]:
        """Return objects by name: those for which nothing is written as one list shows them, all others read each.

        What a list shows is not documented to be all that there is to an object, nor is it said that the list holds
        every object: who may not read one does not see it. So nothing is written by it, and only to an administrator
        does it show that an object is not there.

        Args:
            client: Talks to the server.
            names: Names of the objects.
            read: Reads one of them; None stands for one that does not exist.
            list_all: Lists all objects of their kind.
            name_of: Returns the name of a listed object.
            fields: What an object in the list has to tell.
            suffices: Tells whether an object, as the list shows it, is enough to go by; None stands for one that the
                list does not show.
        """
        unique = list(dict.fromkeys(names))
        found: dict[str, dict[str, Any] | None] = {}
        if len(unique) > 1:
            unlisted, needed = dict.fromkeys(unique), set(fields)
            everything = list_all()
            for listed in everything:
                name = str(name_of(listed))
                if name in unlisted and needed <= set(listed) and suffices(name, listed):
                    found[name] = listed
                unlisted.pop(name, None)
            absent = [name for name in unlisted if suffices(name, None)]
            # To ask who the caller is takes a request, too. An object without a name may be any.
            if len(absent) > 1 and all(isinstance(name_of(listed), str) for listed in everything):
                found.update(dict.fromkeys(absent) if is_administrator(self.caller(client)) else {})
        found.update(self.read_each(read, [name for name in unique if name not in found]))
        return found

    def missing(self, plan: Plan, problems: list[str], pending_kind: str, name: str, needed_by: str) -> None:
        """Deal with an object that has to be there first and is not.

        In check mode an earlier task may be about to create it: C(pending_parents) says so. Without that option there
        is a warning, and with it everything that it does not name is as wrong as it is outside check mode.

        Args:
            plan: Takes the warning.
            problems: Takes the problem.
            pending_kind: Key of C(pending_parents): C(integrations), C(models) or C(groups).
            name: The object's name.
            needed_by: What needs it, for the message.
        """
        word = pending_kind[:-1]
        if self.call.check_mode:
            if self.call.options.get("pending_parents") is None:
                plan.warn(
                    f"{word} {name} does not exist (yet): what needs it is planned as if an earlier task had created it"
                )
                return
            if self.is_pending(pending_kind, name):
                return
        problems.append(MissingParent(f"{word} {name}", needed_by))

    def role_problems(self, client: ConductorClient, wanted: list[tuple[str, str]]) -> list[str]:
        """Return the roles that do not exist, if the server lists its roles; not every server does.

        Args:
            client: Talks to the server.
            wanted: Who is to get a role, for the message, and the role.
        """
        new = [(title, role) for title, role in dict.fromkeys(wanted) if role not in WELL_KNOWN_ROLES]
        if not new or self.call.profile.knows("roles_listing", "not_found"):
            return []
        known = client.list_roles()
        if not known:
            return []
        return [
            MissingParent(f"role {role}", title, f"there are {', '.join(sorted(known))}")
            for title, role in new
            if role not in known
        ]

    def brake_problems(self, purged: int, in_scope: int, what: str, who: str = "purge would delete") -> list[str]:
        """Return what the brake says to a purge.

        Args:
            purged: Number of undeclared objects that the plan deletes.
            in_scope: Number of objects that exist in the purge's scope.
            what: Word for the objects, in the plural.
            who: Beginning of the message: what deletes them.
        """
        limit = self.call.options.get("purge_limit")
        if limit is None or PurgeLimit.parse(limit).allows(purged, in_scope):
            return []
        return [
            f"{who} {purged} of {in_scope} {what}, and purge_limit is {limit}: if that is meant, raise "
            "purge_limit; if not, declare what should stay"
        ]

    def purge_limit_problems(self, items: list[dict[str, Any]]) -> list[str]:
        """Return what is wrong with the option purge_limit.

        Args:
            items: The objects, which may have others' grants revoked.
        """
        limit = self.call.options.get("purge_limit")
        try:
            PurgeLimit.parse(limit if limit is not None else "0")
        except ValueError:
            return [
                f"purge_limit is {bounded(limit)!r}: give a number of objects such as 10, or a percentage such as 25%"
            ]
        exclusive = any(item.get("exclusive_subjects") is not None for item in items)
        if limit is not None and not self.call.options.get("purge") and not exclusive:
            return ["purge_limit is given without purge: true, and so does nothing: give both or none"]
        return []

    def is_pending(self, pending_kind: str, name: str) -> bool:
        """Tell whether an earlier task is about to create an object, as C(pending_parents) says in check mode."""
        return self.call.check_mode and name in self._pending.get(pending_kind, ())


def in_state(items: list[dict[str, Any]], state: str) -> list[dict[str, Any]]:
    """Return the items with this state."""
    return [item for item in items if item.get("state", "present") == state]


# Tags


def text_of(value: Any) -> str:
    """Return a value of YAML as the text that was meant: C(true) stays C(true)."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def tag_pairs(current: dict[str, Any] | None) -> set[Pair]:
    """Return an object's tags as a set of (key, value), this collection's own included; no value is an empty one."""
    tags = (current or {}).get("tags") or []
    values = ((tag.get("key"), tag.get("value")) for tag in tags if isinstance(tag, dict))
    return {(str(key), "" if value is None else str(value)) for key, value in values}


def shown_tags(pairs: Iterable[Pair]) -> dict[str, Any]:
    """Return tags for the diff: C({key: value}), a sorted list where a key has several values; none of our own."""
    shown: dict[str, list[str]] = {}
    for key, value in sorted(pairs):
        if not is_fingerprint_tag(key):
            shown.setdefault(key, []).append(value)
    return {key: values[0] if len(values) == 1 else values for key, values in shown.items()}


def desired_tag_pairs(current: set[Pair], wanted: dict[str, Any] | None, purge: bool) -> set[Pair]:
    """Return the tags an object should have.

    Args:
        current: What it has.
        wanted: C({key: value}), or None when tags were not given and so stay as they are.
        purge: Whether keys that are not wanted go.
    """
    if wanted is None:
        return set(current)
    new = {(text_of(key), text_of(value)) for key, value in wanted.items()}
    keys = {key for key, _value in new}
    own = {pair for pair in current if is_fingerprint_tag(pair[0])}
    others = set() if purge else {pair for pair in current if pair[0] not in keys}
    return new | own | others


def tag_problems(title: str, tags: dict[str, Any] | None) -> list[str]:
    """Return what is wrong with the tags a user gave for an object."""
    problems = []
    for key, value in (tags or {}).items():
        if not str(key).strip() or value is None or isinstance(value, (dict, list)):
            problems.append(f"{title}: tag {key!r} needs a name and a text as its value")
        elif is_fingerprint_tag(str(key)):
            problems.append(f"{title}: the tag {key} is kept by this collection: use another key")
    return problems


def as_tags(pairs: Iterable[Pair]) -> list[dict[str, str]]:
    """Return tags in the API's form, sorted."""
    return [{"key": key, "value": value} for key, value in sorted(pairs)]


def tag_steps(
    before: set[Pair],
    after: set[Pair],
    delete: Callable[[list[dict[str, str]]], None],
    add: Callable[[list[dict[str, str]]], None],
) -> list[Step]:
    """Return the requests that change tags: pairs that go are deleted first.

    What a server does with a second value for a key is not known; deleted exactly and first, it cannot matter.
    """
    steps = []
    gone, new = before - after, after - before
    if gone:
        steps.append(Step("removal of tags", lambda: delete(as_tags(gone))))
    if new:
        steps.append(Step("tags", lambda: add(as_tags(new))))
    return steps
