# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the options with which modules reach Hugging Face."""

from __future__ import annotations


class ModuleDocFragment:
    """The options of the connection to Hugging Face."""

    DOCUMENTATION = r"""
options:
  token:
    description:
      - User access token of Hugging Face.
      - The environment variables E(HF_TOKEN) and E(HUGGING_FACE_HUB_TOKEN) are used when the option is not given.
    type: str
    aliases: [api_key]
  hub_url:
    description:
      - URL of the Hub, without C(/api). The public Hub, C(https://huggingface.co), unless given.
      - The environment variable E(HF_ENDPOINT) is used when the option is not given.
    type: str
  endpoints_url:
    description:
      - URL of the management API of Inference Endpoints, with its version. The public one,
        C(https://api.endpoints.huggingface.cloud/v2), unless given.
      - If the Hub is not the public one it has to be given. Otherwise an endpoint that is meant for a test would be
        created, and billed, at the public service.
      - The environment variable E(HUGGINGFACE_ENDPOINTS_URL) is used when the option is not given. It is this
        collection's own; Hugging Face has none for it.
    type: str
  validate_certs:
    description:
      - Whether the servers' TLS certificates are checked.
      - The environment variable E(HUGGINGFACE_TLS_INSECURE) is used, negated, when the option is not given.
    type: bool
    default: true
  ca_path:
    description:
      - File with the certificates (PEM) of the authorities to trust, instead of the usual ones.
      - The environment variable E(HUGGINGFACE_TLS_CA_PATH) is used when the option is not given.
    type: path
  allow_plain_http:
    description:
      - Whether plain V(http) may be used for a host that is not this machine. The token then crosses the network in
        clear.
    type: bool
    default: false
  timeout:
    description:
      - Seconds to wait for a connection and for an answer. The body of an answer may take twice as long. At least 0.1,
        and a week (604800) at most, as for all times to wait.
    type: float
    default: 30.0
  retries:
    description:
      - How many times a request is sent again after a failed connection or an answer of 429, 502, 503 or 504, from 0 to
        100. What creates or changes an endpoint is sent once.
    type: int
    default: 4
  concurrency:
    description:
      - Most requests at a time, from 1 to 1000.
    type: int
    default: 5
requirements:
  - requests >= 2.25.0
notes:
  - Empty environment variables count as unset.
  - Proxies are taken from C(HTTPS_PROXY), C(HTTP_PROXY) and C(NO_PROXY); requests to loopback never go through one.
    C(~/.netrc) and the token file of Hugging Face's own tools are not read.
  - The token is sent to these two servers only, and redirects are not followed.
  - Written after Hugging Face's public documentation and its client C(huggingface_hub). It was not tried against the
    service itself.
seealso:
  - name: User access tokens
    description: Kinds of tokens of Hugging Face, and their permissions.
    link: https://huggingface.co/docs/hub/security-tokens
  - name: Inference Endpoints
    description: Hugging Face's description of its Inference Endpoints.
    link: https://huggingface.co/docs/inference-endpoints/index
"""
