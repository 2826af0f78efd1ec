"""A small company whose engagement can be reckoned by hand: whole half-lives between the acts and now."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from abm.models import Account, Contact, Event
from abm.scoring.fold import fold_next_batch
from abm.words import EventKind, Seniority, Verdict
from tests.abm.reports.lists.world import TOKYO, noon_ago
from tests.worlds import NOON, make_contact, make_event


def person(session: Session, account: Account, name: str = "安奈 花子", **over: Any) -> Contact:
    """A section head, whose points count once."""
    return make_contact(session, account, name, None, **{"seniority": Seniority.SECTION_HEAD, **over})


def replied(session: Session, contact: Contact, days: float = 0, **over: Any) -> Event:
    """An answer so many days ago: 20 points that halve in 45 days."""
    return make_event(session, contact, EventKind.REPLY, noon_ago(0) - timedelta(days=days), **{**PROVEN, **over})


def downloaded(session: Session, contact: Contact, days: float = 0, **over: Any) -> Event:
    """A file fetched so many days ago: 5 points that halve in 21 days."""
    return make_event(session, contact, EventKind.DOWNLOAD, noon_ago(0) - timedelta(days=days), **{**PROVEN, **over})


def fold(session: Session) -> None:
    """Let scores know of everything that was done."""
    while fold_next_batch(session, NOON, TOKYO):
        pass


PROVEN: dict[str, Any] = {"verdict": Verdict.PROVEN}
