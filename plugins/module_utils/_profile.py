# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster's profile in a file: what the probe found out, and whether it still counts (floor 2, pure).

The names of the questions, and their answers, are those of the sandbox's switches, so that a sandbox can be started
from a profile.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Mapping

from ansible_collections.orkes.conductor.plugins.module_utils._behaviour import Profile
from ansible_collections.orkes.conductor.plugins.module_utils._errors import InvalidInput

#: Number of the profile's form.
FORM = 1

#: Possible answers of each question: a tuple of values, or the type of an answer that is free.
QUESTIONS: dict[str, Any] = {
    "secrets": ("clear", "masked", "reference"),
    "omitted_key": ("kept", "erased"),
    "posted_mask": ("ignored", "stored"),
    "required_configuration": ("enforced", "loose"),
    "unknown_configuration_key": ("accept", "reject"),
    "omitted_fields": ("kept", "cleared"),
    "enabled_when_omitted": (True, False),
    "provider_post_response": ("object", "empty"),
    "discovered_models": list,
    "discovered_created_by": ("caller", "empty"),
    "bulk_atomicity": ("whole", "entry"),
    "bulk_absent_models": ("kept", "removed"),
    "bulk_omitted_tags": ("kept", "cleared"),
    "encoded_slash": ("decode", "reject"),
    "raw_slash": ("accept", "not_found"),
    "trailing_slash": ("required", "optional"),
    "repeated_tag_keys": ("replace", "multiple"),
    "delete_missing_tag": ("accept", "not_found"),
    "tag_target_existence": ("checked", "unchecked"),
    "tag_write_moves_update_time": (True, False),
    "model_write_moves_update_time": (True, False),
    "model_tag_grants": ("counted", "ignored"),
    "delete_cascade": ("kept", "removed"),
    "delete_provider_with_models": ("removed", "kept", "rejected"),
    "remove_non_member": ("accept", "not_found"),
    "creator_access": ("full", "read_update_delete"),
    "grant_right": ("owner", "admin"),
    "unheld_access": ("absent", "empty"),
    "provider_access_implies_models": (True, False),
    "unreadable_object": ("forbidden", "not_found"),
    "application_grant_subject": ("prefixed", "bare", "both"),
    "application_in_groups": ("accept", "reject"),
    "subject_existence": ("checked", "unchecked"),
    "grants_by_subject": ("served", "not_found"),
    "roles_listing": ("served", "not_found"),
    "token_lifetime": int,
    "invalid_token_status": (401, 403),
    "bad_credentials_status": (401, 403),
    "version_access": ("authenticated", "open"),
}

#: Questions that no client can answer, and why.
UNOBSERVABLE: dict[str, str] = {
    "posted_mask": "a read shows the same text whether the server ignored a posted mask or stored it",
}


@dataclass(frozen=True)
class Answer:
    """What a probe found out.

    Attributes:
        value: The answer, or None where there is none.
        how: How it was obtained, or why it was not.
    """

    value: Any
    how: str


def answer_problem(question: str, value: Any) -> str | None:
    """Return what is wrong with an answer, or None."""
    if question not in QUESTIONS:
        return f"answers a question that this collection does not know: {question}"
    possible = QUESTIONS[question]
    if isinstance(possible, tuple):
        # True equals 1 in Python, and is no status.
        fits = any(isinstance(value, bool) is isinstance(one, bool) and value == one for one in possible)
        return None if fits else f"answers {question} with {value!r}: possible are {', '.join(map(repr, possible))}"
    fits = isinstance(value, possible) and not isinstance(value, bool)
    fits = fits and (possible is not list or all(isinstance(one, str) for one in value))
    return None if fits else f"answers {question} with {value!r}, which is no {possible.__name__}"


def profile_document(
    version: str | None, organization: str | None, probed_at: str, answers: Mapping[str, Answer]
) -> dict[str, Any]:
    """Return a profile as it is kept in a file.

    Args:
        version: The server's version, or None.
        organization: Id of the organization, or None.
        probed_at: When it was probed, in ISO 8601.
        answers: By question; one that is missing counts as not asked.
    """
    missing = Answer(None, "not asked")
    return {
        "profile": FORM,
        "probed_at": probed_at,
        "server": {"version": version, "organization": organization},
        "answers": {
            question: {
                "value": answers.get(question, missing).value,
                "how": answers.get(question, missing).how,
            }
            for question in sorted(QUESTIONS)
        },
    }


def answer_lines(document: Mapping[str, Any]) -> list[str]:
    """Return the answers of a profile for people, one a line."""
    return [
        f"{question}: no answer, since {answer['how']}"
        if answer["value"] is None
        else f"{question}: {answer['value'] if isinstance(answer['value'], str) else json.dumps(answer['value'])}"
        for question, answer in sorted(document["answers"].items())
    ]


def profile_from(document: Any, where: str) -> Profile:
    """Return the profile that a file holds.

    Args:
        document: The parsed file.
        where: The file's name, for messages.

    Raises:
        InvalidInput: It is no profile, or one of another form.
    """
    again = "write it anew with the playbook orkes.conductor.probe"
    if not isinstance(document, dict) or "profile" not in document or not isinstance(document.get("answers"), dict):
        raise InvalidInput([f"profile {where} is not a profile of a cluster: {again}"])
    if document["profile"] != FORM:
        raise InvalidInput([f"profile {where} has form {document['profile']!r}, and {FORM} is known: {again}"])
    problems = []
    answers = {}
    for question, entry in document["answers"].items():
        value = entry.get("value") if isinstance(entry, dict) else entry
        if value is None:
            continue
        problem = answer_problem(str(question), value)
        if problem:
            problems.append(f"profile {where} {problem}: {again}")
        answers[str(question)] = value
    if problems:
        raise InvalidInput(problems)
    server: Any = document.get("server")
    told = {key: str(value) for key, value in (server if isinstance(server, dict) else {}).items() if value is not None}
    return Profile(told.get("version"), answers, told.get("organization"))


def read_profile(path: str) -> Profile:
    """Return the profile in a file.

    Raises:
        InvalidInput: It cannot be read, or is no profile.
    """
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
    except OSError as error:
        raise InvalidInput([f"profile {path} cannot be read ({error.strerror}): check the path"]) from None
    except ValueError:
        raise InvalidInput(
            [f"profile {path} is not JSON: it is what the playbook orkes.conductor.probe writes"]
        ) from None
    return profile_from(document, path)


def misfit(profile: Profile, version: str | None, organization: str | None) -> str | None:
    """Return why a profile does not count for a server, or None.

    Args:
        profile: The profile.
        version: The server's version, or None when it does not tell.
        organization: Id of the organization that answers, or None when the server does not tell.
    """
    for what, taken, found in (
        ("version", profile.version, version),
        ("organization", profile.organization, organization),
    ):
        if taken != found:
            return (
                f"the profile was taken of {what} {taken or '(not told)'}, and the server has {what} "
                f"{found or '(not told)'}: it is not used, and nothing is deleted until the cluster is probed again "
                "(playbook orkes.conductor.probe)"
            )
    return None
