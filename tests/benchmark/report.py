# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes the report of a benchmark: tables and plots.

Usage: report.py RAW FOLDER LATENCY [README], with the file of raw results.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from contenders import CONCURRENCY, WORKS
from estates import ESTATES, Estate, estate_called

ROLE, FLOOR, TEN, ONE, URI = "role", "floor", "SDK, 10 threads", "SDK, 1 thread", "uri playbook"
NAMES = (ROLE, FLOOR, TEN, ONE, URI)
COLOURS = {ROLE: "#1f6feb", FLOOR: "#8c959f", TEN: "#2da44e", ONE: "#bf8700", URI: "#cf222e"}
NOT_MEASURED = "not measured"

#: What is aimed at. A module's memory in MiB is 150 MB; output in kB is what one still reads.
TIMES_THE_FLOOR, TIMES_THE_URI_PLAYBOOK, TIMES_THE_PROCESSOR, MODULE_MEMORY, OUTPUT = 1.25, 100, 11, 143, 100
#: The works that somebody waits for most.
AIMED_AT = ("fresh", "no change", "teardown")
#: Under which heading of a README the short table is.
SHORT_HEADING = "### How fast it is"

Row = dict[str, Any]


class Summary:
    """The medians.

    Args:
        rows: Raw results.
        latency: Milliseconds that an answer took.
    """

    def __init__(self, rows: Iterable[Row], latency: int) -> None:
        self.rows = list(rows)
        self.latency = latency
        measured = {row["estate"] for row in self.rows}
        # The sample only shows that the benchmark works.
        self.estates = [name for name in ESTATES if name in measured and (name != "sample" or len(measured) == 1)]

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

    def part(self, estate: str, contender: str) -> Estate:
        """Return the part of an estate that a contender has set up; most take all of it."""
        rows = [row for row in self.rows if (row["estate"], row["contender"]) == (estate, contender)]
        return estate_called(rows[0]["part"] if rows else estate)

    def scale(self, estate: str, contender: str) -> float:
        """Return by how much a contender's figures are scaled up."""
        return estate_called(estate).objects / self.part(estate, contender).objects

    def wall(self, estate: str, contender: str, work: str) -> float | None:
        """Return the median of the seconds."""
        return self.median(estate, contender, work, lambda row: float(row["wall"]))

    def processor(self, estate: str, contender: str, work: str) -> float | None:
        """Return the median of the seconds of processor time."""
        return self.median(estate, contender, work, lambda row: float(row["processor"]))

    def ratio(self, estate: str, one: str, other: str, work: str) -> float | None:
        """Return how many times longer one contender takes than another."""
        first, second = self.wall(estate, one, work), self.wall(estate, other, work)
        return first / second if first is not None and second else None

    def mark(self, estate: str, contender: str) -> str:
        """Return what stands before a figure that is scaled up."""
        return "≈ " if self.scale(estate, contender) > 1 else ""

    def runs(self, estate: str, contender: str) -> str:
        """Return how many runs a contender has done: of each of its works, if they differ."""
        counts = {work: len(self.of(estate, contender, work)) for work in WORKS}
        different = {count for count in counts.values() if count}
        if len(different) > 1:
            return ", ".join(f"{work} {count}" for work, count in counts.items() if count)
        return str(max(different, default=0))

    def peaks(self, estate: str, work: str) -> dict[str, int]:
        """Return the most memory of each module of the role, in MiB."""
        found: dict[str, int] = {}
        for row in self.of(estate, ROLE, work):
            for module, peak in row["peaks"].items():
                found[module] = max(found.get(module, 0), peak)
        return found

    def least_seconds(self, estate: str, contender: str, work: str) -> float:
        """Return what a work takes at least, by calculation: the floor's requests, and nothing but their answers."""
        parts = estate_called(estate)
        reads = 2 + parts.integrations + parts.groups
        # What the many objects of a large estate are takes its time to tell.
        changes = parts.changes if work == "1 % changed" else 0
        writes = {"fresh": parts.objects, "teardown": parts.objects}.get(work, changes)
        at_a_time = 1 if contender in (ONE, URI) else CONCURRENCY
        return (reads + writes) * self.latency / 1000 / at_a_time


def number(value: float | None, digits: int = 1) -> str:
    """Return a number for a table."""
    return NOT_MEASURED if value is None else f"{value:,.{digits}f}"


def short(value: float | None) -> str:
    """Return a ratio without its sign."""
    return NOT_MEASURED if value is None else f"{value:.2f}" if value < 10 else f"{value:.0f}"


def times(value: float | None, mark: str = "") -> str:
    """Return a ratio for a table."""
    return NOT_MEASURED if value is None else f"{mark}{short(value)} ×"


def table(head: list[str], rows: list[list[str]], words: bool = False) -> list[str]:
    """Return a table in Markdown, of figures or of words."""
    rule = ["---", *["---" if words else "---:"] * (len(head) - 1)]
    return [f"| {' | '.join(line)} |" for line in (head, rule, *rows)]


def seconds(value: float) -> str:
    """Return a time that was calculated."""
    return f"{value:.0f} s" if value < 120 else f"{value / 60:.0f} min"


def sizes(estate: Estate) -> str:
    """Return what an estate has."""
    kinds = {"integration": estate.integrations, "model": estate.models, "group": estate.groups, "grant": estate.grants}
    return ", ".join(f"{count:,} {kind}{'' if count == 1 else 's'}" for kind, count in kinds.items())


def what_the_figures_are(summary: Summary, estate: str) -> list[str]:
    """Return the table that tells of each contender what was measured, on what, and what was not."""
    rows = []
    for name in NAMES:
        missing = [work for work in WORKS if not summary.of(estate, name, work)]
        everything = len(missing) == len(WORKS)
        told = "; ".join(
            f"{work} takes {seconds(summary.least_seconds(estate, name, work))} at least"
            for work in (["fresh"] if everything else missing)
        )
        on = "all of it"
        if everything:
            on, told = "", f"everything; {told}"
        elif summary.mark(estate, name):
            on = f"≈ {sizes(summary.part(estate, name))}; figures times {summary.scale(estate, name):.1f}"
        rows.append([name, summary.runs(estate, name), on, told])
    head = ["contender", "runs", "measured on", "left out, so not measured (the time is calculated from its requests)"]
    return table(head, rows, words=True)


def shown(summary: Summary, estate: str, names: Iterable[str] = NAMES) -> list[str]:
    """Return the contenders of whom anything was measured."""
    return [name for name in names if any(summary.of(estate, name, work) for work in WORKS)]


def ratios(summary: Summary, estate: str) -> list[str]:
    """Return the table of ratios: the role to the floor, and the others to the role."""
    others = shown(summary, estate, (TEN, ONE, URI))
    rows = []
    for work in WORKS:
        role = summary.wall(estate, ROLE, work)
        row = [work, NOT_MEASURED if role is None else f"{role:.1f} s", times(summary.ratio(estate, ROLE, FLOOR, work))]
        for other in others:
            row.append(times(summary.ratio(estate, other, ROLE, work), summary.mark(estate, other)))
        rows.append(row)
    return table(["work", "role", "role : floor", *(f"{other} : role" for other in others)], rows)


def requests(summary: Summary, estate: str) -> list[str]:
    """Return the table of requests, of those who had the whole estate."""

    def cell(contender: str, work: str) -> str:
        found = summary.of(estate, contender, work)
        if not found:
            return NOT_MEASURED
        counts = found[-1]["requests"]
        return f"{counts['reads']:,} + {counts['writes']:,} ({counts['about_the_caller']})"

    names = [name for name in shown(summary, estate) if not summary.mark(estate, name)]
    rows = [[work, *(cell(name, work) for name in names)] for work in WORKS]
    return table(["work", *names], rows)


def processor(summary: Summary, estate: str) -> list[str]:
    """Return the table of processor time, tasks and output."""
    names = shown(summary, estate, (ROLE, FLOOR, TEN, ONE))
    rows = []
    for work in WORKS:
        row = [work]
        for name in names:
            value = summary.processor(estate, name, work)
            row.append(number(value) if value is None else summary.mark(estate, name) + number(value))
        row.append(number(summary.median(estate, ROLE, work, lambda found: float(found["server_processor"]))))
        found = summary.of(estate, ROLE, work)
        if found:
            row += [str(found[-1]["counts"]["tasks"]), str(len(found[-1]["counts"]["modules"]))]
        else:
            row += [NOT_MEASURED] * 2
        row.append(number(found[-1]["output"] / 1000 if found else None))
        rows.append(row)
    head = ["work", *(f"{name}, s" for name in names), "server under the role, s", "tasks", "modules",
            "output, kB"]  # fmt: skip
    return table(head, rows)


def memory(summary: Summary, estate: str) -> list[str]:
    """Return the table of the most memory that modules of the role have taken."""
    peaks = {work: summary.peaks(estate, work) for work in WORKS}
    modules = sorted({module for found in peaks.values() for module in found})
    if not modules:
        return [f"{NOT_MEASURED.capitalize()}."]

    def cell(work: str, module: str) -> str:
        return str(peaks[work].get(module, "not called")) if peaks[work] else NOT_MEASURED

    return table(["work", *modules], [[work, *(cell(work, module) for module in modules)] for work in WORKS])


def growth(summary: Summary) -> list[str]:
    """Return how processor time grows with the number of objects."""
    lines = []
    for small, large in zip(summary.estates, summary.estates[1:], strict=False):
        factor = estate_called(large).objects / estate_called(small).objects
        rows = []
        for work in WORKS:
            ratio = grown(summary, small, large, work)
            rows.append([work, times(factor), times(ratio)])
        lines += ["", f"From {small} to {large}:", "", *table(["work", "objects", "processor time"], rows)]
    return lines


def grown(summary: Summary, small: str, large: str, work: str) -> float | None:
    """Return how many times more processor time the role takes for a larger estate."""
    before, after = summary.processor(small, ROLE, work), summary.processor(large, ROLE, work)
    return after / before if before and after is not None else None


# What was aimed at


def verdict(held: Iterable[bool | None]) -> str:
    """Return whether an aim is reached; None is what was not measured."""
    known = list(held)
    return "no" if False in known else "not measured" if None in known else "yes"


def most(found: list[tuple[float, str]], form: str, limit: float, complete: bool) -> tuple[str, str]:
    """Return the largest value in words, and whether it is within a limit; more may come if not all was measured."""
    if not found:
        return NOT_MEASURED, NOT_MEASURED
    value, told = max(found)
    return form.format(value, told), verdict([False if value > limit else True if complete else None])


def near_the_floor(summary: Summary, work: str, what: str) -> list[str]:
    """Return the line about the medium estate beside the floor."""
    aim = f"medium, {what}: within {TIMES_THE_FLOOR} times the floor"
    role, floor = summary.wall("medium", ROLE, work), summary.wall("medium", FLOOR, work)
    if role is None or floor is None:
        return [aim, NOT_MEASURED, NOT_MEASURED]
    over = role - TIMES_THE_FLOOR * floor
    told = f"{short(role / floor)} times" + (f", {over:.1f} s of {role:.1f} s too long" if over > 0 else "")
    return [aim, told, verdict([over <= 0])]


def nothing_in_vain(summary: Summary) -> list[str]:
    """Return the line about requests of runs that change nothing."""
    told, held = [], []
    for estate in summary.estates:
        role, floor = summary.of(estate, ROLE, "no change"), summary.of(estate, FLOOR, "no change")
        if not role or not floor:
            continue
        ours, theirs = role[-1]["requests"], floor[-1]["requests"]
        told.append(f"{estate}: {ours['writes']} writes, {ours['reads']} reads, the floor {theirs['reads']}")
        held.append(ours["writes"] == 0 and ours["reads"] <= theirs["reads"])
    return ["no change: no write, and no more reads than the floor", "; ".join(told) or NOT_MEASURED,
            verdict(held or [None])]  # fmt: skip


def beside_others(summary: Summary) -> list[list[str]]:
    """Return the lines about the medium estate beside the playbook of uri and the script with ten threads."""
    uri = {work: summary.ratio("medium", URI, ROLE, work) for work in AIMED_AT}
    ten = {work: (summary.wall("medium", ROLE, work), summary.wall("medium", TEN, work)) for work in AIMED_AT}
    told = []
    for work, (role, script) in ten.items():
        if role is None or script is None:
            told.append(f"{work}: {NOT_MEASURED}")
        else:
            told.append(f"{work}: {abs(role - script):.1f} s {'slower' if role > script else 'faster'}")
    return [
        [
            f"medium: {TIMES_THE_URI_PLAYBOOK} times as fast as the {URI}",
            "; ".join(f"{work}: {times(value, summary.mark('medium', URI))}" for work, value in uri.items()),
            verdict(value and value >= TIMES_THE_URI_PLAYBOOK for value in uri.values()),
        ],
        [
            f"medium: not slower than the {TEN}",
            "; ".join(told),
            verdict(None if role is None or script is None else role <= script for role, script in ten.values()),
        ],
    ]


def at_scale(summary: Summary) -> list[list[str]]:
    """Return the lines about processor time, memory and output."""
    factors = {work: grown(summary, "medium", "large", work) for work in WORKS}
    lines = [
        [
            f"from medium to large: at most {TIMES_THE_PROCESSOR} times the processor time",
            "; ".join(f"{work}: {times(value)}" for work, value in factors.items()),
            verdict(None if value is None else value <= TIMES_THE_PROCESSOR for value in factors.values()),
        ]
    ]
    complete = all(summary.of("large", ROLE, work) for work in WORKS)
    peaks = [
        (float(peak), f"{module}, {estate}, {work}")
        for estate in summary.estates
        for work in WORKS
        for module, peak in summary.peaks(estate, work).items()
    ]
    printed = [
        (row["output"] / 1000, f"{estate}, {work}")
        for estate in summary.estates
        for work in WORKS
        for row in summary.of(estate, ROLE, work)
    ]
    return [
        *lines,
        [
            f"no module takes 150 MB ({MODULE_MEMORY} MiB)",
            *most(peaks, "at most {:.0f} MiB: {}", MODULE_MEMORY, complete),
        ],
        [f"bounded output: at most {OUTPUT} kB", *most(printed, "at most {:.0f} kB: {}", OUTPUT, complete)],
    ]


def aims(summary: Summary) -> list[str]:
    """Return the table of what was aimed at, and what came of it."""
    rows = [
        near_the_floor(summary, "fresh", "built"),
        near_the_floor(summary, "no change", "no change"),
        nothing_in_vain(summary),
        *beside_others(summary),
        *at_scale(summary),
    ]
    return table(["aim", "measured", "reached"], rows, words=True)


def in_short(summary: Summary) -> list[str]:
    """Return the table of the README: the medium estate, and the large one built."""
    called = {"fresh": "built from nothing", "no change": "a run that changes nothing", "teardown": "taken down"}
    rows = []
    for estate, works in (("medium", AIMED_AT), ("large", ("fresh",))):
        for work in works:
            role = summary.wall(estate, ROLE, work)
            if role is None:
                continue
            runs = len(summary.of(estate, ROLE, work))
            told = f"{called[work]}, {estate}, " + (f"median of {runs} runs" if runs > 1 else "one run")
            row = [told, f"1 ({role:.1f} s)"]
            for other in (FLOOR, TEN, ONE, URI):
                value = summary.ratio(estate, other, ROLE, work)
                row.append(NOT_MEASURED if value is None else summary.mark(estate, other) + short(value))
            rows.append(row)
    head = ["work", "role", "bare client and as many idle modules", "vendor's SDK, ten threads", "SDK, one thread",
            "loops of `ansible.builtin.uri`"]  # fmt: skip
    return table(head, rows)


def with_short_table(text: str, lines: list[str]) -> str:
    """Return a README whose first table under the heading about speed is another one."""
    before, heading, rest = text.partition(f"\n{SHORT_HEADING}\n")
    found = rest.splitlines()
    first = next((place for place, line in enumerate(found) if line.startswith("|")), None)
    if not heading or first is None:
        raise ValueError(f"the README has no table under {SHORT_HEADING!r}")
    last = next((place for place in range(first, len(found)) if not found[place].startswith("|")), len(found))
    return before + heading + "\n".join([*found[:first], *lines, *found[last:]]) + "\n"


def markdown(summary: Summary) -> str:
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
        f"Written by `make bench`; [what is measured, and how](../README.md). The server takes {summary.latency} ms",
        "for each answer. Medians of the runs that are told; what each left was read back and is the same for all.",
        "",
        "≈ marks what was measured on a part of the estate and is scaled up by the number of objects. What a program",
        "takes to start is scaled up with it, so such a figure is too high, most of all where little is written.",
    ]
    for estate in summary.estates:
        lines += [
            "",
            f"## {estate.capitalize()}",
            "",
            f"{sizes(estate_called(estate))}.",
            "",
            *what_the_figures_are(summary, estate),
            "",
            *ratios(summary, estate),
            "",
            f"![{estate}]({estate}.svg)",
            "",
            "Requests: reads + writes (and those by which a process logs in and asks who it is).",
            "",
            *requests(summary, estate),
            "",
            "Processor time, and what Ansible had to do.",
            "",
            *processor(summary, estate),
            "",
            "Most memory of the role's modules, in MiB.",
            "",
            *memory(summary, estate),
        ]
    lines += ["", "## Growth", *growth(summary)] if len(summary.estates) > 1 else []
    lines += ["", "## Aims", "", *aims(summary)]
    return "\n".join(lines) + "\n"


def plot(summary: Summary, estate: str, file: Path) -> None:
    """Draw the seconds of all contenders."""
    import matplotlib as mpl

    mpl.use("svg")
    # The same figures give the same file.
    mpl.rcParams.update({"svg.hashsalt": "benchmark", "font.size": 9, "svg.fonttype": "none"})
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 3.6), layout="constrained")
    names = shown(summary, estate)
    width = 0.8 / max(1, len(names))
    for place, name in enumerate(names):
        known = [(work, summary.wall(estate, name, work)) for work in WORKS]
        walls = [float("nan") if wall is None else wall for _work, wall in known]
        scaled = summary.scale(estate, name) > 1
        positions = [number + (place - (len(names) - 1) / 2) * width for number in range(len(WORKS))]
        label = f"{name} (scaled up)" if scaled else name
        hatch = "//" if scaled else None
        bars = axes.bar(positions, walls, width, label=label, color=COLOURS[name], hatch=hatch)
        axes.bar_label(bars, ["" if wall is None else f"{wall:.3g}" for _work, wall in known], fontsize=6, padding=1)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("")
    axes.set_ylabel("seconds (logarithmic)")
    axes.set_xticks(range(len(WORKS)), WORKS)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=7, ncols=len(names), frameon=False, loc="upper center", bbox_to_anchor=(0.5, 1.15))
    axes.set_title(estate, loc="left", fontsize=9)
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)


def main(raw: Path, folder: Path, latency: int, readme: Path | None) -> None:
    """Write the report."""
    summary = Summary([json.loads(line) for line in raw.read_text().splitlines()], latency)
    (folder / "README.md").write_text(markdown(summary))
    for estate in summary.estates:
        plot(summary, estate, folder / f"{estate}.svg")
    # Without the medium estate there is nothing to tell in short.
    if readme and summary.wall("medium", ROLE, "fresh") is not None:
        readme.write_text(with_short_table(readme.read_text(), in_short(summary)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]) if len(sys.argv) > 4 else None)
