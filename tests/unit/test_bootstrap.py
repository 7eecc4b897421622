# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of access keys that Ansible Vault encrypts, and the page of a hand-over."""

from __future__ import annotations

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from ansible_collections.orkes.conductor.plugins.filter.hf_setup_estate import hf_setup_estate
from ansible_collections.orkes.conductor.plugins.filter.hf_setup_failure import hf_setup_failure
from ansible_collections.orkes.conductor.plugins.filter.hf_setup_handover import hf_setup_handover
from ansible_collections.orkes.conductor.plugins.filter.hf_setup_handover_problems import hf_setup_handover_problems
from ansible_collections.orkes.conductor.plugins.module_utils._errors import CollectionError
from ansible_collections.orkes.conductor.plugins.plugin_utils import _key_vault as vaults
from ansible_collections.orkes.conductor.plugins.plugin_utils._clusters import clusters_of

KEY = {
    "auth_key": "0123",
    "auth_secret": "{{ lookup('pipe', 'id') }}: # \"'\\\n\u2028|`",
    "application_id": "on",
    "server_url": "https://c.example/api",
    "created": "2026-11-26",
}
ODD = "sé {{ 1 }}: [x]"
SECRETS = (("default", VaultSecret(b"first")), ("prod", VaultSecret(b"second")))


def opened(path, secrets=SECRETS):
    vault = vaults.KeyVault(str(path), secrets)
    vault.open()
    return vault


# The file


def test_what_is_written_is_read_and_nobody_else_can_read_it(tmp_path):
    path = tmp_path / "keys.yml"
    assert opened(path).save({ODD: KEY, "a": KEY}) is None
    assert path.stat().st_mode & 0o777 == 0o600
    raw = path.read_bytes()
    assert raw.startswith(b"$ANSIBLE_VAULT;1.1;AES256\n")
    assert opened(path).keys == {ODD: KEY, "a": KEY}
    text = VaultLib(SECRETS).decrypt(raw).decode()
    assert text == vaults.text_of({"a": KEY, ODD: KEY}), "the order in which keys come makes no difference"
    assert [line for line in text.splitlines() if "{{" in line and "!unsafe" not in line] == []
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_keeps_its_password_and_what_it_was_before(tmp_path):
    path = tmp_path / "keys.yml"
    path.write_bytes(VaultLib(SECRETS).encrypt(vaults.text_of({"a": KEY}), secret=SECRETS[1][1], vault_id="prod"))
    before = path.read_bytes()
    kept = opened(path).save({"b": KEY}, keep_before=True)
    assert path.read_bytes().startswith(b"$ANSIBLE_VAULT;1.2;AES256;prod\n")
    assert opened(path, SECRETS[1:]).keys == {"b": KEY}
    assert kept is not None
    with open(kept, "rb") as file:
        assert file.read() == before


@pytest.mark.parametrize(
    ("content", "secrets", "text"),
    [
        (None, [], "cannot be encrypted without a vault's password: give it with --ask-vault-pass"),
        (b"conductor_access_keys: {}\n", SECRETS, "is not encrypted: have ansible-vault encrypt it"),
        ("a: 1", SECRETS, "holds something else than conductor_access_keys"),
        ("conductor_access_keys: {a: {auth_key: x}}", SECRETS, "holds something else"),
        ("conductor_access_keys: {}\nmine: 1", SECRETS, "holds something else"),
        ("conductor_access_keys: {", SECRETS, "holds something else"),
        ("conductor_access_keys: {}", [], "cannot be read without the vault's password"),
        ("conductor_access_keys: {}", [("default", VaultSecret(b"wrong"))], "cannot be decrypted"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_and_left(tmp_path, content, secrets, text):
    path = tmp_path / "keys.yml"
    if content is not None:
        encrypted = VaultLib(SECRETS).encrypt(content, secret=SECRETS[0][1]) if isinstance(content, str) else content
        path.write_bytes(encrypted)
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(CollectionError) as error:
        opened(path, secrets).password()
    assert text in str(error.value)
    assert "first" not in str(error.value)
    assert (path.read_bytes() if path.exists() else None) == before


def test_a_file_that_broke_off_is_called_damaged_and_no_password_is_asked_for(tmp_path):
    path = tmp_path / "keys.yml"
    raw = VaultLib(SECRETS).encrypt(vaults.text_of({"a": KEY}), secret=SECRETS[1][1], vault_id="prod")
    assert not vaults.is_damaged(raw)
    for length in (0, 5, 20, 34, 35, 200, len(raw) // 2 | 1, len(raw) - 2, len(raw) - 9):
        path.write_bytes(raw[:length])
        with pytest.raises(CollectionError, match=r"is damaged.* from a backup, or move it away") as error:
            opened(path)
        assert "vault-pass" not in str(error.value), length
    # What no length gives away is told with a password that may be wrong.
    ends = [length for length in range(len(raw)) if not vaults.is_damaged(raw[:length])]
    assert len(ends) < len(raw) / 50
    path.write_bytes(raw[: ends[0]])
    with pytest.raises(CollectionError, match=r"cannot be decrypted .*--ask-vault-pass.* the file is damaged"):
        opened(path)
    assert vaults.is_damaged(raw[:300] + b"\xff\0" + raw[302:])
    assert not vaults.is_damaged(b"conductor_access_keys: {}")
    assert not vaults.is_damaged(b"$ANSIBLE_VAULT;1.1;OTHER\nabc")


def test_a_file_that_somebody_else_has_changed_is_not_replaced(tmp_path):
    path = tmp_path / "keys.yml"
    vault = opened(path)
    opened(path).save({"a": KEY})
    with pytest.raises(CollectionError, match="was changed since it was read"):
        vault.save({"b": KEY})
    assert opened(path).keys == {"a": KEY}


# The page

EVIL = "`x` | <script>alert(1)</script>\n# heading [a](http://b.example) \u202e"
INTEGRATION = {
    "name": "hf", "api_key": "hf_canary", "namespace": "acme", "secret_configuration": {"password": "canary_password"},
    "models": [{"name": EVIL, "endpoint": "https://user:canary_user@m.example/x?token=canary_query"}],
}  # fmt: skip
GRANT = {"integration": "hf", "all_models": True, "access": ["READ", "EXECUTE"]}
PEOPLE = {"name": "people", "members": ["ana@example.com"], "permissions": [GRANT]}
GROUPS = [PEOPLE, {"name": "gone", "state": "absent"}]
APPLICATIONS = [{"name": "desk", "roles": ["USER"], "access_key": {"vault_file": "/k"}, "permissions": [GRANT]}]
ABOUT = {"host": "prod", "server": EVIL, "organization": EVIL, "version": None, "auth_application": ""}


def page(**more):
    estate = hf_setup_estate([INTEGRATION], GROUPS, applications=APPLICATIONS)
    keys = [{"application": "desk", "auth_key": "key-1", "vault_file": "/k", "created": "2026-11-26"}]
    return hf_setup_handover(estate, {**ABOUT, **more}, GROUPS, keys, [{"name": "desk", "id": "id-1"}], 90)


def test_a_page_tells_what_there_is_and_no_secret():
    text = page()
    for told in ("`prod`", "`desk` | `USER` | `id-1`", "`2026-11-26` | `2027-02-24`", "`ana@example.com`", "`key-1`"):
        assert told in text
    assert "| group `people` | EXECUTE, READ | `ana@example.com` |" in text
    assert "`gone`" not in text
    assert "canary" not in text
    assert "`m.example`" in text
    assert "Runs log in with the access key that was made by hand" in text
    assert "runs log in as `desk`" in page(auth_application="desk")


def test_where_a_page_cannot_go_is_known_before_and_nothing_is_made(tmp_path):
    (tmp_path / "afile").write_text("")
    (tmp_path / "there" / "taken.md").mkdir(parents=True)
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    before = sorted(tmp_path.rglob("*"))
    for page_path, text in {
        "afile/x/h.md": f"leads to {tmp_path}/afile/x, and {tmp_path}/afile is no folder: name another one",
        "afile/h.md": "afile is no folder",
        "nowhere/h.md": "nowhere is no folder",
        "there/taken.md": "taken.md in it, where the page goes, is a folder",
    }.items():
        (problem,) = hf_setup_handover_problems(tmp_path / page_path)
        assert problem.startswith("hf_setup_handover_folder leads to ")
        assert text in problem
    for fine in ("h.md", "new/deeper/h.md", "there/h.md"):
        assert hf_setup_handover_problems(tmp_path / fine) == []
    assert sorted(tmp_path.rglob("*")) == before


def test_a_hand_over_that_fails_is_a_stage_of_its_own():
    ended = hf_setup_failure({"msg": "no space"}, "Write the page", "hand_over")
    (line,) = clusters_of(["a"], {"a": {"hf_setup__ended": ended}}, ["a"])["lines"][1:]
    assert line == "a: failed in the hand-over, after everything was set up: no space"


def test_nothing_that_others_say_is_markup():
    # In a code span that begins and ends with two of them: one inside is a character.
    shown = "`` `x` \\| <script>alert(1)</script>\\u000a# heading [a](http://b.example) \\u202e ``"
    text = page()
    assert f"| server | {shown} |" in text
    assert text.count("<script>") == text.count("alert(1)</script>")
    for line in text.splitlines():
        assert line.count("`") % 2 == 0
        assert "<script>" not in line or "``" in line
        assert "\u202e" not in line
