"""Minutes of an attendance that a later report corrects: on the event, on the timeline, in the score, and back."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.customers.refolds import ask_refold
from abm.customers.webinars import NO_MINUTES, WITH_MINUTES
from abm.importers.write import to_json
from abm.words import ItemKind, Verdict

# Minutes prove an attendance, and none leave it open; what somebody has judged since stays as it was judged.
CHANGE = text(
    """
    with changed as (
        update events e set minutes = v.new,
            verdict = case when :no_minutes = any(e.reasons) and v.new is not null and e.verdict = :unknown then :proven
                when :with_minutes = any(e.reasons) and v.new is null and e.verdict = :proven then :unknown
                else e.verdict end,
            reasons = case when v.new is null then array_replace(e.reasons, :with_minutes, :no_minutes)
                else array_replace(e.reasons, :no_minutes, :with_minutes) end
        from jsonb_to_recordset(cast(:rows as jsonb)) as v (event uuid, old float, new float)
        where e.id = v.event and e.minutes is not distinct from v.old
        returning e.id, e.contact_id, e.minutes, e.verdict
    ), told as (
        update timeline_items t
        set detail = jsonb_strip_nulls(t.detail || jsonb_build_object(
            'verdict', c.verdict, 'minutes', round(cast(c.minutes as numeric), 1)))
        from changed c where t.contact_id = c.contact_id and t.subject_id = c.id and t.kind = :item
    )
    select contact_id from changed
    """
)
REMEMBER = text(
    """
    update import_rows r
    set before = coalesce(r.before, '{}') || jsonb_build_object('minutes', cast(to_jsonb(v) as jsonb) - 'line')
    from jsonb_to_recordset(cast(:rows as jsonb)) as v (line bigint, event uuid, old float, new float)
    where r.import_id = :id and r.line = v.line
    """
)
CORRECTED = text("select before -> 'minutes' from import_rows where import_id = :id and before ? 'minutes'")
WORDS = {
    "no_minutes": NO_MINUTES,
    "with_minutes": WITH_MINUTES,
    "proven": Verdict.PROVEN,
    "unknown": Verdict.UNKNOWN,
    "item": ItemKind.EVENT,
}


@dataclass(frozen=True)
class Correction:
    """Other minutes than those on record: which line says so, of which event, and what stood there."""

    line: int
    event: uuid.UUID
    old: float | None
    new: float | None


def correct_minutes(session: Session, import_id: uuid.UUID, corrections: Sequence[Correction]) -> None:
    """Bring these minutes in, and keep with each line what they replace; the scores of these people fold again."""
    rows = [vars(correction) for correction in corrections]
    if rows:
        _change(session, rows)
        session.execute(REMEMBER, {"id": import_id, "rows": to_json(rows)})


def take_back_minutes(session: Session, import_id: uuid.UUID) -> int:
    """Give attendances the minutes back that an import replaced, where its own still stand."""
    corrected = session.scalars(CORRECTED, {"id": import_id}).all()
    return _change(session, [{**told, "old": told["new"], "new": told["old"]} for told in corrected])


def _change(session: Session, rows: Sequence[dict[str, object]]) -> int:
    people = session.scalars(CHANGE, {"rows": to_json(rows), **WORDS}).all() if rows else []
    ask_refold(session, people)
    return len(people)
