"""Simulation: the engine itself on recorded history, with a business time of its own and a sender that only records.

Everything happens over shadow tables in a transaction that is taken back: nothing is written, nothing leaves. Human
answers to mails that were never sent are in no history; so a branch is decided by what the person is recorded to have
done in its window, whatever mail that came from.
"""

import uuid
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, text
from sqlalchemy.orm import Session

from abm.conditions.language import Moment
from abm.errors import Invalid
from abm.models import Contact, SequenceVersion
from abm.models import Sequence as SequenceRow
from abm.segments.segments import get_segment, people_of
from abm.words import EventKind, TriggerKind
from campaigns.advance import advance, claim_enrollments
from campaigns.listening import LOOKED_AT
from campaigns.newest import published_versions
from campaigns.occasions import fold_occasions
from campaigns.plans import Sender
from campaigns.sequences import apply_sequence, publish_sequence
from campaigns.simulate_feed import Feed
from campaigns.simulate_file import NOTHING_TOLD, Told, load_history
from campaigns.simulate_lines import HistoryLine
from campaigns.simulate_rows import Ledger, Row, Simulated
from campaigns.simulate_shadows import (
    LAID,
    REAL,
    choose_accounts,
    copy_sequences,
    let_listen,
    look_again,
    set_clock,
    shadowed,
)
from campaigns.starting import start_by_hand
from campaigns.triggers import Trigger, read_triggers, starts_by_itself
from campaigns.watching import look_next

MOST_PEOPLE = 20_000
LONGEST = timedelta(days=3 * 366)
# Beyond so many moments they are taken together: a mail then leaves some minutes later than it might.
EXACT_MOMENTS = 2_000
MOST_MOMENTS = 10_000
# Whoever comes back at the same moment again and again would keep it for ever.
MOST_ROUNDS = 100
# Segments and conditions are looked at no more often than this.
LOOKS_APART = timedelta(hours=1)
LOOKS_AT_LEAST = timedelta(days=1)
NAMESPACE = uuid.UUID("6f1d7d0e-4a2e-4f0e-9a35-0c8a3d1f7b55")
# The door of a simulation: what is due has left.
SEND = text(
    """
    update messages set state = 'sent', sent_at = :at, delivered_at = :at, leased_until = null
    where state = 'planned' and due_at <= :at returning account_id, contact_id, step
    """
)
NEXT = text(
    """
    select min(due_at) from (
        select min(due_at) as due_at from enrollments where state = 'active'
        union all select min(due_at) from messages where state = 'planned'
        union all select min(due_at) from occasions
    ) waiting
    """
)
# A run sees one moment of the installation, however long it takes.
AS_OF_NOW = text("set transaction isolation level repeatable read")
NAMES = text("select id, name from accounts union all select id, full_name from contacts")

Tell = Callable[[datetime], None]


@dataclass(frozen=True)
class Plan:
    """What is simulated: a document over a span, for the people of a segment or for everybody."""

    document: Mapping[str, Any]
    since: datetime
    until: datetime
    zone: ZoneInfo
    segment: str | None = None

    def of(self, document: Mapping[str, Any]) -> "Plan":
        """The same for another document."""
        return replace(self, document=document)


@dataclass(frozen=True)
class Live:
    """The version that is published."""

    number: int
    document: Mapping[str, Any]


def simulate(
    connection: Connection,
    plan: Plan,
    tell: Tell = lambda at: None,
    history: Sequence[HistoryLine] | None = None,
) -> Simulated:
    """Run the document through what was recorded, or through this history; the transaction is left as it was."""
    check_span(plan.since, plan.until)
    members = None if history is not None else _members_at_the_end(connection, plan)
    with shadowed(connection) as session:
        told = load_history(session, history, plan.since) if history is not None else NOTHING_TOLD
        source = REAL if history is None else LAID
        accounts, people = choose_accounts(session, members, source)
        if people > MOST_PEOPLE:
            problem = f"{people} people are too many to simulate at once (at most {MOST_PEOPLE}); choose a segment"
            raise Invalid(problem, field="segment", code="too_many_people")
        run = _Run(session, plan, source, told)
        moments = run.go(tell)
        return Simulated(run.rows(), accounts, people, moments, run.names())


def find_live(connection: Connection, name: str) -> Live | None:
    """The newest published version of this sequence, if there is one."""
    newest = published_versions().join(SequenceRow).where(SequenceRow.name == name)
    columns = (SequenceVersion.number, SequenceVersion.document)
    row = connection.execute(newest.with_only_columns(*columns)).one_or_none()
    return Live(*row) if row else None


def check_span(since: datetime, until: datetime) -> None:
    """Raise Invalid for a span that is none, or longer than anybody could read."""
    if since >= until:
        raise Invalid("the end must lie behind the beginning", field="to", code="span_empty")
    if until - since > LONGEST:
        raise Invalid(f"at most {LONGEST.days} days can be simulated at once", field="from", code="span_long")


def _members_at_the_end(connection: Connection, plan: Plan) -> list[uuid.UUID] | None:
    """Whose accounts are looked at: those of the people who are in the segment at the end; None: everybody's."""
    if plan.segment is None:
        return None
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        return list(session.scalars(_people(session, plan.segment, Moment(plan.until, plan.zone))))


def _people(session: Session, segment: str, moment: Moment) -> Select[Any]:
    return people_of(session, get_segment(session, segment), moment).with_only_columns(Contact.id)


class _Run:
    """One run: everything as of its beginning, then from due time to due time."""

    def __init__(self, session: Session, plan: Plan, source: str, told: Told) -> None:
        self._session, self._plan, self._told = session, plan, told
        self._name = str(plan.document["name"])
        self._triggers = read_triggers(plan.document)
        own = copy_sequences(session, self._name, uuid.uuid5(NAMESPACE, self._name))
        self._feed = Feed(session, source, own, plan.since)
        let_listen(session)
        set_clock(session, plan.since)
        self._ledger = Ledger(session)
        self._looked_at = plan.since
        self._publish()

    def go(self, tell: Tell) -> int:
        """Everything that happens until the end; answers at how many moments something did."""
        moments, last = 0, self._plan.since
        for at in self._moments():
            set_clock(self._session, at)
            self._feed.tell(at)
            self._begin_by_hand(last, at)
            self._look(at)
            self._settle(at)
            tell(at)
            moments, last = moments + 1, at
        return moments

    def rows(self) -> list[Row]:
        """What came of it, in order of time."""
        called = self._told.called
        rows = (row.called(called) for row in self._ledger.rows) if called else self._ledger.rows
        return sorted(rows, key=Row.order)

    def names(self) -> dict[str, str]:
        """How accounts and contacts are called, by what rows name them by."""
        called = self._told.called
        return {called.get(str(id_), str(id_)): name for id_, name in self._session.execute(NAMES)}

    def _publish(self) -> None:
        """As if it had been published at the beginning."""
        session, since = self._session, self._plan.since
        apply_sequence(session, self._plan.document, since)
        publish_sequence(
            session,
            self._name,
            at=since,
            contact_ids=self._first_people() or None,
            zone=self._plan.zone,
            nobody_yet=True,
        )

    def _first_people(self) -> list[uuid.UUID]:
        """Who is taken on by hand at the beginning, where that is how people come."""
        session, plan = self._session, self._plan
        if self._told.enrolled or not _takes_by_hand(plan):
            return []
        if plan.segment is not None:
            return list(session.scalars(_people(session, plan.segment, Moment(plan.since, plan.zone))))
        return list(session.scalars(text("select id from contacts where archived_at is null order by id")))

    def _moments(self) -> Iterator[datetime]:
        """Every moment at which something may have to be done, the beginning first."""
        until, at = self._plan.until, self._plan.since
        waking = self._waking()
        for number in range(MOST_MOMENTS):
            yield at
            after = bisect_right(waking, at)
            candidates = [self._session.scalar(NEXT), *waking[after : after + 1], self._next_look()]
            following = min((one for one in candidates if one), default=until)
            at = max(following, at + _gap(number, until - at))
            if at >= until:
                return

    def _waking(self) -> list[datetime]:
        """When something happened that the sequence listens to or waits for, or somebody was taken on by hand."""
        listened = {EventKind(word) for trigger in self._triggers for word in trigger.words if word in set(EventKind)}
        kinds = {str(trigger.kind) for trigger in self._triggers}
        waking = self._feed.waking(kinds, listened)
        return sorted({*waking, *(at for at, _ in self._told.enrolled)})

    def _begin_by_hand(self, last: datetime, at: datetime) -> None:
        people = [who for when, who in self._told.enrolled if when <= at and (when > last or at == self._plan.since)]
        if people:
            start_by_hand(self._session, self._name, people, at)

    def _next_look(self) -> datetime | None:
        return self._looked_at + LOOKS_AT_LEAST if _looks(self._triggers) else None

    def _look(self, at: datetime) -> None:
        """Look who has come into a segment or to a goal, as the engine does all day."""
        is_first = at == self._plan.since
        if not _looks(self._triggers) or (at - self._looked_at < LOOKS_APART and not is_first):
            return
        self._looked_at = at
        look_again(self._session)
        while look_next(self._session, at, self._plan.zone):
            pass

    def _settle(self, at: datetime) -> None:
        """Everything that is due now, until nothing is."""
        session = self._session
        for _ in range(MOST_ROUNDS):
            folded = fold_occasions(session, at)
            self._ledger.collect()
            claimed = claim_enrollments(session, at)
            if claimed:
                advance(session, claimed, Sender("simulation.invalid", self._plan.zone), at)
            sent = session.execute(SEND, {"at": at}).all()
            self._ledger.note_sent(((row[0], row[1], row[2]) for row in sent), at)
            self._ledger.collect()
            if not (folded or claimed or sent):
                return


def _looks(triggers: Sequence[Trigger]) -> bool:
    return any(trigger.kind in LOOKED_AT for trigger in triggers)


def _takes_by_hand(plan: Plan) -> bool:
    """Where triggers bring people, a segment is taken on only when the document says that people are, too."""
    if not starts_by_itself(plan.document):
        return True
    by_hand = any(trigger["on"] == TriggerKind.HAND for trigger in plan.document["triggers"])
    return plan.segment is not None and by_hand


def _gap(number: int, left: timedelta) -> timedelta:
    """How far apart moments must lie at least, so that their number ends."""
    return timedelta(0) if number < EXACT_MOMENTS else left / (MOST_MOMENTS - number)
