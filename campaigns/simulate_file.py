"""A history file as records: the people, accounts and everything it tells of them, laid into the shadow tables."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from abm.db import Base
from abm.models import (
    Account,
    Consent,
    Contact,
    Deal,
    DealChange,
    Event,
    StageChange,
    Task,
    TaskChange,
    Ticket,
    TimelineItem,
)
from abm.words import (
    ConsentBasis,
    ConsentPurpose,
    EventKind,
    ItemKind,
    Language,
    Stage,
    StageReason,
    TaskCode,
    TaskKind,
    TicketState,
    Verdict,
)
from campaigns.simulate_lines import CONTACT, DEAL, ENROLL, STAGE, STOP, TASK, TICKET, HistoryLine

EVIDENCE = "history"
NAMESPACE = uuid.UUID("6f1d7d0e-4a2e-4f0e-9a35-0c8a3d1f7b55")
# These cannot come from a machine.
PROVEN = (EventKind.REPLY, EventKind.INQUIRY, EventKind.DEMO_REQUEST, EventKind.WEBINAR_ATTENDED, EventKind.MEETING)


@dataclass
class _Cast:
    """Whom the file has spoken of so far, and in which state each thing was left."""

    since: datetime
    rows: list[Base] = field(default_factory=list)
    accounts: dict[str, uuid.UUID] = field(default_factory=dict)
    contacts: dict[str, tuple[uuid.UUID, uuid.UUID]] = field(default_factory=dict)
    states: dict[tuple[str, str], Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """Whom a file has taken on by hand, when; and how it calls whom it speaks of, by id."""

    enrolled: Sequence[tuple[datetime, uuid.UUID]]
    called: Mapping[str, str]


NOTHING_TOLD = Told((), {})


def load_history(session: Session, lines: Sequence[HistoryLine], since: datetime) -> Told:
    """Lay what the lines tell into the tables of this session; who is not introduced is known from the beginning."""
    cast = _Cast(since)
    enrolled = []
    # Whoever is introduced anywhere is introduced before anything else is told.
    for line in sorted(lines, key=lambda line: line.kind != CONTACT):
        if line.kind == ENROLL:
            enrolled.append((line.at, _contact(cast, line)[0]))
        else:
            READERS.get(line.kind, _event)(cast, line)
    for rows in _in_order(cast.rows):
        session.add_all(rows)
        session.flush()
    session.expunge_all()
    called = {str(id_): ref for ref, id_ in cast.accounts.items()}
    called |= {str(id_): ref for ref, (id_, _) in cast.contacts.items()}
    return Told(sorted(enrolled), called)


def _in_order(rows: Iterable[Base]) -> list[list[Base]]:
    parts: dict[type[Base], list[Base]] = {}
    for row in rows:
        parts.setdefault(type(row), []).append(row)
    return list(parts.values())


def _same(*names: str) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, " ".join(names))


def _account(cast: _Cast, name: str) -> uuid.UUID:
    if name not in cast.accounts:
        cast.accounts[name] = _same("account", name)
        values = {"id": cast.accounts[name], "name": name, "normalised_name": name, "created_at": cast.since}
        cast.rows.append(Account(**values, stage=Stage.KNOWN))
    return cast.accounts[name]


def _contact(cast: _Cast, line: HistoryLine) -> tuple[uuid.UUID, uuid.UUID]:
    """The contact of a line and its account; one that nobody introduced is known from the beginning, with consent."""
    if line.contact not in cast.contacts:
        introduced = line.kind == CONTACT
        said, at = (line.said, line.at) if introduced else ({}, cast.since)
        id_, account_id = _same("contact", line.contact), _account(cast, line.account)
        cast.contacts[line.contact] = id_, account_id
        cast.rows.append(
            Contact(
                id=id_,
                account_id=account_id,
                full_name=str(said.get("name") or line.contact),
                email=str(said.get("email") or f"{id_.hex}@example.com"),
                language=said.get("language") or Language.JAPANESE,
                title=said.get("title"),
                buying_role=said.get("role"),
                created_at=at,
            )
        )
        if said.get("consent", True):
            values = {"purpose": ConsentPurpose.MAIL, "granted": True, "basis": ConsentBasis.OPT_IN}
            cast.rows.append(Consent(contact_id=id_, evidence=EVIDENCE, at=at, **values))
    return cast.contacts[line.contact]


def _event(cast: _Cast, line: HistoryLine) -> None:
    contact_id, account_id = _contact(cast, line)
    topics = line.said.get("topics") or ([line.said["topic"]] if line.said.get("topic") else [])
    cast.rows.append(
        Event(
            id=_same("event", str(line.number)),
            kind=line.kind,
            happened_at=line.at,
            account_id=account_id,
            contact_id=contact_id,
            verdict=line.said.get("verdict") or (Verdict.PROVEN if line.kind in PROVEN else Verdict.LIKELY),
            minutes=line.said.get("minutes"),
            topics=topics,
            product=line.said.get("product"),
        )
    )


def _log(cast: _Cast, line: HistoryLine) -> None:
    """Sales was in touch; a meeting with somebody is an event of theirs, too."""
    contact_id, account_id = _contact(cast, line) if line.contact else (None, _account(cast, line.account))
    cast.rows.append(TimelineItem(kind=line.kind, account_id=account_id, contact_id=contact_id, happened_at=line.at))
    if line.kind == ItemKind.MEETING and contact_id:
        _event(cast, line)


def _stage(cast: _Cast, line: HistoryLine) -> None:
    account_id = _account(cast, line.account)
    old = cast.states.get((STAGE, line.account), Stage.KNOWN)
    cast.states[STAGE, line.account] = line.word
    cast.rows.append(
        StageChange(account_id=account_id, old=old, new=line.word, at=line.at, reason=StageReason.RULE_OF_MODEL)
    )


def _deal(cast: _Cast, line: HistoryLine) -> None:
    key = (DEAL, str(line.said.get("deal") or line.account))
    deal_id, old = _same(*key), cast.states.get(key)
    if old is None:
        values = {"id": deal_id, "account_id": _account(cast, line.account), "name": key[1], "stage": line.word}
        cast.rows.append(Deal(**values, stage_since=line.at, created_at=line.at))
    cast.states[key] = line.word
    cast.rows.append(DealChange(deal_id=deal_id, at=line.at, old=old, new=line.word))


def _task(cast: _Cast, line: HistoryLine) -> None:
    """A hand-off to sales, of which an account has one."""
    key = (TASK, line.account)
    task_id, old = _same(*key), cast.states.get(key)
    if old is None:
        values = {"id": task_id, "account_id": _account(cast, line.account), "kind": TaskKind.HAND_OFF}
        cast.rows.append(Task(**values, state=line.word, why=[], created_at=line.at))
    cast.states[key] = line.word
    cast.rows.append(TaskChange(task_id=task_id, at=line.at, old=old, new=line.word, code=TaskCode.ASSIGNED))


def _ticket(cast: _Cast, line: HistoryLine) -> None:
    key = (TICKET, str(line.said.get("ticket") or line.account))
    ticket = cast.states.get(key)
    if ticket is None:
        values = {"id": _same(*key), "account_id": _account(cast, line.account), "subject": key[1]}
        ticket = Ticket(**values, opened_at=line.at, created_at=line.at)
        cast.states[key] = ticket
        cast.rows.append(ticket)
    ticket.state = line.word
    ticket.closed_at = line.at if line.word == TicketState.CLOSED else None


def _stop(cast: _Cast, line: HistoryLine) -> None:
    contact_id, _ = _contact(cast, line)
    values = {"purpose": ConsentPurpose.MAIL, "granted": False, "evidence": EVIDENCE, "at": line.at}
    cast.rows.append(Consent(contact_id=contact_id, **values))


READERS: Mapping[str, Callable[[_Cast, HistoryLine], Any]] = {
    CONTACT: _contact,
    STAGE: _stage,
    DEAL: _deal,
    TASK: _task,
    TICKET: _ticket,
    STOP: _stop,
    ItemKind.CALL: _log,
    ItemKind.VISIT: _log,
    ItemKind.MEETING: _log,
    ItemKind.SALES_MAIL: _log,
}
