# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Saves runs of Ansible what takes as long as what they are for: packing modules, and in every task loading plugins and
compiling templates.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import marshal
import os
import sys
import types
from typing import Any

import jinja2
from ansible import constants
from ansible.cli import __version__ as core
from ansible.plugins.callback import CallbackBase
from ansible.plugins.loader import PluginLoader, action_loader, filter_loader, lookup_loader, test_loader

DOCUMENTATION = r"""
name: built_modules
type: aggregate
short_description: Keeps packed modules and compiled templates for the next run, and loads plugins before the first task
description: For tests.
"""


#: What most tasks load; the last two, which read arguments and results of modules, only a newer ansible-core has.
LOADED = (
    "ansible.plugins.connection.local",
    "ansible.plugins.shell.sh",
    "ansible.utils.version",
    *(f"ansible_collections.ansible.builtin.plugins.{kind}" for kind in ("connection", "filter", "shell", "test")),
    *(
        f"ansible_collections.orkes.conductor.plugins.module_utils.{name}"
        for name in (
            "_hosts",
            "_references",
            "_secrets",
        )
    ),
    *(
        f"ansible_collections.orkes.conductor.plugins.plugin_utils.{name}"
        for name in (
            "_cluster_plan",
            "_estate",
            "_shared_endpoints",
        )
    ),
    "ansible.module_utils._internal._json._profiles._module_legacy_c2m",
    "ansible.module_utils._internal._json._profiles._module_legacy_m2c",
)


#: The settings of a Jinja environment on which it depends what a template is compiled to.
SETTINGS = (
    *(f"{what}_{end}_string" for what in ("block", "variable", "comment") for end in ("start", "end")),
    "line_statement_prefix", "line_comment_prefix", "trim_blocks", "lstrip_blocks", "newline_sequence",
    "keep_trailing_newline", "autoescape", "optimized", "is_async", "sandboxed",
)  # fmt: skip


#: What the names of filters and tests begin with whose files are looked at once.
COLLECTIONS = ("ansible.builtin.", "orkes.conductor.")


def keep_templates(folder: str) -> None:
    """Let this run and those after it find compiled templates in a folder: each task would compile its own anew.

    What is kept goes by the template's text and by all else that decides what is compiled.
    """
    try:
        from ansible._internal._templating import _engine, _jinja_bits
    except ImportError:
        return  # An older ansible-core, which has a cache of its own.
    compile_anew, compile_expression_anew = jinja2.Environment.compile, jinja2.Environment.compile_expression
    made_by = (sys.implementation.cache_tag, jinja2.__version__, core, _engine.__file__)
    expressions: list[str] = []

    def is_kept(environment: Any) -> bool:
        debugged = _jinja_bits._CompileStateSmugglingCtx.current(optional=True)
        return environment.__class__ is _jinja_bits.AnsibleEnvironment and not debugged

    def place(environment: Any, source: str, kind: str) -> str:
        context = _jinja_bits._TemplateCompileContext.current(optional=True)
        settings = [getattr(environment, name) for name in SETTINGS]
        given = repr((made_by, kind, str(source), bool(context and context.escape_backslashes), settings))
        return os.path.join(folder, hashlib.sha256(given.encode(errors="surrogatepass")).hexdigest())

    def found(file: str) -> types.CodeType | None:
        with contextlib.suppress(FileNotFoundError), open(file, "rb") as kept:
            code: types.CodeType = marshal.loads(kept.read())
            return code
        return None

    def compile_once(environment: Any, source: Any, *arguments: Any, **keywords: Any) -> Any:
        if arguments or keywords or not is_kept(environment) or not (expressions or isinstance(source, str)):
            return compile_anew(environment, source, *arguments, **keywords)
        file = place(environment, source, "template") if isinstance(source, str) else expressions[-1]
        if isinstance(source, str) and (code := found(file)):
            return code
        code = compile_anew(environment, source)
        unfinished = f"{file}.{os.getpid()}"
        with open(unfinished, "wb") as kept:
            kept.write(marshal.dumps(code))
        os.replace(unfinished, file)
        return code

    def compile_expression_once(environment: Any, source: str, undefined_to_none: bool = True) -> Any:
        if not is_kept(environment):
            return compile_expression_anew(environment, source, undefined_to_none)
        file = place(environment, source, "expression")
        if code := found(file):
            globals_ = environment.make_globals(None)
            template = environment.template_class.from_code(environment, code, globals_, None)
            return jinja2.environment.TemplateExpression(template, undefined_to_none)
        # What it compiles is no text any more.
        expressions.append(file)
        try:
            return compile_expression_anew(environment, source, undefined_to_none)
        finally:
            expressions.pop()

    jinja2.Environment.compile = compile_once  # type: ignore[method-assign]
    jinja2.Environment.compile_expression = compile_expression_once  # type: ignore[method-assign]


def keep_filters() -> None:
    """Look at files of filters and tests once: Ansible goes through all of a collection's for each that is named."""
    load = PluginLoader.get_with_context
    kept: dict[tuple[str, str], Any] = {}

    def load_once(loader: Any, name: str, /, *arguments: Any, **keywords: Any) -> Any:
        if loader not in (filter_loader, test_loader) or arguments or keywords or not name.startswith(COLLECTIONS):
            return load(loader, name, *arguments, **keywords)
        if (loader.type, name) not in kept:
            kept[loader.type, name] = load(loader, name)
        return kept[loader.type, name]

    PluginLoader.get_with_context = load_once  # type: ignore[method-assign]


class CallbackModule(CallbackBase):
    """Puts the folder BUILT_MODULES in the place of the one in which this run would keep its packed modules.

    What is kept there is found by a module's name alone, so the folder is for one state of the collection.
    """

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "built_modules"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Share what is packed; when the run ends, Ansible removes the link and not what it leads to.

        Each task is a process that is forked from this one and would load anew what this one has not loaded.
        """
        os.symlink(os.environ["BUILT_MODULES"], os.path.join(constants.DEFAULT_LOCAL_TMP, "ansiballz_cache"))
        keep_templates(os.environ["BUILT_TEMPLATES"])
        keep_filters()
        for name in ("ansible.builtin.default", "orkes.conductor.hf_setup_estate"):
            filter_loader.get(name)
        test_loader.get("ansible.builtin.version")
        for name in ("env", "file", "vars", "varnames"):
            lookup_loader.get(f"ansible.builtin.{name}", class_only=True)
        action_loader.get("ansible.builtin.normal", class_only=True)
        for name in LOADED:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        with contextlib.suppress(ImportError, AttributeError):
            # Works out once what the results of tasks consist of.
            importlib.import_module("ansible._internal._task").UnifiedTaskResult.from_action_result_dict()
