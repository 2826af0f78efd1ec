"""Erasing a person: what is left counts in statistics and tells nobody who it was.

1. What still runs for the person ends: mails under way, sequences, next actions.
2. The record, and every word about the person, is emptied; events and scores keep their numbers.
3. Name, address and phone are masked wherever the account's records mention them.
4. A keyed digest of the address stays, so that a list that brings the person back does not mail them.
"""

import json
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from abm.customers.erased import Digests, remember_erased
from abm.customers.records import ask_evaluation
from abm.db import Base
from abm.errors import NotFound
from abm.models import Account, AuditEntry, Contact
from abm.words import ActionOutcome, EnrollmentState, LeaveReason, MessageState, SendReason

MASK = "＊"
NOBODY = "—"
NO_ADDRESS = "erased@erased.invalid"
# Shorter names stand in too many words that are nobody's name; Latin letters more than signs of Japanese.
SHORTEST_NAME, SHORTEST_LATIN_NAME = 2, 4
# Columns of an account's records in which people write freely; the other columns hold words of ours and numbers.
FREE_WORDS = frozenset(
    ("body", "competitors", "issues", "name", "note", "question", "said", "subject", "text", "topic", "what", "words")
)
# What keeps its words when a person goes: the record itself is emptied, and departments are called what they are.
NEVER_MASKED = frozenset(("contacts", "departments", "import_rows"))

WORDS = {
    "nobody": NOBODY,
    "no_address": NO_ADDRESS,
    "held": MessageState.HELD,
    "planned": MessageState.PLANNED,
    "cancelled": MessageState.CANCELLED,
    "archived": SendReason.ARCHIVED,
    "active": EnrollmentState.ACTIVE,
    "parked": EnrollmentState.PARKED,
    "exited": EnrollmentState.EXITED,
    "left": LeaveReason.ARCHIVED,
    "dropped": ActionOutcome.DROPPED,
}
ENDING = (
    "update messages set state = :cancelled, reason = :archived where contact_id = :id and state in (:held, :planned)",
    "update messages set email = :no_address where contact_id = :id",
    """
    update enrollments set state = :exited, reason = :left, ended_at = :at, due_at = null
    where contact_id = :id and state in (:active, :parked)
    """,
    """
    update next_actions set closed_at = :at, closed_by = :by, outcome = :dropped
    where contact_id = :id and closed_at is null
    """,
    "update next_actions set what = :nobody where contact_id = :id",
)
EMPTYING = (
    "update timeline_items set body = null, detail = detail - 'text' where contact_id = :id",
    "update consents set evidence = :nobody where contact_id = :id",
    "update needs set said = :nobody where contact_id = :id",
    "update survey_answers set words = null where contact_id = :id",
    "delete from suggestions where contact_id = :id",
    "delete from segment_members where contact_id = :id",
    """
    update hits h set ip = null, user_agent = ''
    from messages m where m.contact_id = :id and h.message_key = m.key
    """,
    """
    update import_rows set values = '{}', problems = '[]', fingerprint = null,
           before = case when before is null then null else '{}'::jsonb end
    where contact_id = :id
    """,
    "update audit_entries set detail = '{}' where subject = 'contact' and subject_id = :id",
    # Also of merges that were undone: what they wrote down are old values of either record.
    "update contact_merges set changed = '{}' where :id in (contact_id, into_contact_id)",
)
# Rows hold what was typed, in whatever writing.
OF_ADDRESS = (
    """
    update imports set content = ''
    where id in (select import_id from import_rows where contact_id = :id
                 or lower(normalize(values ->> 'email', nfkc)) = lower(cast(:mail as text)))
    """,
    """
    update import_rows set values = '{}', problems = '[]', fingerprint = null
    where lower(normalize(values ->> 'email', nfkc)) = lower(cast(:mail as text))
    """,
    "delete from caught_mails where rcpt_to = :mail",
)


def erase_person(
    session: Session, contact_id: uuid.UUID, digests: Digests | None, *, by: uuid.UUID | None, at: datetime
) -> None:
    """Erase a person for good; `digests` None for one who never asked and may be met again. Raises NotFound."""
    account, contact = _lock_person(session, contact_id)
    # What was merged into this record is the same person under another address.
    former = session.scalars(select(Contact).where(Contact.merged_into_id == contact.id, Contact.erased_at.is_(None)))
    for one in (contact, *former.all()):
        _erase(session, one, digests, by, at)
    if account.archived_at is None:
        ask_evaluation(session, account, at)


def _lock_person(session: Session, contact_id: uuid.UUID) -> tuple[Account, Contact]:
    """The person's account, locked, and the record as it stands behind that lock: the one a merge has kept."""
    home = select(Account).join(Contact, Contact.account_id == Account.id).where(Contact.id == contact_id)
    account = session.scalar(home.with_for_update(key_share=True, of=Account))
    contact = session.get(Contact, contact_id, populate_existing=True)
    if contact and contact.merged_into_id:
        contact = session.get_one(Contact, contact.merged_into_id, populate_existing=True)
    if account is None or contact is None or contact.erased_at is not None:
        raise NotFound("no such contact")
    return account, contact


def _erase(session: Session, contact: Contact, digests: Digests | None, by: uuid.UUID | None, at: datetime) -> None:
    """Erase one record of a person."""
    mail, names = contact.email, _names(contact)
    values = {**WORDS, "id": contact.id, "at": at, "by": by, "mail": mail}
    for statement in (*(OF_ADDRESS if mail else ()), *ENDING, *EMPTYING):
        session.execute(text(statement), values)
    if mail and digests:
        # The digest takes the place of the address; where there is none, a stop must go on holding by the address.
        session.execute(text("delete from suppressions where email = :mail"), {"mail": mail})
        remember_erased(session, mail, digests, at)
    _empty(contact, at)
    session.flush()
    _mask(session, contact.account_id, names)
    session.add(
        AuditEntry(at=at, user_id=by, act="contact.erased", subject="contact", subject_id=contact.id, detail={})
    )


def _names(contact: Contact) -> list[str]:
    """What the person is called or reached by, the longest first; a Japanese name is written without its gap, too."""
    called = {contact.full_name, contact.kana, contact.email, contact.phone, contact.phone_typed}
    called |= {"".join(name.split()) for name in (contact.full_name, contact.kana) if name and not name.isascii()}
    return sorted((name for name in called if name and _is_telling(name)), key=len, reverse=True)


def _is_telling(name: str) -> bool:
    return len(name) >= (SHORTEST_LATIN_NAME if name.isascii() else SHORTEST_NAME)


def _empty(contact: Contact, at: datetime) -> None:
    """Leave of the record what counts: where it belongs, its weight, its language."""
    contact.full_name = NOBODY
    for name in ("family_name", "given_name", "kana", "title", "email", "phone", "phone_typed", "postcode", "address"):
        setattr(contact, name, None)
    contact.memo = contact.stale_reason = None
    contact.custom = {}
    contact.archived_at = contact.archived_at or at
    contact.erased_at = at


def _mask(session: Session, account_id: uuid.UUID, names: Sequence[str]) -> None:
    """Take the person's name, address and phone out of what was written about the account."""
    for table, column, is_json in _free_columns():
        for name in names:
            told = {"account": account_id, "name": name, "like": f"%{_escaped(name)}%", "mask": MASK}
            if is_json:
                _mask_documents(session, table, column, told)
            else:
                session.execute(
                    text(
                        f"update {table} set {column} = replace({column}, :name, :mask)"  # noqa: S608  our own tables
                        f" where account_id = :account and {column} like :like"
                    ),
                    told,
                )


def _mask_documents(session: Session, table: str, column: str, told: dict[str, Any]) -> None:
    """Mask texts inside a document; its keys are ours and stay."""
    found = session.execute(
        text(f"select id, {column} from {table} where account_id = :account and {column}::text like :like"),  # noqa: S608
        {**told, "like": f"%{_escaped(json.dumps(told['name'], ensure_ascii=False)[1:-1])}%"},
    ).all()
    changing = text(f"update {table} set {column} = cast(:document as jsonb) where id = :id")  # noqa: S608
    for row_id, document in found:
        masked = json.dumps(_masked(document, told["name"]), ensure_ascii=False)
        session.execute(changing, {"id": row_id, "document": masked})


def _masked(document: Any, name: str) -> Any:
    if isinstance(document, str):
        return document.replace(name, MASK)
    if isinstance(document, list):
        return [_masked(part, name) for part in document]
    if isinstance(document, dict):
        return {key: _masked(part, name) for key, part in document.items()}
    return document


def _free_columns() -> Iterator[tuple[str, str, bool]]:
    """(table, column, is a document) of everything written about accounts; a new table is masked too."""
    for table in Base.metadata.sorted_tables:
        if table.name in NEVER_MASKED or not {"id", "account_id"} <= set(table.columns.keys()):
            continue
        for column in table.columns:
            if isinstance(column.type, JSONB):
                yield table.name, column.name, True
            elif column.name in FREE_WORDS:
                yield table.name, column.name, False


def _escaped(name: str) -> str:
    """The name inside a LIKE pattern."""
    return name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
