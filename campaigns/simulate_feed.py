"""Recorded history, told to a simulation moment by moment: rows as they became known, states as they were then."""

from bisect import bisect_right
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.words import HUMAN, DealStage, EventKind, ExitCause, ItemKind, TaskState, TicketState, TriggerKind
from campaigns.simulate_shadows import HISTORIES, LAID, History, columns_of

# Where it is recorded that something happened which a sequence may listen to, by the kind of that: table and condition.
WAKING: Mapping[str, tuple[tuple[str, str], ...]] = {
    TriggerKind.EVENT: (("events", "kind = any(:kinds) and verdict = any(:human)"),),
    TriggerKind.STAGE: (("stage_changes", "true"),),
    TriggerKind.NEW_CONTACT: (("contacts", "true"),),
    ExitCause.MEETING: (
        ("timeline_items", f"kind = '{ItemKind.MEETING}'"),
        ("task_changes", f"new = '{TaskState.MEETING}'"),
    ),
    ExitCause.OPEN_DEAL: (
        ("deals", "true"),
        ("deal_changes", f"new not in ('{DealStage.WON}', '{DealStage.LOST}')"),
    ),
    ExitCause.CONTRACT: (("contracts", "true"),),
}


class Feed:
    """What was recorded of the chosen people; `tell` lets it become known."""

    def __init__(self, session: Session, source: str, own: str, since: datetime) -> None:
        self._session = session
        self._told_until = since
        for table, history in HISTORIES.items():
            self._record(table, history, source, own)
        if source == LAID:
            for table in HISTORIES:
                session.execute(text(f"delete from {table}"))  # noqa: S608
        for table, history in HISTORIES.items():
            self._rewind(table, history)
        self._moments = {table: self._moments_of(table, history) for table, history in HISTORIES.items()}
        for table in HISTORIES:
            self._tell_rows(table, None, since)
            self._tell_changes(table, None, since)
        # Nobody else looks how large temporary tables are.
        session.execute(text(f"analyze {', '.join(HISTORIES)}"))

    def tell(self, at: datetime) -> None:
        """Let everything become known that did up to this moment."""
        last, self._told_until = self._told_until, at
        due = [table for table in HISTORIES if self._has_news(table, last, at)]
        for table in due:
            self._tell_rows(table, last, at)
        for table in due:
            self._tell_changes(table, last, at)

    def waking(self, kinds: Collection[str], event_kinds: Collection[EventKind]) -> list[datetime]:
        """When something happened that a sequence listens to, in order."""
        found: set[datetime] = set()
        values = {"since": self._told_until, "kinds": list(event_kinds), "human": list(HUMAN)}
        for kind, places in WAKING.items():
            for table, condition in places if kind in kinds or kind == TriggerKind.EVENT else ():
                query = f"select known_at from recorded_{table} where known_at > :since and {condition}"  # noqa: S608
                found.update(self._session.scalars(text(query), _needed(query, values)))
        return sorted(found)

    def _record(self, table: str, history: History, source: str, own: str) -> None:
        """The rows of the chosen accounts, each with when it became known."""
        words = {
            "source": source,
            "own": own,
            "own_message": f"r.enrollment_id in (select r.id from {source}enrollments r where {own})",  # noqa: S608
        }
        known, mine = history.known_at.format(**words), history.mine.format(**words)
        statement = f"""
            create temp table recorded_{table} on commit drop as
            select r.*, {known} as known_at from {source}{table} r where {mine}
        """  # noqa: S608 only our own words are put in
        self._session.execute(text(statement))
        self._session.execute(text(f"create index on recorded_{table} (known_at)"))

    def _rewind(self, table: str, history: History) -> None:
        """Put every row back to the state it began with."""
        by, key = history.changes
        if by:
            self._session.execute(
                text(
                    f"""
                    update recorded_{table} r set {history.state} = first.state
                    from (select distinct on ({key}) {key} as id, coalesce(old, new) as state from recorded_{by}
                          order by {key}, known_at, id) first
                    where first.id = r.id
                    """  # noqa: S608
                )
            )

    def _moments_of(self, table: str, history: History) -> list[datetime]:
        """When something of this table became known, or changed."""
        places = [("known_at", table), *((gate, table) for gate in history.gates)]
        places += [("known_at", history.changes[0])] if history.changes[0] else []
        union = " union ".join(f"select {column} as at from recorded_{where}" for column, where in places)  # noqa: S608
        query = f"select at from ({union}) m where at > :since order by at"  # noqa: S608
        return list(self._session.scalars(text(query), {"since": self._told_until}))

    def _has_news(self, table: str, last: datetime, at: datetime) -> bool:
        moments = self._moments[table]
        return bisect_right(moments, last) < bisect_right(moments, at)

    def _tell_rows(self, table: str, last: datetime | None, at: datetime) -> None:
        history, names = HISTORIES[table], columns_of(table)
        read = {gate: f"case when r.{gate} <= :at then r.{gate} end" for gate in history.gates}
        for gate, column in history.before.items():
            read[column] = (
                f"case when r.{gate} is null or r.{gate} <= :at then r.{column} else '{TicketState.OPEN}' end"
            )
        if table == "enrollments":
            read |= {"due_at": "cast(null as timestamptz)", "leased_until": "cast(null as timestamptz)"}
        values = ", ".join(read.get(name, f"r.{name}") for name in names)
        after = "" if last is None else "r.known_at > :last and"
        statement = f"""
            insert into {table} ({", ".join(names)}) select {values} from recorded_{table} r
            where {after} r.known_at <= :at order by r.known_at, r.{names[0]} on conflict do nothing
        """  # noqa: S608
        self._session.execute(text(statement), _needed(statement, {"last": last, "at": at}))

    def _tell_changes(self, table: str, last: datetime | None, at: datetime) -> None:
        history = HISTORIES[table]
        after = "" if last is None else "known_at > :last and"
        by, key = history.changes
        if by:
            statement = f"""
                update {table} x set {history.state} = c.new
                from (select distinct on ({key}) {key} as changed, new from recorded_{by}
                      where {after} known_at <= :at order by {key}, known_at desc, id desc) c
                where x.id = c.changed and x.{history.state} is distinct from c.new
            """  # noqa: S608
            self._session.execute(text(statement), _needed(statement, {"last": last, "at": at}))
        for gate in history.gates if last is not None else ():
            before = history.before.get(gate)
            also = f", {before} = r.{before}" if before else ""
            statement = f"""
                update {table} x set {gate} = r.{gate}{also} from recorded_{table} r
                where r.id = x.id and r.{gate} > :last and r.{gate} <= :at
            """  # noqa: S608
            self._session.execute(text(statement), {"last": last, "at": at})


def _needed(statement: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values a statement has a place for."""
    return {name: value for name, value in values.items() if f":{name}" in statement}
