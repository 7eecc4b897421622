# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a whole cluster out of the modules' plans, and what became of it (pure).

Nothing here can hold a secret, since the modules' results do not.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import re
from typing import Any, Iterable, Mapping

from ansible_collections.orkes.conductor.plugins.module_utils._errors import one_line
from ansible_collections.orkes.conductor.plugins.module_utils._plan import PurgeLimit, pending_names

Result = Mapping[str, Any]

#: First element of what the digest is made from; changes with the form of the rest.
DIGEST_VERSION = "cluster-plan-3"

#: Version of the form of a plan that is kept as JSON.
FORMAT_VERSION = 1

#: Most lines of a plan that are printed; a file holds the rest.
MOST_LINES = 200

#: Most objects that one line names.
MOST_NAMED = 10

#: Most combinations of what endpoints may have been that are held against an approved digest.
MOST_COMBINATIONS = 4096

COUNTS = ("created", "updated", "deleted", "unchanged")
SUMMARY = (*COUNTS, "failed", "skipped")

#: By the kind of a change, where the role speaks of it; its action, and what it counts as.
OBJECTS = {
    "endpoint": "endpoints",
    "integration": "integrations",
    "model": "models",
    "group": "groups",
    "application": "applications",
    "access_key": "access_keys",
    "grant": "permissions",
}

#: Calls that are about the same kind of object as another one.
CALLS = {
    "application_permissions": "permissions",
    "exclusive_integrations": "permissions",
    "exclusive_models": "permissions",
}

#: Calls on objects that another call has counted.
REPEATED = frozenset({"exclusive_integrations", "exclusive_models"})
ACTIONS = {"create": "created", "update": "updated", "delete": "deleted"}

#: A digest of a plan.
DIGEST = re.compile(r"[0-9a-f]{64}")

#: The same with its host, as a job hands it on: no YAML reader takes this text for a number, whatever the digits are.
PUBLISHED = re.compile(r"sha256:(?P<digest>[0-9a-f]{64}) (?P<host>.+)", re.DOTALL)


def _managed(results: Mapping[str, Result]) -> dict[str, Result]:
    """Return the results of the kinds that were managed; a task that was skipped has no summary."""
    return {kind: result for kind, result in results.items() if isinstance(result.get("summary"), Mapping)}


def kind_of(call: str) -> str:
    """Return the kind of object that a call is about, in the words of hf_setup_manage."""
    return CALLS.get(call, call)


def unchanged_of(call: str, result: Result) -> int:
    """Return how many objects a call has found to be as they should be, each object counted once."""
    return 0 if call in REPEATED else int(result["summary"]["unchanged"])


def _objects_of(change: Mapping[str, Any], kind: str) -> str:
    """Return the kind of object that a change is about: what goes along with an integration is none itself."""
    return OBJECTS.get(str(change.get("kind")), kind_of(kind))


def _summaries(results: Mapping[str, Result], kinds: Iterable[str] = ()) -> dict[str, dict[str, int]]:
    """Return summaries by kind of object, of what modules report.

    Args:
        results: Results that have a summary, by the kind that the module was called for.
        kinds: Kinds that have a summary in any case, and the order.
    """
    found: dict[str, dict[str, int]] = {kind_of(kind): dict.fromkeys(SUMMARY, 0) for kind in (*kinds, *results)}
    for kind, result in results.items():
        found[kind_of(kind)]["unchanged"] += unchanged_of(kind, result)
        counted = [(change, ACTIONS[change["action"]]) for change in result.get("changes") or []]
        counted += [(change, "failed") for change in result.get("failures") or []]
        counted += [(change, "skipped") for change in result.get("not_attempted") or []]
        for change, word in counted:
            found.setdefault(_objects_of(change, kind), dict.fromkeys(SUMMARY, 0))[word] += 1
    return found


def counts_text(summary: Mapping[str, Any], predicted: bool = False) -> str:
    """Return the counts of a summary in words."""
    words = {"created": "to create", "updated": "to update", "deleted": "to delete"} if predicted else {}
    return ", ".join(f"{summary[word]} {words.get(word, word)}" for word in COUNTS)


def _counts_line(summary: Mapping[str, Any], managed: bool, predicted: bool) -> str:
    """Return the counts of one kind of object in words."""
    if managed:
        return counts_text(summary, predicted)
    # Grants and models go along with what they belong to, whether or not their kind is managed.
    gone = f", {summary['deleted']} {'to delete' if predicted else 'deleted'} with what they belong to"
    return "not managed" + (gone if summary["deleted"] else "")


def _left_alone_lines(results: Mapping[str, Result]) -> list[str]:
    """Return which undeclared objects a purge leaves alone, and how they would go."""
    lines = []
    for kind, result in results.items():
        names = [str(name) for name in result.get("left_alone") or []]
        if names:
            rest = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
            lines.append(
                f"{kind}: {len(names)} not declared and left alone, since the server seems to have registered them by "
                f"itself (hf_setup_purge_discovered): {', '.join(names[:MOST_NAMED])}{rest}"
            )
    return lines


def _endpoint_entries(
    results: Mapping[str, Result], endpoints: Iterable[Mapping[str, Any]]
) -> tuple[dict[str, list[Any]], dict[str, list[list[Any]]]]:
    """Return what a digest takes in of each Inference Endpoint, and what else each may have been in an approved plan.

    Args:
        results: The modules' results in check mode, by kind.
        endpoints: Endpoints that are used and not managed.
    """
    found = {f"{one['namespace']}/{one['name']}": ["there", one.get("url")] for one in endpoints}
    also: dict[str, list[list[Any]]] = {}
    for one in results.get("endpoints", {}).get("digests") or []:
        found[one["name"]] = list(one["now"])
        also[one["name"]] = [list(entry) for entry in one["also"]]
    return found, also


def _digest(organization: Any, host: Any, changes: Mapping[str, Any], endpoints: Mapping[str, list[Any]]) -> str:
    """Return the digest of a cluster's plan."""
    parts = [DIGEST_VERSION, organization, host, changes, *([endpoints] if endpoints else [])]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode("utf-8")).hexdigest()


def _approved_entry(entry: list[Any], also: list[list[Any]], before: list[Any] | None) -> list[Any]:
    """Return what was approved of an endpoint if what is to be done now is a part of it, else what it is now."""
    if before is None or before in also:
        return entry if before is None else before
    # Somebody else has made the approved change. The digest will tell that it was approved.
    done = entry[0] == "there" and before[0] == "update" and before[2] in (entry[1], None)
    return before if done else entry


def is_part_of(plan: Mapping[str, Any], expected: str, approved: Mapping[str, Any] | None = None) -> bool:
    """Tell whether a plan is the approved one, or what is left of it since others have seen to Inference Endpoints.

    An endpoint that several clusters share may have come into being since the approval, as it was approved. Then less
    is to be done, and all of it was approved. An endpoint that is gone since is to be created anew, which was not.

    Args:
        plan: The plan of the cluster.
        expected: Digest of the approved plan.
        approved: The approved plan, as it was kept. Without it combinations are tried.
    """

    def matches(endpoints: Mapping[str, list[Any]]) -> bool:
        return _digest(plan["organization"], plan["host"], plan["digests"], endpoints) == expected

    now: Mapping[str, list[Any]] = plan.get("endpoints") or {}
    also: Mapping[str, list[list[Any]]] = plan.get("endpoints_also") or {}
    if expected == plan["digest"]:
        return True
    if approved is not None:
        before: Mapping[str, list[Any]] = approved.get("endpoints") or {}
        return matches(
            {name: _approved_entry(entry, also.get(name, []), before.get(name)) for name, entry in now.items()}
        )
    choices = [[entry, *also.get(name, [])] for name, entry in now.items()]
    if math.prod(map(len, choices)) > MOST_COMBINATIONS:
        # All alike: as if nothing had been there, and as if all had been there without a URL.
        return matches({name: (also.get(name) or [entry])[-1] for name, entry in now.items()}) or matches(
            {name: (also.get(name) or [entry])[0] for name, entry in now.items()}
        )
    return any(matches(dict(zip(now, chosen))) for chosen in itertools.product(*choices))


def cluster_plan(
    results: Mapping[str, Result],
    organization: str | None,
    host: str = "",
    endpoints: Iterable[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return the plan of a cluster.

    Args:
        results: The modules' results in check mode, by kind, in the order in which the kinds are made.
        organization: What the cluster calls itself, or None when it does not tell.
        host: Name of the cluster in the inventory. Like the organization it is part of the digest, so that a plan is
            not taken for another cluster's.
        endpoints: Inference Endpoints that models are served at and that this run does not manage.
    """
    managed = _managed(results)
    totals = {word: sum(int(result["summary"][word]) for result in managed.values()) for word in COUNTS}
    totals["unchanged"] = sum(unchanged_of(kind, result) for kind, result in managed.items())
    digests = {
        kind: result.get("digest")
        for kind, result in sorted(managed.items())
        if result.get("changes") and not (kind == "endpoints" and "digests" in result)
    }
    entries, also = _endpoint_entries(managed, endpoints)
    return {
        "format": FORMAT_VERSION,
        "host": host,
        "organization": organization,
        "digest": _digest(organization, host, digests, entries),
        "digests": digests,
        "endpoints": entries,
        "endpoints_also": also,
        "totals": totals,
        "changing": [kind for kind, result in managed.items() if result.get("changes")],
        "lines": [line for result in managed.values() for line in result.get("plan") or []],
        "changes": [change for result in managed.values() for change in result.get("changes") or []],
        "counts": [
            *(
                f"{kind}: {_counts_line(summary, kind in map(kind_of, managed), True)}"
                for kind, summary in _summaries(managed, results).items()
            ),
            *_left_alone_lines(managed),
        ],
    }


def first_lines(lines: list[str], where: str) -> list[str]:
    """Return lines for a terminal: not more than a person reads.

    Args:
        lines: All of them.
        where: What in hf_setup_result has all of it.
    """
    rest = len(lines) - MOST_LINES
    return lines if rest <= 0 else [*lines[:MOST_LINES], f"  ... and {rest} more (hf_setup_result.{where} has all)"]


def shown_lines(plan: Mapping[str, Any], most: int = MOST_LINES) -> list[str]:
    """Return a plan for a terminal: its lines, cut if there are too many, its totals and its digest."""
    lines = list(plan["lines"][:most])
    rest = len(plan["lines"]) - len(lines)
    if rest > 0:
        lines.append(f"... and {rest} more (hf_setup_plan_folder keeps all of them in files)")
    return [*(lines or ["no changes"]), *plan["counts"], f"digest: {plan['digest']}"]


def brake_problem(plan: Mapping[str, Any], limit: str | None) -> str | None:
    """Return what the brake says to a plan's deletions, or None.

    Args:
        plan: The plan of the cluster.
        limit: A number of objects, or a percentage of those that exist and that the plan is about.

    Raises:
        ValueError: The limit is neither.
    """
    if limit is None or not str(limit).strip():
        return None
    totals = plan["totals"]
    in_scope = totals["updated"] + totals["deleted"] + totals["unchanged"]
    if PurgeLimit.parse(str(limit)).allows(totals["deleted"], in_scope):
        return None
    return (
        f"the plan deletes {totals['deleted']} of {in_scope} objects, and hf_setup_purge_limit is {limit}: if that is "
        "meant, raise it; if not, declare what should stay"
    )


def published_plan(plan: Mapping[str, Any]) -> str:
    """Return the digest of a plan and its host as one text, to be approved and handed on to another job."""
    return f"sha256:{plan['digest']} {plan['host']}"


def expected_digest(expected: Any, host: str = "") -> tuple[str | None, str | None]:
    """Return the digest that was given as approved (None: none was given), and what is wrong with it.

    Args:
        expected: What was given: a digest, or a list of what plans have published. Nothing and an empty text count as
            not given, and an empty list does not.
        host: The host whose digest is looked for in a list.
    """
    if expected is None or expected == "":
        return None, None
    if isinstance(expected, (list, tuple)):
        return _digest_of_host(expected, host)
    digest = str(expected).strip().lower()
    if isinstance(expected, str) and DIGEST.fullmatch(digest):
        return digest, None
    return None, f"hf_setup_expected_plan is {expected!r}, which is no digest of a plan: it has 64 hexadecimal digits"


def _digest_of_host(published: Iterable[Any], host: str) -> tuple[str | None, str | None]:
    """Return the digest of a host's plan among those that were published, and what is wrong with them."""
    matches = [PUBLISHED.fullmatch(entry) if isinstance(entry, str) else None for entry in published]
    if None in matches:
        return None, (
            "hf_setup_expected_plan is a list with an entry that is no digest of a plan as hf_setup_publish_plan "
            "publishes it: 'sha256:', 64 hexadecimal digits, a space and the host"
        )
    digests = {match["digest"] for match in matches if match is not None and match["host"] == host}
    if len(digests) == 1:
        return digests.pop(), None
    if digests:
        return None, f"hf_setup_expected_plan has several plans of {host}: plan once more, and have that approved"
    return None, f"hf_setup_expected_plan has no plan of {host}: nobody approved one"


def kept_plan(text: str, where: str) -> tuple[dict[str, Any] | None, str | None]:
    """Return the plan that a file holds, and what is wrong with the file.

    Args:
        text: What is in the file.
        where: The file's name, for messages.
    """
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if isinstance(found, dict) and isinstance(found.get("lines"), list):
        digest = found.get("digest")
        if isinstance(digest, str) and DIGEST.fullmatch(digest):
            return found, None
    return None, (
        f"hf_setup_expected_plan_file {where} is not a plan: give the JSON file that hf_setup_plan_folder kept for "
        "this host when the plan was approved"
    )


def approval_problem(
    plan: Mapping[str, Any], expected: str | None, approved: Mapping[str, Any] | None = None
) -> str | None:
    """Return in what a plan differs from the approved one, or None.

    Args:
        plan: The plan of the cluster.
        expected: Digest of the plan that was approved; by default that of C(approved).
        approved: The approved plan, as it was kept, to say what is different.
    """
    expected = expected or (None if approved is None else str(approved["digest"]))
    if expected is None:
        return None
    if approved is not None and approved["digest"] != expected:
        return (
            f"hf_setup_expected_plan is {expected}, and the plan in hf_setup_expected_plan_file has the digest "
            f"{approved['digest']}: give the plan file that goes with the digest"
        )
    if is_part_of(plan, expected, approved):
        return None
    text = f"the plan is not the approved one: its digest is {plan['digest']}, and {expected} was approved"
    if approved is None:
        return text + ". It would now: " + ("; ".join(plan["lines"][:MOST_LINES]) or "change nothing")
    before, now = [str(line) for line in approved["lines"]], list(plan["lines"])
    new = [line for line in now if line not in before]
    gone = [line for line in before if line not in now]
    of_another = False
    for what in ("organization", "host"):
        if approved.get(what) != plan[what]:
            of_another = True
            text += f". It was approved for {what} {approved.get(what)}, not {plan[what]}"
    if new:
        text += ". New: " + "; ".join(new[:MOST_LINES])
    if gone:
        text += ". No longer: " + "; ".join(gone[:MOST_LINES])
    if not new and not gone and not of_another:
        text += ". It reads the same, so another secret would be written"
    return text


def plan_markdown(plan: Mapping[str, Any], host: str) -> str:
    """Return a plan as Markdown, for a pull request or an approval; nothing in it is taken for markup."""
    totals = plan["totals"]
    counts = f"{totals['created']} to create, {totals['updated']} to update, {totals['deleted']} to delete"
    # A fence that is longer than every run of backticks inside keeps server texts inside.
    longest = max((len(run) for line in plan["lines"] for run in _backtick_runs(line)), default=0)
    fence = "`" * max(3, longest + 1)
    body = "\n".join(plan["lines"]) or "no changes"
    return (
        f"## Plan for {host}\n\n{counts}, {totals['unchanged']} unchanged\n\n"
        f"{fence}diff\n{body}\n{fence}\n\nDigest: `{plan['digest']}`\n"
    )


def _backtick_runs(text: str) -> Iterable[str]:
    run = ""
    for character in text + " ":
        if character == "`":
            run += character
        elif run:
            yield run
            run = ""


def cluster_outcome(
    plan: Mapping[str, Any], planned: Mapping[str, Result], applied: Mapping[str, Result]
) -> dict[str, Any]:
    """Return what became of a plan.

    Args:
        plan: The plan of the cluster.
        planned: The modules' results in check mode, by kind.
        applied: The modules' results of the apply, by kind; empty in check mode. A kind without changes was not run,
            and one that was not reached has no result.
    """
    managed, reached = _managed(planned), _managed(applied)
    about = {kind_of(kind) for kind in managed}
    # Whatever broke the apply off, be it no change at all, what was not reached was not tried.
    untried = [kind for kind in managed if applied and kind in plan["changing"] and kind not in reached]
    outcomes = {kind: reached.get(kind, result) for kind, result in managed.items()}
    for kind in untried:
        rest = [{key: change[key] for key in ("kind", "name", "action")} for change in managed[kind]["changes"]]
        outcomes[kind] = {"summary": managed[kind]["summary"], "not_attempted": rest}
    summaries = _summaries(outcomes, planned)
    lines = []
    for kind, summary in summaries.items():
        done = sum(summary[word] for word in (*ACTIONS.values(), "failed"))
        if kind in map(kind_of, untried) and not done:
            number = summary["skipped"]
            lines.append(f"{kind}: not tried, {number} change{'' if number == 1 else 's'}")
            continue
        predicted = not reached and any(summary[word] for word in ACTIONS.values())
        lines.append(f"{kind}: {_counts_line(summary, kind in about, predicted)}")
        lines += first_lines(
            [
                f"  failed: {failure['action']} {failure['kind']} {failure['name']}: {failure['message']}"
                for failure in _of_kind(outcomes, "failures", kind)
            ],
            "failures",
        )
        lines += first_lines(
            [
                f"  not tried: {change['action']} {change['kind']} {change['name']}"
                for change in _of_kind(outcomes, "not_attempted", kind)
            ],
            "not_attempted",
        )
    return {
        "changed": any(bool(result.get("changed")) for result in reached.values()),
        "changes": [change for result in reached.values() for change in result.get("changes") or []],
        "failures": [failure for result in outcomes.values() for failure in result.get("failures") or []],
        "not_attempted": [change for result in outcomes.values() for change in result.get("not_attempted") or []],
        "summary": {kind: summary for kind, summary in summaries.items() if kind in about or any(summary.values())},
        "lines": lines + _left_alone_lines(outcomes),
        "broken_off": _broken_off(summaries, outcomes),
    }


def _broken_off(summaries: Mapping[str, Mapping[str, int]], outcomes: Mapping[str, Result]) -> str:
    """Return how far an apply has come that failed, and the first failure, as one line."""
    done, failed, skipped = (
        sum(summary[word] for summary in summaries.values() for word in words)
        for words in (ACTIONS.values(), ("failed",), ("skipped",))
    )
    counts = f"{failed} of {done + failed + skipped} changes failed, {done} were applied, {skipped} were not tried"
    failures = [failure for result in outcomes.values() for failure in result.get("failures") or []]
    first = "; {action} {kind} {name}: {message}".format(**failures[0]) if failures else ""
    return one_line(counts + first)


def _of_kind(outcomes: Mapping[str, Result], part: str, kind: str) -> list[Mapping[str, Any]]:
    """Return the entries of one part of all results that are about one kind of object."""
    return [
        entry
        for called, result in outcomes.items()
        for entry in result.get(part) or []
        if _objects_of(entry, called) == kind
    ]


def pending(results: Mapping[str, Result]) -> dict[str, dict[str, list[str]]]:
    """Return what results in check mode say will come and go: names by kind in the plural.

    Args:
        results: The modules' results so far.
    """
    return pending_names(change for result in results.values() for change in result.get("changes") or [])
