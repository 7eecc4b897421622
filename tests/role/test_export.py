# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster that people made by hand is exported, and the site that is declared with it has nothing to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sandbox_process import segment
from stage import KEY, Run, Stage

EXPORT = {"playbook": "orkes.conductor.export"}
#: What a name may hold; evaluated, it would be another name.
EVIL = "{{ 7 * 191 }}"
ODD = ("no", "0123", "~ !unsafe", "%ops #1", 'it\'s "quoted", [so]: & *more', EVIL)
LLAMA = "meta-llama/Llama-3.1-8B-Instruct"
FINGERPRINT = "v1:0123456789abcdef:0123456789abcdef"


def host(stage: Stage, number: int = 0, **variables: Any) -> dict[str, Any]:
    """A host whose variables say nothing of what its cluster holds."""
    nothing = {"hf_setup_integrations": ..., "hf_setup_groups": ...}
    return stage.host(number, **{**nothing, "hf_setup_export_folder": "host_vars", **variables})


def file_of(stage: Stage, name: str) -> Path:
    return stage.folder / "host_vars" / name / "hf_setup.yml"


def rich(stage: Stage, number: int, command: str, **switches: Any) -> None:
    """Fill a cluster, by the interface alone, with what people, programs and attackers leave there.

    Args:
        stage: Has the clusters.
        number: Which of them.
        command: A template that runs a command.
        switches: How the cluster behaves.
    """
    stage.clusters[number].settings(unknown_configuration_key="accept", **switches)
    # Nothing but a server that shows the key tells that this holds it.
    echo = f"x{KEY}x" if switches.get("secrets") == "clear" else ""
    admin = stage.admin(number)
    text = f"first: line # {command}\n\tsecond\u2028 \U0001f917 \\n"
    admin.integration(
        "hf-prod",
        description=text,
        configuration={
            "api_key": KEY, "password": KEY, "namespace": "acme", "region": "0123", command: command, "echo": echo,
            "deep": {command: [command, 1, 1.5, None, True, "no"]}, "hidden": {"token": KEY},
        },
    )  # fmt: skip
    tags = {"team": "ml", "no": "yes", command: command, "two": "a", "ansible_fingerprint": FINGERPRINT}
    pairs = [{"key": key, "value": value} for key, value in tags.items()]
    admin.done("PUT", "/integrations/provider/hf-prod/tags", [*pairs, {"key": "two", "value": "b"}])
    admin.integration("0", enabled=False, description="")
    admin.integration("mail", type="openai", configuration={"api_key": KEY})
    admin.model("hf-prod", LLAMA, description="%", configuration={"endpoint": "https://llama.example", "size": 3})
    for name in ("plain", "other", EVIL):
        admin.model("hf-prod", name, enabled=name != "plain", description=command)
    admin.done("PUT", f"/integrations/provider/hf-prod/integration/{segment(LLAMA)}/tags", pairs[:3])
    for user in ("ana@example.com", EVIL):
        admin.done("PUT", f"/users/{segment(user)}", {"name": user, "roles": ["USER"]})
    for name in ODD:
        path = f"/groups/{segment(name)}"
        admin.done("PUT", path, {"description": command, "roles": ["USER"], "defaultAccess": {"TASK_DEF": ["READ"]}})
        admin.done("POST", f"{path}/users/{segment(EVIL)}")
    applications = [admin.done("POST", "/applications", {"name": name})["id"] for name in ("twice", "twice", command)]
    for application in applications:
        admin.done("POST", f"/applications/{application}/roles/WORKER")
        admin.done("POST", f"/applications/{application}/accessKeys")
    admin.done("PUT", f"/applications/{applications[2]}/tags", pairs[:3])
    for subject in (("GROUP", ODD[0]), ("USER", f"app:{applications[0]}")):
        admin.grant(subject, ("INTEGRATION_PROVIDER", "hf-prod"), "READ", "EXECUTE")
        admin.grant(subject, ("INTEGRATION", f"hf-prod:{LLAMA}"), "READ", "EXECUTE")
        admin.grant(subject, ("INTEGRATION", "hf-prod:plain"), "READ")
        admin.grant(subject, ("INTEGRATION", f"hf-prod:{EVIL}"), "UPDATE")
        admin.grant(subject, ("INTEGRATION_PROVIDER", "0"), "DELETE")
    admin.grant(("GROUP", ODD[1]), ("INTEGRATION", "hf-prod:other"), "READ")
    # What the role has no form for.
    for subject, target in (
        (("GROUP", EVIL), ("TAG", "team:ml")), (("GROUP", ODD[0]), ("WORKFLOW_DEF", f"flow\n{command}")),
        (("USER", "ana@example.com"), ("INTEGRATION_PROVIDER", "hf-prod")),
        (("ROLE", "USER"), ("INTEGRATION", "hf-prod:plain")), (("GROUP", ODD[0]), ("INTEGRATION", "hf-prod:gone")),
        (("GROUP", ODD[0]), ("INTEGRATION", "hf-prod")), (("GROUP", ODD[0]), ("INTEGRATION_PROVIDER", "mail")),
    ):  # fmt: skip
        admin.grant(subject, target, "READ")


def unchanged(run: Run, *hosts: str) -> None:
    """Claim that a run succeeded and changed nothing on these hosts."""
    assert (run.status, run.changed) == (0, dict.fromkeys(hosts, 0)), run.output


def test_the_export_of_a_cluster_made_by_hand_is_its_declaration(stage, tmp_path):
    marker = tmp_path / "evaluated"
    command = f"{{{{ lookup('pipe', 'touch {marker}') }}}}"
    for number, secrets in enumerate(("masked", "clear")):
        rich(stage, number, command, secrets=secrets)
    hosts = {name: host(stage, number) for number, name in enumerate(("one", "two"))}
    files = [file_of(stage, name) for name in hosts]
    writes = [stage.writes(number) for number in (0, 1)]

    shown = stage.play({"one": hosts["one"]}, "--check", **EXPORT)
    assert shown.status == 0, shown.output
    assert not files[0].parent.parent.exists()
    run = stage.play(hosts, **EXPORT)
    assert (run.status, run.changed) == (0, {"one": 2, "two": 2}), run.output
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600, 0o600]
    assert "2 integrations, 4 models, 6 groups, 4 applications, 11 permissions" in run.said("one")
    texts = [path.read_text() for path in files]
    for line in texts[0].splitlines():
        if "sandbox-administrator" not in line and line:
            assert line.replace("\\", "\\\\").replace('"', '\\"') in shown.output, "check mode shows another file"
    for text in texts:
        for secret in (KEY, FINGERPRINT, "fingerprint", "VALUE_HIDDEN", "**", "${"):
            assert secret not in text, secret
        assert "hf_setup_update_api_key: on_create" in text
        assert "# not exported, as no secret is: api_key, hidden, password" in text
        assert '# tags: "two" is left out: it has 2 values' in text
        for told in (
            'GROUP "{{ 7 * 191 }}": READ on TAG "team:ml"', 'GROUP "no": READ on INTEGRATION "hf-prod", "hf-prod:gone"',
            'GROUP "no": READ on INTEGRATION_PROVIDER "mail"', 'ROLE "USER": READ on INTEGRATION "hf-prod:plain"',
            'USER "ana@example.com": READ on INTEGRATION_PROVIDER "hf-prod"', 'derived from the tag "team:ml"',
            'GROUP "no": READ on WORKFLOW_DEF "flow\\n{{',
        ):  # fmt: skip
            assert f"# - {told}" in text or f", {told}" in text, told
    # The server in clear mode gives the key away; where it stands inside of another value, that value is left out.
    assert [text.count('# configuration: "echo" is left out: holds a secret') for text in texts] == [0, 1]

    unchanged(stage.play({"one": hosts["one"]}, "--check"), "one")
    run = stage.play(hosts)
    unchanged(run, *hosts)
    assert "permissions: 0 created, 0 updated, 0 deleted, 17 unchanged" in run.said("two")
    assert [stage.writes(number) for number in (0, 1)] == writes
    assert not marker.exists(), "a text of the server was evaluated"

    # Again: the same, byte for byte, also where a reference stands for each secret.
    stage.clusters[0].settings(secrets="reference")
    unchanged(stage.play(hosts, **EXPORT), *hosts)
    assert [path.read_text() for path in files] == texts
    unchanged(stage.play({"one": hosts["one"]}), "one")
    assert stage.writes() == writes[0]


def test_a_file_is_neither_replaced_nor_hidden_unasked(stage):
    stage.build()
    hosts = {"one": host(stage, 0), "hidden": host(stage, 1)}
    (stage.folder / "host_vars").mkdir()
    (stage.folder / "host_vars" / "hidden.yml").write_text("---\nmine: true\n")
    file_of(stage, "one").parent.mkdir()
    file_of(stage, "one").write_text("---\nmine: true\n")
    run = stage.play(hosts, **EXPORT)
    assert run.messages.keys() == hosts.keys(), run.output
    assert f"{file_of(stage, 'one')} is there and is different" in run.messages["one"]
    assert "hf_setup_export_overwrite" in run.messages["one"]
    assert "host_vars/hidden.yml would not be read any more" in run.messages["hidden"]
    assert file_of(stage, "one").read_text() == "---\nmine: true\n"
    assert not file_of(stage, "hidden").parent.exists()

    hosts = {"one": {**hosts["one"], "hf_setup_export_overwrite": True, "hf_setup_export_groups": []}}
    file_of(stage, "one").chmod(0o640)
    run = stage.play(hosts, "--diff", **EXPORT)
    assert (run.status, run.changed) == (0, {"one": 1}), run.output
    assert "+hf_setup_groups: []" in run.output
    assert f"      - name: {LLAMA}\n" in file_of(stage, "one").read_text()
    assert file_of(stage, "one").stat().st_mode & 0o777 == 0o640


def test_what_cannot_be_seen_is_said(stage):
    admins = [stage.admin(number) for number in (0, 1)]
    own = {"configuration": {"api_key": KEY, "namespace": "acme"}}
    # One key is no Admin's. The other server takes no slash in a path, so that grants on such models cannot be listed.
    _user, owner = admins[0].application("owner", ("USER",))
    owner.integration("own", **own)
    owner.model("own", "plain")
    for admin in admins:
        admin.integration("hidden", **own)
    stage.clusters[1].settings(encoded_slash="reject")
    api = {"integrationName": "own", "api": LLAMA, "enabled": True, "configuration": {"endpoint": "https://l.example"}}
    body = {"name": "own", "type": "huggingface", "category": "AI_MODEL", "enabled": True, "apis": [api], **own}
    admins[1].done("POST", "/integrations/", [body])
    admins[1].grant(("ROLE", "USER"), ("INTEGRATION_PROVIDER", "own"), "READ")
    hosts = {
        "owner": host(stage, 0, hf_setup_auth_token=owner.token),
        "slash": host(stage, 1, hf_setup_export_integrations=["own"]),
    }
    run = stage.play(hosts, **EXPORT)
    assert run.status == 0, run.output
    assert "not seen: groups: this key may not read them, which takes the role ADMIN" in run.said("owner")
    assert "names hold a slash: this server takes no slash in a path" in run.said("slash")[-1]
    texts = {name: file_of(stage, name).read_text() for name in hosts}
    assert all("- name: own\n" in text and "- name: hidden" not in text for text in texts.values())
    assert "# - this key is no Admin's" in texts["owner"]
    assert "hf_setup_groups" not in texts["owner"]
    assert f"- name: {LLAMA}\n" in texts["slash"]
    assert '# - ROLE "USER": READ on INTEGRATION_PROVIDER "own"' in texts["slash"]
    before = [stage.writes(number) for number in (0, 1)]
    unchanged(stage.play(hosts), *hosts)
    assert [stage.writes(number) for number in (0, 1)] == before
