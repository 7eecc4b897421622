# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why there is no TLS connection: the reason comes first, then the one option that helps."""

from __future__ import annotations

import datetime
import http.server
import ipaddress
import ssl
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ansible_collections.orkes.conductor.plugins.module_utils._connection import connection_settings
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError, InvalidInput
from ansible_collections.orkes.conductor.plugins.module_utils._http import HttpClient, HttpSettings
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import Redactor
from ansible_collections.orkes.conductor.plugins.module_utils._tls import file_problems


def certificate(folder, stem="", address="127.0.0.1", until=1):
    """Write a certificate for an address that signs itself and is valid until some day from now, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test server")])
    now = datetime.datetime.now(datetime.timezone.utc)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=9))
        .not_valid_after(now + datetime.timedelta(days=until))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / f"{stem}certificate.pem", folder / f"{stem}key.pem"
    public.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return public, private


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def serve(tmp_path):
    """Starts a server, with TLS or without."""
    started = []

    def begin(tls=True, client=False, **of_certificate):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.seen = []
        server.handle_error = lambda *_arguments: None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate(tmp_path, **of_certificate))
            if client:
                context.verify_mode = ssl.CERT_REQUIRED
                # Else the handshake is over for the client before the server has looked at it.
                context.maximum_version = ssl.TLSVersion.TLSv1_2
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        started.append(server)
        return server, f"https://127.0.0.1:{server.server_address[1]}/api"

    yield begin
    for server in started:
        server.shutdown()
        server.server_close()


def test_a_certificate_that_is_trusted(serve, tmp_path):
    server, url = serve()
    settings = HttpSettings(timeout=5, retries=0, ca_path=str(tmp_path / "certificate.pem"))
    assert HttpClient(settings, Redactor()).request("GET", url, {}).status == 200
    assert server.seen == ["/api"]


@pytest.mark.parametrize(
    ("server", "options", "told"),
    [
        ({"until": -1}, ["ca_path"], "certificate has expired. Have the server's certificate renewed"),
        ({"address": "127.0.0.2"}, ["ca_path"], "not valid for '127.0.0.1'. Give server_url with a name that"),
        ({}, [], r"self.signed certificate. If it is meant to be trusted, give that certificate as ca_path"),
        ({"tls": False}, [], r"no TLS is spoken there \(.*\). Check scheme and port in server_url"),
        ({"client": True}, ["ca_path"], "the server .* for a client's certificate, give client_cert and client_key"),
        ({"client": True}, ["ca_path", "client_cert", "client_key"], "the server .* may not take client_cert"),
    ],
    ids=["expired", "other name", "nobody's", "no TLS", "client's wanted", "another client's wanted"],
)
def test_why_there_is_no_tls_comes_before_the_option_that_helps(serve, tmp_path, server, options, told):
    started, url = serve(**server)
    certificate(tmp_path, "client_")
    files = {"ca_path": "certificate.pem", "client_cert": "client_certificate.pem", "client_key": "client_key.pem"}
    settings = HttpSettings(timeout=5, retries=0, **{option: str(tmp_path / files[option]) for option in options})
    with pytest.raises(ApiError, match=f"no trusted TLS connection to 127.0.0.1:[0-9]+: .*{told}") as caught:
        HttpClient(settings, Redactor()).request("GET", url, {})
    assert caught.value.lasting
    others = [option for option in ("ca_path", "client_cert", "server_url") if option not in told]
    assert not [option for option in others if option in str(caught.value)]
    assert started.seen == []


def test_plain_http_at_a_port_for_https_names_the_scheme(serve):
    _server, url = serve()
    with pytest.raises(ApiError, match=r"broke off.* A port for https breaks off like that, too, and server_url says"):
        HttpClient(HttpSettings(timeout=5, retries=0), Redactor()).request("GET", url.replace("https", "http"), {})


def test_files_with_which_there_is_no_tls_are_told_before_anything_is_sent(tmp_path):
    public, private = (str(path) for path in certificate(tmp_path))
    _public, other = (str(path) for path in certificate(tmp_path, "other_"))
    empty, both, locked = tmp_path / "empty", tmp_path / "both.pem", tmp_path / "locked.pem"
    empty.mkdir()
    both.write_text((tmp_path / "certificate.pem").read_text() + (tmp_path / "key.pem").read_text())
    key = serialization.load_pem_private_key((tmp_path / "key.pem").read_bytes(), None)
    cipher = serialization.BestAvailableEncryption(b"passphrase")
    locked.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, cipher))
    wrong = [
        (("ca_path",), (private, None, None), "holds no certificate in PEM form"),
        (("ca_path",), (str(empty), None, None), "is a folder without certificates"),
        (("client_cert", "client_key"), (None, public, other), "do not belong together"),
        (("client_cert",), (None, public, None), "holds no private key in PEM form: give client_key too"),
        (("client_cert",), (None, private, private), "holds no certificate in PEM form"),
        (("client_key",), (None, public, public), "holds no private key in PEM form: give the key"),
        (("client_key",), (None, public, str(locked)), "holds a key with a passphrase"),
    ]
    params = {"server_url": "https://c.example.com", "auth_token": "t", "validate_certs": True}
    params.update({"token_lifetime": 0, "timeout": 30.0, "retries": 4, "concurrency": 10})
    for options, files, told in wrong:
        given = dict(zip(("ca_path", "client_cert", "client_key"), files))
        with pytest.raises(InvalidInput) as caught:
            connection_settings({}, {**params, **given})
        (problem,) = caught.value.problems
        assert told in problem
        assert all(f"{option} {given[option]}" in problem for option in options)
    for files in ((public, public, private), (None, str(both), None), (None, None, None)):
        assert file_problems(*files) == []
    # What is not used is not held against anybody.
    for unused in ({"validate_certs": False}, {"server_url": "http://localhost"}):
        connection_settings({}, {**params, "ca_path": private, **unused})
