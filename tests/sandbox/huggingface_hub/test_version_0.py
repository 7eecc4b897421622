# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only version 0 of the client does: it sends null where there is nothing to say, and a former type."""

from __future__ import annotations

import pytest
from conftest import create
from huggingface_hub import InferenceEndpointType
from huggingface_hub.errors import HfHubHTTPError


def test_an_account_id_is_dropped(api):
    made = create(api, account_id="123", revision=None)
    assert "accountId" not in made.raw and len(made.revision) == 40


def test_a_task_that_is_null_is_refused(api):
    with pytest.raises(HfHubHTTPError) as error:
        create(api, task=None)
    assert error.value.response.status_code == 422 and "model.task" in error.value.response.json()["error"]


@pytest.mark.parametrize("mode", ["reject", "accept"])
def test_the_former_type_is_its_default(api, sandbox, mode):
    sandbox.settings(huggingface_protected_type=mode)
    if mode == "accept":
        assert create(api, type=InferenceEndpointType.PROTECTED).type == "protected"
    else:
        with pytest.raises(HfHubHTTPError, match="protected"):
            create(api, type=InferenceEndpointType.PROTECTED)
