"""Every bell that is rung has somebody who hears it."""

import ast

import abm.actors  # noqa: F401  declares every actor
from abm.queue import ACTORS, FUNCTIONS
from tests.house.tree import calls


def test_every_enqueued_name_is_a_declared_actor() -> None:
    unheard = [
        f"{module}:{call.lineno} rings {name!r}"
        for module, call in calls("enqueue", "ring")
        for name in _names(call)
        if name not in ACTORS
    ]

    assert unheard == []


def test_every_declared_actor_has_a_function() -> None:
    assert ACTORS
    assert set(ACTORS) == set(FUNCTIONS)


def test_every_module_with_actors_is_declared_to_the_workers() -> None:
    written = {
        call.args[0].value for _module, call in calls("actor") if call.args and isinstance(call.args[0], ast.Constant)
    }

    assert written - set(ACTORS) == set(), "import these modules in abm/actors.py"


def _names(call: ast.Call) -> list[str]:
    return [arg.value for arg in call.args[:2] if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
