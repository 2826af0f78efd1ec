"""Plays the sample company's month: business time starts 30 days back and moves in steps to now.

Each step waits until nothing is due and nothing lies in a spool, so what the pages show afterwards
is what a month of real work would have left. Every act may be done twice: a demo that was
interrupted goes on from the moment it had reached.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from abm.clock import day_start, host_time, local_day
from abm.demo.company import (
    Company,
    accept_one,
    download_later,
    hire,
    import_booth_cards,
    import_list,
    import_webinar,
    import_workbook,
    publish_to_booth,
    publish_to_list,
    read_mails,
)
from abm.demo.recipients import Visitor
from abm.demo.sold import keep_sales_records
from abm.due import SWEEPS
from abm.errors import ServiceDown
from abm.models import Enrollment, Heartbeat, Message
from abm.queue import ring
from abm.words import EnrollmentState, MessageState
from abm.work import Installation, business_time, set_clock_offset, unit_of_work
from tracking.offset import Offset
from tracking.spool import holds_hits

LENGTH_DAYS = 30
HEARTBEAT = "demo"
# How long one step may take before the demo says that something is stuck.
PATIENCE_SECONDS = 90
LOOK_EVERY_SECONDS = 0.05


@dataclass(frozen=True)
class Moment:
    """Something happens `days` before today at `hour` in the installation's zone."""

    days: int
    hour: int
    act: Callable[[Company], None]


SCRIPT = (
    Moment(30, 9, hire),
    Moment(30, 10, import_list),
    Moment(29, 10, import_workbook),
    Moment(28, 10, publish_to_list),
    *(Moment(days, 13, read_mails) for days in range(28, 2, -1)),
    Moment(2, 12, import_booth_cards),
    Moment(1, 17, import_webinar),
    Moment(1, 18, accept_one),
    # Before the send window closes; on a weekend the mails wait until it opens, and say so.
    Moment(1, 18, publish_to_booth),
    Moment(1, 20, read_mails),
    Moment(1, 21, download_later),
    Moment(1, 22, keep_sales_records),
)


class Play:
    """One run of the demo on an installation."""

    def __init__(self, installation: Installation) -> None:
        settings = installation.settings
        self._engine = installation.engine
        self._zone = settings.zone
        self._state = settings.state_dir.absolute()
        self._company = Company(installation, Visitor(settings.host, settings.port))
        self._today = local_day(host_time(), settings.zone)

    def run(self) -> None:
        """Play what is left of the month, then let business time be the real one."""
        for moment in self._left():
            self._move_to(moment)
            moment.act(self._company)
            self._settle()
        with unit_of_work(self._engine) as work:
            set_clock_offset(work.session, timedelta())
            _note(work.session, LENGTH_DAYS, done=True)

    def _left(self) -> list[Moment]:
        with unit_of_work(self._engine) as work:
            begun = work.session.scalar(select(Heartbeat.process).where(Heartbeat.process == HEARTBEAT))
            reached = work.at if begun else datetime.min.replace(tzinfo=UTC)
        # The moment that was under way comes again: its act changes nothing the second time.
        return [moment for moment in SCRIPT if self._time_of(moment) + timedelta(hours=1) >= reached]

    def _time_of(self, moment: Moment) -> datetime:
        return day_start(self._today - timedelta(days=moment.days), self._zone) + timedelta(hours=moment.hour)

    def _move_to(self, moment: Moment) -> None:
        """Business time jumps to the moment; goes on once tracking stamps with it and all that fell due is done."""
        offset = self._time_of(moment) - host_time()
        with unit_of_work(self._engine) as work:
            set_clock_offset(work.session, offset)
            _note(work.session, LENGTH_DAYS - moment.days)
        _await(lambda: Offset(self._state / "links" / "clock_offset").value == offset, "tracking to read the clock")
        self._settle()

    def _settle(self) -> None:
        _await(self._is_quiet, "work that is due to be done")

    def _is_quiet(self) -> bool:
        if holds_hits(self._state / "spool"):
            return False
        with unit_of_work(self._engine) as work:
            at = business_time(work.session)
            due = [name for name, has_due in SWEEPS.items() if has_due(work.session, at)]
            leased = _is_any_leased(work.session, at)
        for name in due:
            ring(name)
        return not due and not leased


def _is_any_leased(session: Session, at: datetime) -> bool:
    """Whether a worker holds something that was due: a sweep does not see that any more."""
    moving = exists().where(Enrollment.state == EnrollmentState.ACTIVE, Enrollment.due_at <= at)
    leaving = exists().where(Message.state.in_((MessageState.PLANNED, MessageState.SENDING)), Message.due_at <= at)
    return bool(session.scalar(select(moving | leaving)))


def _await(condition: Callable[[], bool], what: str) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > give_up:
            raise ServiceDown(f"the demo waited in vain for {what}; `abm doctor` tells what is wrong")
        time.sleep(LOOK_EVERY_SECONDS)


def _note(session: Session, day: int, *, done: bool = False) -> None:
    detail = {"day": day, "of": LENGTH_DAYS, "done": done}
    row = insert(Heartbeat).values(process=HEARTBEAT, host="", at=func.clock_timestamp(), detail=detail)
    renewed = {"at": row.excluded.at, "detail": row.excluded.detail}
    session.execute(row.on_conflict_do_update(index_elements=["process", "host"], set_=renewed))
