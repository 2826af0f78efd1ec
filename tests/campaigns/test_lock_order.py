"""Whoever pauses a sequence and whoever moves its people at the same moment wait for each other, never both."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select, text

from abm.models import Contact, Enrollment
from abm.words import EventKind
from abm.work import Installation, unit_of_work
from campaigns.advance import advance
from campaigns.occasions import fold_occasions
from campaigns.plans import Sender
from campaigns.sequences import get_sequence, pause_sequence
from tests.abm.processes import until
from tests.campaigns.test_effects import chain
from tests.campaigns.test_occasions import DOWNLOADS, listening
from tests.campaigns.worlds import make_people, publish
from tests.worlds import make_event

WAITING = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()")


def is_anybody_waiting() -> bool:
    """Asked anew: within a transaction the answer stays."""
    with unit_of_work() as work:
        return bool(work.session.scalar(WAITING))


def while_pausing(name: str, moving: Callable[[], object]) -> None:
    """Pause a sequence while something else, begun after that had begun, waits for it."""
    with ThreadPoolExecutor(1) as workers:
        with unit_of_work() as work:
            get_sequence(work.session, name, lock=True)
            moved = workers.submit(moving)
            until(lambda: moved.done() or is_anybody_waiting())
            pause_sequence(work.session, name, work.at)
        moved.result()


def test_folding_what_ends_and_begins_people_of_one_sequence(installation: Installation) -> None:
    with unit_of_work() as work:
        anna, bert = make_people(work.session, 2)
        name = listening(work.session, DOWNLOADS, goals=[{"key": "asked", "kinds": ["click"]}]).name
        make_event(work.session, anna, EventKind.DOWNLOAD, work.at)
    with unit_of_work() as work:
        fold_occasions(work.session, work.at)
    with unit_of_work() as work:
        for who, kind in ((anna, EventKind.CLICK), (bert, EventKind.DOWNLOAD)):
            make_event(work.session, work.session.get_one(Contact, who.id), kind, work.at)

    def fold() -> None:
        with unit_of_work() as work:
            assert fold_occasions(work.session, work.at) == 2

    while_pausing(name, fold)


def test_jumping_into_a_sequence_whose_people_move_in_the_same_batch(installation: Installation) -> None:
    with unit_of_work() as work:
        mover, other = make_people(work.session, 2)
        publish(work.session, [other], work.at)
        publish(work.session, [mover], work.at, chain({"kind": "jump", "sequence": "first_steps"}))

    def jump() -> None:
        with unit_of_work() as work:
            ids = work.session.scalars(select(Enrollment.id)).all()
            assert advance(work.session, ids, Sender("firm.example"), work.at) > 0

    while_pausing("first_steps", jump)
