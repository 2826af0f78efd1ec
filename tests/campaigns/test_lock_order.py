"""Two who change the same thing at the same moment wait for each other, never both, and neither's change is lost."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import select, text

from abm.errors import Conflict
from abm.models import Contact, Enrollment
from abm.words import EventKind
from abm.work import Installation, Work, unit_of_work
from campaigns.advance import advance
from campaigns.limits import change_limit, read_limits
from campaigns.occasions import fold_occasions
from campaigns.pausing import pause_sending, resume_sending
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


@contextmanager
def met_by(second: Callable[[], object]) -> Iterator[Work]:
    """A unit of work that commits when something else, begun after the block, waits for it; then that has its turn."""
    with ThreadPoolExecutor(1) as workers:
        with unit_of_work() as work:
            yield work
            met = workers.submit(second)
            until(lambda: met.done() or is_anybody_waiting())
        met.result()


def while_pausing(name: str, moving: Callable[[], object]) -> None:
    """Pause a sequence while something else, begun after that had begun, waits for it."""
    with ThreadPoolExecutor(1) as workers:
        with unit_of_work() as work:
            get_sequence(work.session, name, lock=True)
            moved = workers.submit(moving)
            until(lambda: moved.done() or is_anybody_waiting())
            pause_sequence(work.session, name, work.at)
        moved.result()


def test_two_limits_changed_at_once_both_count(installation: Installation) -> None:
    def change(name: str) -> None:
        with unit_of_work() as work:
            change_limit(work.session, name, {"domains": (f"{name}.example",)}, drop=False, by=None, at=work.at)

    with met_by(lambda: change("docomo")) as work:
        change_limit(work.session, "google", {"domains": ("google.example",)}, drop=False, by=None, at=work.at)

    with unit_of_work() as work:
        assert [one.name for one in read_limits(work.session).groups] == ["docomo", "google"]


def test_sending_paused_by_two_at_once_is_paused_once_and_the_second_is_told(installation: Installation) -> None:
    def pause() -> None:
        with unit_of_work() as work, pytest.raises(Conflict, match="already"):
            pause_sending(work.session, work.at)

    with met_by(pause) as work:
        pause_sending(work.session, work.at)


def test_sending_resumed_by_two_at_once_is_resumed_once_and_the_second_is_told(installation: Installation) -> None:
    def resume() -> None:
        with unit_of_work() as work, pytest.raises(Conflict, match="not paused"):
            resume_sending(work.session, work.at)

    with unit_of_work() as work:
        pause_sending(work.session, work.at)

    with met_by(resume) as work:
        resume_sending(work.session, work.at)


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
