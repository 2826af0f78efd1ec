"""Advisory locks are numbers without names: two that happen to be equal would make strangers wait for each other."""

import ast
from collections import Counter

from tests.house.tree import modules, syntax


def test_every_advisory_lock_has_a_number_of_its_own() -> None:
    numbers = Counter(_locks())

    assert len(numbers) >= 3
    assert [number for number, times in numbers.items() if times > 1] == []


def _locks() -> list[int]:
    return [
        node.value.value
        for module in modules()
        for node in syntax(module).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id.endswith("_LOCK")
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, int)
    ]
