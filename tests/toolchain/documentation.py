# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the documentation as a web site; a warning is an error."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.toolchain.outcomes import Outcome, StepFailure
from tests.toolchain.work import Step, Work

# The documentation of Ansible itself is not read over the network to resolve what points there: the places are known.
ELSEWHERE = """
intersphinx_mapping = {}

_ANSIBLE = "https://docs.ansible.com/ansible/latest/"
_PAGES = {
    "ansible_configuration_settings": "reference_appendices/config.html",
    "action_plugins": "plugins/action.html",
    "common_return_values": "reference_appendices/common_return_values.html",
}


def _elsewhere(_app, _environment, node, contents):
    from docutils.nodes import reference

    target = node.get("reftarget", "")
    page = _PAGES.get(target)
    if target.startswith("ansible_collections.ansible.builtin."):
        name = target.removeprefix("ansible_collections.ansible.builtin.").partition("__")[0]
        page = "collections/ansible/builtin/" + name + ".html"
    return reference("", "", contents, internal=False, refuri=_ANSIBLE + page) if page else None


def setup(app):
    app.connect("missing-reference", _elsewhere)
"""


def build(work: Work) -> Path:
    """Return the folder of the finished web site."""
    tree, docs = work.tree(), work.environment("docs")
    own = {"ANSIBLE_COLLECTIONS_PATH": str(tree.collections)}
    site = work.folder / "site"
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(mode=0o700)
    command = ["antsibull-docs", "sphinx-init", "--use-current", "--fail-on-error", "--no-add-antsibull-docs-version"]
    command += ["--squash-hierarchy", "--dest-dir", str(site), "orkes.conductor"]
    work.must(command, folder=tree.root, environment=docs, own=own)
    with (site / "conf.py").open("a") as configuration:
        configuration.write(ELSEWHERE)
    pages = site / "pages"
    pages.mkdir(mode=0o700)
    command = ["antsibull-docs", "--config-file", str(site / "antsibull-docs.cfg"), "collection", "--use-current"]
    command += ["--fail-on-error", "--squash-hierarchy", "--dest-dir", str(pages), "orkes.conductor"]
    work.must(command, folder=site, environment=docs, own=own)
    html = work.folder / "html"
    shutil.rmtree(html, ignore_errors=True)
    command = ["sphinx-build", "-M", "html", str(pages), str(html), "-c", str(site), "-W", "--keep-going"]
    work.must(command, folder=site, environment=docs, own=own)
    return html / "html"


def publish(work: Work) -> Outcome:
    """Build the web site and put it where ``make docs`` says."""
    pages = build(work)
    target = work.workshop.project.build / "docs" / "html"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(pages, target)
    return _counted(target)


def check(work: Work) -> Outcome:
    """Build the web site and throw it away."""
    return _counted(build(work))


def _counted(pages: Path) -> Outcome:
    if not (pages / "index.html").exists():
        raise StepFailure(f"there is no page {pages / 'index.html'}")
    return Outcome(sum(1 for _page in pages.glob("**/*.html")), "pages")


STEPS: tuple[Step, ...] = (Step("docs", check, seconds=25),)
