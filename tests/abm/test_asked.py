"""Work that somebody asked for: one row at a time, a lost worker's anew, and whoever lost it has no say."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from abm.asked import Turn, has_waiting, run_next
from abm.errors import Invalid
from abm.models import Simulation
from abm.work import Installation, unit_of_work


def want() -> None:
    """Somebody asks for a simulation."""
    with unit_of_work() as work:
        days = {"since": work.at - timedelta(days=2), "until": work.at}
        work.session.add(Simulation(sequence="hello", document={}, asked_at=work.at, **days))


def only() -> Simulation:
    """The one that was asked for."""
    with unit_of_work() as work:
        return work.session.query(Simulation).one()


def test_what_is_asked_for_is_run_once(installation: Installation) -> None:
    want()

    assert run_next(Simulation, lambda turn: {"answer": 42})

    assert (only().state, only().result) == ("done", {"answer": 42})
    assert not run_next(Simulation, lambda turn: {})


def test_what_went_wrong_is_said(installation: Installation) -> None:
    want()

    def fail(turn: Turn) -> dict[str, Any]:
        raise Invalid("there is nobody", field="segment")

    assert run_next(Simulation, fail)

    assert (only().state, only().problem) == ("failed", "there is nobody")


def test_whoever_lost_it_has_no_say(installation: Installation) -> None:
    want()

    def lose(turn: Turn) -> dict[str, Any]:
        with unit_of_work() as work:
            work.session.execute(text("update simulations set leased_until = clock_timestamp() - interval '1 second'"))
        assert run_next(Simulation, lambda other: {"by": "the other"})
        return {"by": "the first"}

    assert run_next(Simulation, lose)

    assert only().result == {"by": "the other"}
    with unit_of_work() as work:
        assert not has_waiting(work.session, Simulation)
