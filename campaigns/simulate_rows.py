"""What a simulation came to: a row for each mail sent or withheld, each task and each end, and how two runs differ."""

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.clock import rfc3339
from abm.words import EnrollmentState, GuardAnswer, ItemKind, SimulatedOutcome

WITHHELD = {
    GuardAnswer.SKIP: SimulatedOutcome.SKIPPED,
    GuardAnswer.HOLD: SimulatedOutcome.HELD,
    GuardAnswer.REROUTE: SimulatedOutcome.REROUTED,
    GuardAnswer.SWAP: SimulatedOutcome.SWAPPED,
}
ENDED = {
    EnrollmentState.ACTIVE: SimulatedOutcome.ENROLLED,
    EnrollmentState.EXITED: SimulatedOutcome.EXITED,
    EnrollmentState.COMPLETED: SimulatedOutcome.COMPLETED,
    EnrollmentState.PARKED: SimulatedOutcome.PARKED,
}
# Every outcome by the name of its total.
TOTALS = {outcome: outcome.value for outcome in SimulatedOutcome} | {SimulatedOutcome.TASK: "tasks"}
OUTCOMES = [outcome.value for outcome in SimulatedOutcome]
NEWS = text(
    """
    select i.id, i.happened_at, i.account_id, i.contact_id, i.kind, i.detail, coalesce(m.step, e.step),
        case when m.state in ('held', 'planned') then m.due_at end
    from timeline_items i
    left join messages m on m.id = i.subject_id left join enrollments e on e.id = i.subject_id
    where i.id > :seen and i.kind = any(:kinds)
    order by i.id
    """
)
TASKS = text(
    """
    select t.id, t.created_at, t.account_id, coalesce(t.contact_id, e.contact_id), t.step
    from tasks t join enrollments e on e.id = t.enrollment_id where t.id > :seen order by t.id
    """
)


@dataclass(frozen=True)
class Row:
    """One thing that happens to somebody."""

    at: datetime
    account_id: str
    contact_id: str
    step: str
    outcome: str
    reason: str | None = None
    until: datetime | None = None

    def order(self) -> tuple[Any, ...]:
        """Rows of one moment stand by person, then in the order things come about."""
        rank = OUTCOMES.index(self.outcome)
        return self.at, self.account_id, self.contact_id, rank, self.step, self.reason or ""

    def called(self, names: Mapping[str, str]) -> "Row":
        """The same by other names for account and contact."""
        account_id, contact_id = (names.get(one, one) for one in (self.account_id, self.contact_id))
        return replace(self, account_id=account_id, contact_id=contact_id)


class Ledger:
    """Collects the rows: each line of the timeline and each task that the engine makes, and every mail that leaves."""

    def __init__(self, session: Session) -> None:
        self._session = session
        # Whatever was recorded before has a smaller id.
        self._item = self._task = session.scalar(text("select uuidv7()"))
        self.rows: list[Row] = []

    def note_sent(self, sent: Iterable[tuple[uuid.UUID, uuid.UUID, str]], at: datetime) -> None:
        """These mails left: account, contact and step of each."""
        self.rows.extend(
            Row(at, str(account), str(contact), step, SimulatedOutcome.SENT) for account, contact, step in sent
        )

    def collect(self) -> None:
        """Note what the engine has written since the last time."""
        values = {"seen": self._item, "kinds": [ItemKind.MAIL_WITHHELD, ItemKind.ENROLLMENT_CHANGED]}
        for row in self._session.execute(NEWS, values).all():
            self._item = row[0]
            self.rows.append(_row(*row[1:]))
        for id_, at, account, contact, step in self._session.execute(TASKS, {"seen": self._task}).all():
            self._task = id_
            self.rows.append(Row(at, str(account), _id(contact), step or "", SimulatedOutcome.TASK))


@dataclass(frozen=True)
class Simulated:
    """What a run came to, and of how many people and moments."""

    rows: Sequence[Row]
    accounts: int
    people: int
    moments: int
    names: Mapping[str, str]

    def nameless(self) -> "Simulated":
        """The same without names, as it is kept: whoever is erased or renamed since is not named by it."""
        return replace(self, names={})

    def totals(self) -> dict[str, int]:
        """How many rows there are of each outcome."""
        counted = Counter(row.outcome for row in self.rows)
        return {name: counted[outcome] for outcome, name in TOTALS.items()}


def as_json(run: Simulated) -> dict[str, Any]:
    """The run as `abm sequence simulate` prints it."""
    return {
        "totals": run.totals(),
        "accounts": run.accounts,
        "people": run.people,
        "rows": [_told(row, run.names) for row in run.rows],
    }


def difference(draft: Simulated, live: Simulated) -> dict[str, Any]:
    """Who gets a mail of the draft that the live version would not send, and the other way round."""
    ours, theirs = _mailed(draft), _mailed(live)
    names = {**live.names, **draft.names}
    return {
        "totals": {"draft": draft.totals(), "live": live.totals()},
        "gained": [_told(row, names) for key, row in sorted(ours.items(), key=_when) if key not in theirs],
        "lost": [_told(row, names) for key, row in sorted(theirs.items(), key=_when) if key not in ours],
        "moved": [
            {**_told(row, names), "live_at": rfc3339(theirs[key].at)}
            for key, row in sorted(ours.items(), key=_when)
            if key in theirs and theirs[key].at != row.at
        ],
    }


def _mailed(run: Simulated) -> dict[tuple[str, str, int], Row]:
    """The mails sent by contact, step and how often before."""
    counted: Counter[tuple[str, str]] = Counter()
    found = {}
    for row in run.rows:
        if row.outcome == SimulatedOutcome.SENT:
            found[row.contact_id, row.step, counted[row.contact_id, row.step]] = row
            counted[row.contact_id, row.step] += 1
    return found


def _when(entry: tuple[Any, Row]) -> tuple[Any, ...]:
    return entry[1].order()


def _row(
    at: datetime,
    account: uuid.UUID,
    contact: uuid.UUID | None,
    kind: str,
    detail: Mapping[str, Any],
    step: str | None,
    due_at: datetime | None,
) -> Row:
    where = str(account), _id(contact), detail.get("step") or step or ""
    if kind == ItemKind.ENROLLMENT_CHANGED:
        return Row(at, *where, ENDED[EnrollmentState(detail["state"])], detail.get("reason"))
    outcome = WITHHELD.get(detail["answer"], SimulatedOutcome.SKIPPED)
    until = due_at if outcome == SimulatedOutcome.HELD else None
    return Row(at, *where, outcome, next(iter(detail["reasons"]), None), until)


def _id(given: uuid.UUID | None) -> str:
    return str(given) if given else ""


def _told(row: Row, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "at": rfc3339(row.at),
        "account": row.account_id,
        "account_name": names.get(row.account_id),
        "contact": row.contact_id or None,
        "contact_name": names.get(row.contact_id),
        "step": row.step,
        "outcome": row.outcome,
        "reason": row.reason,
        "until": rfc3339(row.until) if row.until else None,
    }
