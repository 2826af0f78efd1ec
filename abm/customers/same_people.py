"""Records of an account that may be one person: proposed, and what somebody decides about them."""

import uuid
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from abm.customers.contact_merges import merge_contacts
from abm.customers.signs import VARIANTS
from abm.errors import Conflict, Invalid, NotFound
from abm.models import Account, AuditEntry, Contact, ContactMerge, ContactPair, PeopleSearch
from abm.words import PairState, PersonRule

# Accounts whose people are compared in one act.
BATCH = 500
# The tenth 田中 of one account tells nobody anything new.
MOST_PAIRS = 10

CLAIM = text(
    """
    delete from people_searches
    where account_id = any(array(
        select account_id from people_searches order by asked_at limit :batch for update skip locked
    ))
    returning account_id
    """
)
# A name as `person_key` reads it; a box that several people answer (総務ご担当者) is nobody's name.
PROPOSE = text(
    """
    with here as materialized (
        select id, account_id, created_at,
            lower(translate(regexp_replace(normalize(full_name, nfkc), '\\s', '', 'g'), :signs, :same)) as key,
            case when phone ~ '^0[6789]0' then phone end as mobile
        from contacts where account_id = any(cast(:accounts as uuid[])) and archived_at is null
    ), told as (
        select * from here where char_length(key) > 1 and key !~ '担当|各位|窓口|事務局|@'
    ), alike as (
        select o.account_id, o.id, p.id as other_id, o.created_at, p.created_at as other_at, :same_name as rule
        from told o join told p using (account_id, key)
        union all
        select o.account_id, o.id, p.id, o.created_at, p.created_at, :same_mobile
        from here o join here p using (account_id, mobile) where o.mobile is not null
    ), best as (
        select distinct on (id, other_id) account_id, id, other_id, rule from alike
        where (created_at, id) > (other_at, other_id)
        order by id, other_id, rule desc
    ), counted as (
        select *, row_number() over (partition by account_id order by rule desc, id, other_id) as place from best
    )
    insert into contact_pairs (contact_id, other_contact_id, rule, created_at)
    select id, other_id, rule, :at from counted c
    where place <= :most and not exists (
        select from contact_pairs q where q.contact_id = c.other_id and q.other_contact_id = c.id
    )
    on conflict do nothing
    """
)


def find_next_same_people(session: Session, at: datetime) -> int:
    """Propose who may be one person at the next accounts; answers how many accounts were looked at."""
    accounts = session.scalars(CLAIM, {"batch": BATCH}).all()
    if accounts:
        propose_same_people(session, accounts, at)
    return len(accounts)


def has_people_to_compare(session: Session) -> bool:
    """True while an account waits to be looked at."""
    return session.scalar(select(PeopleSearch.account_id).limit(1)) is not None


def propose_same_people(session: Session, account_ids: Iterable[uuid.UUID], at: datetime) -> None:
    """Ask about people of one account with the same name or mobile; what was asked or answered is not asked again."""
    swapped = {chr(sign): chr(same) for sign, same in VARIANTS.items()}
    values = {
        "accounts": list(account_ids),
        "signs": "".join(swapped),
        "same": "".join(swapped.values()),
        "same_name": PersonRule.SAME_NAME,
        "same_mobile": PersonRule.SAME_MOBILE,
        "most": MOST_PAIRS,
        "at": at,
    }
    session.execute(PROPOSE, values)


def merge_same_person(
    session: Session, pair_id: uuid.UUID, main_id: uuid.UUID | None, *, by: uuid.UUID | None, at: datetime
) -> ContactMerge:
    """Both are one person: the other record goes into the main one."""
    pair = _open_pair(session, pair_id)
    both = (pair.contact_id, pair.other_contact_id)
    if main_id not in both:
        raise Invalid("choose which of the two records is the main one", "main", "main_missing")
    assert main_id is not None
    return merge_contacts(session, both[1] if main_id == both[0] else both[0], main_id, by=by, at=at)


def part_people(session: Session, pair_id: uuid.UUID, *, by: uuid.UUID | None, at: datetime) -> ContactPair:
    """They are two people: remembered, so that nobody is asked again."""
    return _decide(session, _open_pair(session, pair_id), PairState.DIFFERENT, "contact.not_the_same", by, at)


def ask_about_people_again(session: Session, pair_id: uuid.UUID, *, by: uuid.UUID | None, at: datetime) -> ContactPair:
    """Ask again about two that were called different."""
    pair = _locked(session, pair_id)
    if pair.state != PairState.DIFFERENT:
        raise Conflict("only a pair that was called different is asked about again; a merge is undone instead")
    return _decide(session, pair, PairState.OPEN, "contact.asked_again", by, at)


def _open_pair(session: Session, pair_id: uuid.UUID) -> ContactPair:
    pair = _locked(session, pair_id)
    if pair.state != PairState.OPEN:
        raise Conflict("somebody has decided about these two already; reload and look again")
    return pair


def _locked(session: Session, pair_id: uuid.UUID) -> ContactPair:
    # The account before anything of it: a merge holds it while it answers the question.
    pair = session.get(ContactPair, pair_id)
    if pair is None:
        raise NotFound("no such pair; the match queue shows what waits")
    home = select(Contact.account_id).where(Contact.id == pair.contact_id).scalar_subquery()
    session.execute(select(Account.id).where(Account.id == home).with_for_update(key_share=True))
    session.refresh(pair)
    return pair


def _decide(
    session: Session, pair: ContactPair, state: PairState, act: str, by: uuid.UUID | None, at: datetime
) -> ContactPair:
    is_open = state == PairState.OPEN
    pair.state, pair.decided_at, pair.decided_by = state.value, None if is_open else at, None if is_open else by
    detail = {"other": str(pair.other_contact_id)}
    session.add(AuditEntry(at=at, user_id=by, act=act, subject="contact", subject_id=pair.contact_id, detail=detail))
    session.flush()
    return pair
