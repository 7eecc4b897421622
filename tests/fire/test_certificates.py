# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates that cannot be trusted: the module says so, and nobody gets to know anything."""

from __future__ import annotations

import datetime
import ssl

import pytest
import trustme
from hostile_proxy import HostileProxy
from module_process import clean_environment
from sandbox_process import ADMIN_KEY, ADMIN_SECRET

OPTIONS = {"integrations": [{"name": "hf", "api_key": "hf_key_that_is_long_enough", "namespace": "acme"}]}
LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
AUTHORITY = trustme.CA()
STRANGER = trustme.CA()


@pytest.mark.parametrize(
    ("certificate", "told"),
    [
        (AUTHORITY.issue_cert("127.0.0.1"), ""),
        (
            AUTHORITY.issue_cert("127.0.0.1", not_before=LONG_AGO, not_after=LONG_AGO + datetime.timedelta(days=9)),
            "has expired. Have the server's certificate renewed",
        ),
        (AUTHORITY.issue_cert("conductor.example.com"), "not valid for '127.0.0.1'. Give server_url with a name"),
        (STRANGER.issue_cert("127.0.0.1"), "signed the server's as ca_path"),
    ],
    ids=["good", "expired", "for another name", "of another authority"],
)
def test_a_certificate_that_is(certificate, told, sandbox, modules, tmp_path):
    trusted = not told
    sandbox.control("POST", "/reset")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    proxy = HostileProxy(sandbox.url, context)
    path = tmp_path / "ca.pem"
    AUTHORITY.cert_pem.write_to_path(str(path))
    environment = clean_environment(
        CONDUCTOR_SERVER_URL=proxy.url, CONDUCTOR_AUTH_KEY=ADMIN_KEY, CONDUCTOR_AUTH_SECRET=ADMIN_SECRET
    )
    try:
        run = modules.run("hf_integration", {**OPTIONS, "ca_path": str(path)}, environment)
        assert run.failed is not trusted, run.message
        assert bool(proxy.seen) is trusted
        if not trusted:
            assert "no trusted TLS connection" in run.message
            assert told in run.message
            assert ADMIN_SECRET not in run.output + run.errors
        assert run.changed is trusted
    finally:
        proxy.stop()
