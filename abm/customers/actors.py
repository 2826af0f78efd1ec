"""What workers run for records: bring along what came late to a merged account, hear memos, drop what is outlived."""

from datetime import datetime

from sqlalchemy.orm import Session

from abm.customers.hearing import has_unheard, hear_memos
from abm.customers.merges import gather_strays, has_any_strays
from abm.customers.retention import BATCH, drop_outlived, has_outlived
from abm.customers.same_people import find_next_same_people, has_people_to_compare
from abm.due import sweep
from abm.queue import actor
from abm.words import Kept
from abm.work import here, unit_of_work


@actor("gather_strays")
def gather_late_records() -> None:
    """Move what acts under way have written to merged accounts to those that stayed."""
    with unit_of_work() as work:
        gather_strays(work.session)


@sweep("gather_strays")
def has_late_records(session: Session, at: datetime) -> bool:
    """True while a merged account has got a record since."""
    return has_any_strays(session)


@actor("find_same_people")
def find_same_people() -> None:
    """Propose who may be one person, some accounts an act."""
    found = 1
    while found:
        with unit_of_work() as work:
            found = find_next_same_people(work.session, work.at)


@sweep("find_same_people")
def has_people_waiting(session: Session, at: datetime) -> bool:
    """True while somebody has come to an account and was not compared with the others."""
    return has_people_to_compare(session)


@actor("drop_outlived")
def drop_old_data() -> None:
    """Drop what has outlived its retention period; people a batch at a time."""
    full = True
    while full:
        with unit_of_work() as work:
            dropped = drop_outlived(work.session, here().signer.digests, work.at)
            full = dropped.get(Kept.SILENT_CONTACTS) == BATCH


@sweep("drop_outlived")
def has_old_data(session: Session, at: datetime) -> bool:
    """True once a day for everything that has a retention period."""
    return has_outlived(session, at)


@actor("hear_memos")
def hear_imported_memos() -> None:
    """Hear what imported memos say, a batch an act, so that a long list holds nobody up."""
    goes_on = True
    while goes_on:
        with unit_of_work() as work:
            goes_on = hear_memos(work.session, at=work.at, zone=here().settings.zone)


@sweep("hear_memos")
def memos_wait(session: Session, at: datetime) -> bool:
    """Memos of an applied import have not been heard."""
    return has_unheard(session)
