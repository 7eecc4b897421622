# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may do what: grants, roles, groups, tags, and the switches that decide about them."""

from __future__ import annotations

import pytest
from sandbox_process import Client, SandboxProcess, grant_body, model_path, segment

PROVIDER = "/integrations/provider/hf-prod"
PROVIDER_TARGET = ("INTEGRATION_PROVIDER", "hf-prod")
MODEL_TARGET = ("INTEGRATION", "hf-prod:acme/tiny-llm")
TAG = [{"key": "team", "value": "a"}]
INTEGRATION = {"type": "huggingface"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/groups", None),
        ("GET", "/groups/ops", None),
        ("PUT", "/groups/ops", {"description": "d"}),
        ("DELETE", "/groups/ops", None),
        ("GET", "/groups/ops/users", None),
        ("POST", "/groups/ops/users/u", None),
        ("DELETE", "/groups/ops/users/u", None),
        ("POST", "/groups/ops/users", ["u"]),
        ("DELETE", "/groups/ops/users", ["u"]),
        ("GET", "/groups/ops/permissions", None),
        ("GET", "/users", None),
        ("GET", "/users/u", None),
        ("PUT", "/users/u", {"name": "U"}),
        ("DELETE", "/users/u", None),
        ("GET", "/users/u/permissions", None),
        ("GET", "/users/u/checkPermissions?type=INTEGRATION&id=x", None),
        ("GET", "/roles", None),
        ("GET", "/roles/system", None),
        ("POST", "/roles", {"name": "r", "permissions": []}),
        ("DELETE", "/roles/r", None),
        ("POST", PROVIDER, INTEGRATION),
        ("GET", PROVIDER, None),
        ("DELETE", PROVIDER, None),
        ("GET", PROVIDER + "/tags", None),
        ("PUT", PROVIDER + "/tags", TAG),
        ("DELETE", PROVIDER + "/tags", TAG),
        ("GET", PROVIDER + "/integration", None),
        ("GET", PROVIDER + "/integration/all", None),
        ("GET", model_path(), None),
        ("POST", model_path(), {}),
        ("DELETE", model_path(), None),
        ("GET", model_path() + "/tags", None),
        ("PUT", model_path() + "/tags", TAG),
        ("DELETE", model_path() + "/tags", TAG),
        ("POST", "/integrations/", [{"name": "hf-prod", **INTEGRATION}]),
        ("POST", "/integrations/provider/new", INTEGRATION),
        ("POST", "/applications", {"name": "a"}),
        ("POST", "/auth/authorization", grant_body(("GROUP", "ops"), PROVIDER_TARGET, "READ")),
        ("DELETE", "/auth/authorization", grant_body(("GROUP", "ops"), PROVIDER_TARGET, "READ")),
        ("GET", "/auth/authorization/INTEGRATION_PROVIDER/hf-prod", None),
        ("GET", "/auth/subjects/GROUP/ops/grants", None),
        ("DELETE", "/auth/subjects/GROUP/ops/grants", None),
    ],
)
def test_a_caller_without_rights_is_refused_everywhere(admin: Client, method: str, path: str, body: object) -> None:
    admin.integration()
    admin.model()
    admin.done("PUT", "/users/u", {"name": "U"})
    admin.done("PUT", "/groups/ops", {"description": "d"})
    _user, client = admin.application()
    error = client.refused(method, path, 403, body)
    assert "error" not in error, "a missing right is not a token error"
    assert admin.done("GET", PROVIDER)["description"] == "models"


def test_foreign_applications_are_out_of_reach(admin: Client) -> None:
    other = admin.done("POST", "/applications", {"name": "other"})["id"]
    key = admin.done("POST", f"/applications/{other}/accessKeys")["id"]
    _user, client = admin.application()
    for method, path, body in (
        ("GET", "", None),
        ("PUT", "", {"name": "n"}),
        ("DELETE", "", None),
        ("GET", "/accessKeys", None),
        ("POST", "/accessKeys", None),
        ("POST", f"/accessKeys/{key}/status", None),
        ("DELETE", f"/accessKeys/{key}", None),
        ("POST", "/roles/WORKER", None),
        ("DELETE", "/roles/WORKER", None),
        ("GET", "/tags", None),
        ("PUT", "/tags", TAG),
        ("DELETE", "/tags", TAG),
    ):
        client.refused(method, f"/applications/{other}{path}", 403, body)
    client.refused("GET", f"/applications/key/{key}", 403)
    assert client.done("GET", "/applications") == []


def test_listings_hold_only_what_the_caller_may_read(admin: Client) -> None:
    for name in ("hf-prod", "hf-test"):
        admin.integration(name)
        admin.model(name)
    me, client = admin.application()
    for path in ("/integrations/provider", "/integrations/", "/integrations/all"):
        assert client.done("GET", path) == []
    admin.grant(("USER", me), PROVIDER_TARGET, "READ")
    assert [one["name"] for one in client.done("GET", "/integrations/provider")] == ["hf-prod"]
    assert client.done("GET", "/integrations/all") == ["hf-prod"]
    assert client.done("GET", PROVIDER)["modelsCount"] == 0 and client.done("GET", PROVIDER + "/integration") == []
    admin.grant(("USER", me), MODEL_TARGET, "READ")
    assert client.done("GET", "/integrations/all") == ["hf-prod:acme/tiny-llm"]
    assert client.done("GET", PROVIDER)["modelsCount"] == len(client.done("GET", "/integrations/")[0]["apis"]) == 1
    assert client.done("GET", model_path())["api"] == "acme/tiny-llm"


@pytest.mark.parametrize(
    ("access", "method", "path", "body"),
    [
        ("UPDATE", "POST", PROVIDER, INTEGRATION),
        ("DELETE", "DELETE", PROVIDER, None),
        ("READ", "GET", PROVIDER, None),
        ("READ", "GET", PROVIDER + "/tags", None),
        ("UPDATE", "PUT", PROVIDER + "/tags", TAG),
        ("UPDATE", "DELETE", PROVIDER + "/tags", TAG),
        ("UPDATE", "POST", model_path(name="new"), {}),
    ],
)
def test_each_access_opens_its_own_doors(admin: Client, access: str, method: str, path: str, body: object) -> None:
    admin.integration()
    me, client = admin.application()
    others = [one for one in ("CREATE", "READ", "UPDATE", "DELETE", "EXECUTE") if one != access]
    admin.grant(("USER", me), PROVIDER_TARGET, *others)
    client.refused(method, path, 403, body)
    admin.grant(("USER", me), PROVIDER_TARGET, access)
    client.done(method, path, body)


@pytest.mark.parametrize("mode", ["full", "read_update_delete"])
def test_the_creator_gets_access_as_a_grant(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(creator_access=mode)
    me, client = admin.application(roles=("USER",))
    client.integration()
    client.model()
    held = {"READ", "UPDATE", "DELETE"} | ({"CREATE", "EXECUTE"} if mode == "full" else set())
    entries = admin.done("GET", f"/users/{segment(me)}/permissions")["grantedAccess"]
    assert {(entry["target"]["type"], entry["target"]["id"]): set(entry["access"]) for entry in entries} == {
        PROVIDER_TARGET: held,
        MODEL_TARGET: held,
    }
    client.done("DELETE", model_path())
    client.done("DELETE", PROVIDER)


def test_access_comes_by_group_role_and_tag(admin: Client) -> None:
    admin.integration()
    me, client = admin.application(roles=("WORKER",))
    admin.done("PUT", "/groups/ops", {"description": "d"})
    admin.done("POST", f"/groups/ops/users/{segment(me)}")
    admin.done("PUT", PROVIDER + "/tags", TAG)
    for subject, target in (
        (("GROUP", "ops"), PROVIDER_TARGET),
        (("ROLE", "WORKER"), PROVIDER_TARGET),
        (("USER", me), ("TAG", "team:a")),
        (("GROUP", "ops"), ("TAG", "team:a")),
    ):
        client.refused("GET", PROVIDER, 403)
        admin.grant(subject, target, "READ")
        client.done("GET", PROVIDER)
        checked = admin.done("GET", f"/users/{segment(me)}/checkPermissions?type=INTEGRATION_PROVIDER&id=hf-prod")
        assert checked == {"READ": True, "CREATE": False, "UPDATE": False, "DELETE": False, "EXECUTE": False}
        admin.done("DELETE", "/auth/authorization", grant_body(subject, target, "READ"))


def test_a_group_gives_its_roles(admin: Client) -> None:
    me, client = admin.application()
    client.refused("GET", "/groups", 403)
    admin.done("PUT", "/groups/ops", {"description": "d", "roles": ["ADMIN"]})
    admin.done("POST", f"/groups/ops/users/{segment(me)}")
    client.done("GET", "/groups")
    admin.done("DELETE", f"/groups/ops/users/{segment(me)}")
    client.refused("GET", "/groups", 403)


@pytest.mark.parametrize("mode", ["forbidden", "not_found"])
def test_unreadable_object(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(unreadable_object=mode)
    admin.integration()
    admin.model()
    _user, client = admin.application()
    for path in (PROVIDER, model_path()):
        error = client.refused("GET", path, 403 if mode == "forbidden" else 404)
        assert ("No such" in error["message"]) is (mode == "not_found")


@pytest.mark.parametrize("value", [True, False])
def test_provider_access_implies_models(sandbox: SandboxProcess, admin: Client, value: bool) -> None:
    sandbox.settings(provider_access_implies_models=value)
    admin.integration()
    admin.model()
    me, client = admin.application()
    admin.grant(("USER", me), PROVIDER_TARGET, "READ")
    assert client.send("GET", model_path()).status_code == (200 if value else 403)
    assert len(client.done("GET", PROVIDER + "/integration")) == int(value)


@pytest.mark.parametrize("mode", ["counted", "ignored"])
def test_model_tag_grants(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(model_tag_grants=mode)
    admin.integration()
    admin.model()
    me, client = admin.application()
    admin.done("PUT", model_path() + "/tags", TAG)
    admin.grant(("USER", me), ("TAG", "team:a"), "READ")
    assert client.send("GET", model_path()).status_code == (200 if mode == "counted" else 403)
    entries = admin.done("GET", f"/users/{segment(me)}/permissions")["grantedAccess"]
    assert len([entry for entry in entries if "tag" in entry]) == (1 if mode == "counted" else 0)


@pytest.mark.parametrize("mode", ["prefixed", "bare", "both"])
def test_application_grant_subject(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    admin.integration()
    sandbox.settings(application_grant_subject=mode)
    me, client = admin.application()
    bare = me.removeprefix("app:")
    works = {"prefixed": {me}, "bare": {bare}, "both": {me, bare}}[mode]
    for name in (me, bare):
        body = grant_body(("USER", name), PROVIDER_TARGET, "READ")
        response = admin.send("POST", "/auth/authorization", body)
        assert response.status_code == (200 if name in works else 404)
        assert client.send("GET", PROVIDER).status_code == (200 if name in works else 403)
        if response.status_code == 200:
            admin.done("DELETE", "/auth/authorization", body)


@pytest.mark.parametrize("mode", ["owner", "admin"])
def test_grant_right(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(grant_right=mode)
    admin.done("PUT", "/groups/ops", {"description": "d"})
    _user, client = admin.application(roles=("USER",))
    client.integration()
    client.model()
    for kind, name in (PROVIDER_TARGET, MODEL_TARGET):
        body = grant_body(("GROUP", "ops"), (kind, name), "READ")
        expected = 200 if mode == "owner" else 403
        assert client.send("POST", "/auth/authorization", body).status_code == expected
        assert client.send("GET", f"/auth/authorization/{kind}/{segment(name)}").status_code == expected
        assert client.send("DELETE", "/auth/authorization", body).status_code == expected


@pytest.mark.parametrize("mode", ["absent", "empty"])
def test_unheld_access(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(unheld_access=mode)
    admin.done("PUT", "/groups/ops", {"description": "d"})
    admin.grant(("GROUP", "ops"), ("TASK_DEF", "t"), "READ")
    holders = admin.done("GET", "/auth/authorization/TASK_DEF/t")
    assert holders.pop("READ") == [{"type": "GROUP", "id": "ops"}]
    assert holders == ({} if mode == "absent" else {"CREATE": [], "UPDATE": [], "DELETE": [], "EXECUTE": []})


@pytest.mark.parametrize("mode", ["checked", "unchecked"])
def test_subject_existence(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(subject_existence=mode)
    for subject in (("GROUP", "nosuch"), ("USER", "nosuch"), ("ROLE", "NOSUCH"), ("USER", "app:nosuch")):
        body = grant_body(subject, PROVIDER_TARGET, "READ")
        if mode == "checked":
            assert subject[1] in admin.refused("POST", "/auth/authorization", 404, body)["message"]
        else:
            admin.done("POST", "/auth/authorization", body)


def test_grants_add_up_and_are_taken_away_one_by_one(admin: Client) -> None:
    admin.done("PUT", "/groups/ops", {"description": "d"})
    subject, target = ("GROUP", "ops"), ("INTEGRATION", "no-such:target")
    assert admin.done("POST", "/auth/authorization", grant_body(subject, target, "READ"))["message"]
    admin.grant(subject, target, "EXECUTE", "READ")
    [entry] = admin.done("GET", "/groups/ops/permissions")["grantedAccess"]
    assert set(entry["access"]) == {"READ", "EXECUTE"} and len(entry["access"]) == 2 and "tag" not in entry
    assert entry["target"] == {"type": "INTEGRATION", "id": "no-such:target"}
    assert admin.done("DELETE", "/auth/authorization", grant_body(subject, target, "READ", "DELETE"))["message"]
    [entry] = admin.done("GET", "/auth/subjects/GROUP/ops/grants")
    assert entry == {"target": {"type": "INTEGRATION", "id": "no-such:target"}, "access": ["EXECUTE"]}
    assert admin.done("GET", "/auth/authorization/INTEGRATION/no-such%3Atarget?groupBy=subject") == {
        "GROUP:ops": ["EXECUTE"]
    }
    admin.done("DELETE", "/auth/authorization", grant_body(subject, target, "EXECUTE"))
    admin.done("DELETE", "/auth/authorization", grant_body(subject, target, "EXECUTE"))
    assert admin.done("GET", "/groups/ops/permissions") == {"grantedAccess": []}


def test_types_are_taken_in_lower_case_and_told_in_upper_case(admin: Client) -> None:
    admin.done("PUT", "/groups/ops", {"description": "d"})
    admin.grant(("group", "ops"), ("integration_provider", "hf-prod"), "read")
    assert admin.done("GET", "/auth/authorization/INTEGRATION_PROVIDER/hf-prod") == {
        "READ": [{"type": "GROUP", "id": "ops"}]
    }


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"access": []}, "access"),
        ({"access": ["NOSUCH"]}, "access"),
        ({"access": "READ"}, "access"),
        ({"access": None}, "access"),
        ({"subject": {"type": "APPLICATION", "id": "x"}}, "subject.type"),
        ({"subject": {"id": "x"}}, "subject.type"),
        ({"subject": {"type": "USER"}}, "subject.id"),
        ({"subject": {"type": "USER", "id": " "}}, "subject.id"),
        ({"target": {"type": "NOSUCH", "id": "x"}}, "target.type"),
        ({"target": {"type": "TAG", "id": ""}}, "target.id"),
        ({"target": None}, "target"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_wrong_grants_are_refused(admin: Client, method: str, change: dict[str, object], path: str) -> None:
    admin.done("PUT", "/groups/ops", {"description": "d"})
    body = {**grant_body(("GROUP", "ops"), PROVIDER_TARGET, "READ"), **change}
    assert admin.refused(method, "/auth/authorization", 400, body)["validationErrors"][0]["path"] == path


def test_a_grant_on_a_tag_shows_what_it_reaches(admin: Client) -> None:
    admin.done("PUT", "/groups/ops", {"description": "d"})
    admin.integration()
    admin.done("PUT", PROVIDER + "/tags", TAG)
    admin.grant(("GROUP", "ops"), ("TAG", "team:a"), "READ")
    admin.grant(("GROUP", "ops"), PROVIDER_TARGET, "EXECUTE")
    entries = admin.done("GET", "/groups/ops/permissions")["grantedAccess"]
    described = sorted((entry["target"]["type"], entry["access"][0], entry.get("tag", "")) for entry in entries)
    assert described == [
        ("INTEGRATION_PROVIDER", "EXECUTE", ""),
        ("INTEGRATION_PROVIDER", "READ", "team:a"),
        ("TAG", "READ", ""),
    ]
    assert len(admin.done("GET", "/auth/subjects/GROUP/ops/grants")) == 2, "by subject there are its own grants only"


def test_grants_by_subject_are_filtered_and_removed(admin: Client) -> None:
    me, client = admin.application()
    for kind in ("TASK_DEF", "INTEGRATION"):
        admin.grant(("USER", me), (kind, "x"), "READ")
    path = f"/auth/subjects/USER/{segment(me)}/grants"
    assert len(client.done("GET", path)) == 2, "a caller may read its own"
    client.refused("DELETE", path, 403)
    assert [one["target"]["type"] for one in admin.done("GET", path + "?resourceType=TASK_DEF")] == ["TASK_DEF"]
    assert admin.done("DELETE", path + "?resourceType=TASK_DEF")["message"]
    assert [one["target"]["type"] for one in admin.done("GET", path)] == ["INTEGRATION"]
    admin.done("DELETE", path)
    assert admin.done("GET", path) == []
    admin.refused("GET", "/auth/subjects/NOSUCH/x/grants", 400)
    admin.refused("GET", path + "?resourceType=NOSUCH", 400)


def test_a_target_without_grants_is_no_error(admin: Client) -> None:
    assert admin.done("GET", "/auth/authorization/APPLICATION/nosuch") == {}
    admin.refused("GET", "/auth/authorization/NOSUCH/x", 400)
    admin.refused("GET", "/auth/authorization/TASK_DEF/x?groupBy=nosuch", 400)
