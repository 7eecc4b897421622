# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the options with which every module reaches a Conductor server."""

from __future__ import annotations


class ModuleDocFragment:
    """The connection options."""

    DOCUMENTATION = r"""
options:
  server_url:
    description:
      - URL of the Conductor server, with or without V(/api) at its end.
      - Plain V(http) is taken for loopback addresses only, unless O(allow_plain_http=true).
      - Redirects are not followed, since the access token would travel along; give the final address.
      - The environment variable E(CONDUCTOR_SERVER_URL) is used when the option is not given.
    type: str
  auth_key:
    description:
      - Id of an access key of a Conductor application. It is an identifier and no secret.
      - The environment variable E(CONDUCTOR_AUTH_KEY) is used when the option is not given.
    type: str
  auth_secret:
    description:
      - Secret of the access key O(auth_key).
      - The environment variable E(CONDUCTOR_AUTH_SECRET) is used when the option is not given.
    type: str
  auth_token:
    description:
      - A ready-made access token (JSON web token), instead of O(auth_key) and O(auth_secret).
      - A token ends after some time and cannot be renewed without a key.
      - Options of the task go before environment variables. Among those given in the same way a token goes before
        a key and its secret.
      - The environment variable E(CONDUCTOR_AUTH_TOKEN) is used when the option is not given.
    type: str
  token_lifetime:
    description:
      - Seconds that an access token made from O(auth_key) should last. A new one is made when it ends in mid-run.
      - A server may give its tokens another lifetime. V(0) leaves it to the server. A year (31536000) is the most.
    type: int
    default: 1800
  validate_certs:
    description:
      - Whether the server's TLS certificate is checked.
      - The environment variable E(CONDUCTOR_TLS_INSECURE) is used, negated, when the option is not given.
    type: bool
    default: true
  ca_path:
    description:
      - File with the certificates (PEM) of the authorities to trust, instead of the usual ones.
      - The environment variable E(CONDUCTOR_TLS_CA_PATH) is used when the option is not given.
    type: path
  client_cert:
    description:
      - File with the client's certificate (PEM), for servers that ask for one. It may hold the private key too.
      - The environment variable E(CONDUCTOR_TLS_CERT_PATH) is used when the option is not given.
    type: path
  client_key:
    description:
      - File with the private key (PEM) of O(client_cert).
      - The environment variable E(CONDUCTOR_TLS_KEY_PATH) is used when the option is not given.
    type: path
  allow_plain_http:
    description:
      - Whether plain V(http) may be used for a host that is not this machine. Keys then cross the network in clear.
    type: bool
    default: false
  profile:
    description:
      - File with the profile of this cluster, which the module M(orkes.conductor.conductor_probe) writes. The managing
        modules then use what the cluster really does in place of what is safe on every cluster.
      - When the server has another version than the profile, or is another organization's, the modules say so, do not
        use it, and hold deletions back until the cluster is probed again.
      - Modules that only read, and M(orkes.conductor.conductor_probe) itself, take the option and do not use it.
      - The environment variable E(CONDUCTOR_PROFILE_PATH) is used when the option is not given.
    type: path
  timeout:
    description:
      - Seconds to wait for a connection and for an answer. The body of an answer may take twice as long. At least 0.1,
        and a week (604800) at most, as for all times to wait.
    type: float
    default: 30.0
  retries:
    description:
      - How many times a request is sent again after a failed connection or an answer of 429, 502, 503 or 504, from 0 to
        100.
      - Pauses double from half a second to 8 seconds. A longer one that C(Retry-After) asks for is kept, up to 60
        seconds.
      - Where the server limits requests (429, or C(Retry-After) with another of these), all of them pause together,
        that many times in a row. As long as it lets some through, the others are not given up.
    type: int
    default: 4
  concurrency:
    description:
      - Most requests at a time, from 1 to 1000.
    type: int
    default: 10
requirements:
  - requests >= 2.25.0
notes:
  - Empty environment variables count as unset.
  - Proxies are taken from C(HTTPS_PROXY), C(HTTP_PROXY) and C(NO_PROXY); requests to loopback never go through one.
    C(~/.netrc) is not read.
  - Secrets are hidden in everything a module prints. Ansible itself keeps a module's parameters for the time of its
    run in a temporary folder that only the user may enter (mode 0700).
  - This is an unofficial collection. It was written after the vendor's public documentation and has not been tried
    against every version of the server.
seealso:
  - name: Orkes Conductor access control
    description: Applications, access keys, groups and permissions.
    link: https://orkes.io/content/access-control-and-security/applications
"""
