"""A hundred events at once at each of two hundred accounts, many workers: every account gets exactly one task."""

import uuid
from collections import Counter

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from abm.handoff.actors import open_hand_offs
from abm.models import Account, Contact, Event, MqaChange, Task, TaskChange
from abm.scoring.actors import fold_events
from abm.words import EventKind, TaskCode, Verdict
from abm.work import Installation, set_clock_offset, unit_of_work
from tests.abm.handoff.test_actors import run_together
from tests.worlds import NOON, make_user

ACCOUNTS, PEOPLE, EVENTS = 200, 4, 100
WORKERS = 4


def test_a_hundred_events_at_once_at_each_of_two_hundred_accounts_make_two_hundred_tasks(
    installation: Installation,
) -> None:
    with unit_of_work() as work:
        set_clock_offset(work.session, NOON - work.at)
        make_user(work.session)
        work.session.execute(insert(Event), burst(work.session))

    run_together(WORKERS, work_off)

    with unit_of_work() as work:
        tasks = Counter(work.session.scalars(select(Task.account_id)))
        assert (len(tasks), set(tasks.values())) == (ACCOUNTS, {1})
        opened = select(func.count()).where(TaskChange.code == TaskCode.OPENED)
        assert work.session.scalar(opened) == ACCOUNTS
        assert work.session.scalar(select(func.count()).where(Event.folded_at.is_(None))) == 0
        assert work.session.scalar(select(func.count()).where(MqaChange.handed_over_at.is_(None))) == 0


def burst(session: Session) -> list[dict[str, object]]:
    """Every account crosses its threshold with each of many events, and some ask to be called at once."""
    accounts = [{"id": uuid.uuid4(), "name": f"株式会社{n}", "normalised_name": f"{n}"} for n in range(ACCOUNTS)]
    people = [
        {
            "id": uuid.uuid4(),
            "account_id": account["id"],
            "full_name": f"人 {n}",
            "email": f"{n}@{account['id']}.example",
        }
        for account in accounts
        for n in range(PEOPLE)
    ]
    session.execute(insert(Account), accounts)
    session.execute(insert(Contact), people)
    events = [
        {
            "id": uuid.uuid4(),
            "kind": EventKind.DEMO_REQUEST if number % 10 == 0 else EventKind.INQUIRY,
            "happened_at": NOON,
            "account_id": person["account_id"],
            "contact_id": person["id"],
            "verdict": Verdict.PROVEN,
        }
        for person in people
        for number in range(EVENTS // PEOPLE)
    ]
    # As hits come in: every account among all others.
    return sorted(events, key=lambda event: str(event["id"]))


def work_off() -> None:
    """What a worker does when its bells ring; small batches, so that all workers meet at the same accounts."""
    fold_events(limit=4_000)
    open_hand_offs()
