# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many requests it takes to see that nothing is to do, and what a list is trusted with."""

from __future__ import annotations

import pytest

from ansible_collections.orkes.conductor.plugins.module_utils._errors import (
    CollectionError,
    InvalidInput,
    MissingParent,
)
from ansible_collections.orkes.conductor.plugins.module_utils._information import read_applications, read_integrations
from ansible_collections.orkes.conductor.plugins.module_utils._resource import Call
from ansible_collections.orkes.conductor.plugins.module_utils._resource_application import ApplicationResource
from ansible_collections.orkes.conductor.plugins.module_utils._resource_group import GroupResource
from ansible_collections.orkes.conductor.plugins.module_utils._resource_group_permission import (
    GroupPermissionResource,
)
from ansible_collections.orkes.conductor.plugins.module_utils._resource_integration import IntegrationResource
from ansible_collections.orkes.conductor.plugins.module_utils._resource_offboarding import OffboardingResource

KEY = "hf_key_of_the_unit_tests_0123456789"


class Server:
    """Answers from two dictionaries, and counts: what a list shows, and what there is."""

    def __init__(self, objects, listed=None, role="ADMIN"):
        self.objects = objects
        self.role = role
        self.listed = list(objects.values()) if listed is None else listed
        self.calls = []

    def list_integrations(self):
        self.calls.append("list")
        return self.listed

    list_groups = list_integrations

    def get_integration(self, name):
        self.calls.append(name)
        return self.objects.get(name)

    get_group = get_integration

    def list_models(self, integration):
        self.calls.append(f"models of {integration}")
        return [{"api": "m"}] if integration in self.objects else None

    def list_grants_of_group(self, group):
        self.calls.append(f"grants of {group}")
        return []

    def list_group_members(self, group):
        self.calls.append(f"members of {group}")
        return []

    def list_roles(self):
        return []

    def get_user(self, name):
        return None

    get_application = get_user

    def get_user_info(self):
        self.calls.append("caller")
        return {"id": "app:1", "roles": [{"name": self.role, "permissions": [{"name": "CREATE_INTEGRATION"}]}]}


def integration(name, **fields):
    return {
        "name": name,
        "type": "huggingface",
        "description": "d",
        "enabled": True,
        "configuration": {"api_key": KEY, "namespace": "acme"},
        "tags": [],
        **fields,
    }


def desired(name, **options):
    return {"name": name, "api_key": KEY, "namespace": "acme", "description": "d", **options}


def group(name, **fields):
    return {"id": name, "description": "d", "roles": [{"name": "USER"}], "defaultAccess": {}, **fields}


def test_one_list_shows_that_nothing_is_to_do():
    server = Server({name: integration(name) for name in "abc"})
    plan, problems = IntegrationResource(Call()).plan(server, [desired(name) for name in "abc"])
    assert (plan.changes, plan.unchanged, problems) == ([], 3, [])
    assert server.calls == ["list"]
    groups = Server({name: group(name) for name in "abc"})
    items = [{"name": name, "description": "d", "roles": ["USER"]} for name in "abc"]
    assert GroupResource(Call()).plan(groups, items)[0].unchanged == 3
    assert groups.calls == ["list"]


def test_a_single_object_is_read_by_itself():
    server = Server({"a": integration("a")})
    IntegrationResource(Call()).plan(server, [desired("a")])
    assert server.calls == ["a"]


@pytest.mark.parametrize(("check_mode", "role"), [(False, "ADMIN"), (False, "USER"), (True, "USER")])
def test_what_differs_or_is_not_listed_is_read_before_it_is_planned(check_mode, role):
    server = Server({"a": integration("a"), "b": integration("b", description="other")}, [integration("a")], role)
    plan, problems = IntegrationResource(Call(check_mode=check_mode)).plan(server, [desired(name) for name in "abc"])
    assert not problems
    assert server.calls[0] == "list"
    assert sorted(server.calls[1:]) == ["b", "c", "caller"]
    assert [(change.name, change.action) for change in plan.changes] == [("b", "update"), ("c", "create")]


def items(kind, names, state="present"):
    return [{"name": name, "state": state} if kind is GroupResource else desired(name, state=state) for name in names]


KINDS = pytest.mark.parametrize(("kind", "made"), [(GroupResource, group), (IntegrationResource, integration)])


@KINDS
def test_to_an_administrator_a_list_shows_in_check_mode_what_is_not_there(kind, made):
    server = Server({"a": made("a")})
    plan, problems = kind(Call(check_mode=True)).plan(server, items(kind, "abc"))
    assert (problems, sorted(server.calls)) == ([], ["caller", "list"])
    assert [(change.name, change.action) for change in plan.changes] == [("b", "create"), ("c", "create")]
    applied = Server({"a": made("a")})
    assert [change.name for change in kind(Call()).plan(applied, items(kind, "abc"))[0].changes] == ["b", "c"]
    assert {"b", "c"} <= set(applied.calls), "what is written is read by itself"


@KINDS
def test_to_an_administrator_a_list_shows_that_what_should_be_gone_is(kind, made):
    for check_mode in (False, True):
        server = Server({"a": made("a")})
        plan, problems = kind(Call(check_mode=check_mode)).plan(server, items(kind, "bc", "absent"))
        assert (plan.changes, plan.unchanged, problems) == ([], 2, [])
        assert sorted(server.calls) == ["caller", "list"]


@KINDS
def test_others_do_not_see_everything_in_a_list(kind, made):
    there = {name: made(name) for name in "ab"}
    for state in ("present", "absent"):
        for check_mode in (False, True):
            server = Server(there, [], "USER")
            kind(Call(check_mode=check_mode))._read(server, items(kind, "ab", state))
            assert {"a", "b"} <= set(server.calls), (state, check_mode)


@KINDS
def test_a_list_with_an_object_that_has_no_name_does_not_show_what_is_not_there(kind, made):
    server = Server({name: made(name) for name in "ab"}, [made(None)])
    found = kind(Call(check_mode=True))._read(server, items(kind, "ab"))
    assert sorted(server.calls) == ["a", "b", "list"]
    assert None not in found.values()


@pytest.mark.parametrize("lacking", ["configuration", "tags", "enabled", "description", "type"])
def test_a_list_that_shows_less_than_there_is_decides_nothing(lacking):
    listed = [{key: value for key, value in integration(name).items() if key != lacking} for name in "ab"]
    server = Server({name: integration(name) for name in "ab"}, listed)
    plan, _problems = IntegrationResource(Call()).plan(server, [desired(name) for name in "ab"])
    assert plan.changes == []
    assert sorted(server.calls) == ["a", "b", "list"]


def test_a_list_is_never_what_a_write_is_made_of():
    listed = [integration(name, configuration={"namespace": "acme"}) for name in "ab"]
    there = {"namespace": "acme", "api_key": KEY, "region": "eu"}
    server = Server({name: integration(name, configuration=there) for name in "ab"}, listed)
    plan, _problems = IntegrationResource(Call()).plan(server, [desired(name, description="new") for name in "ab"])
    assert all(change.payload["current"]["configuration"]["region"] == "eu" for change in plan.changes)
    assert len(plan.changes) == 2


@pytest.mark.parametrize("check_mode", [False, True])
def test_of_a_group_that_goes_what_it_holds_is_read_by_itself(check_mode):
    server = Server({name: group(name) for name in "ab"})
    wanted = [{"name": "a", "state": "absent"}, {"name": "b", "description": "d"}]
    plan, _problems = GroupResource(Call(check_mode=check_mode)).plan(server, wanted)
    assert [change.action for change in plan.changes] == ["delete"]
    assert server.calls == ["list", "grants of a"]


@pytest.mark.parametrize("lacking", ["configuration", "tags", "description", "type"])
def test_what_goes_is_read_by_itself_where_a_list_shows_less(lacking):
    listed = [{key: value for key, value in integration(name).items() if key != lacking} for name in "ab"]
    server = Server({name: integration(name) for name in "ab"}, listed)
    found = IntegrationResource(Call(check_mode=True))._read(server, items(IntegrationResource, "ab", "absent"))
    assert sorted(server.calls) == ["a", "b", "list"]
    assert all(lacking in entry for entry in found.values())


def grants(**options):
    items = [{"groups": ["g"], "integrations": ["a"], "models": ["a:m", "a:x"], "access": ["READ"]}]
    server = Server({"a": integration("a")})
    plan, problems = GroupPermissionResource(Call(**options)).plan(server, items)
    return server, plan, problems


def test_targets_that_earlier_tasks_vouch_for_are_not_looked_up_in_check_mode():
    pending = {"pending_parents": {"integrations": ["a"], "models": ["a:m", "a:x"]}}
    server, plan, problems = grants(options=pending, check_mode=True)
    assert (server.calls, problems, len(plan.changes)) == (["grants of g"], [], 3)


def test_others_are_looked_up():
    known = {"integrations": ["a"], "models": ["a:m"]}
    server, _plan, problems = grants(options={"pending_parents": known}, check_mode=True)
    assert "models of a" in server.calls
    assert len(problems) == 1
    assert "model a:x does not exist" in problems[0]
    pending = {"pending_parents": {"integrations": ["a"], "models": ["a:m", "a:x"]}}
    applied, _plan, problems = grants(options=pending)
    assert "models of a" in applied.calls, "an apply looks for itself"
    assert len(problems) == 1


def test_a_parent_that_is_missing_is_one_problem_however_many_need_it():
    models = [f"hf-44:m{number}" for number in range(200)]
    items = [{"groups": ["g", "h"], "integrations": ["hf-44", "a"], "models": ["a:y", *models], "access": ["READ"]}]
    _plan, problems = GroupPermissionResource(Call()).plan(Server({"a": integration("a")}), items)
    assert len(problems) == 404
    needing = ", ".join(f"grant GROUP {group} on INTEGRATION a:y" for group in "gh")
    first = ", ".join(
        f"grant GROUP {name}"
        for name in ("g on INTEGRATION hf-44:m0", "h on INTEGRATION hf-44:m0", "g on INTEGRATION hf-44:m1")
    )
    assert str(InvalidInput(problems)).splitlines() == [
        "2 problems:",
        f"- model a:y does not exist; create it first, or check the name (2 need it: {needing})",
        f"- integration hf-44 does not exist; create it first, or check the name (402 need it: {first} and 399 more)",
    ]


def test_a_message_names_no_more_problems_than_somebody_reads():
    told = str(InvalidInput([f"model m{number} is wrong" for number in range(2000)])).splitlines()
    assert (told[0], told[1], told[-1]) == (
        "2000 problems:",
        "- model m0 is wrong",
        "- and 1800 more",
    )
    assert len(told) == 202


def test_of_what_is_missing_a_message_names_no_more_than_somebody_corrects():
    missing = [MissingParent(f"model hf:m{number}", f"group {group}") for number in range(300) for group in "ab"]
    told = str(InvalidInput([*missing, "another"])).splitlines()
    assert (told[0], told[-2], told[-1]) == ("301 problems:", "- another", "- and 250 more")
    assert told[50].startswith("- model hf:m49 does not exist; create it first, or check the name (2 need it: group a,")
    assert len(told) == 1 + 50 + 1 + 1


def test_a_member_who_is_missing_in_fifty_groups_is_one_problem():
    def told(*groups):
        _plan, problems = GroupResource(Call()).plan(Server({}), [{"name": name, "members": ["x"]} for name in groups])
        return str(InvalidInput(problems))

    assert told("g") == "group g: member x does not exist; create the user first, or check the id"
    assert told(*(f"g{number}" for number in range(50))) == (
        "member x does not exist; create the user first, or check the id (50 need it: group g0, group g1, group g2 and "
        "47 more)"
    )


@pytest.mark.parametrize("check_mode", [True, False])
def test_roles_that_are_not_told_are_not_taken_away(check_mode):
    """A change of a group sends all of its roles."""
    server = Server({"g": group("g", roles=None)})
    call = Call({}, check_mode=check_mode)

    def problems(**options):
        plan, found = GroupResource(call).plan(server, [{"name": "g", "description": "new", **options}])
        assert bool(found) is not bool(plan.changes)
        return found

    assert "group g: the server does not tell its roles" in problems()[0]
    assert problems(roles=[]) == []
    assert GroupResource(call).plan(server, [{"name": "g"}])[1] == []
    server = Server({"g": group("g", roles=[])})
    assert problems() == []


@pytest.mark.parametrize("kind", [None, "", "HuggingFace"])
def test_what_may_be_of_hugging_face_is_not_left_out_of_a_list(kind):
    objects = {"a": integration("a", type=kind), "b": integration("b"), "c": integration("c", type="openai")}
    with pytest.raises(CollectionError, match=r"integration a: the server .* its type.*names"):
        read_integrations(Server(objects), None, 1)
    assert [found["name"] for found in read_integrations(Server(objects), ["a"], 1)] == ["a"]
    del objects["a"]
    assert [found["name"] for found in read_integrations(Server(objects), None, 1)] == ["b"]


class People(Server):
    """Answers for one user and one application, which are told in this form, and what the user may do."""

    def __init__(self, user, held=None):
        super().__init__({})
        self.user, self.held = user, held

    def list_applications(self):
        return [{"id": "1", "name": "svc"}]

    def get_user(self, name):
        return None if self.user is None else {"id": name, **self.user}

    def get_group(self, name):
        return None

    def list_application_tags(self, application):
        return []

    def list_integrations(self):
        return [{"name": "hf", "type": "huggingface"}]

    def check_permissions(self, user, target_type, target_id):
        return self.held

    list_grants_of_user = list_grants_of_subject = list_application_tags
    list_groups = list_access_keys = list_group_members = list_application_tags


@pytest.mark.parametrize(
    ("user", "roles"),
    [({"roles": None}, None), ({}, None), ({"roles": []}, []), ({"roles": ["USER"]}, ["USER"]), (None, [])],
)
def test_roles_that_are_not_told_are_not_shown_as_none(user, roles):
    (shown,) = read_applications(People(user), None, False, 1)
    assert shown["roles"] == roles
    plan, problems = ApplicationResource(Call()).plan(People(user), [{"name": "svc", "roles": ["USER"]}])
    assert problems == []
    untold = ["application svc: the server does not tell its roles, which count as none"]
    assert plan.warnings == (untold if roles is None else [])


def test_what_is_not_told_of_who_leaves_is_not_called_nothing():
    leaving = [{"kind": "user", "name": "ana"}]
    told = {"READ": False}
    for user, held, unchecked in (
        ({"groups": [], "roles": []}, told, []),
        ({"groups": []}, told, ["the server does not tell which roles user ana has"]),
        ({"groups": [], "roles": []}, {}, ["the server does not tell what ana may do with INTEGRATION_PROVIDER"]),
    ):
        server, resource = People(user, held), OffboardingResource(Call())
        plan, problems = resource.plan(server, leaving)
        resource.settle(server)
        assert (plan.changes, problems) == ([], [])
        found = resource.further_result()
        assert (found["remaining"], found["unchecked"]) == ([], unchecked)
        assert set(unchecked) <= set(found["lines"])
