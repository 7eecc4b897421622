# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs what the stand-in of AWX launches: jobs, workflows with approvals, slices, updates."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import ansible_runner
import yaml
from awx_layout import injected, write_job
from awx_server_rules import Refused, variables_of
from awx_server_store import DONE, PARENTS, Object, Store

COMMANDS = Path(sys.executable).parent
HIDDEN = "**********"


class Jobs:
    """What is launched.

    Args:
        store: The objects.
        folder: Where projects and jobs have their files.
        galaxy: Folder that holds ansible_collections: what Galaxy offers.
        variables: Environment variables of jobs, beside those that they need.
    """

    def __init__(self, store: Store, folder: Path, galaxy: Path, variables: dict[str, str]) -> None:
        self.store = store
        self.folder = folder
        self.galaxy = galaxy
        self.variables = variables
        self.threads: list[threading.Thread] = []
        #: Held by whoever reads or writes the checkout of a project: jobs wait for each other there.
        self.checkouts = threading.Lock()
        store.created = self._created

    def _start(self, action: Any, *arguments: Any) -> None:
        thread = threading.Thread(target=action, args=arguments, daemon=True)
        self.threads.append(thread)
        thread.start()

    def _created(self, kind: str, made: Object) -> None:
        if kind == "projects" and made["scm_type"]:
            self.update_project(made)

    def _new(self, kind: str, /, **values: Any) -> Object:
        nothing = {"status": "pending", "failed": False, "finished": None, "event_processing_finished": False,
                   "job_explanation": "", "result_stdout": "", "elapsed": 0.0, "launch_type": "manual"}  # fmt: skip
        return self.store.add(kind, {**nothing, **values})

    def _finish(self, one: Object, succeeded: bool, why: str = "", output: str = "") -> None:
        with self.store.lock:
            one.update(
                status="successful" if succeeded else "failed", failed=not succeeded, job_explanation=why,
                result_stdout=output, event_processing_finished=True,
                finished=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            )  # fmt: skip
            self._advance_workflow_of(one)
            if one["type"] == "workflow_job" and one["workflow_job_template"]:
                self._begin_workflow(one["workflow_job_template"])

    # Projects

    def _checkout(self, project: int) -> Path:
        return self.folder / "projects" / str(project)

    def _collections(self, project: int) -> Path:
        return self.folder / "requirements_collections" / str(project)

    def update_project(self, project: Object, launch_type: str = "manual") -> Object:
        """Begin an update of a project."""
        if not project["scm_type"]:
            raise Refused({"detail": "A manual project is not updated."}, 405)
        update = self._new("project_updates", name=project["name"], project=project["id"], scm_revision="",
                           launch_type=launch_type)  # fmt: skip
        self._start(self._update_project, project, update)
        return update

    def _update_project(self, project: Object, update: Object) -> None:
        with self.checkouts:
            self._bring_up_to_date(project, update)

    def _bring_up_to_date(self, project: Object, update: Object) -> None:
        update["status"] = "running"
        checkout = self._checkout(project["id"])
        steps = [["git", "clone", "--quiet", project["scm_url"], str(checkout)]]
        if checkout.exists():
            steps = [["git", "-C", str(checkout), "fetch", "--quiet", "origin"]]
        branch = project["scm_branch"] or "HEAD"
        steps.append(["git", "-C", str(checkout), "reset", "--quiet", "--hard", f"origin/{branch}"])
        output = ""
        for step in steps:
            ran = subprocess.run(step, capture_output=True, text=True, check=False)
            output += ran.stdout + ran.stderr
            if ran.returncode:
                self._finish(update, False, "git failed", output)
                return
        revision = subprocess.run(
            ["git", "-C", str(checkout), "rev-parse", "HEAD"], capture_output=True, text=True, check=True
        ).stdout.strip()
        problem, told = self._install_collections(project, checkout)
        with self.store.lock:
            project["scm_revision"] = update["scm_revision"] = revision
            project["playbook_files"] = sorted(
                str(path.relative_to(checkout)) for path in checkout.rglob("*.yml") if self._is_playbook(path)
            )
        self._finish(update, not problem, problem, output + told)

    @staticmethod
    def _is_playbook(path: Path) -> bool:
        if {"roles", "tasks", "group_vars", "host_vars"} & set(path.parts):
            return False
        text = path.read_text()
        return any(line.startswith(("- hosts:", "  hosts:", "- ansible.builtin.import_playbook:", "- import_playbook:",
                                    "  ansible.builtin.import_playbook:", "  import_playbook:"))
                   for line in text.splitlines())  # fmt: skip

    def _install_collections(self, project: Object, checkout: Path) -> tuple[str, str]:
        """Link what the requirements name out of the Galaxy; only an organization with a Galaxy credential has one."""
        file = checkout / "collections" / "requirements.yml"
        if not file.exists():
            return "", ""
        if not self.store.linked("organizations", project["organization"], "galaxy_credentials"):
            return "", "Collection and role syncing disabled: the organization has no Galaxy credential.\n"
        wanted = yaml.safe_load(file.read_text())["collections"]
        for entry in wanted:
            name = entry if isinstance(entry, str) else entry["name"]
            source = self.galaxy / "ansible_collections" / name.replace(".", "/")
            if not source.is_dir():
                return f"Galaxy has no collection {name}", ""
            link = self._collections(project["id"]) / "ansible_collections" / name.replace(".", "/")
            link.parent.mkdir(parents=True, exist_ok=True)
            if not link.exists():
                link.symlink_to(source, target_is_directory=True)
        return "", f"{len(wanted)} collections are there\n"

    # Inventories

    def update_inventory(self, source: Object, launch_type: str = "manual") -> Object:
        """Begin an update of an inventory from its project."""
        update = self._new("inventory_updates", name=source["name"], inventory_source=source["id"],
                           launch_type=launch_type)  # fmt: skip
        self._start(self._update_inventory, source, update)
        return update

    def _update_inventory(self, source: Object, update: Object) -> None:
        with self.checkouts:
            source["status"] = "running"
            self._read_inventory(source, update)
            source["status"] = update["status"]

    def _read_inventory(self, source: Object, update: Object) -> None:
        update["status"] = "running"
        path = self._checkout(source["source_project"]) / source["source_path"]
        if not path.exists():
            self._finish(update, False, f"{source['source_path']} is not in the project")
            return
        ran = subprocess.run(
            [COMMANDS / "ansible-inventory", "-i", path, "--list", "--export", "--playbook-dir",
             path if path.is_dir() else path.parent],
            env={**self._environment(source["source_project"]), "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if ran.returncode:
            self._finish(update, False, "ansible-inventory failed", ran.stdout + ran.stderr)
            return
        groups = json.loads(ran.stdout)
        found = groups.pop("_meta")["hostvars"]
        names = {name for group in groups.values() for name in group.get("hosts", [])} | set(found)
        with self.store.lock:
            inventory = self.store.get("inventories", source["inventory"])
            for name in sorted(names):
                hosts = self.store.find("hosts", name=name, inventory=inventory["id"])
                host = hosts[0] if hosts else self.store.add("hosts", {"name": name, "inventory": inventory["id"],
                                                                       "has_inventory_sources": True})  # fmt: skip
                before = {} if source["overwrite_vars"] else variables_of(host["variables"], "variables")
                host["variables"] = json.dumps({**before, **found.get(name, {})})
            if source["overwrite"]:
                for host in self.store.find("hosts", inventory=inventory["id"]):
                    if host.get("has_inventory_sources") and host["name"] not in names:
                        self.store.delete("hosts", host)
            everything = groups.get("all", {}).pop("vars", {})
            own = {} if source["overwrite_vars"] else variables_of(inventory["variables"], "variables")
            inventory["variables"] = json.dumps({**own, **everything}) if own or everything else ""
            inventory["groups"] = groups
        self._finish(update, True)

    def _script(self, job: Object, host_limit: list[Object]) -> Object:
        inventory = self.store.get("inventories", job["inventory"])
        names = {host["name"] for host in host_limit}
        groups = copy.deepcopy(inventory.get("groups", {}))
        for group in groups.values():
            group["hosts"] = [name for name in group.get("hosts", []) if name in names]
        everything = groups.setdefault("all", {})
        everything["hosts"] = sorted(names)
        everything["vars"] = {**everything.get("vars", {}), **variables_of(inventory["variables"], "variables")}
        known = {
            host["name"]: {**variables_of(host["variables"], "variables"), "remote_tower_enabled": "true",
                           "remote_tower_id": host["id"]}
            for host in host_limit
        }  # fmt: skip
        return {**groups, "_meta": {"hostvars": known}}

    # Jobs

    def launch(self, template: Object, given: Object) -> tuple[Object, Object]:
        """Launch a job template as a person does; returns the job, and what was ignored."""
        accepted, ignored, problems = self.store.accept_variables(
            template, variables_of(given.get("extra_vars"), "extra_vars")
        )
        if problems:
            raise Refused({"variables_needed_to_start": problems})
        values: Object = {}
        dropped: Object = {"extra_vars": ignored} if ignored else {}
        for name, asks in (("limit", "limit"), ("job_type", "job_type"), ("credentials", "credential"),
                           ("inventory", "inventory"), ("diff_mode", "diff_mode"),
                           ("job_slice_count", "job_slice_count")):  # fmt: skip
            if name in given and template[f"ask_{asks}_on_launch"]:
                values[name] = given[name]
            elif name in given:
                dropped[name] = given[name]
        if not template["inventory"] and "inventory" not in values:
            raise Refused({"inventory": ["Job Template 'inventory' is missing or undefined."]})
        # All hosts count, those that a limit leaves out as well.
        count = min(values.pop("job_slice_count", template["job_slice_count"]), len(self._hosts(template["inventory"])))
        if count > 1:
            return self._launch_slices(template, accepted, values, count), dropped
        return self._job(template, accepted, values), dropped

    def _hosts(self, inventory: int) -> list[Object]:
        return sorted(self.store.find("hosts", inventory=inventory), key=lambda host: str(host["name"]))

    def _job(self, template: Object, runtime: Object, values: Object, **more: Any) -> Object:
        survey = self.store.surveys.get(("job_templates", template["id"]), {}) if template["survey_enabled"] else {}
        defaults = {question["variable"]: question["default"] for question in survey.get("spec", [])
                    if question.get("default") not in (None, "")}  # fmt: skip
        own = variables_of(template["extra_vars"], "extra_vars")
        copied = {name: template[name] for name in ("job_type", "playbook", "limit", "diff_mode", "verbosity",
                                                    "inventory", "project", "timeout")}  # fmt: skip
        job = self._new(
            "jobs", name=template["name"], job_template=template["id"],
            **{**copied, "credentials": list(self.store.linked("job_templates", template["id"], "credentials")),
               "artifacts": {}, "job_slice_number": 0, "job_slice_count": 1, "job_env": {}, "job_args": "",
               **values, **more},
        )  # fmt: skip
        job["extra_vars"] = json.dumps({**own, **defaults, **runtime})
        self._start(self._run_job, job)
        return job

    def _wait_for(self, update: Object) -> bool:
        while update["status"] not in DONE:
            time.sleep(0.02)
        return bool(update["status"] == "successful")

    def _run_job(self, job: Object) -> None:
        try:
            self._run(job)
        except Exception as error:  # a test has to see it
            self._finish(job, False, f"the stand-in failed: {type(error).__name__} {error}")

    def _run(self, job: Object) -> None:
        others = [other for other in self.store.find("jobs", job_template=job["job_template"])
                  if other["id"] < job["id"] and not job["job_slice_number"]]  # fmt: skip
        for other in others:
            self._wait_for(other)
        project = self.store.get("projects", job["project"])
        updates = [self.update_project(project, "dependency")] if project["scm_update_on_launch"] else []
        if not all(map(self._wait_for, updates)):
            self._finish(job, False, "Previous Task Failed: project update")
            return
        sources = self.store.find("inventory_sources", inventory=job["inventory"], update_on_launch=True)
        begun = [self.update_inventory(source, "dependency") for source in sources]
        if not all(map(self._wait_for, begun)):
            self._finish(job, False, "Previous Task Failed: inventory update")
            return
        job["status"] = "running"
        with self.store.lock:
            environment, passwords, hidden, missing = self._credentials(job)
            hosts = [host for host in self._hosts(job["inventory"]) if host["enabled"]]
            if job["job_slice_number"]:
                hosts = hosts[job["job_slice_number"] - 1 :: job["job_slice_count"]]
            inventory = self._script(job, hosts)
        if missing:
            self._finish(job, False, f"Job cannot start: credentials lack {', '.join(missing)}")
            return
        # A copy: what a job leaves there is gone with it.
        checkout = self.folder / "jobs" / f"project_{job['id']}"
        with self.checkouts:
            shutil.copytree(self._checkout(job["project"]), checkout, ignore=shutil.ignore_patterns(".git"))
        about = {"job_id": job["id"], "job_launch_type": job["launch_type"], "job_template_id": job["job_template"],
                 "job_template_name": job["name"], "inventory_id": job["inventory"],
                 "project_revision": project["scm_revision"]}  # fmt: skip
        meta = {f"{prefix}_{name}": value for name, value in about.items() for prefix in ("awx", "tower")}
        options = [*(["--check"] if job["job_type"] == "check" else []), *(["--diff"] if job["diff_mode"] else []),
                   *(["-l", job["limit"]] if job["limit"] else []),
                   *(["--vault-id", "@prompt"] if passwords else [])]  # fmt: skip
        variables = {**meta, **json.loads(job["extra_vars"])}
        private = write_job(self.folder / "jobs" / f"awx_{job['id']}", checkout, inventory, variables, options)
        artifacts: Object = {}

        def note(event: Object) -> None:
            if event["event"] == "playbook_on_stats":
                artifacts.update(event["event_data"].get("artifact_data", {}))

        done = ansible_runner.run(
            private_data_dir=str(private), playbook=job["playbook"], quiet=True,
            envvars={**self._environment(job["project"]), "JOB_ID": str(job["id"]), **environment},
            passwords=passwords, event_handler=note, suppress_env_files=True, ident=str(job["id"]),
        )  # fmt: skip
        output = done.stdout.read() if done.stdout else ""
        job["artifacts"] = artifacts
        job["job_env"] = {name: HIDDEN if name in hidden else value for name, value in environment.items()}
        job["job_args"] = json.dumps([str(word) for word in done.config.command])
        self._finish(job, done.rc == 0, "" if done.rc == 0 else f"ansible-playbook ended with {done.rc}", output)

    def _credentials(self, job: Object) -> tuple[dict[str, str], dict[str, str], set[str], list[str]]:
        environment: dict[str, str] = {}
        passwords: dict[str, str] = {}
        hidden: set[str] = set()
        missing: list[str] = []
        for number in job["credentials"]:
            credential = self.store.get("credentials", number)
            about = self.store.get("credential_types", credential["credential_type"])
            values = {**credential["inputs"], **self.store.secrets.get(number, {})}
            missing += [name for name in about["inputs"].get("required", []) if not values.get(name)]
            secret = {one["id"] for one in about["inputs"].get("fields", []) if one.get("secret")}
            environment |= injected(about, values)
            hidden |= {name for name, text in about["injectors"].get("env", {}).items()
                       if any(one in text for one in secret)}  # fmt: skip
            if about["kind"] == "vault":
                passwords[r"Vault password.*:\s*?$"] = values["vault_password"]
        return environment, passwords, hidden, missing

    def _environment(self, project: int) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR", "PYTHONPYCACHEPREFIX")
                if name in os.environ}  # fmt: skip
        return {
            **kept,
            **self.variables,
            "HOME": str(self.folder),
            "ANSIBLE_HOME": str(self.folder / "ansible"),
            "ANSIBLE_COLLECTIONS_PATH": str(self._collections(project)),
            "ANSIBLE_PIPELINING": "1",
            "ANSIBLE_LOCALHOST_WARNING": "False",
        }

    # Workflows

    def _launch_slices(self, template: Object, accepted: Object, values: Object, count: int) -> Object:
        workflow = self._new("workflow_jobs", name=template["name"], job_template=template["id"],
                             workflow_job_template=None, is_sliced_job=True, extra_vars=json.dumps(accepted),
                             status="running")  # fmt: skip
        for number in range(1, count + 1):
            node = self.store.add("workflow_job_nodes", {
                "workflow_job": workflow["id"], "unified_job_template": template["id"], "identifier": "", "job": None,
                "do_not_run": False, "ancestor_artifacts": {"job_slice": number}, "extra_data": {},
                **{relation: [] for relation in PARENTS},
            })  # fmt: skip
            job = self._job(template, accepted, values, launch_type="workflow", job_slice_number=number,
                            job_slice_count=count)  # fmt: skip
            node["job"] = job["id"]
        return workflow

    def launch_workflow(self, template: Object, given: Object) -> tuple[Object, Object]:
        """Launch a workflow as a person does; returns its job, and what was ignored."""
        accepted, ignored, problems = self.store.accept_variables(
            template, variables_of(given.get("extra_vars"), "extra_vars")
        )
        if problems:
            raise Refused({"variables_needed_to_start": problems})
        own = variables_of(template["extra_vars"], "extra_vars")
        workflow = self._new("workflow_jobs", name=template["name"], workflow_job_template=template["id"],
                             is_sliced_job=False, extra_vars=json.dumps({**own, **accepted}))  # fmt: skip
        copies = {}
        nodes = self.store.find("workflow_job_template_nodes", workflow_job_template=template["id"])
        for node in nodes:
            copies[node["id"]] = self.store.add("workflow_job_nodes", {
                "workflow_job": workflow["id"], "unified_job_template": node["unified_job_template"],
                "identifier": node["identifier"], "job": None, "do_not_run": False, "ancestor_artifacts": {},
                "extra_data": node["extra_data"],
            })  # fmt: skip
        for node in nodes:
            for relation in PARENTS:
                links = self.store.linked("workflow_job_template_nodes", node["id"], relation)
                copies[node["id"]][relation] = [copies[number]["id"] for number in links]
        self._begin_workflow(template["id"])
        return workflow, {"extra_vars": ignored} if ignored else {}

    def _begin_workflow(self, template: int) -> None:
        """Begin what waits the longest, unless the template runs already and does not allow that twice."""
        known = self.store.find("workflow_jobs", workflow_job_template=template)
        waiting = [workflow for workflow in known if workflow["status"] == "pending"]
        together = self.store.get("workflow_job_templates", template)["allow_simultaneous"]
        if waiting and (together or not any(workflow["status"] == "running" for workflow in known)):
            waiting[0]["status"] = "running"
            self._advance(waiting[0])

    def _advance_workflow_of(self, one: Object) -> None:
        if one["type"] not in ("job", "workflow_approval"):
            return
        for node in self.store.find("workflow_job_nodes", job=one["id"]):
            self._advance(self.store.get("workflow_jobs", node["workflow_job"]))

    def _status(self, node: Object) -> str | None:
        return str(self.store.get("unified_jobs", node["job"])["status"]) if node["job"] else None

    def _advance(self, workflow: Object) -> None:
        """Start what is ready, and end a workflow that has nothing left to do."""
        nodes = self.store.find("workflow_job_nodes", workflow_job=workflow["id"])
        moved = True
        while moved:
            moved = False
            for node in nodes:
                if node["job"] or node["do_not_run"]:
                    continue
                parents = [other for other in nodes if any(node["id"] in other[link] for link in PARENTS)]
                if any(not other["do_not_run"] and self._status(other) not in DONE for other in parents):
                    continue
                moved = True
                if not parents or any(self._leads(other, node) for other in parents):
                    self._start_node(workflow, node, parents)
                else:
                    node["do_not_run"] = True
        if all(node["do_not_run"] or self._status(node) in DONE for node in nodes) and workflow["finished"] is None:
            failed = [node for node in nodes if self._status(node) not in (None, "successful")
                      and not node["failure_nodes"] and not node["always_nodes"]]  # fmt: skip
            self._finish(workflow, not failed, "No error handling path" if failed else "")

    def _leads(self, parent: Object, child: Object) -> bool:
        status = self._status(parent)
        ways = ("success_nodes" if status == "successful" else "failure_nodes", "always_nodes")
        return status is not None and any(child["id"] in parent[way] for way in ways)

    def _start_node(self, workflow: Object, node: Object, parents: list[Object]) -> None:
        artifacts: Object = {}
        for parent in parents:
            artifacts |= parent["ancestor_artifacts"]
            if parent["job"]:
                artifacts |= self.store.get("unified_jobs", parent["job"]).get("artifacts", {})
        node["ancestor_artifacts"] = artifacts
        template = self.store.get("unified_job_templates", node["unified_job_template"])
        if template["type"] == "workflow_approval_template":
            approval = self._new("workflow_approvals", name=template["name"], launch_type="workflow",
                                 timeout=template["timeout"], can_approve_or_deny=True)  # fmt: skip
            node["job"] = approval["id"]
            return
        accepted, _refused, _problems = self.store.accept_variables(template, node["extra_data"])
        # Variables of a workflow reach a job whether or not its template asks for any, and beat what jobs hand on.
        runtime = {**accepted, **artifacts, **json.loads(workflow["extra_vars"])}
        node["job"] = self._job(template, runtime, {}, launch_type="workflow")["id"]

    def resolve(self, approval: Object, approved: bool) -> None:
        """Approve or deny."""
        if approval["status"] != "pending":
            raise Refused({"detail": "This workflow step has already been approved or denied."})
        self._finish(approval, approved)
