# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sandbox with modules that reach it, and the claims that every test makes about a run."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from module_process import ModuleServer, Run, clean_environment
from sandbox_process import ADMIN_KEY, ADMIN_SECRET, Client, SandboxProcess

KEY = "hf_key_that_was_there_at_first"
OTHER_KEY = "hf_key_that_came_in_its_place"
NAMESPACE = "acme"
ENDPOINT = "https://endpoint.example"


@dataclass
class Bench:
    """One test's view of sandbox and modules.

    Attributes:
        sandbox: The sandbox.
        modules: Starts modules.
        connection: Environment variables with which modules reach the sandbox.
    """

    sandbox: SandboxProcess
    modules: ModuleServer
    connection: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Reach the sandbox as its administrator, unless told otherwise."""
        if not self.connection:
            self.connection = self.as_caller(ADMIN_KEY, ADMIN_SECRET)

    def as_caller(self, key: str, secret: str) -> dict[str, str]:
        """Return the environment variables of one caller."""
        return {
            "CONDUCTOR_SERVER_URL": self.sandbox.url,
            "CONDUCTOR_AUTH_KEY": key,
            "CONDUCTOR_AUTH_SECRET": secret,
        }

    def admin(self) -> Client:
        """Return a client of the sandbox itself, for what is done behind the modules' back."""
        return self.sandbox.log_in()

    # Runs

    def run(self, module: str, check: bool = False, **options: Any) -> Run:
        """Run a module; a traceback is never right."""
        run = self.modules.run(module, options, clean_environment(**self.connection), check)
        assert "Traceback" not in run.output + run.errors, run.message
        assert "fault of the collection" not in run.message, run.message
        return run

    def writes(self) -> list[str]:
        """Return the writes since the log was cleared, as method and path."""
        return [f"{entry['method']} {entry['path']}" for entry in self.sandbox.control("GET", "/log?kind=write")]

    def requests(self) -> list[tuple[str, str, int]]:
        """Return the requests since the log was cleared, as method, path and status."""
        return [(entry["method"], entry["path"], entry["status"]) for entry in self.sandbox.control("GET", "/log")]

    def forget(self) -> None:
        """Clear the request log."""
        self.sandbox.control("DELETE", "/log")

    def settings(self, **switches: Any) -> None:
        """Change switches of the sandbox."""
        self.sandbox.settings(**switches)

    def fault(self, **fault: Any) -> None:
        """Have a failure injected."""
        self.sandbox.fault(**fault)

    # Claims

    def converges(self, module: str, *changes: tuple[str, str, str], again: bool = True, **options: Any) -> Run:
        """Predict, apply and repeat a call, and hold each against the request log."""
        self.forget()
        plan = self.run(module, check=True, **copy.deepcopy(options))
        assert not plan.failed, plan.message
        assert self.writes() == [], "check mode wrote"
        applied = self.run(module, **copy.deepcopy(options))
        assert not applied.failed, applied.message
        for part in ("changed", "changes", "summary", "diff"):
            assert applied.result[part] == plan.result[part], f"check mode predicted another {part} than came about"
        assert applied.changes == list(changes)
        assert applied.changed is bool(changes)
        assert bool(self.writes()) is bool(changes), f"the writes do not go with the changes: {self.writes()}"
        if again:
            self.forget()
            repeated = self.run(module, **copy.deepcopy(options))
            assert not repeated.failed, repeated.message
            assert (repeated.changes, repeated.changed) == ([], False), "a repetition changes something"
            assert self.writes() == [], "a repetition wrote"
        return applied

    def refuses(self, module: str, *texts: str, check: bool = False, **options: Any) -> Run:
        """Run a call that has to fail before anything is written, with these texts in its message."""
        self.forget()
        run = self.run(module, check, **options)
        assert run.failed, f"it did not fail: {run.result}"
        for text in texts:
            assert text in run.message
        assert run.changed is False
        assert run.result["changes"] == []
        assert run.result["failures"] == []
        assert run.result["not_attempted"] == []
        assert self.writes() == [], "it wrote"
        return run

    def holds(self, integration: str, key: str = KEY, option: str = "api_key", model: str | None = None) -> None:
        """Claim that an integration still holds exactly this secret."""
        body = {"integration": integration, "key": option, "value": key, **({"model": model} if model else {})}
        found = self.sandbox.control("POST", "/secrets/check", body)
        assert found == {"stored": True, "equal": True}, f"{integration} has lost its {option}: {found}"

    def models(self, integration: str = "hf") -> dict[str, Any]:
        """Return an integration's models by name, disabled ones too."""
        listed = self.admin().done("GET", f"/integrations/provider/{integration}/integration?activeOnly=false")
        return {model["api"]: model for model in listed}

    # What tests begin with

    def integration(self, name: str = "hf", key: str = KEY, **options: Any) -> Run:
        """Have the module create an integration."""
        return self.done("hf_integration", name=name, api_key=key, namespace=NAMESPACE, **options)

    def done(self, module: str, **options: Any) -> Run:
        """Run a call that has to succeed, and forget its requests."""
        run = self.run(module, **options)
        assert not run.failed, run.message
        self.forget()
        return run
