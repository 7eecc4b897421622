# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that read the sources: linters, types, documentation, change log."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tests.toolchain.outcomes import Outcome, StepFailure
from tests.toolchain.work import Step, Word, Work


def ruff(work: Work) -> Outcome:
    """Check rules and layout of all Python files."""
    root, lint = work.tree().root, work.environment("lint")
    cache: list[Word] = ["--cache-dir", work.folder / "cache"]
    files = work.must(["ruff", "check", "--show-files", "."], folder=root, environment=lint)
    rules = work.run(["ruff", "check", "--output-format", "concise", *cache, "."], folder=root, environment=lint)
    layout = work.run(["ruff", "format", "--check", *cache, "."], folder=root, environment=lint)
    outcome = Outcome(sum(line.endswith(".py") for line in files.output.splitlines()), "files")
    if rules.code:
        outcome.problems.append("rules are broken ('make format' mends some)")
    if layout.code:
        outcome.problems.append("files are not laid out as 'make format' does")
    return outcome


CHECKED_FILES = re.compile(r"^Success: no issues found in (\d+) source files?$", re.MULTILINE)


def mypy(work: Work) -> Outcome:
    """Check the types of all plugins and their shared code, the sandbox and this toolchain."""
    tree, lint = work.tree(), work.environment("lint")
    settings: list[Word] = ["--config-file", tree.root / "pyproject.toml", "--cache-dir", work.folder / "cache"]
    sandbox = tree.root / "roles" / "sandbox" / "files"
    python = str(work.environment("sandbox").python)
    runs: list[tuple[list[Word], Path, list[Word]]] = [
        (["-p", "ansible_collections.orkes.conductor.plugins"], tree.collections, []),
        (["-p", "conductor_sandbox"], sandbox, ["--python-version", "3.11", "--python-executable", python]),
        ([tree.root / "tests" / "toolchain"], tree.root, ["--python-version", "3.11", "--exclude", "toolchain/tests/"]),
    ]
    outcome = Outcome(0, "files")
    for what, root, options in runs:
        command = ["mypy", *settings, *options, *what]
        finished = work.run(command, folder=work.folder, environment=lint, own={"MYPYPATH": str(root)})
        success = CHECKED_FILES.search(finished.output)
        if finished.code or not success:
            outcome.problems.append(f"types do not fit in {what[-1]}")
        else:
            outcome.passed += int(success.group(1))
    return outcome


def yamllint(work: Work) -> Outcome:
    """Check the layout of all YAML files."""
    root, lint = work.tree().root, work.environment("lint")
    files = work.must(["yamllint", "--list-files", "."], folder=root, environment=lint)
    finished = work.run(["yamllint", "--strict", "."], folder=root, environment=lint)
    outcome = Outcome(len(files.output.split()), "files")
    if finished.code:
        outcome.problems.append("YAML files break the rules")
    return outcome


LINTED_FILES = re.compile(r"(\d+) failure\(s\), (\d+) warning\(s\) (?:on|in) (\d+) files")


def ansible_lint(work: Work) -> Outcome:
    """Hold roles and playbooks against ansible-lint's production profile."""
    tree = work.tree()
    others = work.workshop.environments.awx_collection()
    own = {"ANSIBLE_COLLECTIONS_PATH": f"{tree.collections}{os.pathsep}{others}"}
    finished = work.run(
        ["ansible-lint", "--offline", "--nocolor", "--format", "pep8"],
        folder=tree.root,
        environment=work.environment("lint"),
        own=own,
    )
    numbers = LINTED_FILES.search(finished.output)
    if numbers is None:
        raise StepFailure(f"ansible-lint does not say what it did: {finished}\n{finished.output[-3000:]}")
    outcome = Outcome(int(numbers.group(3)), "files", int(numbers.group(1)))
    if int(numbers.group(2)):
        outcome.problems.append(f"{numbers.group(2)} warnings")
    if finished.code:
        outcome.problems.append(str(finished))
    return outcome


def docs_lint(work: Work) -> Outcome:
    """Check the documentation of all plugins and roles, and that its references lead somewhere."""
    tree = work.tree()
    finished = work.run(
        [
            "antsibull-docs",
            "lint-collection-docs",
            "--plugin-docs",
            "--skip-rstcheck",
            "--validate-collection-refs=self",
            ".",
        ],
        folder=tree.root,
        environment=work.environment("docs"),
    )
    documented = [path for kind in ("filter", "modules") for path in tree.root.glob(f"plugins/{kind}/*.py")]
    documented += tree.root.glob("roles/*/meta/argument_specs.yml")
    outcome = Outcome(len(documented), "documents")
    if finished.code:
        outcome.problems.append("the documentation has errors")
    return outcome


def changelog_lint(work: Work) -> Outcome:
    """Check the fragments of the change log."""
    root = work.tree().root
    finished = work.run(["antsibull-changelog", "lint"], folder=root, environment=work.environment("docs"))
    written = [*root.glob("changelogs/fragments/*.y*ml"), *root.glob("changelogs/changelog.yaml")]
    outcome = Outcome(len(written), "files")
    if finished.code:
        outcome.problems.append("the change log has errors")
    return outcome


STEPS: tuple[Step, ...] = (
    Step("ruff", ruff, seconds=3),
    Step("mypy", mypy, seconds=20),
    Step("yamllint", yamllint, seconds=3),
    Step("ansible-lint", ansible_lint, seconds=40),
    Step("docs-lint", docs_lint, seconds=8),
    Step("changelog-lint", changelog_lint, seconds=2),
)
