"""An account that is just becoming hot, and the task it leads to."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.handoff.assign import assign_waiting
from abm.handoff.open import open_next_hand_offs
from abm.models import Account, Contact, Department, Task
from abm.scoring.fold import fold_next_batch
from abm.words import EventKind, Seniority, Verdict
from tests.abm.scoring.ledgers import TOKYO
from tests.worlds import NOON, make_account, make_contact, make_department, make_event


def heat(session: Session, name: str = "株式会社アクメ") -> Account:
    """Two executives of one department each watch a webinar for an hour, a third person registers."""
    account = make_account(session, name, closing_month=3)
    purchasing = make_department(session, account)
    for number, minutes in enumerate((60, 45)):
        who = make_contact(
            session,
            account,
            f"役員 {number}",
            f"{number}@{account.id}.example",
            department_id=purchasing.id,
            title="取締役",
            seniority=Seniority.EXECUTIVE,
        )
        make_event(
            session,
            who,
            EventKind.WEBINAR_ATTENDED,
            NOON - timedelta(minutes=number),
            verdict=Verdict.PROVEN,
            minutes=minutes,
            topics=["品質管理"],
            detail={"title": "製品X活用セミナー"},
        )
    other = make_contact(session, account, "技術 三郎", f"3@{account.id}.example")
    make_event(session, other, EventKind.WEBINAR_REGISTERED, NOON, verdict=Verdict.PROVEN)
    return account


def hand_over(session: Session, at: datetime = NOON) -> None:
    """What the workers do after new events."""
    while fold_next_batch(session, at, TOKYO):
        pass
    while open_next_hand_offs(session, at, TOKYO):
        pass
    assign_waiting(session, at, TOKYO)


def hot_task(session: Session) -> Task:
    """The one task of a hot account."""
    heat(session)
    hand_over(session)
    return the_task(session)


def the_task(session: Session) -> Task:
    """The only task there is."""
    return session.scalars(select(Task).execution_options(populate_existing=True)).one()


def people(session: Session, account: Account) -> list[Contact]:
    """Everybody of an account in order of birth."""
    return list(session.scalars(select(Contact).where(Contact.account_id == account.id).order_by(Contact.id)))


def purchasing_of(session: Session, account: Account) -> Department:
    """The department that is hot."""
    return session.scalars(select(Department).where(Department.account_id == account.id)).one()
