# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the stand-in of AWX knows, and what may be written to it."""

from __future__ import annotations

import copy
import itertools
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from awx_rules import credential_type_problems
from awx_rules import survey_problems as specification_problems
from awx_server_rules import ENCRYPTED, MANAGED_TYPES, Refused, check_inputs, check_schedule, variables_of
from awx_server_rules import survey_problems as answer_problems

Object = dict[str, Any]

ASK = (
    "credential", "diff_mode", "execution_environment", "forks", "instance_groups", "inventory", "job_slice_count",
    "job_type", "labels", "limit", "scm_branch", "skip_tags", "tags", "timeout", "variables", "verbosity",
)  # fmt: skip
PROMPTS: Object = {
    "inventory": None, "job_type": None, "job_tags": None, "skip_tags": None, "limit": None, "scm_branch": None,
    "diff_mode": None, "verbosity": None, "forks": None, "job_slice_count": None, "timeout": None,
    "execution_environment": None,
}  # fmt: skip


#: What goes with the object that it refers to.
GO_ALONG = frozenset({
    ("hosts", "inventory"),
    ("inventory_sources", "inventory"),
    ("inventory_sources", "source_project"),
    ("schedules", "unified_job_template"),
    ("workflow_job_template_nodes", "workflow_job_template"),
})  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """One kind of object: its name in the singular, its fields with their defaults, and what it refers to."""

    type: str
    fields: Mapping[str, Any]
    required: tuple[str, ...] = ("name",)
    unique: tuple[str, ...] = ("name",)
    references: Mapping[str, str] = field(default_factory=dict)
    related: Mapping[str, str] = field(default_factory=dict)
    read_only: bool = False


COMMON = {"name": "", "description": ""}
KINDS: dict[str, Kind] = {
    "organizations": Kind(
        "organization",
        {**COMMON, "default_environment": None, "max_hosts": 0, "custom_virtualenv": None},
        references={"default_environment": "execution_environments"},
        related={"galaxy_credentials": "credentials"},
    ),
    "credential_types": Kind(
        "credential_type",
        {**COMMON, "kind": "", "inputs": {}, "injectors": {}},
        required=("name", "kind"),
        unique=("name", "kind"),
    ),
    "credentials": Kind(
        "credential",
        {**COMMON, "organization": None, "credential_type": None, "inputs": {}},
        required=("name", "credential_type"),
        unique=("name", "credential_type", "organization"),
        references={"organization": "organizations", "credential_type": "credential_types"},
    ),
    "execution_environments": Kind(
        "execution_environment",
        {**COMMON, "image": "", "pull": "", "organization": None, "credential": None},
        required=("name", "image"),
        references={"organization": "organizations", "credential": "credentials"},
    ),
    "projects": Kind(
        "project",
        {
            **COMMON, "organization": None, "scm_type": "", "scm_url": "", "scm_branch": "", "scm_refspec": "",
            "local_path": "", "scm_clean": False, "scm_delete_on_update": False, "scm_track_submodules": False,
            "scm_update_on_launch": False, "scm_update_cache_timeout": 0, "allow_override": False, "timeout": 0,
            "credential": None, "default_environment": None, "custom_virtualenv": None,
        },
        unique=("name", "organization"),
        references={
            "organization": "organizations",
            "credential": "credentials",
            "default_environment": "execution_environments",
        },
    ),
    "inventories": Kind(
        "inventory",
        {**COMMON, "organization": None, "kind": "", "host_filter": None, "variables": "",
         "prevent_instance_group_fallback": False},
        required=("name", "organization"),
        unique=("name", "organization"),
        references={"organization": "organizations"},
    ),
    "hosts": Kind(
        "host",
        {**COMMON, "inventory": None, "enabled": True, "variables": ""},
        required=("name", "inventory"),
        unique=("name", "inventory"),
        references={"inventory": "inventories"},
    ),
    "inventory_sources": Kind(
        "inventory_source",
        {
            **COMMON, "inventory": None, "source": "", "source_path": "", "source_project": None, "source_vars": "",
            "credential": None, "execution_environment": None, "overwrite": False, "overwrite_vars": False,
            "update_on_launch": False, "update_cache_timeout": 0, "timeout": 0, "verbosity": 1, "limit": "",
            "enabled_var": "", "enabled_value": "", "host_filter": "", "scm_branch": "",
        },
        required=("name", "inventory", "source"),
        unique=("name", "inventory"),
        references={
            "inventory": "inventories",
            "source_project": "projects",
            "credential": "credentials",
            "execution_environment": "execution_environments",
        },
    ),
    "job_templates": Kind(
        "job_template",
        {
            **COMMON, "job_type": "run", "inventory": None, "project": None, "playbook": "", "scm_branch": "",
            "forks": 0, "limit": "", "verbosity": 0, "extra_vars": "", "job_tags": "", "force_handlers": False,
            "skip_tags": "", "start_at_task": "", "timeout": 0, "use_fact_cache": False, "host_config_key": "",
            "execution_environment": None, "survey_enabled": False, "become_enabled": False, "diff_mode": False,
            "allow_simultaneous": False, "custom_virtualenv": None, "job_slice_count": 1, "webhook_service": "",
            "webhook_credential": None, "prevent_instance_group_fallback": False,
            **{f"ask_{name}_on_launch": False for name in ASK},
        },
        unique=("name", "organization"),
        references={
            "inventory": "inventories",
            "project": "projects",
            "execution_environment": "execution_environments",
        },
        related={"credentials": "credentials"},
    ),
    "workflow_job_templates": Kind(
        "workflow_job_template",
        {
            **COMMON, "organization": None, "inventory": None, "limit": "", "scm_branch": "", "extra_vars": "",
            "survey_enabled": False, "allow_simultaneous": False, "job_tags": "", "skip_tags": "",
            "webhook_service": "", "webhook_credential": None,
            **{f"ask_{name}_on_launch": False
               for name in ("inventory", "labels", "limit", "scm_branch", "skip_tags", "tags", "variables")},
        },
        unique=("name", "organization"),
        references={"organization": "organizations", "inventory": "inventories"},
    ),
    "workflow_job_template_nodes": Kind(
        "workflow_job_template_node",
        {
            "identifier": "", "workflow_job_template": None, "unified_job_template": None, "extra_data": {},
            "all_parents_must_converge": False, **PROMPTS,
        },
        required=("workflow_job_template",),
        unique=("identifier", "workflow_job_template"),
        references={
            "workflow_job_template": "workflow_job_templates",
            "unified_job_template": "unified_job_templates",
            "inventory": "inventories",
        },
        related={
            "success_nodes": "workflow_job_template_nodes",
            "failure_nodes": "workflow_job_template_nodes",
            "always_nodes": "workflow_job_template_nodes",
            "credentials": "credentials",
        },
    ),
    "workflow_approval_templates": Kind("workflow_approval_template", {**COMMON, "timeout": 0}, unique=()),
    "schedules": Kind(
        "schedule",
        {**COMMON, "rrule": "", "unified_job_template": None, "enabled": True, "extra_data": {}, **PROMPTS},
        required=("name", "rrule", "unified_job_template"),
        unique=("name", "unified_job_template"),
        references={"unified_job_template": "unified_job_templates", "inventory": "inventories"},
        related={"credentials": "credentials"},
    ),
    "jobs": Kind("job", {}, read_only=True),
    "workflow_jobs": Kind("workflow_job", {}, read_only=True),
    "workflow_job_nodes": Kind("workflow_job_node", {}, read_only=True),
    "workflow_approvals": Kind("workflow_approval", {}, read_only=True),
    "project_updates": Kind("project_update", {"project": None}, read_only=True),
    "inventory_updates": Kind("inventory_update", {}, read_only=True),
}  # fmt: skip

#: Kinds that share their ids.
TEMPLATES = (
    "projects", "inventory_sources", "job_templates", "workflow_job_templates", "workflow_approval_templates",
)  # fmt: skip
UNIFIED_JOBS = ("jobs", "workflow_jobs", "workflow_approvals", "project_updates", "inventory_updates")

PARENTS = ("success_nodes", "failure_nodes", "always_nodes")
DONE = ("successful", "failed", "canceled", "error")

#: How jobs refer to what they use.
USERS = {
    "job_templates": "job_template", "workflow_job_templates": "workflow_job_template", "projects": "project",
    "inventories": "inventory", "inventory_sources": "inventory_source",
}  # fmt: skip
SURVEYED = ("job_templates", "workflow_job_templates")
UPDATED = ("projects", "inventory_sources")


def whole_number(name: str, value: Any) -> int:
    """Return the number that a value stands for: AWX takes a text of digits for one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"\s*-?[0-9]+\s*", value):
        return int(value)
    raise Refused({name: ["A valid integer is required."]})


class Store:
    """All objects, by kind and id."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.objects: dict[str, dict[int, Object]] = {kind: {} for kind in KINDS}
        self.links: dict[tuple[str, int, str], list[int]] = {}
        self.surveys: dict[tuple[str, int], Object] = {}
        #: The real values of secret fields, by the id of their credential.
        self.secrets: dict[int, Object] = {}
        #: Inventories that were deleted and are there until they were listed once more: AWX does it later, too.
        self.pending_deletion: set[int] = set()
        self._ids: dict[str, Iterator[int]] = {}
        #: Called after something was made.
        self.created: Callable[[str, Object], None] = lambda kind, made: None
        for name, (kind, fields) in MANAGED_TYPES.items():
            inputs = {"fields": [{"id": key, "label": key, "type": "string", "secret": secret}
                                 for key, secret in fields.items()]}  # fmt: skip
            self.add("credential_types", {"name": name, "kind": kind, "inputs": inputs, "injectors": {},
                                          "managed": True})  # fmt: skip
        organization = self.add("organizations", {"name": "Default"})
        galaxy = next(found for found in self.all("credential_types") if found["kind"] == "galaxy")
        self.add("credentials", {"name": "Ansible Galaxy", "credential_type": galaxy["id"],
                                 "inputs": {"url": "https://galaxy.ansible.com/"}, "managed": True})  # fmt: skip
        self.links["organizations", organization["id"], "galaxy_credentials"] = []

    def _next(self, kind: str) -> int:
        shared = "templates" if kind in TEMPLATES else "jobs" if kind in UNIFIED_JOBS else kind
        return next(self._ids.setdefault(shared, itertools.count(1)))

    def add(self, kind: str, values: Object) -> Object:
        """Keep a new object without a look at it."""
        number = self._next(kind)
        made = {"id": number, "type": KINDS[kind].type, "url": f"/api/v2/{kind}/{number}/"}
        made |= copy.deepcopy({**KINDS[kind].fields, **values})
        self.objects[kind][number] = made
        return made

    def all(self, kind: str) -> list[Object]:
        """Return the objects of a kind, of all templates or of all jobs, in the order of their ids."""
        kinds = {"unified_job_templates": TEMPLATES, "unified_jobs": UNIFIED_JOBS}.get(kind, (kind,))
        return sorted((found for name in kinds for found in self.objects[name].values()), key=lambda one: one["id"])

    def find(self, kind: str, /, **values: Any) -> list[Object]:
        """Return the objects that have these values."""
        return [one for one in self.all(kind) if all(one.get(name) == value for name, value in values.items())]

    def one(self, kind: str, /, **values: Any) -> Object:
        """Return the only object that has these values."""
        (found,) = self.find(kind, **values)
        return found

    def get(self, kind: str, number: int) -> Object:
        """Return one object."""
        for found in self.find(kind, id=number):
            return found
        raise Refused({"detail": "Not found."}, 404)

    def kind_of(self, one: Object) -> str:
        """Return the kind of an object."""
        return next(kind for kind, about in KINDS.items() if about.type == one["type"])

    def linked(self, kind: str, number: int, relation: str) -> list[int]:
        """Return the ids that an object is associated with."""
        return self.links.setdefault((kind, number, relation), [])

    # What is shown

    def shown(self, kind: str, one: Object) -> Object:
        """Return an object as the API shows it."""
        if kind in ("unified_job_templates", "unified_jobs"):
            kind = self.kind_of(one)
        related: Object = {name: f"{one['url']}{name}/" for name in KINDS[kind].related}
        if kind in SURVEYED:
            related |= {name: f"{one['url']}{name}/" for name in ("survey_spec", "launch")}
        if kind in ("projects", "inventory_sources"):
            related["update"] = f"{one['url']}update/"
        if kind == "workflow_jobs":
            related["workflow_nodes"] = f"{one['url']}workflow_nodes/"
        if kind == "workflow_job_template_nodes" and one["unified_job_template"]:
            related["unified_job_template"] = self.get("unified_job_templates", one["unified_job_template"])["url"]
        if kind == "workflow_job_nodes" and one["job"]:
            related["job"] = self.get("unified_jobs", one["job"])["url"]
        summary: Object = {}
        if kind == "projects":
            running = [update for update in self.find("project_updates", project=one["id"]) if not update["finished"]]
            summary = {"current_update": {"id": running[-1]["id"], "status": running[-1]["status"]}} if running else {}
        return copy.deepcopy({**one, "related": related, "summary_fields": summary})

    def named_url(self, kind: str, one: Object) -> str:
        """Return the name by which an object can be found in place of its id."""
        name = str(one.get("name", ""))
        organization = one.get("organization")
        owner = self.get("organizations", organization)["name"] if organization else ""
        if kind == "credential_types":
            return f"{name}+{one['kind']}"
        if kind == "credentials":
            own = self.get("credential_types", one["credential_type"])
            return f"{name}++{own['name']}+{own['kind']}++{owner}"
        if kind in ("hosts", "inventory_sources"):
            return f"{name}++{self.named_url('inventories', self.get('inventories', one['inventory']))}"
        return name if kind == "organizations" else f"{name}++{owner}"

    def by_path(self, kind: str, text: str) -> Object:
        """Return the object that a path names by its id or by its named URL."""
        if text.isdigit():
            return self.get(kind, int(text))
        for one in self.all(kind):
            if kind not in ("unified_job_templates", "unified_jobs") and self.named_url(kind, one) == unquote(text):
                return one
        raise Refused({"detail": "Not found."}, 404)

    # What is written

    def write(self, kind: str, given: Object, old: Object | None = None) -> Object:
        """Make an object, or change one; fields that nobody knows are ignored, as AWX does."""
        about = KINDS[kind]
        if about.read_only:
            raise Refused({"detail": "Method not allowed."}, 405)
        if kind == "workflow_approval_templates" and old is None:
            raise Refused({"detail": "Method not allowed."}, 405)
        values = {name: copy.deepcopy(value) for name, value in given.items() if name in about.fields}
        # Null stands for an empty text and for false, and is shown as that.
        values |= {name: "" if isinstance(about.fields[name], str) else False for name, value in values.items()
                   if value is None and isinstance(about.fields[name], (str, bool))}  # fmt: skip
        self._check_types(about.fields, values)
        whole: Object = {**copy.deepcopy(about.fields), **(old or {}), **values}
        if kind == "job_templates":
            project = self.find("projects", id=whole["project"])
            whole["organization"] = project[0]["organization"] if project else None
        missing = [name for name in about.required if whole.get(name) in (None, "", {})]
        if missing:
            raise Refused({name: ["This field is required."] for name in missing})
        for name, target in about.references.items():
            number = whole.get(name)
            if number == "":
                whole[name] = None
            elif number is not None and (isinstance(number, bool) or not self.find(target, id=number)):
                raise Refused({name: [f'Invalid pk "{number}" - object does not exist.']})
        getattr(self, f"_check_{about.type}", lambda *_arguments: None)(whole, old, given)
        same = {name: whole.get(name) for name in about.unique}
        twins = [one for one in self.find(kind, **same) if not old or one["id"] != old["id"]] if same else []
        if twins and same != {"identifier": "", "workflow_job_template": whole.get("workflow_job_template")}:
            raise Refused({"__all__": [f"{about.type} with this ({', '.join(about.unique)}) already exists."]})
        if old is not None:
            old.update(whole)
            return old
        if kind == "credential_types":
            whole["managed"] = False
        if kind == "projects":
            whole |= {"scm_revision": "", "playbook_files": []}
        if kind in UPDATED:
            whole["status"] = "never updated"
        made = self.add(kind, whole)
        if kind == "credentials":
            self.secrets[made["id"]] = self.secrets.pop(0)
        self.created(kind, made)
        return made

    @staticmethod
    def _check_types(fields: Mapping[str, Any], values: Object) -> None:
        for name, value in values.items():
            wanted = fields[name]
            if isinstance(wanted, bool) and not isinstance(value, bool):
                raise Refused({name: ["Must be a valid boolean."]})
            if isinstance(wanted, str) and not isinstance(value, (str, type(None))):
                raise Refused({name: ["Not a valid string."]})
            if isinstance(wanted, int) and not isinstance(wanted, bool):
                values[name] = whole_number(name, value)
            if name == "name" and isinstance(value, str) and len(value) > 512:
                raise Refused({name: ["Ensure this field has no more than 512 characters."]})

    def _check_credential_type(self, whole: Object, old: Object | None, given: Object) -> None:
        if old and old.get("managed"):
            raise Refused({"detail": "Modifications not allowed for managed credential types"}, 403)
        problems = credential_type_problems({name: whole[name] for name in ("name", "kind", "inputs", "injectors")})
        if problems:
            raise Refused({"inputs": problems})
        for entry in whole["inputs"].get("fields", []):
            entry.setdefault("type", "string")
        used = old and self.find("credentials", credential_type=old["id"])
        if old and used and "inputs" in given and whole["inputs"] != old["inputs"]:
            detail = "Modifications to inputs are not allowed for credential types that are in use"
            raise Refused({"detail": detail}, 403)

    def _check_credential(self, whole: Object, old: Object | None, given: Object) -> None:
        if not old and not any(given.get(owner) for owner in ("organization", "user", "team")):
            raise Refused({"detail": ["Missing 'user', 'team', or 'organization'."]})
        if old and whole["credential_type"] != old["credential_type"]:
            raise Refused({"credential_type": ["You cannot change the credential type of the credential."]})
        fields = self.get("credential_types", whole["credential_type"])["inputs"].get("fields", [])
        check_inputs(fields, whole["inputs"])
        before = self.secrets.get(old["id"], {}) if old else {}
        kept = {}
        for entry in fields:
            name = entry["id"]
            value = whole["inputs"].get(name)
            if entry.get("secret") and value:
                kept[name] = before.get(name) if value == ENCRYPTED else value
                if kept[name] is None:
                    raise Refused({"inputs": {name: [f"{ENCRYPTED} is a reserved keyword."]}})
                whole["inputs"][name] = ENCRYPTED
        self.secrets[old["id"] if old else 0] = kept

    def _check_project(self, whole: Object, _old: Object | None, _given: Object) -> None:
        if whole["scm_type"] not in ("", "git", "svn", "insights", "archive"):
            raise Refused({"scm_type": ["Not a valid choice."]})
        if whole["scm_type"] and not whole["scm_url"]:
            raise Refused({"scm_url": ["SCM URL is required."]})
        if whole["scm_type"] and "@" in whole["scm_url"].split("://")[-1].split("/")[0] and whole["credential"]:
            raise Refused({"scm_url": ["SCM URL must not have a user when there is a credential."]})

    def _check_inventory(self, whole: Object, _old: Object | None, _given: Object) -> None:
        variables_of(whole["variables"], "variables")

    def _check_host(self, whole: Object, _old: Object | None, _given: Object) -> None:
        variables_of(whole["variables"], "variables")
        if not isinstance(whole["enabled"], bool):
            raise Refused({"enabled": ["Must be a valid boolean."]})

    def _check_inventory_source(self, whole: Object, _old: Object | None, _given: Object) -> None:
        project = self.find("projects", id=whole["source_project"])
        if whole["source"] != "scm":
            raise Refused({"source": ["This stand-in knows sources from projects alone."]})
        if not project:
            raise Refused({"source_project": ["Project required for scm type sources."]})
        if not project[0]["scm_type"]:
            raise Refused({"source_project": ["Cannot use manual project for SCM-based inventory."]})

    def _check_job_template(self, whole: Object, _old: Object | None, _given: Object) -> None:
        project = self.find("projects", id=whole["project"])
        if not project:
            raise Refused({"project": ["Job Templates must have a project assigned."]})
        if not whole["playbook"]:
            raise Refused({"playbook": ["Must select playbook for project."]})
        if whole["playbook"] not in project[0].get("playbook_files", []) and not project[0]["allow_override"]:
            raise Refused({"playbook": ["Playbook not found for project."]})
        if not whole["inventory"] and not whole["ask_inventory_on_launch"]:
            raise Refused({"inventory": ["You must either set a default value or ask to prompt on launch."]})
        if whole["job_type"] not in ("run", "check"):
            raise Refused({"job_type": ["Not a valid choice."]})
        if whole["job_slice_count"] < 1:
            raise Refused({"job_slice_count": ["Ensure this value is greater than or equal to 1."]})
        variables_of(whole["extra_vars"], "extra_vars")

    def _check_workflow_job_template(self, whole: Object, _old: Object | None, _given: Object) -> None:
        variables_of(whole["extra_vars"], "extra_vars")

    def _check_workflow_job_template_node(self, whole: Object, _old: Object | None, _given: Object) -> None:
        template = self.find("unified_job_templates", id=whole["unified_job_template"])
        if template and template[0]["type"] == "workflow_job_template":
            raise Refused({"unified_job_template": ["This stand-in has no workflows in workflows."]})
        extra = whole["extra_data"]
        if template and extra:
            _accepted, refused, problems = self.accept_variables(template[0], extra, check_required=False)
            if refused or problems:
                raise Refused({"extra_data": problems or [f"Variables {sorted(refused)} are not allowed on launch."]})

    def _check_schedule(self, whole: Object, _old: Object | None, _given: Object) -> None:
        check_schedule(whole["rrule"])
        template = self.get("unified_job_templates", whole["unified_job_template"])
        if template["type"] not in ("job_template", "workflow_job_template"):
            if whole["extra_data"]:
                raise Refused({"extra_data": ["This template takes no variables."]})
            return
        _accepted, refused, problems = self.accept_variables(template, whole["extra_data"])
        if refused:
            raise Refused({"extra_data": [f"Variables {sorted(refused)} are not allowed on launch."]})
        if problems:
            raise Refused({"variables_needed_to_start": problems})

    def accept_variables(
        self, template: Object, given: Object, *, check_required: bool = True
    ) -> tuple[Object, Object, list[str]]:
        """Return which variables of a launch a template takes, which it does not, and what is wrong with them."""
        kind = self.kind_of(template)
        survey = self.surveys.get((kind, template["id"]), {}) if template.get("survey_enabled") else {}
        asked = {question["variable"] for question in survey.get("spec", [])}
        problems = answer_problems(survey, given)
        if not check_required:
            problems = {name: problem for name, problem in problems.items() if name in given}
        everything = template.get("ask_variables_on_launch", False)
        accepted = {name: value for name, value in given.items() if (everything or name in asked)
                    and name not in problems}  # fmt: skip
        refused = {name: value for name, value in given.items() if name not in accepted}
        return accepted, refused, list(problems.values())

    def set_survey(self, kind: str, number: int, specification: Object) -> None:
        """Give a template its survey."""
        problems = specification_problems(specification)
        if problems:
            raise Refused({"error": "; ".join(problems)})
        self.surveys[kind, number] = copy.deepcopy(specification)

    def associate(self, kind: str, number: int, relation: str, given: Object) -> None:
        """Associate two objects, or part them."""
        target = KINDS[kind].related.get(relation)
        if target is None:
            raise Refused({"detail": "Not found."}, 404)
        identifier = given.get("id")
        if not isinstance(identifier, int):
            raise Refused({"msg": "'id' is required to associate and must be an integer"})
        links = self.linked(kind, number, relation)
        if given.get("disassociate"):
            if identifier in links:
                links.remove(identifier)
            return
        other = self.find(target, id=identifier)
        if not other:
            raise Refused({"msg": f"{target} with id {identifier} does not exist"})
        if target == "credentials":
            self._check_credential_link(kind, relation, other[0], links)
        elif relation in PARENTS and identifier not in links:
            self._check_edge(kind, number, identifier)
        if identifier not in links:
            links.append(identifier)

    def _check_credential_link(self, kind: str, relation: str, credential: Object, links: list[int]) -> None:
        own = self.get("credential_types", credential["credential_type"])
        if relation == "galaxy_credentials":
            if own["kind"] != "galaxy":
                raise Refused({"msg": f"Credential must be a Galaxy credential, not {own['name']}."})
            return
        if kind != "job_templates":
            raise Refused({"error": "This stand-in takes credentials of job templates alone."})
        if own["kind"] not in ("ssh", "vault", "cloud", "net", "kubernetes"):
            raise Refused({"error": f"Cannot assign a Credential of kind `{own['kind']}`."})
        for number in links:
            present = self.get("credentials", number)
            same = present["credential_type"] == own["id"]
            if same and (own["kind"] != "vault" or present["inputs"].get("vault_id") == credential["inputs"].get(
                    "vault_id")):  # fmt: skip
                raise Refused({"error": f"Cannot assign multiple {own['name']} credentials."})

    def _check_edge(self, kind: str, parent: int, child: int) -> None:
        workflow = self.get(kind, parent)["workflow_job_template"]
        if self.get(kind, child)["workflow_job_template"] != workflow:
            raise Refused({"Error": "Nodes of different workflows cannot be joined."})
        seen, rest = set(), [child]
        while rest:
            node = rest.pop()
            seen.add(node)
            rest += [after for relation in PARENTS for after in self.linked(kind, node, relation) if after not in seen]
        if parent in seen:
            raise Refused({"Error": "Cycle detected."})

    def create_approval(self, node: Object, given: Object) -> Object:
        """Give a node of a workflow an approval."""
        if node["unified_job_template"]:
            raise Refused({"detail": "The node has a template already."})
        values = {name: given[name] for name in ("name", "description", "timeout") if name in given}
        if not values.get("name"):
            raise Refused({"name": ["This field is required."]})
        self._check_types(KINDS["workflow_approval_templates"].fields, values)
        made = self.add("workflow_approval_templates", values)
        node["unified_job_template"] = made["id"]
        return made

    def delete(self, kind: str, one: Object) -> int:
        """Take an object away with what belongs to it; returns the status."""
        number = one["id"]
        if one.get("managed"):
            raise Refused({"detail": "Deletion not allowed for what AWX itself manages"}, 403)
        if kind == "credential_types" and self.find("credentials", credential_type=number):
            raise Refused({"detail": "Credential types that are in use cannot be deleted"}, 403)
        jobs = self.all("unified_jobs") if kind in USERS else []
        active = [job for job in jobs if job.get(USERS[kind]) == number and job["status"] not in DONE]
        if active:
            told = [{"type": job["type"], "id": job["id"]} for job in active]
            raise Refused({"error": "Resource is being used by running jobs.", "active_jobs": told}, 409)
        if kind == "inventories":
            if number in self.pending_deletion:
                raise Refused({"error": "Inventory is already pending deletion."})
            self.pending_deletion.add(number)
            for template in self.find("job_templates", inventory=number):
                template["inventory"] = None
            return 202
        self._remove(kind, one)
        return 204

    def inventories_were_listed(self) -> None:
        """Take away the inventories that were deleted."""
        while self.pending_deletion:
            self._remove("inventories", self.get("inventories", self.pending_deletion.pop()))

    def _remove(self, kind: str, one: Object) -> None:
        number = one["id"]
        del self.objects[kind][number]
        self.surveys.pop((kind, number), None)
        self.secrets.pop(number, None) if kind == "credentials" else None
        for (owner, _id, relation), links in self.links.items():
            if KINDS[owner].related.get(relation) == kind and number in links:
                links.remove(number)
        for name, about in KINDS.items():
            for reference, target in about.references.items():
                gone = target == kind or (target == "unified_job_templates" and kind in TEMPLATES)
                for other in self.find(name, **{reference: number}) if gone else []:
                    if (name, reference) in GO_ALONG:
                        self._remove(name, other)
                    else:
                        other[reference] = None
        if kind == "workflow_job_template_nodes" and one["unified_job_template"]:
            self.objects["workflow_approval_templates"].pop(one["unified_job_template"], None)
