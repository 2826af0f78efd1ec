"""People who filled in a form and are in nobody's list yet: matched and made as an import would."""

import uuid
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Row, text
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from abm.customers.accounts import create_account
from abm.customers.contacts import create_contact
from abm.customers.domains import SharedDomains
from abm.customers.drafts import AccountDraft, ContactDraft
from abm.customers.match import Candidate, Company
from abm.errors import AbmError
from abm.importers import clean
from abm.importers.facts import load_matching
from abm.importers.write import to_json
from abm.queue import enqueue
from abm.words import FormKind, Language
from abm.work import here, unit_of_work

log = structlog.get_logger(__name__)

BATCH = 100
# Two who make the same stranger at once would make them twice.
MEETING_LOCK = 7_202_640

_WAITING = text(
    """
    select h.id, h.at, h.detail, f.kind from hits h left join forms f on f.key = h.detail ->> 'form'
    where h.set_aside = 'unknown_person' order by h.id limit :limit for update of h skip locked
    """
)
_KNOWN = text(
    """
    select coalesce(merged_into_id, id) from contacts
    where email = cast(:mail as citext) and erased_at is null and (archived_at is null or merged_into_id is not null)
    order by archived_at is null desc, id limit 1
    """
)
_KNOW = text("update hits set contact_id = :contact, recorded_at = null, set_aside = null where id = :id")
_ASIDE = text("update hits set set_aside = :why where id = :id")
_PAIR = text(
    """
    insert into match_pairs (account_id, other_account_id, strength, evidence, created_at)
    select :account, :other, :strength, cast(:evidence as jsonb), :at
    where not exists (select from match_pairs where account_id = :other and other_account_id = :account)
    on conflict do nothing
    """
)


def has_strangers(session: Session) -> bool:
    """Whether somebody who filled in a form waits to be met."""
    return bool(session.scalar(text("select exists (select from hits where set_aside = 'unknown_person')")))


def meet_next() -> bool:
    """Meet some of those who wait; False when nobody did."""
    shared = SharedDomains(here().settings.shared_domains)
    with unit_of_work() as work:
        work.session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": MEETING_LOCK})
        waiting = work.session.execute(_WAITING, {"limit": BATCH}).all()
        for row in waiting:
            _meet_one(work.session, row, shared, work.at)
        if waiting:
            enqueue(work.session, "record_hits")
    return bool(waiting)


def _meet_one(session: Session, row: Row[tuple[Any, ...]], shared: SharedDomains, at: datetime) -> None:
    """One whom the records cannot hold must not keep the others."""
    try:
        with session.begin_nested():
            _meet(session, row, shared, at)
    except (AbmError, IntegrityError, DataError) as error:
        log.warning("person_not_made", hit=str(row.id), error=type(error).__name__)
        session.execute(_ASIDE, {"id": row.id, "why": "not_made"})


def _meet(session: Session, row: Row[tuple[Any, ...]], shared: SharedDomains, at: datetime) -> None:
    """Who asks us something is known from then on; who only took a file, when that was allowed."""
    said: dict[str, str] = row.detail
    contact = session.scalar(_KNOWN, {"mail": said.get("mail")})
    if contact is None and row.kind == FormKind.DOWNLOAD and "consent" not in said:
        session.execute(_ASIDE, {"id": row.id, "why": "no_consent"})
        return
    if contact is None:
        contact = _make(session, said, shared, at)
    session.execute(_KNOW, {"id": row.id, "contact": contact})


def _make(session: Session, said: dict[str, str], shared: SharedDomains, at: datetime) -> uuid.UUID:
    mail, domain = said.get("mail"), shared.own_domain(said.get("mail"))
    phone = clean.read_phone(said.get("phone", "")).value
    # A person without a company is a customer, too: small firms go by their owner's name.
    called = said.get("company") or domain or said.get("name") or mail or "—"
    company = Company(called, mail, domain, phone=phone)
    match = load_matching(session, [company]).match(company)
    if match.match:
        account_id = uuid.UUID(match.match)
    else:
        made = create_account(session, AccountDraft(called), by=None, at=at, domains=[domain] if domain else ())
        account_id = made.id
        _ask_about(session, account_id, match.candidates, at)
    family, given = clean.split_name(said.get("name", ""))
    draft = ContactDraft(
        full_name=said.get("name") or mail or "—",
        family_name=family if given else None,
        given_name=given,
        department=said.get("department"),
        email=mail,
        phone=phone,
        phone_typed=said.get("phone"),
        language=Language(said.get("language", Language.JAPANESE)),
    )
    return create_contact(session, account_id, draft, by=None, at=at).id


def _ask_about(session: Session, account_id: uuid.UUID, candidates: tuple[Candidate, ...], at: datetime) -> None:
    for one in candidates:
        values = {"account": account_id, "other": one.id, "strength": one.strength.value, "at": at}
        evidence = {"rule": one.evidence.rule.value, "ours": one.evidence.ours, "theirs": one.evidence.theirs}
        session.execute(_PAIR, {**values, "evidence": to_json([evidence])})
