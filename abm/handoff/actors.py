"""What workers run for tasks: open what scores and records ask for, find owners for what waits."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from abm.clock import local_day
from abm.due import sweep
from abm.handoff.assign import assign_waiting, has_waiting
from abm.handoff.freshness import ask_for_checks, close_checked, has_checks
from abm.handoff.going_on import has_passed_days, let_contracts_go_on
from abm.handoff.open import has_requests, open_next_hand_offs
from abm.handoff.overdue import escalate_overdue, has_late, remind_owners
from abm.handoff.renewals import end_contracts, has_renewals, remind_of_renewals
from abm.handoff.returns import has_returns, open_next_returns
from abm.handoff.waking import has_sleepers, wake_next_tasks
from abm.queue import Queue, actor
from abm.work import here, unit_of_work


@actor("open_hand_offs", queue=Queue.SCORING)
def open_hand_offs() -> None:
    """Open or feed a task for every request of the scores, then give what waits to whoever has room."""
    zone = here().settings.zone
    for turn in (open_next_hand_offs, assign_waiting):
        while _take(turn, zone):
            pass


@sweep("open_hand_offs")
def has_hand_offs(session: Session, at: datetime) -> bool:
    """True while requests wait, or a task for which somebody could be found."""
    return has_requests(session) or has_waiting(session, at)


@actor("watch_clocks", queue=Queue.SCORING)
def watch_clocks() -> None:
    """Escalate what was let lie, and remind owners of what soon will be."""
    zone = here().settings.zone
    while _take(escalate_overdue, zone):
        pass
    while _take(lambda session, at, _zone: remind_owners(session, at), zone):
        pass


@sweep("watch_clocks")
def has_late_tasks(session: Session, at: datetime) -> bool:
    """True when a reminder or an escalation is due."""
    return has_late(session, at)


@actor("wake_tasks", queue=Queue.SCORING)
def wake_tasks() -> None:
    """Bring back what sales had put off until today."""
    while _take(wake_next_tasks, here().settings.zone):
        pass


@sweep("wake_tasks")
def has_tasks_to_wake(session: Session, at: datetime) -> bool:
    """True when the day of something that was put off has come."""
    return has_sleepers(session, local_day(at, here().settings.zone))


def _take(turn: Callable[[Session, datetime, ZoneInfo], int], zone: ZoneInfo) -> int:
    """One batch in one act; answers how many it was."""
    with unit_of_work() as work:
        return turn(work.session, work.at, zone)


@actor("remind_of_renewals", queue=Queue.SCORING)
def remind_renewals() -> None:
    """Let contracts go on whose day has passed, then remind of those whose day comes near, a batch at a time."""
    zone = here().settings.zone
    went_on = True
    while went_on:
        with unit_of_work() as work:
            went_on = let_contracts_go_on(work.session, work.at, zone) > 0
    reminded = True
    while reminded:
        with unit_of_work() as work:
            reminded = remind_of_renewals(work.session, work.at, zone) + end_contracts(work.session, work.at, zone) > 0


@sweep("remind_of_renewals")
def has_due_renewals(session: Session, at: datetime) -> bool:
    """True when a reminder is due, a renewal has become none, or a contract goes on by itself."""
    zone = here().settings.zone
    return has_passed_days(session, at, zone) or has_renewals(session, local_day(at, zone))


@actor("open_returns", queue=Queue.SCORING)
def open_returns() -> None:
    """Tell whoever knows them of accounts that are back, a batch at a time."""
    zone = here().settings.zone
    opened = True
    while opened:
        with unit_of_work() as work:
            opened = open_next_returns(work.session, work.at, zone) > 0


@sweep("open_returns")
def has_waiting_returns(session: Session, _at: datetime) -> bool:
    """True while a return waits."""
    return has_returns(session)


@actor("check_freshness", queue=Queue.SCORING)
def check_freshness() -> None:
    """Ask once a day for a few records to be looked at; close tasks whose records were."""
    with unit_of_work() as work:
        close_checked(work.session, work.at)
    with unit_of_work() as work:
        ask_for_checks(work.session, work.at, here().settings.zone)


@sweep("check_freshness")
def has_due_checks(session: Session, at: datetime) -> bool:
    """True before today's round, or when a task has nobody left to look at."""
    return has_checks(session, local_day(at, here().settings.zone))
