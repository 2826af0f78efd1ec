"""How our modules are written: what they are for, what they are called, where they import."""

import ast
from pathlib import Path

from tests.house.tree import modules, syntax

VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "service", "services", "misc"}


def test_our_modules_are_found() -> None:
    assert {Path("abm/words/__init__.py"), Path("abm/web/app.py")} <= set(modules())


def test_every_module_opens_by_saying_what_it_is_for() -> None:
    silent = [
        str(module) for module in modules(tests=True) if syntax(module).body and not ast.get_docstring(syntax(module))
    ]

    assert not silent, f"without a docstring: {silent}"


def test_no_module_has_a_name_that_says_nothing() -> None:
    vague = [str(module) for module in modules(tests=True) if VAGUE & set(module.with_suffix("").parts)]

    assert not vague, f"name them after what is in them: {vague}"


def test_imports_stand_at_the_top() -> None:
    inside = [
        f"{module}:{node.lineno}"
        for module in modules()
        for function in ast.walk(syntax(module))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]

    assert not inside, f"imports inside functions: {inside}"
