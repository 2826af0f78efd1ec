"""What workers do with hits."""

from datetime import datetime

from sqlalchemy.orm import Session

from abm.due import sweep
from abm.queue import Queue, actor
from abm.work import here, unit_of_work
from tracking.forgetting import BEGINNING, Cursor, forget_batch, has_outlived_agents
from tracking.judging import has_unweighed, places_of, weigh_proven
from tracking.months import has_missing_months, make_months
from tracking.overrules import follow_next_overrule, has_overrules_to_follow
from tracking.record import has_pending_hits, record_batch


@actor("record_hits", queue=Queue.TRACKING)
def record_hits() -> None:
    """Turn every pending hit into an event, a batch at a time."""
    while _record_next_batch():
        pass


@sweep("record_hits")
def has_unrecorded_hits(session: Session, at: datetime) -> bool:
    """Hits wait, whenever they happened: a bell was lost."""
    return has_pending_hits(session)


@actor("weigh_proven", queue=Queue.TRACKING)
def weigh() -> None:
    """Let every proven act tell of what the same person did around it."""
    while _weigh_next_batch():
        pass


@sweep("weigh_proven")
def has_acts_to_weigh(session: Session, at: datetime) -> bool:
    """Proven acts wait, whoever recorded them."""
    return has_unweighed(session)


@actor("judge_overruled", queue=Queue.TRACKING)
def judge_overruled() -> None:
    """Let what was said of a domain's visits hold for all of them, a piece of its mails at a time."""
    while _follow_next_overrule():
        pass


@sweep("judge_overruled")
def has_overrules(session: Session, at: datetime) -> bool:
    """What was said of a domain is not yet followed everywhere."""
    return has_overrules_to_follow(session)


@actor("forget_agents", queue=Queue.TRACKING)
def forget_agents() -> None:
    """Drop the raw addresses and agents of old hits, a batch an act."""
    after: Cursor | None = BEGINNING
    while after:
        with unit_of_work() as work:
            after = forget_batch(work.session, work.at, after)


@sweep("forget_agents")
def has_old_agents(session: Session, at: datetime) -> bool:
    """True once a day."""
    return has_outlived_agents(session, at)


@actor("make_months", queue=Queue.TRACKING)
def make_months_of_hits() -> None:
    """Make the months to come in which hits will be kept."""
    with unit_of_work() as work:
        make_months(work.session)


@sweep("make_months")
def has_months_to_make(session: Session, at: datetime) -> bool:
    """A month to come is missing."""
    return has_missing_months(session, at)


def _record_next_batch() -> int:
    with unit_of_work() as work:
        return record_batch(work.session, places=places_of(here().settings))


def _weigh_next_batch() -> int:
    with unit_of_work() as work:
        return weigh_proven(work.session, places_of(here().settings))


def _follow_next_overrule() -> bool:
    with unit_of_work() as work:
        return follow_next_overrule(work.session, places_of(here().settings))
