"""Tasks as people work on them: the board, a person's open ones, and one with all it carries."""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, literal, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, aliased

from abm.errors import NotFound
from abm.models import Account, Contact, Department, Product, Task, TaskChange, User
from abm.words import OPEN_TASK_STATES, TaskKind, TaskState

# What is done stays on the board for a while, so that nobody asks where it went.
SHOWN_AFTER_CLOSING = timedelta(days=14)
CARDS_SHOWN = 300


@dataclass(frozen=True)
class TaskCard:
    """One task: who, why now, what to say, what not, until when."""

    id: uuid.UUID
    kind: str
    state: str
    account_id: uuid.UUID
    account: str
    department: str | None
    contact_id: uuid.UUID | None
    contact: str | None
    owner_id: uuid.UUID | None
    owner: str | None
    why: list[Any]
    points: float | None
    receipt: dict[str, Any]
    brief: dict[str, Any]
    evidence: list[Any]
    created_at: datetime
    assigned_at: datetime | None
    due_at: datetime | None
    accepted_at: datetime | None
    answer: str | None
    answered_by: str | None
    text: str | None
    wake_on: date | None
    closed_at: datetime | None
    waits_because: str | None
    route: str | None
    woken_at: datetime | None

    @property
    def is_open(self) -> bool:
        """True while somebody has to do something."""
        return self.state in OPEN_TASK_STATES


# What a card takes from its task as it stands there; names and papers come beside it.
BESIDE = ("account", "department", "contact", "owner", "answered_by", "receipt", "evidence")
OF_TASK = tuple(field.name for field in fields(TaskCard) if field.name not in BESIDE)


@dataclass(frozen=True)
class TaskFilter:
    """Which tasks a board shows; nothing chosen shows all."""

    owner_id: uuid.UUID | None = None
    # Tasks that nobody has yet.
    nobody: bool = False
    kind: TaskKind | None = None
    account: str = ""
    overdue: bool = False


@dataclass(frozen=True)
class Callee:
    """How a person of a task is reached; nothing where they asked not to be."""

    phone: str | None
    email: str | None
    refused: bool
    no_phone: bool = False


@dataclass(frozen=True)
class TaskStep:
    """One change of a task's state."""

    at: datetime
    by: str | None
    old: str | None
    new: str
    code: str
    text: str | None


def list_cards(session: Session, at: datetime, wanted: TaskFilter = TaskFilter()) -> list[TaskCard]:
    """Open tasks and those closed lately, the most urgent first; without their receipts, which one page shows."""
    lately = or_(Task.state.in_(OPEN_TASK_STATES), Task.closed_at >= at - SHOWN_AFTER_CLOSING)
    rows = _rows(whole=False).where(lately, *_conditions(wanted, at))
    return _read(session, rows.limit(CARDS_SHOWN))


def _conditions(wanted: TaskFilter, at: datetime) -> Iterator[ColumnElement[bool]]:
    if wanted.owner_id:
        yield Task.owner_id == wanted.owner_id
    if wanted.nobody:
        yield Task.owner_id.is_(None)
    if wanted.kind:
        yield Task.kind == wanted.kind
    if wanted.account:
        yield Account.name.icontains(wanted.account, autoescape=True)
    if wanted.overdue:
        yield Task.state.in_(OPEN_TASK_STATES)
        yield Task.due_at < at


def callees(session: Session, ids: Collection[uuid.UUID]) -> dict[str, Callee]:
    """Phone and mail of these people, by id as text; whoever refused every contact has neither."""
    wishes = (Contact.refused_at.is_not(None), Contact.no_phone_at.is_not(None))
    rows = select(Contact.id, Contact.phone, Contact.email, *wishes).where(
        Contact.id.in_(ids), Contact.archived_at.is_(None)
    )
    return {
        str(key): Callee(None if refused or no_phone else phone, None if refused else email, refused, no_phone)
        for key, phone, email, refused, no_phone in session.execute(rows)
    }


def with_phone_wishes(card: TaskCard, reached: Mapping[str, Callee]) -> TaskCard:
    """The same task with what its people have asked for since it was opened."""
    people = card.brief.get("people", [])
    silent = [one for one in people if (how := reached.get(one["id"])) and how.no_phone]
    others = [code for code in card.brief.get("do_not_say", []) if code != "no_phone"]
    told = {"do_not_say": [*others, *(["no_phone"] if silent else [])], "no_phone": silent}
    return replace(card, brief={**card.brief, **told}) if people else card


def open_cards(
    session: Session,
    *,
    owner_id: uuid.UUID | None = None,
    states: Collection[TaskState] = OPEN_TASK_STATES,
    limit: int = 10,
) -> list[TaskCard]:
    """What waits for a person, or for anybody, the most urgent first; without receipts."""
    wanted = [Task.owner_id == owner_id] if owner_id else []
    return _read(session, _rows(whole=False).where(Task.state.in_(states), *wanted).limit(limit))


def cards_of_account(session: Session, account_id: uuid.UUID, limit: int = 20) -> list[TaskCard]:
    """The newest tasks of an account, open or not."""
    rows = _rows().where(Task.account_id == account_id)
    return _read(session, rows.order_by(None).order_by(Task.created_at.desc(), Task.id.desc()).limit(limit))


def get_card(session: Session, task_id: uuid.UUID) -> TaskCard:
    """One task, or NotFound."""
    found = _read(session, _rows().where(Task.id == task_id))
    if not found:
        raise NotFound("no such task")
    return found[0]


def living_products(session: Session) -> list[tuple[str, str]]:
    """(id, name) of everything we sell, for a choice."""
    rows = select(Product.id, Product.name).where(Product.archived_at.is_(None)).order_by(Product.name, Product.id)
    return [(str(key), name) for key, name in session.execute(rows)]


def list_steps(session: Session, task_id: uuid.UUID) -> Sequence[TaskStep]:
    """What happened to a task, in order."""
    changes = (
        select(TaskChange.at, User.name, TaskChange.old, TaskChange.new, TaskChange.code, TaskChange.text)
        .outerjoin(User, User.id == TaskChange.by_user_id)
        .where(TaskChange.task_id == task_id)
        .order_by(TaskChange.at, TaskChange.id)
    )
    return [TaskStep(*row) for row in session.execute(changes)]


def _read(session: Session, rows: Select[*tuple[Any, ...]]) -> list[TaskCard]:
    return [TaskCard(**row) for row in session.execute(rows).mappings()]


def _rows(*, whole: bool = True) -> Select[*tuple[Any, ...]]:
    """The columns of a card; without the papers, which are large, where many stand side by side."""
    owner, answerer = aliased(User), aliased(User)
    nothing = literal({}, JSONB), literal([], JSONB)
    receipt, evidence = (Task.receipt, Task.evidence) if whole else nothing
    names = (
        Account.name.label("account"),
        Department.name.label("department"),
        Contact.full_name.label("contact"),
        owner.name.label("owner"),
        answerer.name.label("answered_by"),
    )
    return (
        select(*(getattr(Task, name) for name in OF_TASK), *names, receipt.label("receipt"), evidence.label("evidence"))
        .join(Account, Account.id == Task.account_id)
        .outerjoin(Department, Department.id == Task.department_id)
        .outerjoin(Contact, Contact.id == Task.contact_id)
        .outerjoin(owner, owner.id == Task.owner_id)
        .outerjoin(answerer, answerer.id == Task.answered_by)
        .order_by(Task.due_at.asc().nulls_last(), Task.created_at.desc(), Task.id)
    )
