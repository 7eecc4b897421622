# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens, paths, hosts: what is decided before a request reaches its route."""

from __future__ import annotations

import base64
import json
import time

import pytest
from sandbox_process import ADMIN_KEY, ADMIN_SECRET, Client, SandboxProcess, model_path, segment

GROUPS = "/groups"


def claims_of(token: str) -> dict[str, object]:
    """The claims of a token, read as clients do that look at its end."""
    part = token.split(".")[1]
    claims: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def test_a_token_is_needed(sandbox: SandboxProcess) -> None:
    nobody = Client(sandbox, None)
    for method, path in (("GET", GROUPS), ("GET", "/nosuch"), ("PATCH", GROUPS), ("GET", "/token/userInfo")):
        response = nobody.send(method, path)
        assert response.status_code == 401
        assert response.json()["error"] not in ("EXPIRED_TOKEN", "INVALID_TOKEN") and response.json()["message"]
    assert nobody.done("POST", "/token", {"keyId": ADMIN_KEY, "keySecret": ADMIN_SECRET})["token"]


@pytest.mark.parametrize("status", [401, 403])
def test_invalid_token_status(sandbox: SandboxProcess, admin: Client, status: int) -> None:
    sandbox.settings(invalid_token_status=status)
    assert admin.token is not None
    head, body, signature = admin.token.split(".")
    claims = json.dumps({**claims_of(admin.token), "sub": "app:x"})
    forged = base64.urlsafe_b64encode(claims.encode()).decode().rstrip("=")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    for token in (
        "nonsense",
        f"Bearer {admin.token}",
        f"{head}.{forged}.{signature}",
        f"{unsigned}.{body}.",
        f"{head}.{body}.{signature[::-1]}",
    ):
        response = Client(sandbox, token).send("GET", GROUPS)
        assert (response.status_code, response.json()["error"]) == (status, "INVALID_TOKEN"), token


@pytest.mark.parametrize("status", [401, 403])
def test_bad_credentials_status(sandbox: SandboxProcess, status: int) -> None:
    sandbox.settings(bad_credentials_status=status)
    nobody = Client(sandbox, None)
    for body in (
        {"keyId": ADMIN_KEY, "keySecret": "wrong"},
        {"keyId": "nosuch", "keySecret": ADMIN_SECRET},
        {},
        {"email": "a@b.example", "password": "p"},
    ):
        error = nobody.refused("POST", "/token", status, body)
        assert "error" not in error and "wrong" not in error["message"]
    nobody.refused("POST", "/token", 400, {"keyId": 1})


@pytest.mark.parametrize("lifetime", [1, 3600])
def test_token_lifetime(sandbox: SandboxProcess, lifetime: int) -> None:
    sandbox.settings(token_lifetime=lifetime)
    client = sandbox.log_in()
    assert client.token is not None
    claims = claims_of(client.token)
    assert isinstance(claims["exp"], int) and isinstance(claims["iat"], int)
    assert claims["exp"] - claims["iat"] == lifetime
    client.done("GET", GROUPS)
    if lifetime == 1:
        # The claims are whole seconds, and a token lasts as long as they say from the moment it was made.
        time.sleep(claims["exp"] - time.time() + 1.05)
        response = client.send("GET", GROUPS)
        assert (response.status_code, response.json()["error"]) == (401, "EXPIRED_TOKEN")


@pytest.mark.parametrize("asked", [None, 2000])
def test_a_token_made_late_in_a_second_lasts_as_long_as_any(sandbox: SandboxProcess, asked: int | None) -> None:
    sandbox.settings(token_lifetime=2 if asked is None else 3600)
    more = {} if asked is None else {"expiration": asked}
    for _attempt in range(10):
        time.sleep((0.9 - time.time()) % 1)
        begun = time.time()
        client = sandbox.log_in(**more)
        time.sleep(max(0.0, begun + 1.3 - time.time()))
        status = client.send("GET", GROUPS).status_code
        if time.time() < begun + 2:
            # Counted from the whole second of its claims, it would have ended after 1.1 s.
            assert status == 200
            return
    pytest.fail("this machine is too slow to tell")


def test_a_client_may_ask_for_another_lifetime(sandbox: SandboxProcess) -> None:
    endless = sandbox.log_in(expiration=-1)
    assert endless.token is not None and "exp" not in claims_of(endless.token)
    endless.done("GET", GROUPS)
    sandbox.settings(token_lifetime=60)
    capped = sandbox.log_in(expiration=3_600_000)
    assert capped.token is not None
    claims = claims_of(capped.token)
    assert isinstance(claims["exp"], int) and isinstance(claims["iat"], int)
    assert claims["exp"] - claims["iat"] == 60
    short = sandbox.log_in(expiration=1)
    assert short.token is not None
    end = claims_of(short.token)["exp"]
    assert isinstance(end, int)
    time.sleep(max(0.0, end - time.time() + 1.05))
    assert short.send("GET", GROUPS).json()["error"] == "EXPIRED_TOKEN"


@pytest.mark.parametrize("mode", ["enabled", "absent"])
def test_authentication(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(authentication=mode)
    expected = 200 if mode == "enabled" else 404
    for method, path, body in (
        ("POST", "/token", {"keyId": ADMIN_KEY, "keySecret": ADMIN_SECRET}),
        ("GET", GROUPS, None),
        ("GET", "/integrations/", None),
    ):
        assert admin.send(method, path, body).status_code == expected
    assert admin.done("GET", "/version") == "5.4.2"


@pytest.mark.parametrize("mode", ["authenticated", "open"])
def test_version_access(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(version_access=mode)
    assert Client(sandbox, None).send("GET", "/version").status_code == (401 if mode == "authenticated" else 200)
    assert admin.done("GET", "/version") == "5.4.2"


def test_health_needs_no_token(sandbox: SandboxProcess) -> None:
    response = sandbox.session.get(f"{sandbox.root}/health", timeout=5)
    assert response.status_code == 200 and isinstance(response.json(), dict)


def test_unknown_paths_and_wrong_methods(sandbox: SandboxProcess, admin: Client) -> None:
    for path in (
        "/nosuch",
        "/groups/",
        "/groups//users",
        "//groups",
        "/integrations",
        "/integrations/provider/",
        "/Groups",
        "/openapi.json",
        "/docs",
        "/token/userinfo",
    ):
        assert admin.refused("GET", path, 404)["message"].endswith(f"/api{path}")
    for method, path in (
        ("PATCH", GROUPS),
        ("POST", GROUPS),
        ("PUT", "/integrations/provider/x"),
        ("GET", "/token"),
        ("DELETE", "/token/userInfo"),
    ):
        admin.refused(method, path, 405)
    for target in ("/", "/nosuch", "/docs", "/openapi.json"):
        assert sandbox.raw("GET", target)[0] == 404


def test_calls_without_a_body_take_any(admin: Client) -> None:
    admin.done("PUT", "/groups/ops", {"description": "d"})
    admin.done("PUT", "/users/u", {"name": "U"})
    path = "/groups/ops/users/u"
    json_type = {"Content-Type": "application/json"}
    for keywords in (
        {},
        {"data": b""},
        {"data": b"{}"},
        {"data": b"{}", "headers": json_type},
        {"data": b"", "headers": json_type},
    ):
        for method in ("POST", "DELETE"):
            response = admin.send(method, path, **keywords)
            assert response.status_code == 200, (method, keywords, response.text)


NAMES = [
    "acme/tiny-llm",
    "a/b/c",
    "/a",
    "a/",
    "a:b",
    "a%2Fb",
    "100%",
    "a b",
    "a+b",
    "häß/ñ€😀",
    "a;b=c",
    "a?b#c",
    "tags",
    "a/tags",
    "a&b",
    "'\"<>",
    "%00",
    "a\\b",
]


@pytest.mark.parametrize("name", NAMES)
def test_encoded_slash_decode(admin: Client, name: str) -> None:
    admin.integration()
    admin.model(name=name)
    assert admin.done("GET", model_path(name=name))["api"] == name
    admin.done("PUT", model_path(name=name) + "/tags", [{"key": "a", "value": "1"}])
    [listed] = admin.done("GET", "/integrations/provider/hf-prod/integration")
    assert listed["api"] == name and listed["tags"] == [{"key": "a", "value": "1"}]
    target = f"/auth/authorization/INTEGRATION/{segment(f'hf-prod:{name}')}"
    assert admin.done("GET", target + "?groupBy=subject")
    admin.done("DELETE", model_path(name=name))


def test_names_with_slashes_work_for_the_rest_too(admin: Client) -> None:
    admin.integration("a/b")
    assert admin.done("GET", "/integrations/provider/a%2Fb")["name"] == "a/b"
    assert admin.done("PUT", "/groups/a%2Fb", {"description": "d"})["id"] == "a/b"
    admin.done("PUT", "/users/u%2Fv", {"name": "U"})
    admin.done("POST", "/groups/a%2Fb/users/u%2Fv")
    assert admin.done("GET", "/groups/a%2fb/users")[0]["id"] == "u/v"


def test_encoded_slash_reject(sandbox: SandboxProcess, admin: Client) -> None:
    admin.integration()
    admin.model()
    sandbox.settings(encoded_slash="reject")
    for method, path in (
        ("GET", model_path()),
        ("DELETE", model_path()),
        ("GET", model_path() + "/tags"),
        ("GET", "/auth/authorization/INTEGRATION/hf-prod%3Aacme%2Ftiny-llm"),
        ("GET", "/groups/a%2fb"),
    ):
        response = admin.send(method, path)
        assert response.status_code == 400 and response.headers["Content-Type"].startswith("text/html")
        with pytest.raises(ValueError, match="Expecting value"):
            response.json()
    assert Client(sandbox, None).send("GET", model_path()).status_code == 400, "before any token is looked at"
    admin.model(name="plain")
    assert admin.done("GET", model_path(name="plain"))["api"] == "plain"
    assert len(admin.done("GET", "/integrations/provider/hf-prod/integration")) == 2, "what is there is still listed"


@pytest.mark.parametrize("mode", ["accept", "not_found"])
def test_raw_slash(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(raw_slash=mode, encoded_slash="reject")
    admin.integration()
    model = "/integrations/provider/hf-prod/integration/acme/tiny-llm"
    target = "/auth/authorization/INTEGRATION/hf-prod:acme/tiny-llm?groupBy=subject"
    body = {"description": "d", "enabled": True}
    if mode == "not_found":
        for method, path in (("POST", model), ("GET", model), ("PUT", model + "/tags"), ("GET", target)):
            admin.refused(method, path, 404, body if method != "GET" else None)
        assert admin.done("GET", "/integrations/provider/hf-prod/integration?activeOnly=false") == []
        return
    admin.done("POST", model, body)
    assert admin.done("GET", model)["api"] == "acme/tiny-llm"
    admin.done("PUT", model + "/tags", [{"key": "a", "value": "1"}])
    assert admin.done("GET", model + "/tags") == [{"key": "a", "value": "1"}]
    assert len(admin.done("GET", target)) == 1
    admin.done("DELETE", model)
    admin.refused("GET", "/groups/a/b/c", 404)


def test_a_raw_and_an_encoded_slash_are_told_apart(sandbox: SandboxProcess, admin: Client) -> None:
    admin.integration()
    admin.model(name="acme/tags")
    admin.model(name="acme")
    admin.done("PUT", model_path(name="acme") + "/tags", [{"key": "of", "value": "acme"}])
    assert admin.done("GET", "/integrations/provider/hf-prod/integration/acme%2Ftags")["api"] == "acme/tags"
    assert admin.done("GET", "/integrations/provider/hf-prod/integration/acme/tags") == [{"key": "of", "value": "acme"}]


@pytest.mark.parametrize("mode", ["required", "optional"])
def test_trailing_slash(sandbox: SandboxProcess, admin: Client, mode: str) -> None:
    sandbox.settings(trailing_slash=mode)
    expected = 200 if mode == "optional" else 404
    assert admin.send("GET", "/integrations").status_code == expected
    assert admin.send("POST", "/integrations", []).status_code == expected
    assert admin.done("GET", "/integrations/") == []


@pytest.mark.parametrize(
    "target",
    [
        "/api/groups/%",
        "/api/groups/%zz",
        "/api/groups/%ff",
        "/api/groups/%0a",
        "/api/groups/%00",
        "/api/groups/..",
        "/api/groups/%2e%2e",
        "/api/./groups",
        "/api/groups/%ee%80%80",
    ],
)
def test_targets_that_a_container_refuses(sandbox: SandboxProcess, admin: Client, target: str) -> None:
    assert admin.token is not None
    status, headers, _body = sandbox.raw("GET", target, {"X-Authorization": admin.token})
    assert status == 400 and headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("localhost:1", 200),
        ("LOCALHOST", 200),
        ("[::1]:80", 200),
        ("127.1.2.3", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example:80", 421),
        ("10.0.0.1", 421),
        ("", 421),
        ("localhost@evil.example", 421),
    ],
)
@pytest.mark.parametrize("path", ["/health", "/sandbox-control"])
def test_the_host_is_checked(sandbox: SandboxProcess, host: str, status: int, path: str) -> None:
    assert sandbox.raw("GET", path, {"Host": host, "X-Sandbox-Control": "1"})[0] == status


def test_nothing_is_shared_with_web_pages(sandbox: SandboxProcess) -> None:
    headers = {
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-sandbox-control",
    }
    for method in ("OPTIONS", "GET", "POST"):
        for path in ("/sandbox-control/reset", "/api/token", "/health"):
            status, answered, _body = sandbox.raw(method, path, headers)
            assert not [name for name in answered if name.startswith("access-control")]
            if path == "/sandbox-control/reset":
                assert status == 403
