"""The checkout as the house tests see it: our modules, their syntax trees, and the files git knows."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("abm", "tracking", "campaigns")
# Front-end sources and what their build leaves behind; migrations run by themselves.
OUTSIDE = {"node_modules", "static", "__pycache__"}


def modules(*, tests: bool = False) -> list[Path]:
    """Every Python file of ours, relative to the checkout."""
    found: list[Path] = []
    for package in (*PACKAGES, *(("tests",) if tests else ())):
        found += [file.relative_to(ROOT) for file in (ROOT / package).rglob("*.py")]
    return sorted(file for file in found if not OUTSIDE & set(file.parts))


@cache
def syntax(module: Path) -> ast.Module:
    """The syntax tree of one of our files."""
    return ast.parse((ROOT / module).read_text(encoding="utf-8"))


def calls(*names: str) -> Iterator[tuple[Path, ast.Call]]:
    """Every call of a function of one of these names, wherever it is."""
    for module in modules():
        for node in ast.walk(syntax(module)):
            if isinstance(node, ast.Call) and _called(node) in names:
                yield module, node


def known_files() -> list[str]:
    """Files that are committed or would be by the next `git add`."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).exists()]


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""
