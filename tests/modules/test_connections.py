# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections that cannot come about: what is told, naming the option that helps, and never a key with it."""

from __future__ import annotations

import http.server
import json
import socket
import ssl
import threading

import pytest
import trustme
from bench import ENDPOINT, KEY
from module_process import clean_environment, run_alone
from sandbox_process import ADMIN_KEY, ADMIN_SECRET

CALLS = {
    "hf_integration": {"name": "hf", "api_key": KEY, "namespace": "acme"},
    "hf_model": {"integration": "hf", "name": "m", "endpoint": ENDPOINT},
    "conductor_group": {"name": "people"},
    "conductor_group_permission": {"groups": ["people"], "integrations": ["hf"], "access": ["READ"]},
    "conductor_server_info": {},
}
every_module = pytest.mark.parametrize("module", CALLS)


def refused(bench, module, *texts, **options):
    """Run a call that cannot reach the server as it should."""
    bench.forget()
    run = bench.run(module, **CALLS[module], **options)
    assert run.failed
    for text in texts:
        assert text in run.message
    assert run.changed is False
    assert bench.writes() == []
    assert KEY not in run.output
    assert ADMIN_SECRET not in run.output
    return run


@every_module
def test_no_server(bench, module):
    bench.connection = {"CONDUCTOR_SERVER_URL": "", "CONDUCTOR_AUTH_TOKEN": ""}
    run = refused(bench, module, "2 problems", "give server_url (CONDUCTOR_SERVER_URL)", "auth_key", "auth_token")
    assert bench.requests() == []
    assert run.result.get("failures", []) == []


@every_module
@pytest.mark.parametrize(
    ("url", "texts"),
    [
        (
            "conductor.example.com",
            ["server_url 'conductor.example.com' has no scheme", "https://conductor.example.com"],
        ),
        ("http://conductor.example.com/api", ["server_url is plain http to conductor.example.com", "allow_plain_http"]),
        ("http://127.0.0.1.example.com/api", ["plain http to 127.0.0.1.example.com"]),
        ("ftp://127.0.0.1/api", ["scheme 'ftp'"]),
        ("https:///api", ["names no host"]),
        ("https://me:word@127.0.0.1/api", ["server_url holds credentials"]),
        ("http://127.0.0.1:1/api?x=1", ["a query or a fragment"]),
        ("http://127.0.0.1:99999/api", ["server_url is not a URL"]),
        ("http://127.0.0.1:1/a b", ["white space or control characters"]),
    ],
)
def test_a_url_that_cannot_be_meant(bench, module, url, texts):
    refused(bench, module, *texts, server_url=url)
    assert bench.requests() == []


@every_module
def test_an_infinite_number_where_a_whole_one_is_asked_for(bench, module):
    # Ansible's own check breaks off there.
    refused(bench, module, "argument 'retries' is of type str", "inf is no whole number", retries="inf")
    assert bench.requests() == []


@every_module
def test_an_unreachable_port(bench, module):
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        port = place.getsockname()[1]
    refused(
        bench, module, f"127.0.0.1:{port} cannot be reached", "Check server_url", server_url=f"http://127.0.0.1:{port}",
        retries=0,
    )  # fmt: skip


@every_module
def test_a_wrong_key_and_a_wrong_secret(bench, module):
    for pair in ({"auth_key": "nobody"}, {"auth_secret": "a-secret-that-is-wrong"}):
        run = refused(bench, module, "POST /api/token answered 401", "Check auth_key and auth_secret", **pair)
        assert "a-secret-that-is-wrong" not in run.output


@every_module
def test_a_wrong_key_that_is_answered_with_403(bench, module):
    bench.settings(bad_credentials_status=403)
    refused(bench, module, "POST /api/token answered 403", "Check auth_key and auth_secret", auth_secret="wrong-secret")


@every_module
def test_a_server_without_these_interfaces(bench, module):
    bench.settings(authentication="absent")
    refused(bench, module, "POST /api/token answered 404", "not an Orkes Conductor API", "server_url")


@every_module
def test_a_page_of_a_proxy(bench, module):
    bench.fault(kind="page", status=200, path="/api/token")
    refused(bench, module, "POST /api/token answered 200", "A web page came instead of the API's answer")


@every_module
def test_requests_is_not_installed(bench, module, tmp_path):
    (tmp_path / "requests.py").write_text("raise ImportError('no requests here')\n")
    environment = clean_environment(**bench.connection, PYTHONPATH=str(tmp_path))
    run = run_alone(module, CALLS[module], environment)
    assert run.failed
    assert "Failed to import the required Python library (requests)" in run.message
    assert "Traceback" not in run.message
    assert bench.requests() == []
    assert run.status == 1


def test_the_environment_is_the_fallback_and_a_task_beats_it(bench):
    token = bench.admin().token
    bench.connection = {
        "CONDUCTOR_SERVER_URL": "http://127.0.0.1:1/api",
        "CONDUCTOR_AUTH_TOKEN": "an-environment-token",
    }
    assert not bench.run(
        "conductor_server_info", server_url=bench.sandbox.root, auth_key=ADMIN_KEY, auth_secret=ADMIN_SECRET
    ).failed
    assert not bench.run("conductor_server_info", server_url=f"{bench.sandbox.url}/", auth_token=token).failed
    bench.connection = {**bench.as_caller("nobody", "nothing-at-all"), "CONDUCTOR_AUTH_TOKEN": token}
    assert not bench.run("conductor_server_info").failed, "on one level a token beats a key pair"
    bench.connection = {**bench.as_caller(ADMIN_KEY, ADMIN_SECRET), "CONDUCTOR_TLS_CA_PATH": "/nowhere.pem"}
    assert "ca_path /nowhere.pem cannot be read" in bench.run("conductor_server_info").message
    bench.connection["CONDUCTOR_TLS_CA_PATH"] = ""
    assert not bench.run("conductor_server_info").failed


def test_a_proxy_of_the_environment_and_a_netrc_are_left_alone(bench, tmp_path):
    (tmp_path / ".netrc").write_text("default login somebody password something-else\n")
    (tmp_path / ".netrc").chmod(0o600)
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        bench.connection[name] = "http://127.0.0.1:1"
    bench.connection["HOME"] = str(tmp_path)
    assert not bench.run("conductor_server_info").failed


# TLS and redirects: a server of the tests' own


class _Answers(http.server.BaseHTTPRequestHandler):
    """Logs everybody in and tells who it is; sends away whoever asks for anything else."""

    def _answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append(self.path)
        body = {"/api/token": {"token": "a-token-of-this-server"}, "/api/token/userInfo": {"id": "me", "roles": []}}
        moved = self.server.redirect or self.path not in body
        self.send_response(302 if moved else 200)
        if moved:
            self.send_header("Location", f"http://{self.server.elsewhere}/api/token")
        text = json.dumps(body.get(self.path, {})).encode()
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = _answer

    def log_message(self, *_arguments):
        """Say nothing."""


@pytest.fixture
def serve(tmp_path):
    """Starts a server of the tests' own, with TLS or without."""
    started = []

    def begin(tls=True, redirect=False):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
        server.daemon_threads = True
        server.seen, server.redirect, server.elsewhere = [], redirect, "127.0.0.1:9"
        server.handle_error = lambda *_arguments: None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority = trustme.CA()
            authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
            authority.issue_cert("127.0.0.1").configure_cert(context)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        started.append(server)
        return server, f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}/api"

    yield begin
    for server in started:
        server.shutdown()
        server.server_close()


@every_module
def test_a_certificate_that_nobody_trusts(bench, module, serve):
    server, url = serve()
    run = refused(bench, module, "no trusted TLS connection", "ca_path (CONDUCTOR_TLS_CA_PATH)", server_url=url)
    assert server.seen == []
    assert run.message.count("\n") == 0


@pytest.mark.parametrize("module", ["conductor_server_info"])
def test_a_certificate_that_is_trusted_by_option_or_environment(bench, module, serve, tmp_path):
    _server, url = serve()
    bench.connection["CONDUCTOR_SERVER_URL"] = url
    assert not bench.run(module, ca_path=str(tmp_path / "authority.pem")).failed
    bench.connection["CONDUCTOR_TLS_CA_PATH"] = str(tmp_path / "authority.pem")
    assert not bench.run(module).failed
    # The name does not go with the certificate.
    assert "no trusted TLS connection" in bench.run(module, server_url=url.replace("127.0.0.1", "localhost")).message


def test_no_validation_by_option_or_environment_is_warned_of(bench, serve, tmp_path):
    _server, url = serve()
    bench.connection["CONDUCTOR_SERVER_URL"] = url
    # A bundle of the environment must not bring validation back.
    bench.connection["REQUESTS_CA_BUNDLE"] = str(tmp_path / "authority.pem")
    for options, variables in (({"validate_certs": False}, {}), ({}, {"CONDUCTOR_TLS_INSECURE": "true"})):
        bench.connection.update(variables)
        run = bench.run("conductor_server_info", **options)
        assert not run.failed, run.message
        assert "validate_certs is false" in str(run.result["warnings"])
        assert "InsecureRequestWarning" not in run.output + run.errors
    assert bench.run("conductor_server_info", validate_certs=True).failed is False, "the bundle is trusted"


def test_a_plain_server_spoken_to_with_tls(bench, serve):
    _server, url = serve(tls=False)
    run = refused(
        bench, "hf_integration", "no trusted TLS connection", server_url=url.replace("http:", "https:"), retries=0
    )
    assert "127.0.0.1" in run.message


@every_module
def test_a_redirect_is_not_followed(bench, module, serve):
    server, url = serve(tls=False, redirect=True)
    refused(bench, module, "answered 302", "redirects are not followed", "127.0.0.1:9", server_url=url)
    assert server.seen == ["/api/token"]


def test_a_redirect_after_login_does_not_carry_the_token_away(bench, serve):
    server, url = serve(tls=False)
    run = refused(bench, "hf_integration", "GET /api/integrations/provider/hf answered 302", server_url=url)
    assert "a-token-of-this-server" not in run.output
    assert server.seen == ["/api/token", "/api/integrations/provider/hf"]
