"""Erasing a person: what is left counts in statistics and tells nobody who it was.

1. What still runs for the person ends: mails under way, sequences, what steps tell others, next actions.
2. The record, and every word about the person, is emptied; events and scores keep their numbers.
3. Name, address and phone are masked wherever the account's records, rows of files or mails mention them; files go.
4. A keyed digest of the address stays, so that a list that brings the person back does not mail them.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from abm.customers.erased import Digests, remember_erased
from abm.customers.mentions import drop_caught, drop_files, mask_mentions, mask_rows
from abm.customers.records import ask_evaluation
from abm.customers.traces import Named, Traces
from abm.errors import NotFound
from abm.models import Account, AuditEntry, Contact
from abm.words import (
    ActionOutcome,
    DeliveryReason,
    DeliveryState,
    EnrollmentState,
    LeaveReason,
    MessageState,
    SendReason,
)

NOBODY = "—"
NO_ADDRESS = "erased@erased.invalid"
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
    "waiting": DeliveryState.PLANNED,
    "sending": DeliveryState.SENDING,
    "skipped": DeliveryState.SKIPPED,
    "person_erased": DeliveryReason.PERSON_ERASED,
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
    # What a step wanted to tell others of the person is not told any more.
    """
    update deliveries set state = :skipped, reason = :person_erased, done_at = :at, leased_until = null
    where change_id is null and (state = :waiting or state = :sending and not is_leaving)
      and enrollment_id in (select id from enrollments where contact_id = :id)
    """,
)
EMPTYING = (
    "update timeline_items set body = null, detail = detail - 'text' where contact_id = :id",
    "update consents set evidence = :nobody where contact_id = :id",
    "update needs set said = :nobody where contact_id = :id",
    "update survey_answers set words = null where contact_id = :id",
    "delete from suggestions where contact_id = :id",
    "delete from segment_members where contact_id = :id",
    "delete from watched_members where contact_id = :id",
    # Deliveries made before names were looked up have them written down.
    """
    update deliveries set said = said #- '{contact,name}'
    where change_id is null and enrollment_id in (select id from enrollments where contact_id = :id)
    """,
    # A mail as the person would have read it, left to the owner.
    """
    update tasks set brief = brief - 'draft', why = (
        select jsonb_agg(case when line ->> 'code' = 'mail_rerouted' then line || jsonb_build_object(
            'subject', cast(:nobody as text),
            'person', jsonb_build_object('name', cast(:nobody as text), 'title', null)
        ) else line end order by place)
        from jsonb_array_elements(why) with ordinality as lines (line, place))
    where contact_id = :id and brief ? 'draft'
    """,
    # What a mail server said names the person.
    "update provider_reports set reason = '', detail = detail - array['said', 'title', 'url'] where contact_id = :id",
    """
    update hits h set ip = null, user_agent = '', detail = '{}'
    from messages m where m.contact_id = :id and h.message_key = m.key
    """,
    # What was filled in, and which pages a browser read; nobody knows the browser again.
    "update hits set ip = null, user_agent = '', detail = '{}' where contact_id = :id",
    "delete from visitors where contact_id = :id",
    "update preferences set muted_topics = '{}' where contact_id = :id",
    "update audit_entries set detail = '{}' where subject = 'contact' and subject_id = :id",
    # Also of merges that were undone: what they wrote down are old values of either record.
    "update contact_merges set changed = '{}' where :id in (contact_id, into_contact_id)",
)
# Rows hold what was typed, in whatever writing. What stood in the account and in other records before is given back
# by undoing the import as ever; what is the person's own is not.
OWN_ROWS = """
    update import_rows set values = '{}', problems = '[]', fingerprint = null,
        before = (before - 'contact') #- '{custom,contact}'
    where %s returning import_id
    """
OF_PERSON = "contact_id = :id"
OF_ADDRESS = """values ->> 'email' is not null
    and left(lower(normalize(values ->> 'email', nfkc)), 320) = left(lower(cast(:mail as text)), 320)"""


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
    mail, traces = contact.email, Traces(_named(session, contact))
    values = {**WORDS, "id": contact.id, "at": at, "by": by, "mail": mail}
    naming = _empty_rows(session, contact)
    for statement in (*ENDING, *EMPTYING):
        session.execute(text(statement), values)
    if mail:
        session.execute(text("delete from caught_mails where rcpt_to = :mail"), values)
        session.execute(
            text("update provider_reports set address = null, reason = '' where address = cast(:mail as citext)"),
            values,
        )
        # Of posts that nobody could read the bytes are all there is.
        session.execute(text("delete from inbound_posts where position(convert_to(:mail, 'UTF8') in body) > 0"), values)
    if mail and digests:
        # The digest takes the place of the address; where there is none, a stop must go on holding by the address.
        session.execute(text("delete from suppressions where email = :mail"), {"mail": mail})
        remember_erased(session, mail, digests, at)
    family = contact.family_name
    _empty(contact, at)
    session.flush()
    mask_mentions(session, contact.account_id, traces, _namesakes(session, contact, family))
    drop_files(session, [*(naming | mask_rows(session, contact.account_id, traces))])
    drop_caught(session, contact.account_id, traces)
    session.add(
        AuditEntry(at=at, user_id=by, act="contact.erased", subject="contact", subject_id=contact.id, detail={})
    )


def _empty_rows(session: Session, contact: Contact) -> set[uuid.UUID]:
    """Empty the rows of files that are the person's own; answers of which imports they are."""
    told = {"id": contact.id, "mail": contact.email}
    asked = (OF_PERSON, OF_ADDRESS) if contact.email else (OF_PERSON,)
    return {found for rows in asked for found in session.scalars(text(OWN_ROWS % rows), told)}


def _named(session: Session, contact: Contact) -> Named:
    """What the person is called and reached by; the company's own number and address are nobody's."""
    account = session.get_one(Account, contact.account_id)
    phones = tuple(phone for phone in (contact.phone, contact.phone_typed) if phone and phone != account.phone)
    if contact.phone and contact.phone == account.phone:
        phones = ()
    address = contact.address if contact.address != account.address else None
    return Named(contact.full_name, contact.family_name, contact.kana, contact.email, phones, address)


def _namesakes(session: Session, contact: Contact, family: str | None) -> Sequence[uuid.UUID]:
    """Colleagues who are addressed by the same family name."""
    same = select(Contact.id).where(Contact.account_id == contact.account_id, Contact.id != contact.id)
    return session.scalars(same.where(Contact.family_name == family, Contact.erased_at.is_(None))).all()


def _empty(contact: Contact, at: datetime) -> None:
    """Leave of the record what counts: where it belongs, its weight, its language."""
    contact.full_name = NOBODY
    for name in ("family_name", "given_name", "kana", "title", "email", "phone", "phone_typed", "postcode", "address"):
        setattr(contact, name, None)
    contact.memo = contact.stale_reason = None
    contact.custom = {}
    contact.tags = []
    contact.archived_at = contact.archived_at or at
    contact.erased_at = at
