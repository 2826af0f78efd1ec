"""What Home shows: what is warm now, what waits for me, what runs, what happened last."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from abm.models import Account, Contact, Heartbeat
from abm.reports.accounts import AccountRow, warmest_accounts
from abm.reports.sequence_health import Health, list_running
from abm.reports.tasks import TaskCard, open_cards
from abm.reports.timeline import Line, TimelineFilter, list_lines
from abm.words import TaskState

HOT_SHOWN = 8
WARMING_SHOWN = 8
TASKS_SHOWN = 8
LINES_SHOWN = 12
UNANSWERED = (TaskState.NEW, TaskState.ASSIGNED, TaskState.EXPIRED, TaskState.OPEN)
# A demo that has not said anything for so long has ended or died.
DEMO_SILENCE = timedelta(minutes=2)


@dataclass(frozen=True)
class HomeView:
    """Everything on Home, for one user."""

    accounts: int
    people: int
    hot: tuple[AccountRow, ...]
    warming: tuple[AccountRow, ...]
    tasks: tuple[TaskCard, ...]
    # What nobody has taken on yet, for those who see to it that somebody does; empty while they have work themselves.
    unanswered: tuple[TaskCard, ...]
    sequences: tuple[Health, ...]
    lines: tuple[Line, ...]


def read_home(session: Session, user_id: uuid.UUID, at: datetime, *, oversees: bool = False) -> HomeView:
    """What is warm now and what this user has to do; the same number of queries however much there is."""
    mine = open_cards(session, owner_id=user_id, limit=TASKS_SHOWN)
    unanswered = [] if mine or not oversees else open_cards(session, states=UNANSWERED, limit=TASKS_SHOWN)
    accounts, people = session.execute(
        select(
            select(func.count()).select_from(Account).where(Account.archived_at.is_(None)).scalar_subquery(),
            select(func.count()).select_from(Contact).where(Contact.archived_at.is_(None)).scalar_subquery(),
        )
    ).one()
    return HomeView(
        accounts,
        people,
        tuple(warmest_accounts(session, at, mqa=True, limit=HOT_SHOWN)),
        tuple(warmest_accounts(session, at, mqa=False, limit=WARMING_SHOWN)),
        tuple(mine),
        tuple(unanswered),
        tuple(list_running(session, at)),
        tuple(list_lines(session, TimelineFilter(only_news=True), LINES_SHOWN)),
    )


@dataclass(frozen=True)
class DemoProgress:
    """How far the demo has come."""

    day: int
    of: int


def demo_progress(session: Session) -> DemoProgress | None:
    """What the demo last told of itself while it plays; None when it does not."""
    fresh = Heartbeat.at > func.now() - DEMO_SILENCE
    told = session.scalar(select(Heartbeat.detail).where(Heartbeat.process == "demo", fresh).limit(1))
    return DemoProgress(int(told["day"]), int(told["of"])) if told and not told.get("done") else None
