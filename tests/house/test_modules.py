"""How our modules are written: what they are for, what they are called, where they import."""

import ast
from pathlib import Path

import pytest

from tests.house.tree import modules, syntax

VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "service", "services", "misc"}


def test_our_modules_are_found() -> None:
    assert {Path("abm/words/__init__.py"), Path("abm/web/app.py")} <= set(modules())


@pytest.mark.parametrize("module", modules(tests=True), ids=str)
def test_every_module_opens_by_saying_what_it_is_for(module: Path) -> None:
    docstring = ast.get_docstring(syntax(module))

    assert docstring or not syntax(module).body, f"{module} has no docstring"


@pytest.mark.parametrize("module", modules(tests=True), ids=str)
def test_no_module_has_a_name_that_says_nothing(module: Path) -> None:
    assert not VAGUE & set(module.with_suffix("").parts), f"{module}: name it after what is in it"


@pytest.mark.parametrize("module", modules(), ids=str)
def test_imports_stand_at_the_top(module: Path) -> None:
    inside = [
        node.lineno
        for function in ast.walk(syntax(module))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]

    assert not inside, f"{module}: imports inside functions at lines {inside}"
