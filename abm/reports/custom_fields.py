"""Custom fields nobody fills or uses: how many records hold a value, when one was last typed, which segments ask."""

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from abm.customers.custom import list_custom_fields
from abm.models import Account, Contact, Deal
from abm.words import CustomSubject

Kept = type[Account] | type[Contact] | type[Deal]
TABLES: dict[CustomSubject, Kept] = {
    CustomSubject.ACCOUNT: Account,
    CustomSubject.CONTACT: Contact,
    CustomSubject.DEAL: Deal,
}
# Below a tenth a field costs more habit than it gives.
HARDLY_FILLED = 0.1

TYPED = text(
    """
    select key, max(at) from audit_entries, jsonb_object_keys(detail -> 'changes') key
    where subject = :subject and detail ? 'changes' and key like 'custom.%' group by key
    """
)
ASKED = text(
    """
    select s.name, field #>> '{}' from segments s,
        jsonb_path_query(s.condition, '$.**.field ? (@.type() == "string" && @ starts with $stem)',
            jsonb_build_object('stem', cast(:stem as text))) field
    order by s.name
    """
)


@dataclass(frozen=True)
class FieldUse:
    """One custom field, how it is kept up and who asks for it."""

    id: uuid.UUID
    title: str
    code: str
    kind: str
    choices: tuple[str, ...]
    is_required: bool
    records: int
    filled: int
    # When somebody last typed a value; what lists brought is counted, not dated.
    typed_at: datetime | None
    segments: tuple[str, ...]

    @property
    def share(self) -> float:
        """How much of the records hold a value, from 0 to 1."""
        return self.filled / self.records if self.records else 0.0

    @property
    def is_idle(self) -> bool:
        """Whether hardly any record holds a value and no segment asks for it."""
        return self.records > 0 and self.share < HARDLY_FILLED and not self.segments


def field_uses(session: Session, subject: CustomSubject, *, archived: bool = False) -> list[FieldUse]:
    """The fields of a kind of record in the order of the form, with their use."""
    fields = list_custom_fields(session, subject, archived=archived)
    if not fields:
        return []
    table = TABLES[subject]
    records = session.scalar(select(func.count()).select_from(table).where(table.archived_at.is_(None))) or 0
    filled, typed, asked = _filled(session, subject), _typed(session, subject), _asked(session, subject)
    return [
        FieldUse(
            field.id,
            field.title,
            field.code,
            field.kind,
            tuple(field.choices),
            field.is_required,
            records,
            filled.get(field.code, 0),
            typed.get(field.code),
            tuple(asked.get(field.code, ())),
        )
        for field in fields
    ]


def _filled(session: Session, subject: CustomSubject) -> dict[str, int]:
    table = TABLES[subject]
    keys = func.jsonb_object_keys(table.custom).table_valued("code").render_derived()
    counted = select(keys.c.code, func.count()).select_from(table).join(keys, text("true"))
    living = counted.where(table.archived_at.is_(None), table.custom != {}).group_by(keys.c.code)
    return {row[0]: row[1] for row in session.execute(living)}


def _typed(session: Session, subject: CustomSubject) -> dict[str, datetime]:
    return {key.removeprefix("custom."): at for key, at in session.execute(TYPED, {"subject": subject.value})}


def _asked(session: Session, subject: CustomSubject) -> dict[str, list[str]]:
    stem = f"{subject}.custom."
    asked: dict[str, list[str]] = defaultdict(list)
    for segment, field in session.execute(ASKED, {"stem": stem}):
        if segment not in asked[field.removeprefix(stem)]:
            asked[field.removeprefix(stem)].append(segment)
    return asked
