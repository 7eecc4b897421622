# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finding out how a cluster behaves where nothing documents it, with objects made for it and removed again (floor 3).

One disabled integration with an invented key, one group and one application of one random name are all it makes. What
it finds is a profile; what a question needs and the cluster does not give leaves that question without an answer.
"""

from __future__ import annotations

import base64
import contextlib
import json
import secrets as random_source
import time
from typing import Any, Callable

from ansible_collections.orkes.conductor.plugins.module_utils._caller import caller_from
from ansible_collections.orkes.conductor.plugins.module_utils._conductor_client import ConductorClient, Credentials
from ansible_collections.orkes.conductor.plugins.module_utils._errors import ApiError, CollectionError
from ansible_collections.orkes.conductor.plugins.module_utils._http import HttpResponse
from ansible_collections.orkes.conductor.plugins.module_utils._probe_objects import (
    MODEL,
    OTHER_MODEL,
    ProbeObjects,
    probe_tag,
    revoke_everything,
)
from ansible_collections.orkes.conductor.plugins.module_utils._profile import UNOBSERVABLE, Answer, profile_document
from ansible_collections.orkes.conductor.plugins.module_utils._references import INTEGRATION, INTEGRATION_PROVIDER
from ansible_collections.orkes.conductor.plugins.module_utils._resource import ACCESS, as_tags, tag_pairs
from ansible_collections.orkes.conductor.plugins.module_utils._secrets import Redactor, looks_masked

#: Seconds between two writes whose times are compared; some servers keep whole seconds.
PAUSE = 1.1

#: What is sent where a server must refuse a token.
NO_TOKEN = "not-a-token"  # noqa: S105 (no token)

#: A role with which the application may make the integration, and so own it.
CREATING_ROLE = "USER"

Answers = dict[str, Answer]


class Unanswered(CollectionError):
    """A question cannot be answered on this cluster; the text says why."""


class Disturbed(CollectionError):
    """The probe's own objects went away under its hands."""

    def __init__(self) -> None:
        super().__init__(
            "the probe's objects were removed while it ran, so its answers mean nothing and no profile is written: "
            "another probe runs on this cluster, or one that was broken off still does; run one at a time"
        )


def succeeded(response: HttpResponse) -> bool:
    """Tell whether a request was done."""
    return 200 <= response.status < 300


def decoded(response: HttpResponse) -> Any:
    """Return an answer's JSON, or None."""
    try:
        return response.json()
    except ValueError:
        return None


def one_of(response: HttpResponse, by_status: dict[int, Any], done: Any, what: str) -> Answer:
    """Return the answer that a status stands for.

    Args:
        response: What came.
        by_status: Answers by status.
        done: The answer when the request was done.
        what: What was asked, for the profile.
    """
    if succeeded(response) and done is not None:
        return Answer(done, f"{what}: it answered {response.status}")
    if response.status in by_status:
        return Answer(by_status[response.status], f"{what}: it answered {response.status}")
    return Answer(None, f"{what}: it answered {response.status}, which says nothing")


def lifetime_of(token: str) -> int | None:
    """Return the seconds that a JSON web token lasts from its making on, or None when it does not tell."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return int(claims["exp"]) - int(claims["iat"])
    except (IndexError, KeyError, TypeError, ValueError):
        return None


def probe(client: ConductorClient, redactor: Redactor, pause: float = PAUSE) -> tuple[dict[str, Any], list[str]]:
    """Probe a cluster, and return its profile, and what could not be removed again.

    What an earlier probe left is removed first, and what this one makes at last, whatever happens between.

    Args:
        client: Talks to the cluster, as an administrator.
        redactor: Learns the secrets that the probe makes.
        pause: Seconds between two writes whose times are compared.

    Raises:
        CollectionError: The caller is no administrator, or the cluster lets no integration be made, or went away.
    """
    caller = caller_from(client.get_user_info())
    if caller["caller"]["roles"] and "ADMIN" not in caller["caller"]["roles"]:
        raise CollectionError(
            f"{caller['caller']['id']} has the roles {', '.join(caller['caller']['roles'])}, and a probe makes a group "
            "and an application: give a key of an application with the role ADMIN"
        )
    one = Probe(client, redactor, pause)
    one.clean()
    try:
        answers = one.run()
        one.check_that_it_was_alone()
    except BaseException as error:
        # The failure counts, and not what the removal after it may stumble over.
        with contextlib.suppress(CollectionError):
            if not isinstance(error, Disturbed) and not one.is_alone():
                error = Disturbed()
        with contextlib.suppress(CollectionError):
            one.clean()
        raise error
    left = one.clean()
    probed_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return profile_document(client.get_version(), caller["organization"], probed_at, answers), left


class Probe:
    """One probe of one cluster, by an administrator.

    Args:
        client: Talks to the cluster.
        redactor: Learns the secrets that the probe makes.
        pause: Seconds between two writes whose times are compared.
    """

    def __init__(self, client: ConductorClient, redactor: Redactor, pause: float = PAUSE) -> None:
        self._client = client
        self._redactor = redactor
        self._pause = pause
        self._objects = ProbeObjects(client)
        self._name = self._objects.name
        self._answers: Answers = {}
        self._keys = ["probe" + random_source.token_urlsafe(24) for _number in range(2)]
        for key in self._keys:
            redactor.add(key)
        self._application: str | None = None
        self._second: ConductorClient | None = None
        self._key_pair: Credentials | None = None
        self._created_by_application = False
        self._subject: dict[str, str] | None = None
        self._made_group = False
        self._saw_without_key = False
        self._shown_without_key: Any = None

    def run(self) -> Answers:
        """Ask every question; the objects stay until C(clean).

        Raises:
            CollectionError: The cluster went away, or lets no integration be made.
        """
        self._answers = {question: Answer(None, why) for question, why in UNOBSERVABLE.items()}
        access = ("version_access", "invalid_token_status", "bad_credentials_status")
        self._ask(self._ask_who_answers, *access)
        self._ask(self._make_application)
        self._ask(self._ask_token_lifetime, "token_lifetime")
        # Without an integration there is nothing to ask about, so this one may fail the probe.
        self._answers.update(self._make_integration())
        self._ask(self._ask_creator, "creator_access", "grant_right")
        self._ask(self._ask_secrets, "secrets", "omitted_key")
        self._ask(self._ask_saving, "omitted_fields", "unknown_configuration_key")
        tags = ("tag_write_moves_update_time", "repeated_tag_keys", "delete_missing_tag", "tag_target_existence")
        self._ask(self._ask_tags, *tags)
        self._ask(self._ask_models, "model_write_moves_update_time", "enabled_when_omitted")
        self._ask(self._ask_slashes, "encoded_slash", "raw_slash")
        self._ask(self._ask_trailing_slash, "trailing_slash")
        self._ask(self._ask_bulk, "bulk_omitted_tags", "bulk_absent_models")
        self._ask(self._ask_bulk_atomicity, "bulk_atomicity")
        self._ask(self._ask_unreadable, "unreadable_object")
        self._ask(self._ask_application_subject, "application_grant_subject")
        self._ask(self._ask_subject_existence, "subject_existence")
        self._ask(self._ask_reach, "provider_access_implies_models")
        self._ask(self._ask_tag_reach, "model_tag_grants", "unheld_access")
        self._ask(self._ask_group, "remove_non_member", "application_in_groups")
        self._ask(self._ask_endpoints, "grants_by_subject", "roles_listing")
        self._ask(self._ask_deletion, "delete_provider_with_models", "delete_cascade")
        return self._answers

    def is_alone(self) -> bool:
        """Tell whether the objects that last as long as the probe are still there; another probe removes them."""
        application = self._application is None or self._client.get_application(self._application) is not None
        return application and (not self._made_group or self._client.get_group(self._name) is not None)

    def check_that_it_was_alone(self) -> None:
        """Let no answer count that was found while somebody removed what the probe works with.

        Raises:
            Disturbed: Its objects are gone.
        """
        if not self.is_alone():
            raise Disturbed

    def clean(self) -> list[str]:
        """Remove everything that a probe has ever left here; return what could not be removed."""
        return self._objects.clean()

    # Asking

    def _ask(self, ask: Callable[[], Answers], *questions: str) -> None:
        """Ask, and go on when the cluster gives no answer; a cluster that is gone ends the probe.

        Args:
            ask: Sends the requests.
            questions: What it answers; those that it does not get to carry the reason.
        """
        reason = "asked, and the answer did not tell"
        try:
            self._answers.update(ask())
        except ApiError as error:
            if error.concerns_connection:
                raise
            reason = str(error)
        except Unanswered as error:
            reason = str(error)
        for question in questions:
            self._answers.setdefault(question, Answer(None, reason))

    # The integration

    def _body(self, **changes: Any) -> dict[str, Any]:
        body = {
            "type": "huggingface",
            "category": "AI_MODEL",
            "description": "probe",
            "enabled": False,
            "configuration": {"api_key": self._keys[0], "namespace": "ansible-probe"},
        }
        body.update(changes)
        return {key: value for key, value in body.items() if value is not None}

    def _save(self, client: ConductorClient | None = None, **changes: Any) -> HttpResponse:
        sender = client or self._client
        return sender.attempt("POST", "integrations", "provider", self._name, body=self._body(**changes))

    def _restore(self) -> None:
        """Make the integration what it was, so that each question starts alike."""
        self._client.save_integration(self._name, self._body())

    def _read(self) -> dict[str, Any]:
        found = self._client.get_integration(self._name)
        if found is None:
            raise Unanswered("the integration cannot be read back")
        return found

    def _models(self) -> dict[str, dict[str, Any]]:
        return {model["api"]: model for model in self._client.list_models(self._name) or []}

    def _save_model(self, model: str) -> None:
        body = {"description": "probe", "enabled": False, "configuration": {}}
        self._client.save_model(self._name, model, body)

    # Questions about the server and the caller

    def _ask_who_answers(self) -> Answers:
        unsure = {401: "authenticated", 403: "authenticated"}
        invalid = self._client.attempt("GET", "token", "userInfo", token=NO_TOKEN)
        fields = decoded(invalid)
        says_so = isinstance(fields, dict) and fields.get("error") == "INVALID_TOKEN"
        pair = {"keyId": self._name, "keySecret": random_source.token_urlsafe(16)}
        return {
            "version_access": one_of(
                self._client.attempt("GET", "version", token=""), unsure, "open", "read the version without a token"
            ),
            "invalid_token_status": one_of(
                invalid, {401: 401, 403: 403} if says_so else {}, None, "sent a token that is none"
            ),
            "bad_credentials_status": one_of(
                self._client.attempt("POST", "token", body=pair, token=""),
                {401: 401, 403: 403},
                None,
                "logged in with an invented key",
            ),
        }

    def _make_application(self) -> Answers:
        self._application = self._objects.make_application()
        created = decoded(
            self._client.attempt("POST", "applications", self._application, "accessKeys", replay_safe=False)
        )
        if not isinstance(created, dict) or not created.get("id") or not created.get("secret"):
            raise Unanswered("the application got no access key")
        self._redactor.add(created["secret"])
        self._key_pair = Credentials(key=str(created["id"]), secret=str(created["secret"]))
        role = self._client.attempt("POST", "applications", self._application, "roles", CREATING_ROLE)
        if succeeded(role):
            self._second = self._client.as_caller(self._key_pair)
        return {}

    def _ask_token_lifetime(self) -> Answers:
        if self._key_pair is None:
            raise Unanswered("there is no application to log in as")
        pair = {"keyId": self._key_pair.key, "keySecret": self._key_pair.secret}
        answer = decoded(self._client.attempt("POST", "token", body=pair, token=""))
        token = answer.get("token") if isinstance(answer, dict) else None
        if not isinstance(token, str):
            raise Unanswered("the application's key gives no token")
        self._redactor.add(token)
        seconds = lifetime_of(token)
        if seconds is None or seconds < 1:
            return {"token_lifetime": Answer(None, "the token does not say how long it lasts")}
        return {"token_lifetime": Answer(seconds, "logged in, and read the token's own times")}

    def _make_integration(self) -> Answers:
        """Make the integration without its key first: does the server insist on it, and what does it show instead?"""
        bare = {"namespace": "ansible-probe"}
        found: Answers = {}
        maker = self._second
        response = self._save(maker, configuration=bare)
        if maker is not None and not succeeded(response) and response.status != 400:
            # The application may not; then the caller makes it.
            maker = None
            response = self._save(configuration=bare)
        what = "created an integration without its key"
        found["required_configuration"] = one_of(response, {400: "enforced"}, "loose", what)
        self._saw_without_key = succeeded(response)
        if succeeded(response):
            self._shown_without_key = (self._read().get("configuration") or {}).get("api_key")
            found["provider_post_response"] = self._kind_of_answer(response)
        else:
            response = self._save(maker)
            if maker is not None and not succeeded(response):
                maker = None
                response = self._save()
            found["provider_post_response"] = self._kind_of_answer(response)
        self._created_by_application = maker is not None
        found.update(self._discovered())
        self._restore()
        return found

    @staticmethod
    def _kind_of_answer(response: HttpResponse) -> Answer:
        value = "object" if isinstance(decoded(response), dict) else "empty" if not response.body.strip() else None
        return Answer(value, "created an integration")

    def _discovered(self) -> Answers:
        models = self._models()
        names = sorted(models)
        found = {"discovered_models": Answer(names, "listed the models of a new integration with an invented key")}
        found["discovered_created_by"] = Answer(None, "no model registered itself")
        if names:
            makers = {model.get("createdBy") for model in models.values()}
            value = "empty" if makers <= {"", None} else "caller"
            found["discovered_created_by"] = Answer(value, "looked who made the models that registered themselves")
        return found

    # Questions about secrets and saving

    def _ask_secrets(self) -> Answers:
        shown = (self._read().get("configuration") or {}).get("api_key")
        if shown == self._keys[0]:
            value: str | None = "clear"
        elif not isinstance(shown, str) or not shown:
            value = None
        else:
            value = "masked" if looks_masked(shown) or not shown.strip("*•.") else "reference"
        how = "saved an invented key, and read it back" if value else "the server leaves the key out when it is read"
        found = {"secrets": Answer(value, how)}
        response = self._save(configuration={"namespace": "ansible-probe"})
        what = "saved the integration again without its key"
        if not succeeded(response):
            found["omitted_key"] = Answer(None, f"{what}: it answered {response.status}")
        elif value is None:
            found["omitted_key"] = Answer(None, f"{what}: the server never shows whether there is one")
        else:
            after = (self._read().get("configuration") or {}).get("api_key")
            found["omitted_key"] = self._omitted_key(what, value, after)
        self._restore()
        return found

    def _omitted_key(self, what: str, secrets: str, after: Any) -> Answer:
        if not after:
            return Answer("erased", f"{what}, and it was gone")
        if secrets == "clear":
            return Answer("kept" if after == self._keys[0] else None, f"{what}, and read it back")
        if not self._saw_without_key:
            return Answer(
                None, f"{what}: it may show a mask for a key that is not there, and lets none be made without"
            )
        if self._shown_without_key:
            return Answer(None, f"{what}: it shows a mask also where there is no key")
        return Answer("kept", f"{what}, and it was still there; without a key nothing is shown")

    def _ask_saving(self) -> Answers:
        self._client.save_integration(self._name, self._body(description=None))
        described = self._read().get("description")
        extra = {"api_key": self._keys[0], "namespace": "ansible-probe", "ansible_probe": "1"}
        unknown = self._save(configuration=extra)
        self._restore()
        return {
            "omitted_fields": Answer(
                "kept" if described == "probe" else "cleared", "saved without a description, and read it back"
            ),
            "unknown_configuration_key": one_of(
                unknown,
                {400: "reject", 422: "reject", 500: "reject"},
                "accept",
                "saved a configuration key that there is not",
            ),
        }

    # Questions about tags

    def _put_tags(self, *pairs: tuple[str, str]) -> None:
        self._client.add_integration_tags(self._name, as_tags(pairs))

    def _drop_tags(self) -> None:
        pairs = tag_pairs(self._read())
        if pairs:
            self._client.delete_integration_tags(self._name, as_tags(pairs))

    def _moves_update_time(self, write: Callable[[], None], what: str) -> Answer:
        before = self._read().get("updateTime")
        time.sleep(self._pause)
        write()
        after = self._read().get("updateTime")
        if not isinstance(before, int) or not isinstance(after, int):
            return Answer(None, "the server tells no update time")
        return Answer(after != before, f"{what}, and compared the integration's update time")

    def _ask_tags(self) -> Answers:
        self._drop_tags()
        found = {
            "tag_write_moves_update_time": self._moves_update_time(lambda: self._put_tags(("probe", "1")), "tagged")
        }
        self._put_tags(("probe", "2"))
        values = sorted(value for key, value in tag_pairs(self._read()) if key == "probe")
        repeated = {("1", "2"): "multiple", ("2",): "replace"}.get(tuple(values))
        found["repeated_tag_keys"] = Answer(repeated, "added a second value for a tag's key")
        path = ("integrations", "provider", self._name, "tags")
        missing = self._client.attempt("DELETE", *path, body=as_tags([("probe", "never")]))
        found["delete_missing_tag"] = one_of(missing, {404: "not_found"}, "accept", "removed a tag that was not there")
        absent = self._client.attempt("GET", "integrations", "provider", self._objects.absent_name, "tags")
        found["tag_target_existence"] = one_of(
            absent, {404: "checked"}, "unchecked", "read the tags of an integration that there is not"
        )
        self._drop_tags()
        return found

    # Questions about models and paths

    def _ask_models(self) -> Answers:
        path = ("integrations", "provider", self._name, "integration", MODEL)
        body = {"description": "probe", "configuration": {}}
        moved = self._moves_update_time(
            lambda: self._client.call("POST", *path, body=body) and None, "saved a model of the integration"
        )
        enabled = self._models().get(MODEL, {}).get("enabled")
        self._save_model(MODEL)
        return {
            "model_write_moves_update_time": moved,
            "enabled_when_omitted": Answer(
                enabled if isinstance(enabled, bool) else None, "created a model without saying whether it is enabled"
            ),
        }

    def _ask_slashes(self) -> Answers:
        return {
            "encoded_slash": Answer(
                "decode" if self._takes_slash("probe/encoded", raw=False) else "reject",
                "created a model with %2F in the path, and looked for it in the list",
            ),
            "raw_slash": Answer(
                "accept" if self._takes_slash("probe/raw", raw=True) else "not_found",
                "created a model with a slash in the path, and looked for it in the list",
            ),
        }

    def _takes_slash(self, model: str, raw: bool) -> bool:
        path = ("integrations", "provider", self._name, "integration", model)
        body = {"description": "probe", "enabled": False, "configuration": {}}
        self._client.attempt("POST", *path, body=body, raw_segment=4 if raw else None)
        taken = model in self._models()
        if taken:
            self._objects.remove_grants_on(INTEGRATION, f"{self._name}:{model}")
            self._client.delete_model(self._name, model, raw)
        return taken

    def _ask_trailing_slash(self) -> Answers:
        # A category that hardly any cluster uses: only whether there is an answer counts.
        response = self._client.attempt("GET", "integrations", query={"category": "GIT"})
        required = {404: "required", 405: "required", 400: "required"}
        return {"trailing_slash": one_of(response, required, "optional", "read the catalogue without its last slash")}

    def _ask_bulk(self) -> Answers:
        self._save_model(MODEL)
        self._save_model(OTHER_MODEL)
        self._put_tags(("probe", "bulk"))
        model = {"integrationName": self._name, "api": MODEL, "description": "probe", "enabled": False}
        entry = {**self._body(), "name": self._name, "apis": [{**model, "configuration": {}}]}
        self._client.save_integrations_in_bulk([entry])
        kept = ("probe", "bulk") in tag_pairs(self._read())
        there = OTHER_MODEL in self._models()
        self._drop_tags()
        return {
            "bulk_omitted_tags": Answer("kept" if kept else "cleared", "saved in bulk without the tags"),
            "bulk_absent_models": Answer("kept" if there else "removed", "saved in bulk with one of two models"),
        }

    def _ask_bulk_atomicity(self) -> Answers:
        good = {**self._body(description="probe in bulk"), "name": self._name, "apis": []}
        bad = {**self._body(type="ansible-probe-none"), "name": self._objects.absent_name, "apis": []}
        response = self._client.attempt("POST", "integrations", body=[good, bad], trailing_slash=True)
        what = "saved in bulk an integration beside one of a type that there is not"
        written = self._read().get("description") == "probe in bulk"
        self._restore()
        if succeeded(response):
            return {"bulk_atomicity": Answer(None, f"{what}: both were taken")}
        return {"bulk_atomicity": Answer("entry" if written else "whole", f"{what}: it answered {response.status}")}

    # Questions about access

    def _subjects(self) -> list[dict[str, str]]:
        """Both ways to name the application as a subject."""
        if self._application is None:
            raise Unanswered("there is no application")
        return [{"type": "USER", "id": f"app:{self._application}"}, {"type": "USER", "id": self._application}]

    def _may_read(self, target_type: str, target_id: str) -> bool:
        held = self._client.check_permissions(f"app:{self._application}", target_type, target_id)
        if held is None:
            raise Unanswered("the server does not tell what an application may do")
        return bool(held.get("READ"))

    def _ask_creator(self) -> Answers:
        grants = self._client.list_grants_on(INTEGRATION_PROVIDER, self._name)
        if self._created_by_application:
            makers = {subject["id"] for subject in self._subjects()}
        else:
            caller = str(self._client.get_user_info().get("id"))
            makers = {caller, caller[4:] if caller.startswith("app:") else caller}
        held = {word for word, found in grants.items() if makers & {str(subject.get("id")) for subject in found}}
        value = (
            "full" if held == set(ACCESS) else "read_update_delete" if held == {"READ", "UPDATE", "DELETE"} else None
        )
        found = {"creator_access": Answer(value, f"read the grants on a new integration: {', '.join(sorted(held))}")}
        if self._second is not None and self._created_by_application:
            response = self._second.attempt("GET", "auth", "authorization", INTEGRATION_PROVIDER, self._name)
            found["grant_right"] = one_of(response, {403: "admin"}, "owner", "read the grants as the one who made it")
        return found

    def _ask_unreadable(self) -> Answers:
        if self._second is None:
            raise Unanswered("there is no application to read as")
        self._objects.remove_grants_on(INTEGRATION_PROVIDER, self._name)
        response = self._second.attempt("GET", "integrations", "provider", self._name)
        what = "read the integration without access to it"
        return {"unreadable_object": one_of(response, {403: "forbidden", 404: "not_found"}, None, what)}

    def _ask_application_subject(self) -> Answers:
        target = {"type": INTEGRATION_PROVIDER, "id": self._name}
        self._objects.remove_grants_on(INTEGRATION_PROVIDER, self._name)
        if self._may_read(INTEGRATION_PROVIDER, self._name):
            raise Unanswered("the application may read the integration without a grant")
        counts = []
        for subject in self._subjects():
            body = {"subject": subject, "target": target, "access": ["READ"]}
            given = succeeded(self._client.attempt("POST", "auth", "authorization", body=body))
            counts.append(given and self._may_read(INTEGRATION_PROVIDER, self._name))
            if given:
                self._client.revoke(subject, target, ["READ"])
        value = {(True, True): "both", (True, False): "prefixed", (False, True): "bare"}.get((counts[0], counts[1]))
        if value is not None:
            self._subject = self._subjects()[1 if value == "bare" else 0]
        return {"application_grant_subject": Answer(value, "granted READ to the application under either name")}

    def _ask_subject_existence(self) -> Answers:
        subject = {"type": "GROUP", "id": self._objects.absent_name}
        target = {"type": INTEGRATION_PROVIDER, "id": self._name}
        body = {"subject": subject, "target": target, "access": ["READ"]}
        response = self._client.attempt("POST", "auth", "authorization", body=body)
        if succeeded(response):
            self._client.revoke(subject, target, ["READ"])
        what = "granted READ to a group that there is not"
        return {"subject_existence": one_of(response, {400: "checked", 404: "checked"}, "unchecked", what)}

    def _ask_reach(self) -> Answers:
        subject = self._subject
        if subject is None:
            raise Unanswered("no grant reaches the application")
        target = {"type": INTEGRATION_PROVIDER, "id": self._name}
        self._save_model(MODEL)
        self._client.grant(subject, target, ["READ"])
        reached = self._may_read(INTEGRATION, f"{self._name}:{MODEL}")
        self._client.revoke(subject, target, ["READ"])
        return {
            "provider_access_implies_models": Answer(
                reached, "granted READ on the integration, and asked for its model"
            )
        }

    def _ask_tag_reach(self) -> Answers:
        subject = self._subject
        if subject is None:
            raise Unanswered("no grant reaches the application")
        key, value = probe_tag(self._name)
        tags, target = as_tags([(key, value)]), {"type": "TAG", "id": f"{key}:{value}"}
        self._save_model(MODEL)
        self._client.grant(subject, target, ["READ"])
        grants = self._client.list_grants_on("TAG", target["id"])
        self._client.add_model_tags(self._name, MODEL, tags)
        reached = self._may_read(INTEGRATION, f"{self._name}:{MODEL}")
        self._client.delete_model_tags(self._name, MODEL, tags)
        self._client.revoke(subject, target, ["READ"])
        return {
            "model_tag_grants": Answer("counted" if reached else "ignored", "granted READ on a tag of the model"),
            "unheld_access": Answer("empty" if "DELETE" in grants else "absent", "read the grants on a tag"),
        }

    def _ask_group(self) -> Answers:
        self._objects.make_group()
        self._made_group = True
        user = f"app:{self._application}"
        path = ("groups", self._name, "users", user)
        removal = self._client.attempt("DELETE", *path)
        joined = self._client.attempt("POST", *path)
        member = user in [str(found.get("id")) for found in self._client.list_group_members(self._name)]
        if member:
            self._client.remove_group_member(self._name, user)
        return {
            "remove_non_member": one_of(
                removal, {404: "not_found"}, "accept", "removed a user who was not in the group"
            ),
            "application_in_groups": Answer(
                "accept" if member else "reject", f"put the application into a group: it answered {joined.status}"
            ),
        }

    def _ask_endpoints(self) -> Answers:
        absent = {404: "not_found", 405: "not_found"}
        return {
            "grants_by_subject": one_of(
                self._client.attempt("GET", "auth", "subjects", "GROUP", self._name, "grants"),
                absent,
                "served",
                "asked for the grants of the group",
            ),
            "roles_listing": one_of(self._client.attempt("GET", "roles"), absent, "served", "asked for the roles"),
        }

    # Questions about deletion, last of all

    def _ask_deletion(self) -> Answers:
        self._save_model(MODEL)
        target = {"type": INTEGRATION_PROVIDER, "id": self._name}
        subject = {"type": "GROUP", "id": self._name}
        self._client.grant(subject, target, ["READ"])
        response = self._client.attempt("DELETE", "integrations", "provider", self._name)
        what = "deleted the integration with a model in it"
        found: Answers = {}
        if succeeded(response):
            found["delete_cascade"] = self._cascade()
            self._restore()
            self._objects.keeps_models = MODEL in self._models()
            value = "kept" if self._objects.keeps_models else "removed"
            found["delete_provider_with_models"] = Answer(value, f"{what}, and made it again")
        elif response.status in (400, 409):
            found["delete_provider_with_models"] = Answer("rejected", f"{what}: it answered {response.status}")
            if not self._objects.remove_models(self._name):
                self._client.call("DELETE", "integrations", "provider", self._name)
                found["delete_cascade"] = self._cascade()
        return found

    def _cascade(self) -> Answer:
        grants = self._client.list_grants_on(INTEGRATION_PROVIDER, self._name)
        held = any(str(subject.get("id")) == self._name for subject in grants.get("READ", []))
        revoke_everything(self._client, INTEGRATION_PROVIDER, self._name, grants)
        return Answer("kept" if held else "removed", "deleted the integration, and looked for a grant on it")
