"""Tasks as files: rows of the board, and deadlines for a calendar."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from abm.handoff.wording import say_why
from abm.reports.tasks import TaskCard
from abm.web.acts import settings
from abm.web.i18n import current_language, moment
from abm.web.ical import Moment
from abm.web.labels import label
from abm.web.sentences import answer_word
from abm.web.tables import Cell, Column

# How long a deadline is in a calendar: long enough to be seen, and free time all the same.
SHOWN_FOR = timedelta(minutes=30)


@dataclass(frozen=True)
class FileRow:
    """A task as a line of a file."""

    account: str
    department: str | None
    kind: str
    state: str
    owner: str | None
    why_1: str
    why_2: str
    why_3: str
    points: float | None
    created_at: str
    due_at: str
    answer: str
    text: str | None
    link: str


BOARD = (
    Column(_l("Company"), "account"),
    Column(_l("Department"), "department"),
    Column(_l("Kind"), "kind", Cell.WORD, "TaskKind"),
    Column(_l("State"), "state", Cell.WORD, "TaskState"),
    Column(_l("Owner"), "owner"),
    Column(_l("Why now"), "why_1"),
    Column(_l("Why now (2)"), "why_2"),
    Column(_l("Why now (3)"), "why_3"),
    Column(_l("Score"), "points", Cell.NUMBER),
    Column(_l("Opened"), "created_at"),
    Column(_l("Due"), "due_at"),
    Column(_l("Answer"), "answer"),
    Column(_l("Reason in words"), "text"),
    Column(_l("Web address"), "link"),
)


def file_rows(cards: Iterable[TaskCard]) -> Iterator[FileRow]:
    """The tasks of a board as lines of a file."""
    for card in cards:
        why = [*say_why(card.why, current_language(), settings().zone), "", "", ""]
        yield FileRow(
            account=card.account,
            department=card.department,
            kind=card.kind,
            state=card.state,
            owner=card.owner,
            why_1=why[0],
            why_2=why[1],
            why_3=why[2],
            points=round(card.points, 1) if card.points is not None else None,
            created_at=moment(card.created_at),
            due_at=moment(card.due_at),
            answer=answer_word(card.answer or ""),
            text=card.text,
            link=settings().public_url + url_for("tasks.show", task_id=card.id),
        )


def task_day(card: TaskCard) -> Moment:
    """The deadline of a task as an entry of a calendar; the same entry when the deadline moves."""
    assert card.due_at is not None
    summary = _("%(kind)s due: %(account)s", kind=label(card.kind, "TaskKind"), account=card.account)
    why = say_why(card.why, current_language(), settings().zone)
    link = settings().public_url + url_for("tasks.show", task_id=card.id)
    return Moment(f"task-{card.id}@abm", _begins(card.due_at), card.due_at, summary, link, "\n".join(why))


def _begins(due_at: datetime) -> datetime:
    return due_at - SHOWN_FOR
