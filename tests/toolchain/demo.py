# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The main job on a fresh clone: plan, apply, apply again, against two sandboxes of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from tests.toolchain.demo_summary import Reader, describe, estate
from tests.toolchain.environments import Environment
from tests.toolchain.outcomes import Outcome, StepFailure, last_lines
from tests.toolchain.sandboxes import Sandbox
from tests.toolchain.work import Word, Work

FOLDER = "examples/demo"
INVENTORY = f"{FOLDER}/inventory.yml"
PASSWORD = f"{FOLDER}/vault_password"
PREPARATION = f"{FOLDER}/prepare.yml"
PLAYBOOK = "orkes.conductor.site"
CLUSTERS = ("staging", "production")
SERVER_VARIABLE = "hf_setup_server_url"

RECAP = re.compile(
    r"^(?P<host>\S+)\s+: ok=(?P<ok>\d+)\s+changed=(?P<changed>\d+)\s+unreachable=(?P<unreachable>\d+)"
    r"\s+failed=(?P<failed>\d+)",
    re.MULTILINE,
)
#: What is said of each cluster in the end, in a plan and after an apply.
OBJECTS = re.compile(
    r'"(?P<host>[^":]+): (?:planned|done), (\d+) (?:to create|created), (\d+) (?:to update|updated), '
    r"(\d+) (?:to delete|deleted), (\d+) unchanged"
)
ANSWER = re.compile(r"^(?P<host>\S+) \| (?P<state>[A-Z]+!?) => (?P<value>\{.*?^\})", re.MULTILINE | re.DOTALL)


def is_loopback(url: str) -> bool:
    """Return whether an address leads to this machine and no other."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def parse_servers(output: str) -> dict[str, str]:
    """Return each host's server from what ``ansible --module-name debug`` printed."""
    found = {}
    for match in ANSWER.finditer(output):
        value = json.loads(match.group("value"))
        found[match.group("host")] = str(value.get(SERVER_VARIABLE, "")) if match.group("state") == "SUCCESS" else ""
    return found


def refuse_other_hosts(servers: Mapping[str, str]) -> None:
    """Fail unless every host of the inventory names a server of this machine."""
    if not servers:
        raise StepFailure("the demo inventory has no hosts")
    wrong = [host for host, url in sorted(servers.items()) if not is_loopback(url)]
    if wrong:
        raise StepFailure(
            f"the demo runs against the embedded sandbox alone, and these hosts name another server: {', '.join(wrong)}"
        )


def recap(output: str) -> dict[str, dict[str, int]]:
    """Return the numbers of the play recap of each host."""
    return {
        match.group("host"): {key: int(match.group(key)) for key in ("ok", "changed", "unreachable", "failed")}
        for match in RECAP.finditer(output)
    }


def objects(output: str) -> dict[str, tuple[int, ...]]:
    """Return how many objects of each host were created, updated, deleted and left, or were planned to be."""
    return {match.group("host"): tuple(map(int, match.groups()[1:])) for match in OBJECTS.finditer(output)}


class Demo:
    """The demo, once its sandboxes serve."""

    def __init__(
        self,
        work: Work,
        root: Path,
        collections: Path,
        sandboxes: Mapping[str, Sandbox],
        more: Mapping[str, str] | None = None,
    ) -> None:
        self._work = work
        self._root = root
        self._own = {"ANSIBLE_COLLECTIONS_PATH": str(collections), "ANSIBLE_NOCOWS": "1"}
        self._environment: Environment = work.environment("demo")
        self._readers = {name: Reader(sandbox) for name, sandbox in sandboxes.items()}
        variables = {f"demo_{name}_url": sandbox.url for name, sandbox in sandboxes.items()}
        self._variables = work.folder / "sandboxes.json"
        self._variables.write_text(json.dumps({**variables, **(more or {})}))
        self._common: list[Word] = [
            "-i",
            root / INVENTORY,
            "-e",
            f"@{self._variables}",
            "--vault-password-file",
            root / PASSWORD,
        ]

    def servers(self) -> dict[str, str]:
        """Return the server that each host of the inventory names."""
        command = ["ansible", *self._common, "all", "-m", "ansible.builtin.debug", "-a", f"var={SERVER_VARIABLE}"]
        finished = self._work.must(command, folder=self._root, environment=self._environment, own=self._own)
        return parse_servers(finished.output)

    def prepare(self, hosts: Iterable[str]) -> None:
        """Make the people of the inventory known to the sandboxes, as a single sign-on would."""
        self.play(hosts, playbook=self._root / PREPARATION)

    def play(
        self, hosts: Iterable[str], *options: str, playbook: Word = PLAYBOOK
    ) -> tuple[str, dict[str, dict[str, int]]]:
        """Run a playbook and return what it printed and its recap, which must be without a failure."""
        command = ["ansible-playbook", *self._common, *options, playbook]
        finished = self._work.must(command, folder=self._root, environment=self._environment, own=self._own)
        numbers = recap(finished.output)
        absent = sorted(set(hosts) - set(numbers))
        if absent:
            raise StepFailure(f"the play did not reach {', '.join(absent)}\n{last_lines(finished.output)}")
        bad = [host for host, values in numbers.items() if values["failed"] or values["unreachable"]]
        if bad:
            raise StepFailure(f"the play failed on {', '.join(bad)}\n{last_lines(finished.output)}")
        return finished.output, numbers

    def writes(self) -> dict[str, int]:
        """Return how many writes each sandbox has seen."""
        return {name: reader.writes() for name, reader in self._readers.items()}

    def summary(self) -> list[str]:
        """Return what the sandboxes hold, for people."""
        lines = []
        for name, reader in self._readers.items():
            lines += [name, *(f"  {line}" for line in describe(estate(reader)))]
        return lines


def run(work: Work, tell: Callable[[str], None]) -> Outcome:
    """Plan, apply and apply again, hold each against what the sandboxes saw, and tell about it."""
    tree = work.tree()
    source = tree.root / "roles" / "sandbox" / "files"
    with ExitStack() as stack:
        sandboxes = {name: stack.enter_context(work.sandbox(source)) for name in CLUSTERS}
        demo = Demo(work, tree.root, tree.collections, sandboxes)
        servers = demo.servers()
        refuse_other_hosts(servers)
        checks = 1
        demo.prepare(servers)
        before = demo.writes()

        tell("\n1. The plan (--check --diff)\n")
        output, numbers = demo.play(servers, "--check", "--diff")
        planned = objects(output)
        tell(output.strip())
        _expect(demo.writes() == before, "the plan wrote to a sandbox")
        _expect(all(values["changed"] for values in numbers.values()), "the plan of an empty cluster shows no change")

        tell("\n2. The apply\n")
        output, _numbers = demo.play(servers)
        tell(output.strip())
        written = demo.writes()
        _expect(
            all(count > before[name] for name, count in written.items()), "the apply did not write to every sandbox"
        )
        _expect(
            set(planned) == set(servers) and objects(output) == planned,
            "the apply did not change as many objects as the plan had said",
        )

        tell("\n3. The apply again\n")
        output, again = demo.play(servers)
        tell(output.strip())
        _expect(not any(values["changed"] for values in again.values()), "the second apply still changed something")
        _expect(demo.writes() == written, "the second apply sent a write")
        checks += 6

        tell("\nWhat the clusters hold now, read back from their API\n")
        tell("\n".join(demo.summary()))
        tell("")
        for host in sorted(servers):
            tell(
                f"{host}: {sum(planned[host][:3])} objects changed, as planned before without a write; run again, "
                f"changed={again[host]['changed']}"
            )
    return Outcome(checks, "checks")


def _expect(condition: bool, failure: str) -> None:
    if not condition:
        raise StepFailure(failure)
