"""The floor plan: every package stands on a floor, and every deciding module is kept pure by name."""

import tomllib
from typing import Any

from tests.house.tree import ROOT, modules

DECIDING = {
    "score",
    "receipt",
    "policy",
    "routing",
    "deadline",
    "guard",
    "journey",
    "intake",
    "verdict",
    "match",
    "merge",
    "plan",
    "hear",
}
# A command or a page about scores is called score as well; what it shows was decided elsewhere.
SHOWING = {"cli", "web", "api", "models"}
# Doors, not rooms: the package itself and `python -m abm`.
DOORS = {"abm", "abm.__init__", "abm.__main__"}


def test_every_module_stands_on_a_floor() -> None:
    standing = {name.strip("() ") for layer in _contract("floors")["layers"] for name in _split(layer)}
    ours = {".".join(module.with_suffix("").parts[:2]) for module in modules() if module.parts[0] == "abm"}

    assert ours - DOORS - standing == set(), "give these a floor in pyproject.toml, [[tool.importlinter.contracts]]"


def test_every_deciding_module_is_kept_pure() -> None:
    kept = set(_contract("deciding")["source_modules"])
    deciding = [module for module in modules() if module.stem in DECIDING and not SHOWING & set(module.parts)]
    ours = {".".join(module.with_suffix("").parts) for module in deciding}

    # More may be named than these names tell.
    assert ours - kept == set(), "name them in pyproject.toml, contract 'deciding'"


def _contract(name: str) -> dict[str, Any]:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts: list[dict[str, Any]] = config["tool"]["importlinter"]["contracts"]
    return next(contract for contract in contracts if contract["id"] == name)


def _split(layer: str) -> list[str]:
    return layer.replace("|", ":").split(":")
