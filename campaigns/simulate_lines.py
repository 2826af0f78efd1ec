"""A history file: one JSON object a line, telling what happened to whom; read into plain values. Pure."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from abm.errors import Invalid
from abm.words import (
    SALES_CONTACTS,
    BuyingRole,
    DealStage,
    EventKind,
    Language,
    Stage,
    TaskState,
    TicketState,
    Verdict,
)

# What a line may tell beside an event of a contact.
CONTACT, STAGE, DEAL, TASK, TICKET, STOP, ENROLL = ("contact", "stage", "deal", "task", "ticket", "stop", "enroll")
OF_ACCOUNT = {STAGE: Stage, DEAL: DealStage, TASK: TaskState, TICKET: TicketState}
KINDS = (CONTACT, *OF_ACCOUNT, STOP, ENROLL, *SALES_CONTACTS, *EventKind)
MOST_LINES = 500_000


@dataclass(frozen=True)
class HistoryLine:
    """One line: when, what, of whom; `word` is the state an account, deal, task or ticket came to."""

    number: int
    at: datetime
    kind: str
    contact: str = ""
    account: str = ""
    word: str = ""
    said: dict[str, Any] = field(default_factory=dict)


def read_history(lines: Iterable[str | bytes], zone: ZoneInfo) -> list[HistoryLine]:
    """Every line in order of time; Invalid names the first that cannot be read. Times without a zone are local."""
    found = [_read(number, line, zone) for number, line in enumerate(lines, 1) if line.strip()]
    if len(found) > MOST_LINES:
        raise Invalid(f"the history has more than {MOST_LINES} lines; give a part of it", "history", "too_long")
    return sorted(found, key=lambda line: (line.at, line.number))


def _read(number: int, line: str | bytes, zone: ZoneInfo) -> HistoryLine:
    try:
        said = json.loads(line)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise _wrong(number, "", f"is no JSON: {error}") from error
    if not isinstance(said, dict):
        raise _wrong(number, "", 'must be an object such as {"at": …, "kind": "click", "contact": …}')
    kind = _word(number, said, "kind", KINDS)
    at = _time(number, said, zone)
    if kind in OF_ACCOUNT:
        name = "to" if kind == STAGE else "stage" if kind == DEAL else "state"
        return HistoryLine(
            number, at, kind, "", _text(number, said, "account"), _word(number, said, name, OF_ACCOUNT[kind]), said
        )
    _check(number, said)
    is_logged = kind in SALES_CONTACTS and said.get("account") and not said.get("contact")
    contact = "" if is_logged else _text(number, said, "contact")
    account = _text(number, said, "account") if said.get("account") or kind == CONTACT else contact
    return HistoryLine(number, at, kind, contact, account, "", said)


def _check(number: int, said: dict[str, Any]) -> None:
    """The words a line may carry beside its own."""
    for name, words in (("verdict", Verdict), ("language", Language), ("role", BuyingRole)):
        if said.get(name) is not None:
            _word(number, said, name, words)
    topics, minutes = said.get("topics") or [], said.get("minutes")
    if not isinstance(topics, list) or not all(isinstance(topic, str) for topic in topics):
        raise _wrong(number, "topics", "must be a list of texts")
    if minutes is not None and (isinstance(minutes, bool) or not isinstance(minutes, int | float)):
        raise _wrong(number, "minutes", "must be a number")


def _word(number: int, said: dict[str, Any], name: str, words: Iterable[str]) -> str:
    known = [str(word) for word in words]
    if said.get(name) not in known:
        raise _wrong(number, name, f"must be one of {', '.join(known)}")
    return str(said[name])


def _text(number: int, said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str | int) or isinstance(value, bool) or not str(value).strip() or "\0" in str(value):
        raise _wrong(number, name, "is missing: name it as you like, the same name is the same one")
    return str(value).strip()


def _time(number: int, said: dict[str, Any], zone: ZoneInfo) -> datetime:
    try:
        at = datetime.fromisoformat(said["at"])
    except (KeyError, TypeError, ValueError) as error:
        raise _wrong(number, "at", "must be a time such as 2026-11-12T06:00:00Z") from error
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _wrong(number: int, name: str, problem: str) -> Invalid:
    return Invalid(f"line {number}: {f'{name} ' if name else ''}{problem}", f"history.{number}", "history_line")
