# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes the report of a benchmark: tables and plots.

Usage: report.py RAW FOLDER LATENCY, with the file of raw results.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from contenders import WORKS
from estates import estate_called

ROLE, FLOOR, TEN, ONE, URI = "role", "floor", "SDK, 10 threads", "SDK, 1 thread", "uri playbook"
NAMES = (ROLE, FLOOR, TEN, ONE, URI)
COLOURS = {ROLE: "#1f6feb", FLOOR: "#8c959f", TEN: "#2da44e", ONE: "#bf8700", URI: "#cf222e"}

Row = dict[str, Any]


class Summary:
    """The medians.

    Args:
        rows: Raw results.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        self.peaks = {row["estate"]: row["peaks"] for row in rows if row["contender"] == "peak"}
        self.rows = [row for row in rows if row["contender"] != "peak"]
        self.estates = list(dict.fromkeys(row["estate"] for row in self.rows))
        self.works = [work for work in WORKS if any(row["work"] == work for row in self.rows)]

    def of(self, estate: str, contender: str, work: str) -> list[Row]:
        """Return the runs of one contender."""
        wanted = {"estate": estate, "contender": contender, "work": work}
        return [row for row in self.rows if all(row[key] == value for key, value in wanted.items())]

    def median(self, estate: str, contender: str, work: str, value: Callable[[Row], float]) -> float | None:
        """Return the median of a value, scaled to the whole estate; None where nothing was measured."""
        rows = self.of(estate, contender, work)
        if not rows:
            return None
        return statistics.median(value(row) for row in rows) * self.scale(estate, contender)

    def scale(self, estate: str, contender: str) -> float:
        """Return by how much a contender's figures are scaled up."""
        rows = [row for row in self.rows if (row["estate"], row["contender"]) == (estate, contender)]
        return estate_called(estate).objects / rows[0]["objects"] if rows else 1.0

    def wall(self, estate: str, contender: str, work: str) -> float | None:
        """Return the median of the seconds."""
        return self.median(estate, contender, work, lambda row: float(row["wall"]))

    def runs(self, estate: str) -> int:
        """Return the number of runs of the role."""
        return len({row["run"] for row in self.rows if (row["estate"], row["contender"]) == (estate, ROLE)})


def number(value: float | None, digits: int = 1) -> str:
    """Return a number for a table."""
    return "" if value is None else f"{value:.{digits}f}"


def times(value: float | None) -> str:
    """Return a ratio for a table."""
    return "" if value is None else f"{value:.2f} ×" if value < 10 else f"{value:.0f} ×"


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """Return a table in Markdown."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return [f"| {' | '.join(line)} |" for line in (head, rule, *rows)]


def ratios(summary: Summary, estate: str) -> list[str]:
    """Return the table of ratios: the role to the floor, and the others to the role."""
    rows = []
    for work in summary.works:
        role = summary.wall(estate, ROLE, work)
        if role is None:
            continue
        floor = summary.wall(estate, FLOOR, work)
        row = [work, f"{role:.1f} s", times(role / floor if floor else None)]
        for other in (TEN, ONE, URI):
            wall = summary.wall(estate, other, work)
            mark = "≈ " if wall is not None and summary.scale(estate, other) > 1 else ""
            row.append(mark + times(wall / role) if wall is not None else "")
        rows.append(row)
    head = ["work", "role", "role : floor", f"{TEN} : role", f"{ONE} : role", f"{URI} : role"]
    return table(head, rows)


def requests(summary: Summary, estate: str) -> list[str]:
    """Return the table of requests."""

    def cell(contender: str, work: str) -> str:
        found = summary.of(estate, contender, work)
        if not found or summary.scale(estate, contender) > 1:
            return ""
        counts = found[-1]["requests"]
        return f"{counts['reads']} + {counts['writes']} ({counts['about_the_caller']})"

    shown = [name for name in NAMES if any(cell(name, work) for work in summary.works)]
    rows = [[work, *(cell(name, work) for name in shown)] for work in summary.works]
    return table(["work", *shown], rows)


def processor(summary: Summary, estate: str) -> list[str]:
    """Return the table of processor time, tasks and output."""
    rows = []
    for work in summary.works:
        row = [work]
        for name in (ROLE, FLOOR, TEN, ONE):
            row.append(number(summary.median(estate, name, work, lambda found: float(found["processor"]))))
        row.append(number(summary.median(estate, ROLE, work, lambda found: float(found["server_processor"]))))
        found = summary.of(estate, ROLE, work)
        row += [str(found[-1]["counts"]["tasks"]), str(len(found[-1]["counts"]["modules"]))] if found else ["", ""]
        row.append(number(found[-1]["output"] / 1000) if found else "")
        rows.append(row)
    head = ["work", *(f"{name}, s" for name in (ROLE, FLOOR, TEN, ONE)), "server under the role, s", "tasks", "modules",
            "output, kB"]  # fmt: skip
    return table(head, rows)


def growth(summary: Summary) -> list[str]:
    """Return how processor time grows with the number of objects."""
    lines = []
    for small, large in zip(summary.estates, summary.estates[1:], strict=False):
        factor = estate_called(large).objects / estate_called(small).objects
        rows = []
        for work in summary.works:
            before = summary.median(small, ROLE, work, lambda row: float(row["processor"]))
            after = summary.median(large, ROLE, work, lambda row: float(row["processor"]))
            if before and after:
                rows.append([work, times(factor), times(after / before)])
        if rows:
            lines += ["", f"From {small} to {large}:", "", *table(["work", "objects", "processor time"], rows)]
    return lines


def markdown(summary: Summary, latency: int) -> str:
    """Return the report."""
    lines = [
        "<!--",
        "Copyright (c) 2026, orkes.conductor contributors",
        "GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)",
        "SPDX-License-Identifier: GPL-3.0-or-later",
        "-->",
        "",
        "# Figures",
        "",
        f"Written by `make bench`; [what is measured, and how](../README.md). The server takes {latency} ms for each",
        "answer. Medians; the end state of each run was read back and is the same for all.",
    ]
    for estate in summary.estates:
        parts = estate_called(estate)
        lines += [
            "",
            f"## {estate.capitalize()}",
            "",
            f"{parts.integrations} integrations, {parts.models:,} models, {parts.groups} groups, "
            f"{parts.grants:,} grants. Runs: {summary.runs(estate)}.",
            "",
            *ratios(summary, estate),
            "",
        ]
        if summary.scale(estate, URI) > 1:
            lines += [f"≈: one run on a tenth of the estate, times {summary.scale(estate, URI):.0f}.", ""]
        lines += [
            f"![{estate}]({estate}.svg)",
            "",
            "Requests: reads + writes (and those by which a process logs in and asks who it is).",
            "",
            *requests(summary, estate),
            "",
            "Processor time, and what Ansible had to do.",
            "",
            *processor(summary, estate),
        ]
        if estate in summary.peaks:
            peaks = ", ".join(f"{name} {peak}" for name, peak in sorted(summary.peaks[estate].items()))
            lines += ["", f"Most memory of a module in MiB: {peaks}."]
    lines += ["", "## Growth", *growth(summary)] if len(summary.estates) > 1 else []
    return "\n".join(lines) + "\n"


def plot(summary: Summary, estate: str, file: Path) -> None:
    """Draw the seconds of all contenders."""
    import matplotlib as mpl

    mpl.use("svg")
    # The same figures give the same file.
    mpl.rcParams.update({"svg.hashsalt": "benchmark", "font.size": 9, "svg.fonttype": "none"})
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 3.6), layout="constrained")
    shown = [name for name in NAMES if any(summary.of(estate, name, work) for work in summary.works)]
    width = 0.8 / max(1, len(shown))
    for place, name in enumerate(shown):
        walls = [summary.wall(estate, name, work) or 0 for work in summary.works]
        scaled = summary.scale(estate, name) > 1
        positions = [number + (place - (len(shown) - 1) / 2) * width for number in range(len(summary.works))]
        label = f"{name} (scaled up)" if scaled else name
        hatch = "//" if scaled else None
        bars = axes.bar(positions, walls, width, label=label, color=COLOURS[name], hatch=hatch)
        axes.bar_label(bars, [f"{wall:.3g}" for wall in walls], fontsize=6, padding=1)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("")
    axes.set_ylabel("seconds (logarithmic)")
    axes.set_xticks(range(len(summary.works)), summary.works)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=7, ncols=len(shown), frameon=False, loc="upper center", bbox_to_anchor=(0.5, 1.15))
    axes.set_title(estate, loc="left", fontsize=9)
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)


def main(raw: Path, folder: Path, latency: int) -> None:
    """Write the report."""
    summary = Summary([json.loads(line) for line in raw.read_text().splitlines()])
    (folder / "README.md").write_text(markdown(summary, latency))
    for estate in summary.estates:
        plot(summary, estate, folder / f"{estate}.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
