# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the clusters of a play ended (pure)."""

from __future__ import annotations

from typing import Any, Iterable, Mapping

from ansible_collections.orkes.conductor.plugins.module_utils._errors import one_line

#: What is counted of a cluster that is done.
COUNTS = ("created", "updated", "deleted", "unchanged")

#: What a stage of the role is called in a sentence.
STAGES = {
    "check": "before the plan",
    "plan": "in the plan",
    "apply": "in the apply",
    "verify": "while it was verified",
    "hand_over": "in the hand-over, after everything was set up",
}

#: Longest reason in a line, in characters; the whole of it stands where the cluster failed.
LONGEST_REASON = 400

#: What is said of a cluster that was not tried although none has failed.
UNEXPLAINED = {
    "status": "failed",
    "stage": "",
    "task": "",
    "reason": "it was not tried, although no cluster has failed: look at the options of this run, such as "
    "--start-at-task, and at the conditions of the play",
}


def reason_of(result: Mapping[str, Any]) -> str:
    """Return the first line of why a task failed.

    Args:
        result: Result of the task, which may have been a loop.
    """
    failures = [
        one for one in result.get("results") or [] if isinstance(one, Mapping) and one.get("failed") and one.get("msg")
    ]
    message = (failures[0] if failures else result).get("msg")
    lines = [line.strip() for line in str(message or "").splitlines() if line.strip()]
    if not lines:
        return "see the error above"
    # A heading alone says nothing.
    text = " ".join(lines[:2]) if lines[0].endswith(":") else lines[0]
    # What ansible-core puts in front of every error.
    text = one_line(text.removeprefix("Task failed: "))
    return text if len(text) <= LONGEST_REASON else text[: LONGEST_REASON - 1] + "…"


def failure_of(result: Mapping[str, Any], task: str, stage: str = "", reason: str = "") -> dict[str, str]:
    """Return where and why a cluster failed.

    Args:
        result: Result of the task that failed.
        task: Name of the task.
        stage: Stage of the role: a key of C(STAGES), or nothing.
        reason: Why, if the role knows it better than the result.
    """
    return {
        "status": "failed",
        "stage": stage if stage in STAGES else "",
        "task": one_line(str(task)),
        "reason": reason_of({"msg": reason} if reason else result),
    }


def _done(variables: Mapping[str, Any]) -> dict[str, Any]:
    result = variables.get("hf_setup_result") or {}
    summaries = list((result.get("summary") or {}).values())
    return {
        "status": "done",
        "changed": bool(result.get("changed")),
        "counts": {word: sum(int(summary.get(word) or 0) for summary in summaries) for word in COUNTS},
    }


def _ended(variables: Mapping[str, Any], in_play: bool) -> dict[str, Any]:
    """Return how one cluster ended.

    Args:
        variables: The host's variables.
        in_play: Whether the host has been in the play to its end.
    """
    ended = variables.get("hf_setup__ended")
    forms = variables.get("hf_setup__kept_plan")
    kept: dict[str, Any] = {"digest": forms["plan"]["digest"]} if forms and ended else {}
    if ended and ended["status"] == "failed":
        return {**ended, **kept}
    if not in_play:
        return {"status": "failed", "stage": "", "task": "", "reason": "it fell out of the play, see the error above"}
    if not ended:
        return {"status": "not_tried"}
    return {**(_done(variables) if ended.get("set_up") else {"status": "done"}), **kept}


def _where(ended: Mapping[str, Any]) -> str:
    """Return where a cluster failed, and why."""
    stage = STAGES.get(ended["stage"])
    return f"{f' {stage}' if stage else ''}: {ended['reason']}"


def _line(host: str, ended: Mapping[str, Any], check_mode: bool) -> str:
    if ended["status"] == "failed":
        return f"{host}: failed{ended['where']}"
    if ended["status"] == "not_tried":
        return f"{host}: not tried"
    if "counts" not in ended:
        return f"{host}: done"
    words = {"created": "to create", "updated": "to update", "deleted": "to delete"} if check_mode else {}
    counts = ", ".join(f"{ended['counts'][word]} {words.get(word, word)}" for word in COUNTS)
    return f"{host}: {'planned' if check_mode else 'done'}, {counts}"


def clusters_of(
    hosts: Iterable[str], hostvars: Mapping[str, Any], in_play: Iterable[str], check_mode: bool = False
) -> dict[str, Any]:
    """Return how the clusters of a play ended.

    Args:
        hosts: Names of all hosts of the play.
        hostvars: Their variables.
        in_play: Names of the hosts that have been in the play to its end.
        check_mode: Whether nothing was written.
    """
    left = set(in_play)
    clusters: dict[str, dict[str, Any]] = {}
    for host in hosts:
        ended = _ended(hostvars[host], host in left)
        clusters[str(host)] = {**ended, "where": _where(ended)} if ended["status"] == "failed" else ended
    if not any(ended["status"] == "failed" for ended in clusters.values()):
        # Nothing explains it, so it is no success.
        clusters = {
            host: {**UNEXPLAINED, "where": _where(UNEXPLAINED)} if ended["status"] == "not_tried" else ended
            for host, ended in clusters.items()
        }
    totals = {
        status: sum(1 for ended in clusters.values() if ended["status"] == status)
        for status in ("done", "failed", "not_tried")
    }
    head = (
        f"{len(clusters)} clusters: {totals['done']} done, {totals['failed']} failed, {totals['not_tried']} not tried"
    )
    return {
        "clusters": clusters,
        "totals": totals,
        "lines": [head, *(_line(host, ended, check_mode) for host, ended in clusters.items())],
    }
