# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A case: an estate, a task, a fault at some of its requests; and what has to hold whatever happens.

Each claim is written once, here, and held against the sandbox's own state and log.
"""

from __future__ import annotations

import json
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from faults import AT_HUGGING_FACE, DELETE_PARENT, FAULTS, IMPATIENT, OTHER, Fault
from hostile_proxy import HostileProxy, OtherHost, Seen
from module_process import ModuleServer, Run, clean_environment
from sandbox_process import ADMIN_KEY, ADMIN_SECRET, HUGGING_FACE_TOKEN, TIMEOUT, Client, SandboxProcess, segment
from search import Search
from works import (
    KEYS,
    NEW_KEYS,
    Estate,
    Task,
    ask_for_endpoint,
    holds_key,
    keep_given_keys,
    tell_held_keys,
)

#: Longest that a run may take, in seconds, on a machine that has much else to do. It tries at most three times, for a
#: second each; a server that keeps it waiting does so for longer than this.
BOUND = 30

#: Words with which an error says what to do.
ADVICE = re.compile(
    r"\b(check|give|raise|lower|run again|further run|set server_url|ask|remove|look at|missing permission|extend|"
    r"create it first|compare|choose|add a payment|let it|delete it in the console|use another name|resume it|"
    r"leave \w+ out)\b",
    re.IGNORECASE,
)

#: What an error may be about.
SUBJECT = re.compile(
    r"/api/|/health|/huggingface/|integration|model|\buser [^ ]|group|application|access.key|grant|role|endpoint"
)

#: Requests that do harm when they are done twice.
NOT_TWICE = re.compile(
    r"POST /api/applications(/[^/]+/accessKeys(/[^/]+/status)?)?$|"
    r"POST /huggingface/v2/endpoint/[^/]+(/[^/]+/(pause|scale-to-zero))?$|PUT /huggingface/v2/endpoint/[^/]+/[^/]+$"
)

#: What is answered with a list that shows what is there and what is not.
LISTING = re.compile(
    r"/api/(integrations/provider(/[^/]+/integration)?|groups(/[^/]+/(users|permissions))?|users(/[^/]+/permissions)?|"
    r"applications(/[^/]+/(accessKeys|tags))?|auth/subjects/[^/]+/[^/]+/grants)$"
)

#: Ids that a server draws.
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Where:
    """Which requests of a run a fault meets.

    Attributes:
        name: C(first), C(middle), C(last), C(every) or C(rest): from the middle on.
        part: Which one the middle is, between 0 and 1.
    """

    name: str
    part: float = 0.5

    def meets(self, total: int) -> Callable[[Seen], bool]:
        """Return a test for requests, given how many there are in a run without a fault."""
        middle = 1 + round(self.part * (total - 1))
        number = {"first": 1, "last": total, "every": 1}.get(self.name, middle)
        if self.name in ("every", "rest"):
            return lambda seen: seen.number >= number
        return lambda seen: seen.number == number


@dataclass(frozen=True)
class Case:
    """What is done, and what goes wrong with it.

    Attributes:
        estate: What there is in the beginning.
        task: What is done.
        fault: What goes wrong.
        where: Which requests that meets.
        switches: Settings of the sandbox.
        concurrency: Most requests at a time.
        retries: How often a request is sent again.
        others: What others do at the same time.
    """

    estate: Estate
    task: Task
    fault: Fault
    where: Where
    switches: dict[str, Any] = field(default_factory=dict)
    concurrency: int = 1
    retries: int = 2
    others: tuple[Task, ...] = ()


class Wrong(AssertionError):
    """A claim that does not hold."""


def harms_twice(seen: Seen) -> bool:
    """Tell whether a request does harm when it is done twice."""
    return NOT_TWICE.match(f"{seen.method} {seen.path}") is not None


def without_ids(changes: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Return changes as they are the same in two runs, between which a server was emptied and so drew other ids."""
    return [(kind, ID.sub("ID", name), action) for kind, name, action in changes]


class Furnace:
    """A sandbox behind a hostile proxy, modules that reach it, and a host that nobody may come to."""

    def __init__(self, sandbox: SandboxProcess, modules: ModuleServer) -> None:
        self.sandbox = sandbox
        self.modules = modules
        self.proxy = HostileProxy(sandbox.url)
        self.other = OtherHost()
        OTHER[:] = [self.other.url]
        DELETE_PARENT[:] = [self.delete_parent]
        self.admin: Client = sandbox.log_in()
        self.folder = Path(tempfile.mkdtemp(prefix="fire-"))
        self.counts: Counter[tuple[str, str]] = Counter()
        self.names: dict[str, str] = {}

    def stop(self) -> None:
        """End it."""
        self.proxy.stop()
        self.other.stop()

    # What a case consists of

    def prepare(self, case: Case) -> None:
        """Have the sandbox hold what the case begins with."""
        self.sandbox.control("POST", "/reset")
        self.admin = self.sandbox.log_in()
        self.names = {}
        self.build(case)
        self.sandbox.settings(**case.switches)
        self.sandbox.control("DELETE", "/log")

    def build(self, case: Case) -> None:
        """Have the sandbox hold the case's estate, and remember which application is which."""
        self.names |= {own_id: name for name, own_id in case.estate.build(self.admin).items()}

    def delete_parent(self, path: str, body: bytes) -> None:
        """Delete what a request needs, as somebody else may at any time."""
        parts = path.removeprefix("/api/").split("/")
        if path.startswith("/huggingface/v2/endpoint/"):
            ask_for_endpoint(self.sandbox, "DELETE", path.split("/")[5] if path.count("/") > 4 else "none")
            return
        if parts[:2] == ["integrations", "provider"] and len(parts) > 2:
            victim = f"/integrations/provider/{segment(parts[2])}"
        elif parts[0] in ("groups", "applications") and len(parts) > 1:
            victim = f"/{parts[0]}/{segment(parts[1])}"
        elif parts[:2] == ["auth", "authorization"] and body:
            victim = f"/integrations/provider/{segment(json.loads(body)['target']['id'].partition(':')[0])}"
        else:
            return
        self.admin.send("DELETE", victim)

    def options(self, case: Case, folder: Path) -> dict[str, Any]:
        """Return the task's options, with the folder of its files."""
        return dict(json.loads(json.dumps(case.task.options).replace("FOLDER", str(folder))))

    def call(self, case: Case, folder: Path, **options: Any) -> tuple[str, dict[str, Any], dict[str, str]]:
        """Return module, options and environment of the task, with which it comes to the proxy."""
        given = tell_held_keys(self.options(case, folder))
        connection = {
            "CONDUCTOR_SERVER_URL": self.proxy.url,
            "CONDUCTOR_AUTH_KEY": ADMIN_KEY,
            "CONDUCTOR_AUTH_SECRET": ADMIN_SECRET,
        }
        if case.task.module == "hf_endpoint":
            root = f"{self.proxy.url.removesuffix('/api')}/huggingface"
            connection = {
                "HF_TOKEN": HUGGING_FACE_TOKEN,
                "HF_ENDPOINT": root,
                "HUGGINGFACE_ENDPOINTS_URL": f"{root}/v2",
            }
        given |= {"concurrency": case.concurrency, **options}
        return case.task.module, given, clean_environment(**connection)

    def run(
        self, case: Case, folder: Path, check: bool = False, modules: ModuleServer | None = None, **options: Any
    ) -> Run:
        """Run the task through the proxy."""
        run = (modules or self.modules).run(*self.call(case, folder, **options), check)
        # Runs are compared, and each has a folder of its own, and applications whose ids are made anew.
        output = keep_given_keys(self.options(case, folder), run.output).replace(str(folder), "FOLDER")
        for own_id, name in self.names.items():
            output = output.replace(f"app:{own_id}", f"app:{json.dumps(name)[1:-1]}")
        return Run.read(run.status, output, run.errors)

    @contextmanager
    def empty_folder(self) -> Iterator[Path]:
        """A folder for the files of one run."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            yield Path(folder)

    # The claims

    def keeps_secrets(self, run: Run, folder: Path) -> None:
        """No secret is in what a run says: neither one that it was given, nor one that it got."""
        secrets = {f"key {number}": key for number, key in enumerate((*KEYS, *NEW_KEYS))}
        secrets |= {"secret": ADMIN_SECRET, "token of Hugging Face": HUGGING_FACE_TOKEN}
        secrets |= {f"token {token[-6:]}": token for token in {seen.token for seen in self.proxy.seen} if token}
        for path in folder.glob("*.json"):
            secrets[f"secret in {path.name}"] = json.loads(path.read_text())["auth_secret"]
        found = Search(secrets).text(run.output + run.errors)
        if found:
            raise Wrong(f"the run says {', '.join(found)}")

    def is_told(self, run: Run, fault: Fault | None, at_hugging_face: bool = False) -> None:
        """An error is no traceback, names a request or an object, and says what to do.

        Args:
            run: The run.
            fault: What went wrong, where that has to be told.
            at_hugging_face: Whether it is Hugging Face that was asked.
        """
        if run.errors.strip() or "Traceback" in run.output or "fault of the collection" in run.message:
            raise Wrong(f"a fault of the collection: {run.message} {run.errors}")
        if not run.failed:
            return
        if not ADVICE.search(run.message):
            raise Wrong(f"the error does not say what to do: {run.message!r}")
        if not SUBJECT.search(run.message):
            raise Wrong(f"the error does not say what it is about: {run.message!r}")
        if re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", run.message) or len(run.message) > 20_000:
            raise Wrong(f"the error holds control characters, or has no end: {run.message[:300]!r}")
        # Whoever cannot log in is told that, whatever the status is.
        told = fault.told if fault else ()
        told = AT_HUGGING_FACE.get(told, told) if at_hugging_face else told
        wanted = (*told, "auth_key and auth_secret") if told else ()
        if wanted and not any(words in run.message.lower() for words in wanted):
            raise Wrong(f"the error does not tell {' or '.join(wanted)}: {run.message!r}")

    def knows_the_server(self, run: Run, case: Case) -> None:
        """Nobody is told that a server takes no slashes in paths that takes them, whatever others do meanwhile."""
        if case.switches.get("encoded_slash") != "reject" and "takes no slash" in run.output:
            raise Wrong(f"it mistakes what the server can do: {run.message or run.output}")

    def is_true(self, run: Run, whole: Run, next_run: Run, case: Case) -> None:
        """What was applied, what failed and what was not tried is so, held against the log and the run after it.

        Args:
            run: The run with a fault.
            whole: The same run without one.
            next_run: The run after it.
            case: The case.
        """
        fault = case.fault
        written = [seen for seen in self.proxy.seen if seen.writes and seen.acted]
        if written and not run.changed:
            raise Wrong(f"it says that nothing changed, and yet {written} were done; {run.message}")
        if fault.lies or fault.disturbs:
            return
        changes = set(run.changes)
        failed = [(entry["kind"], entry["name"], entry["action"]) for entry in run.result.get("failures", [])]
        left = [(entry["kind"], entry["name"], entry["action"]) for entry in run.result.get("not_attempted", [])]
        told = Counter([*run.changes, *failed, *left])
        if (told or not run.failed) and Counter(without_ids(list(told.elements()))) != Counter(
            without_ids(whole.changes)
        ):
            raise Wrong(f"{told} does not add up to {whole.changes}")
        still = set(next_run.changes)
        untrue = changes & still
        if untrue:
            raise Wrong(f"told as applied, and yet to be done: {untrue}")
        certain = {
            change
            for change, entry in zip(failed, run.result.get("failures", []), strict=True)
            if "may have acted" not in entry["message"] and "Done before that: nothing" in entry["message"]
        }
        untrue = (set(left) | certain) - set(still)
        if untrue:
            raise Wrong(f"told as not done, and yet there: {untrue}, the next run did {still}")

    def does_nothing_twice(self) -> None:
        """Nothing is done twice that does harm when done twice: one for each name, one for each key."""
        done = Counter(
            f"{seen.method} {seen.path} {seen.body.decode()}"
            for seen in self.proxy.seen
            if seen.acted and harms_twice(seen)
        )
        twice = [request for request, number in done.items() if number > 1 and not request.endswith("accessKeys ")]
        if twice:
            raise Wrong(f"done twice: {twice}")
        # Several keys of one application may be asked for; sent again is what comes without a look at those there are.
        for before, seen in pairwise(self.proxy.seen):
            same = (before.method, before.path, before.body) == (seen.method, seen.path, seen.body)
            if same and before.acted and before.token == seen.token and harms_twice(seen):
                raise Wrong(f"sent again: {seen}")

    def reads_to_an_end(self) -> None:
        """No answer without an end is read for as long as it comes."""
        if any(seen.drained for seen in self.proxy.seen):
            raise Wrong("it read an answer that has no end")

    def stays_here(self) -> None:
        """No other host heard of anything."""
        if self.other.visits:
            raise Wrong(f"{self.other.visits} requests went to another host")

    def keeps_keys(self, case: Case) -> None:
        """Every integration that is there has the key that it had, or the one that it was to get."""
        allowed = {name: {about["key"]} for name, about in case.estate.integrations.items()}
        for task in (case.task, *case.others):
            for item in task.options.get("integrations", []):
                allowed.setdefault(item["name"], set()).add(item.get("api_key"))
        if "rotations" in case.task.options:
            # Another rotation may have put another one there.
            allowed = {name: {*keys, *NEW_KEYS} for name, keys in allowed.items()}
        for found in self.admin.done("GET", "/integrations/provider?activeOnly=false"):
            name = found["name"]
            if not any(holds_key(self.sandbox, name, key) for key in allowed.get(name, ()) if key):
                raise Wrong(f"{name} has lost its key, or nobody asked for it")

    def holds(self, case: Case, folder: Path) -> None:
        """Everything is there that was asked for, as the sandbox itself says."""
        settings = {name: value for name, value in case.switches.items() if name in ("encoded_slash", "secrets")}
        if settings:
            self.sandbox.settings(encoded_slash="decode", secrets="masked")
        missing = case.task.holds(self.sandbox, self.admin, folder)
        if settings:
            self.sandbox.settings(**settings)
        if missing:
            raise Wrong(f"not there: {missing}")

    # Burning

    def rehearse(self, case: Case) -> tuple[Run, int]:
        """Run the task without a fault, and return how that went, and how many requests it took."""
        self.prepare(case)
        self.proxy.begin()
        with self.empty_folder() as folder:
            run = self.run(case, folder)
            self.is_told(run, None)
            self.knows_the_server(run, case)
            self.keeps_secrets(run, folder)
            if not run.failed:
                self.holds(case, folder)
            elif any(seen.writes and seen.acted for seen in self.proxy.seen):
                raise Wrong(f"it failed without a fault: {run.message}")
        return run, len(self.proxy.seen)

    def burn(self, case: Case, rehearsed: tuple[Run, int] | None = None) -> str:
        """Let a case happen, hold every claim, and return how it ended.

        Args:
            case: The case.
            rehearsed: What a rehearsal of the same task gave, if there was one.
        """
        whole, total = rehearsed or self.rehearse(case)
        if whole.failed:
            self.counts["(none)", "refused"] += 1
            return "refused"
        self.prepare(case)
        hit = case.where.meets(total)
        self.proxy.begin(case.fault.name, case.fault.hurt, hit)
        with self.empty_folder() as folder:
            began = time.monotonic()
            more = {"timeout": IMPATIENT} if case.fault.slow else {}
            run = self.run(case, folder, retries=case.retries, **more)
            spent = time.monotonic() - began
            if spent > BOUND:
                raise Wrong(f"it took {spent:.0f} s")
            met = [seen for seen in self.proxy.seen if seen.fault]
            self.is_told(run, case.fault if met else None, case.task.module == "hf_endpoint")
            self.keeps_secrets(run, folder)
            self.does_nothing_twice()
            self.stays_here()
            self.reads_to_an_end()
            self.keeps_keys(case)
            self.is_survived(run, whole, case, met)
            self.takes_nothing_for_a_list(run, case, met)
            if not (case.fault.lies or case.fault.disturbs):
                untrue = case.task.untrue(run.result, self.sandbox, self.admin)
                if untrue:
                    raise Wrong(f"told, and not so: {untrue}")
            seen = list(self.proxy.seen)
            next_run = self.converges(case, folder, case.fault.disturbs or (case.fault.lies and run.changed))
            self.proxy.seen = seen
            self.is_true(run, whole, next_run, case)
        return self.count(case.fault.name, "not met" if not met else "told" if run.failed else "survived")

    def count(self, what: str, outcome: str) -> str:
        """Count a case, and return how it ended."""
        self.counts[what, outcome] += 1
        return outcome

    def converges(self, case: Case, folder: Path, rebuilds: bool = False) -> Run:
        """A run without a fault mends everything, and a further one changes nothing; returns the first.

        Args:
            case: The case.
            folder: The folder of its files.
            rebuilds: Whether what the task needs may be gone, and so is put there again first.
        """
        if rebuilds:
            self.sandbox.control("POST", "/reset", ["settings"])
            if case.fault.lies:
                self.take_back_keys(folder)
            if any(item.get("return_secret") for item in case.task.options.get("access_keys", [])):
                self.put_lost_keys_aside(folder)
            self.build(case)
            self.sandbox.settings(**case.switches)
        self.proxy.begin()
        run = self.run(case, folder)
        self.is_told(run, None)
        self.knows_the_server(run, case)
        if run.failed:
            raise Wrong(f"the run after it failed: {run.message}")
        self.keeps_secrets(run, folder)
        self.does_nothing_twice()
        self.holds(case, folder)
        self.keeps_keys(case)
        self.proxy.begin()
        last = self.run(case, folder)
        if last.failed or last.changed or any(now.writes for now in self.proxy.seen):
            raise Wrong(f"a further run changes something: {last.changes} {last.message}")
        return run

    def take_back_keys(self, folder: Path) -> None:
        """Take away each key whose id or secret was lied about, with its file, as whoever cannot log in with it has to.

        Both look like any other ones, and are told once.
        """
        if not any(
            seen.fault and seen.method == "POST" and seen.path.endswith("/accessKeys") for seen in self.proxy.seen
        ):
            return
        files = {path: json.loads(path.read_text()) for path in folder.glob("*.json")}
        for path, key in files.items():
            keys = f"/applications/{key['application_id']}/accessKeys"
            status = {found["id"]: found["status"] for found in self.admin.done("GET", keys)}
            login = {"keyId": key["auth_key"], "keySecret": key["auth_secret"]}
            answer = self.sandbox.session.post(f"{self.sandbox.url}/token", json=login, timeout=TIMEOUT)
            if answer.status_code == 200 or status.get(key["auth_key"]) == "INACTIVE":
                continue
            path.unlink()
            for own_id in status.keys() - {other["auth_key"] for other in files.values() if other is not key}:
                self.admin.done("DELETE", f"{keys}/{own_id}")

    def put_lost_keys_aside(self, folder: Path) -> None:
        """Remove the files whose key is gone, as whoever keeps it himself has to, or allow another one."""
        for path in folder.glob("*.json"):
            key = json.loads(path.read_text())
            answer = self.admin.send("GET", f"/applications/{key['application_id']}/accessKeys")
            there = answer.json() if answer.status_code == 200 else []
            if key["auth_key"] not in {found["id"] for found in there}:
                path.unlink()

    def kill(self, case: Case, part: float) -> str:
        """Let a run be killed when a part of its time is over, and hold every claim that is left then."""
        self.proxy.latency = 0.005
        try:
            began = time.monotonic()
            whole, _total = self.rehearse(case)
            # Without the time that was spent on preparing, more or less.
            spent = (time.monotonic() - began) * 0.5
            if whole.failed:
                return self.count("SIGKILL", "refused")
            self.prepare(case)
            self.proxy.begin()
            with self.empty_folder() as folder:
                killed = self.modules.kill(*self.call(case, folder), part * spent)
                self.does_nothing_twice()
                self.keeps_keys(case)
                self.converges(case, folder)
        finally:
            self.proxy.latency = 0.0
        return self.count("SIGKILL", "killed" if killed else "not met")

    def meet(self, case: Case, other: Task, others: ModuleServer) -> str:
        """Let two runs happen at the same time, and hold what has to hold then; the first task is repeated in the end.

        Args:
            case: The case.
            other: What the other run does.
            others: What starts the other run.
        """
        whole, _total = self.rehearse(case)
        twin = replace(case, task=other)
        also, _total = self.rehearse(twin)
        what = "two runs, same" if other is case.task else "two runs, opposed"
        if whole.failed or also.failed:
            return self.count(what, "refused")
        self.prepare(case)
        self.proxy.latency = 0.002
        try:
            self.proxy.begin()
            with self.empty_folder() as folder, ThreadPoolExecutor(2) as pool:
                first = pool.submit(self.run, case, folder)
                second = pool.submit(self.run, twin, folder, modules=others)
                runs = [first.result(), second.result()]
                for run in runs:
                    self.is_told(run, None)
                    self.knows_the_server(run, case)
                    self.keeps_secrets(run, folder)
                met = replace(case, others=(other,))
                self.keeps_keys(met)
                # What one has deleted the other may have needed.
                self.converges(met, folder, rebuilds=True)
        finally:
            self.proxy.latency = 0.0
        return self.count(what, "told" if any(run.failed for run in runs) else "survived")

    def takes_nothing_for_a_list(self, run: Run, case: Case, met: list[Seen]) -> None:
        """A list in which nothing can be read is told, and never taken for one in which nothing is."""
        taken = [seen for seen in met if seen.method == "GET" and LISTING.match(seen.path.partition("?")[0])]
        if case.fault.no_list and taken and not run.failed:
            raise Wrong(f"it took {case.fault.name} for a list at {taken[0].path}, and said {run.output[:300]}")

    def is_survived(self, run: Run, whole: Run, case: Case, met: list[Seen]) -> None:
        """What passes by itself is not noticed, where a request may be sent again."""
        if len(met) != 1 or not (case.fault.passes and case.retries):
            return
        once = harms_twice(met[0])
        # A token is renewed once, but not while it is asked for, and one of Hugging Face's never.
        login = (met[0].path == "/api/token" or case.task.module == "hf_endpoint") and "TOKEN" in case.fault.name
        # Grants come in the order of ids, which another build of the estate makes anew.
        same = Counter(without_ids(run.changes)) == Counter(without_ids(whole.changes))
        if not once and not login and (run.failed or not same):
            raise Wrong(f"one {case.fault.name} at {met[0].method} {met[0].path} was too much: {run.message}")


#: Names of all faults, in one order.
ALL_FAULTS = tuple(FAULTS)
#: Stands for no fault.
NONE = Fault("(none)", FAULTS["slow"].hurt)
