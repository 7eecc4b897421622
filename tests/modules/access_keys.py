# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An application with an access key in a file, and what tests claim of both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench import Bench
from module_process import Run

MODULE = "conductor_access_key"


class Service:
    """An application whose access key is kept in a file.

    Args:
        bench: The sandbox and the modules.
        folder: Where the file is kept.
        name: Name of the application.
    """

    def __init__(self, bench: Bench, folder: Path, name: str = "svc") -> None:
        self.bench = bench
        self.path = folder / f"{name}.json"
        self.admin = bench.admin()
        self.application_id = self.admin.done("POST", "/applications", {"name": name})["id"]
        self.keys_path = f"/applications/{self.application_id}/accessKeys"
        self.options: dict[str, Any] = {"application": name, "destination": str(self.path)}
        bench.forget()

    @property
    def journal(self) -> Path:
        """The file's journal."""
        return self.path.with_name(f"{self.path.name}.pending")

    def run(self, **more: Any) -> Run:
        """Run the module."""
        run = self.bench.run(MODULE, **{**self.options, **more})
        if self.path.exists() and self.path.read_bytes():
            assert self.stored()["auth_secret"] not in run.output + run.errors, "the secret is in the result"
        return run

    def done(self, **more: Any) -> Run:
        """Run the module, which has to succeed."""
        run = self.run(**more)
        assert not run.failed, run.message
        return run

    def remove(self) -> None:
        """Have the module delete the key with its file."""
        self.done(state="absent")

    def another_key(self) -> str:
        """Create a key behind the module's back, and return its id."""
        key = str(self.admin.done("POST", self.keys_path)["id"])
        self.bench.forget()
        return key

    def statuses(self) -> dict[str, str]:
        """Return the status of each of the application's keys by its id."""
        return {key["id"]: key["status"] for key in self.admin.done("GET", self.keys_path)}

    def stored(self) -> dict[str, Any]:
        """Return what the file holds."""
        content: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        return content

    def orphans(self) -> list[str]:
        """Return the keys that the file does not name."""
        stored = self.stored()
        return [key for key in self.statuses() if key not in [stored["auth_key"], *stored.get("previous_keys", [])]]

    def works(self) -> None:
        """Claim that one can log in with what the file holds, that it is complete, and for its owner alone."""
        stored = self.stored()
        assert stored["application_id"] == self.application_id
        assert stored["server_url"].rstrip("/") == self.bench.sandbox.url.rstrip("/")
        client = self.bench.sandbox.log_in(stored["auth_key"], stored["auth_secret"])
        assert client.done("GET", "/token/userInfo")["id"] == f"app:{self.application_id}"
        assert self.path.stat().st_mode & 0o777 == 0o600

    def files(self) -> list[Path]:
        """Return the files in the folder."""
        return sorted(self.path.parent.iterdir())
