"""A webinar report becomes engagement events: who registered, who attended and for how long."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.customers.webinars import deed_id, find_webinar, judge_deed
from abm.importers.minutes import Correction, correct_minutes
from abm.importers.plan import Planner
from abm.importers.records import Facts, PlannedRow
from abm.importers.rows import Problem
from abm.importers.webinar import Attendance, WebinarReport
from abm.importers.write import Origin, copy_rows, to_json
from abm.words import EventKind, ItemKind, MatchStrength, RowAction

KNOWN_EVENTS = text("select id, minutes from events where id = any(:ids)")

EVENT_COLUMNS = (
    "id",
    "kind",
    "happened_at",
    "account_id",
    "department_id",
    "contact_id",
    "webinar_id",
    "import_id",
    "verdict",
    "reasons",
    "minutes",
    "topics",
    "detail",
)
ITEM_COLUMNS = (
    "account_id",
    "department_id",
    "contact_id",
    "kind",
    "happened_at",
    "body",
    "detail",
    "subject_id",
    "import_id",
)


@dataclass(frozen=True)
class Deed:
    """One thing a person did about the webinar; its id is the same whenever the report is read."""

    id: UUID
    kind: EventKind
    happened_at: datetime
    contact_id: str
    minutes: float | None = None


@dataclass
class WebinarPlan:
    """The webinar, the events that are not in the ledger yet, and those whose minutes were others."""

    id: UUID
    report: WebinarReport
    topics: list[str] = field(default_factory=list)
    is_new: bool = True
    deeds: list[Deed] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)


def plan_webinar(session: Session, report: WebinarReport, planner: Planner) -> WebinarPlan:
    """Add the report's rows to the planner's plan, and say which events are new, and which had other minutes."""
    webinar = _find_webinar(session, report)
    rows = [_plan_person(person, planner, report.address_header) for person in report.people]
    deeds = _deeds(webinar, report, rows)
    ids = [deed.id for of_row in deeds.values() for deed in of_row]
    known = {event.id: event.minutes for event in session.execute(KNOWN_EVENTS, {"ids": ids})}
    for row in rows:
        told = deeds.get(row.line, ())
        fresh = [deed for deed in told if deed.id not in known]
        differ = [deed for deed in told if _says_other(deed, known)]
        other = [Correction(row.line, deed.id, known[deed.id], deed.minutes) for deed in differ]
        webinar.deeds.extend(fresh)
        webinar.corrections.extend(other)
        planner.plan.rows.append(_with_deeds(row, is_new=bool(fresh), is_other=bool(other)))
    return webinar


def write_webinar(session: Session, webinar: WebinarPlan, facts: Facts, origin: Origin) -> None:
    """Write the webinar, its events, and a line on the timeline for each."""
    report = webinar.report
    if webinar.is_new:
        copy_rows(
            session,
            "webinars",
            ("id", "title", "held_at", "import_id"),
            [(webinar.id, report.title, report.held_at, origin.import_id)],
        )
    copy_rows(session, "events", EVENT_COLUMNS, (_event(deed, webinar, facts, origin) for deed in webinar.deeds))
    items = (_item(deed, report, facts, origin) for deed in webinar.deeds)
    copy_rows(session, "timeline_items", ITEM_COLUMNS, items)
    correct_minutes(session, origin.import_id, webinar.corrections)


def _says_other(deed: Deed, known: Mapping[UUID, float | None]) -> bool:
    """Does the report know other minutes than the ledger? One that knows none takes nothing away."""
    return deed.id in known and deed.minutes is not None and deed.minutes != known[deed.id]


def _with_deeds(row: PlannedRow, *, is_new: bool, is_other: bool) -> PlannedRow:
    if is_new:
        return row._replace(action=RowAction.CREATE)
    return row._replace(action=RowAction.UPDATE) if is_other and row.action == RowAction.UNCHANGED else row


def _find_webinar(session: Session, report: WebinarReport) -> WebinarPlan:
    found = find_webinar(session, report.title, report.held_at)
    return WebinarPlan(found.id, report, list(found.topics), is_new=found.is_new)


def _plan_person(person: Attendance, planner: Planner, address_header: str) -> PlannedRow:
    """Who a line is about; only a line with a company may bring somebody new."""
    row = person.row
    if row.is_rejected:
        return PlannedRow(row.line, RowAction.REJECT, row.problems)
    known = planner.facts.contacts.get(planner.facts.by_address.get(row.email or "", ""))
    if known is not None:
        return PlannedRow(
            row.line, RowAction.UNCHANGED, row.problems, MatchStrength.SURE, False, known.account_id, known.id
        )
    if row.company:
        return planner.decide_row(row)
    unknown = Problem("unknown_address", address_header, row.email or "")
    return PlannedRow(row.line, RowAction.REJECT, (*row.problems, unknown))


def _deeds(webinar: WebinarPlan, report: WebinarReport, rows: Iterable[PlannedRow]) -> dict[int, list[Deed]]:
    """New deeds by line; who came twice has one attendance with the minutes of both."""
    people = {person.row.line: person for person in report.people}
    told: dict[str, list[Attendance]] = {}
    first_line: dict[str, int] = {}
    for row in rows:
        if row.contact_id:
            told.setdefault(row.contact_id, []).append(people[row.line])
            first_line.setdefault(row.contact_id, row.line)
    return {first_line[contact]: _deeds_of(webinar, report, contact, lines) for contact, lines in told.items()}


def _deeds_of(webinar: WebinarPlan, report: WebinarReport, contact_id: str, lines: list[Attendance]) -> list[Deed]:
    deeds = []
    registered = [line.registered_at for line in lines if line.registered_at]
    joined = [line.joined_at for line in lines if line.joined_at]
    minutes = sum(line.minutes or 0 for line in lines) or None
    if registered:
        deeds.append(_deed(webinar, EventKind.WEBINAR_REGISTERED, min(registered), contact_id))
    if joined or minutes:
        when = min(joined, default=report.held_at)
        deeds.append(_deed(webinar, EventKind.WEBINAR_ATTENDED, when, contact_id, minutes))
    return deeds


def _deed(
    webinar: WebinarPlan, kind: EventKind, happened_at: datetime, contact_id: str, minutes: float | None = None
) -> Deed:
    return Deed(deed_id(webinar.id, contact_id, kind), kind, happened_at, contact_id, minutes)


def _event(deed: Deed, webinar: WebinarPlan, facts: Facts, origin: Origin) -> tuple[object, ...]:
    contact = facts.contacts[deed.contact_id]
    verdict, reason = judge_deed(deed.kind, deed.minutes)
    return (
        deed.id,
        deed.kind.value,
        deed.happened_at,
        contact.account_id,
        contact.fields.get("department_id"),
        contact.id,
        webinar.id,
        origin.import_id,
        verdict.value,
        [reason],
        deed.minutes,
        webinar.topics,
        to_json({"webinar": webinar.report.title}),
    )


def _item(deed: Deed, report: WebinarReport, facts: Facts, origin: Origin) -> tuple[object, ...]:
    contact = facts.contacts[deed.contact_id]
    verdict, _ = judge_deed(deed.kind, deed.minutes)
    detail: dict[str, object] = {"event": deed.kind.value, "verdict": verdict.value, "webinar": report.title}
    if deed.minutes:
        detail["minutes"] = round(deed.minutes, 1)
    return (
        contact.account_id,
        contact.fields.get("department_id"),
        contact.id,
        ItemKind.EVENT.value,
        deed.happened_at,
        report.title,
        to_json(detail),
        deed.id,
        origin.import_id,
    )
