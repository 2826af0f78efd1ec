"""Merging an account into another and taking that back, each in one commit, months apart if need be."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.orm import Session, aliased

from abm.customers.contact_merges import part_erased, undo_contact_merge
from abm.customers.filled import give_back, take_over
from abm.customers.joins import join_open_work, part_open_work
from abm.customers.merge import FILLED, LATEST, fill_fields
from abm.customers.moves import has_strays, move_back, move_records, moved_contacts
from abm.customers.people_searches import ask_people_search
from abm.customers.refolds import ask_refold
from abm.customers.timeline import Item, add_items
from abm.errors import Conflict, Invalid, NotFound
from abm.models import (
    Account,
    AccountMerge,
    AuditEntry,
    Contact,
    Department,
    MatchPair,
    MqaChange,
)
from abm.queue import enqueue
from abm.words import ItemKind, MqaCause, PairState

# Acts that were under way while a merge was made have ended by then.
STRAYS_COME_WITHIN = timedelta(hours=1)

LOCK = text("select id from accounts where id in (:one, :other) order by id for no key update")
# Everything that had gone into an account goes along with it, also by several merges.
BELOW = """
    with recursive below as (
        select account_id from account_merges where into_account_id = :gone and undone_at is null
        union select m.account_id from account_merges m
            join below b on m.into_account_id = b.account_id where m.undone_at is null
    )
    update accounts set merged_into_id = :now where id in (select account_id from below)
"""
ADD_DOMAINS = text(
    """
    insert into account_domains (account_id, domain)
    select :stays, domain from account_domains where account_id = :gone
    on conflict do nothing returning domain
    """
)
# Whoever waits for a refold is evaluated by it: before, an account could lose its MQA for a moment and ask for a
# hand-off again.
EVALUATE = text(
    """
    update accounts a set evaluate_at = :at
    where id in (:gone, :stays) and merged_into_id is null and not exists (
        select from refolds r join contacts c on c.id = r.contact_id where c.account_id = a.id
    )
    """
)
# Points follow their people at once, so that nobody ever sees an account without them; the refold comes seconds later.
MOVE_SCORES = (
    text(
        """
        update contact_scores s set account_id = c.account_id from contacts c
        where c.id = any(:people) and s.contact_id = c.id and s.account_id <> c.account_id
        """
    ),
    text(
        """
        update score_entries s set account_id = c.account_id from contacts c
        where c.id = any(:people) and s.contact_id = c.id and s.account_id <> c.account_id
        """
    ),
)
DROP_DOMAINS = text("delete from account_domains where account_id = :stays and domain = any(:domains)")
MOVE_CHILDREN = text(
    """
    with moved as (
        update accounts set parent_id = :stays where parent_id = :gone and id <> :stays returning id
    )
    insert into merge_moves (merge_id, noun, record_id) select :merge, 'children', id from moved
    """
)
RETURN_CHILDREN = text(
    """
    update accounts a set parent_id = :gone from merge_moves v
    where v.merge_id = :merge and v.noun = 'children' and a.id = v.record_id and a.parent_id = :stays
    """
)
# Open questions about the account that goes become questions about the one that stays, unless that has them too.
MOVE_PAIRS = text(
    """
    with moved as (
        update match_pairs p set
            account_id = case when account_id = :gone then :stays else account_id end,
            other_account_id = case when other_account_id = :gone then :stays else other_account_id end
        where :gone in (account_id, other_account_id) and :stays not in (account_id, other_account_id)
          and not exists (
            select from match_pairs q where :stays in (q.account_id, q.other_account_id)
              and case when p.account_id = :gone then p.other_account_id else p.account_id end
                in (q.account_id, q.other_account_id)
          )
        returning id
    )
    insert into merge_moves (merge_id, noun, record_id) select :merge, 'pairs', id from moved
    """
)
RETURN_PAIRS = text(
    """
    update match_pairs p set
        account_id = case when account_id = :stays then :gone else account_id end,
        other_account_id = case when other_account_id = :stays then :gone else other_account_id end
    from merge_moves v
    where v.merge_id = :merge and v.noun = 'pairs' and p.id = v.record_id and :stays in (account_id, other_account_id)
    """
)

# Merges of people in which one record came with the account and the other did not; the latest first.
MERGED_ACROSS = text(
    """
    with came as (
        select record_id as id from merge_moves where merge_id = :merge and noun = 'contacts' and not stayed
    )
    select m.id, o.erased_at is not null as is_erased from contact_merges m
    join contacts c on c.id = m.contact_id join contacts o on o.id = m.into_contact_id
    where m.undone_at is null and :stays in (c.account_id, o.account_id)
      and (m.contact_id in (select id from came)) <> (m.into_contact_id in (select id from came))
    order by m.made_at desc, m.id desc
    """
)


def merge_accounts(
    session: Session, account_id: uuid.UUID, into_id: uuid.UUID, *, by: uuid.UUID | None, at: datetime
) -> AccountMerge:
    """Bring everything of one account to the other, which stays; Conflict when one of them has gone already."""
    gone, stays = _lock_both(session, account_id, into_id)
    merge = AccountMerge(account_id=gone.id, into_account_id=stays.id, at=at, by_user_id=by)
    session.add(merge)
    session.flush()
    departments = _same_departments(session, merge)
    merge.joined = {
        "departments": [{"gone": str(one), "kept": str(other)} for one, other in departments.items()],
        "owners": _give_owners(session, departments),
        "domains": list(session.scalars(ADD_DOMAINS, _sides(merge))),
        "mqa": stays.is_mqa,
        "pair": _decide_pair(session, merge),
        **join_open_work(session, merge, departments),
    }
    merge.changed = _take_over(stays, gone)
    session.flush()
    move_records(session, merge)
    for statement in (MOVE_CHILDREN, MOVE_PAIRS):
        session.execute(statement, {**_sides(merge), "merge": merge.id})
    _archive(session, gone, stays, at)
    _score_again(session, merge, at)
    ask_people_search(session, [stays.id])
    _tell(session, merge, ItemKind.MERGED, "account.merged", by, at)
    return merge


def undo_merge(session: Session, merge_id: uuid.UUID, *, by: uuid.UUID | None, at: datetime) -> AccountMerge:
    """Give both accounts back what was theirs; what has happened since goes with its people."""
    merge = _lock_merge(session, merge_id)
    gone, stays = (session.get_one(Account, one) for one in (merge.account_id, merge.into_account_id))
    if stays.merged_into_id:
        raise Conflict(f"{stays.name} has itself been merged into another account since; undo that merge first")
    # Two companies again have each their own record of a person: those brought together since come apart first.
    for people, is_erased in session.execute(MERGED_ACROSS, {"merge": merge.id, "stays": stays.id}).all():
        (part_erased if is_erased else undo_contact_merge)(session, people, by=by, at=at)
    merge.undone_at, merge.undone_by = at, by
    session.flush()
    move_back(session, merge)
    part_open_work(session, merge, at)
    for statement in (RETURN_CHILDREN, RETURN_PAIRS):
        session.execute(statement, {**_sides(merge), "merge": merge.id})
    session.execute(DROP_DOMAINS, {"stays": stays.id, "domains": merge.joined["domains"]})
    _return_owners(session, merge.joined["owners"])
    _reopen_pair(session, merge.joined["pair"])
    give_back(stays, merge.changed)
    _leave_mqa(session, stays, merge, at)
    gone.merged_into_id = gone.archived_at = None
    session.flush()
    session.execute(text(BELOW), {"gone": gone.id, "now": gone.id})
    _score_again(session, merge, at)
    _tell(session, merge, ItemKind.MERGE_UNDONE, "account.merge_undone", by, at)
    return merge


def gather_strays(session: Session) -> int:
    """Bring along what acts under way have written to accounts merged meanwhile; answers for how many merges."""
    found = 0
    for merge in session.scalars(_recent_merges()).all():
        if has_strays(session, merge):
            session.execute(LOCK, {"one": merge.account_id, "other": merge.into_account_id})
            session.refresh(merge)
            if merge.undone_at is None and not session.get_one(Account, merge.into_account_id).merged_into_id:
                _gather(session, merge)
                found += 1
    return found


def has_any_strays(session: Session) -> bool:
    """True while something has arrived at an account that was merged lately."""
    return any(has_strays(session, merge) for merge in session.scalars(_recent_merges()))


def find_successor(session: Session, account_id: uuid.UUID) -> uuid.UUID | None:
    """The account that a merged one went into; None when it was not merged."""
    return session.scalar(select(Account.merged_into_id).where(Account.id == account_id))


def _recent_merges() -> Any:
    stays = aliased(Account)
    return (
        select(AccountMerge)
        .join(stays, stays.id == AccountMerge.into_account_id)
        .where(AccountMerge.undone_at.is_(None), AccountMerge.made_at > func.now() - STRAYS_COME_WITHIN)
        .where(stays.merged_into_id.is_(None))
        .order_by(AccountMerge.id)
    )


def _gather(session: Session, merge: AccountMerge) -> None:
    known = {uuid.UUID(one["gone"]): uuid.UUID(one["kept"]) for one in merge.joined["departments"]}
    departments = {**known, **_same_departments(session, merge)}
    work = join_open_work(session, merge, departments)
    merge.joined = {
        **merge.joined,
        "departments": [{"gone": str(one), "kept": str(other)} for one, other in departments.items()],
        "tasks": [*merge.joined["tasks"], *work["tasks"]],
        "actions": [*merge.joined["actions"], *work["actions"]],
    }
    session.flush()
    move_records(session, merge)
    _score_again(session, merge, merge.at)


def _lock_both(session: Session, account_id: uuid.UUID, into_id: uuid.UUID) -> tuple[Account, Account]:
    if account_id == into_id:
        raise Invalid("an account cannot be merged into itself; choose two accounts", "account", "same_account")
    # In one order, as everybody locks accounts: two merges of the same pair wait for each other, not in a circle.
    session.execute(LOCK, {"one": account_id, "other": into_id})
    accounts = [session.get(Account, one, populate_existing=True) for one in (account_id, into_id)]
    gone, stays = accounts
    if gone is None or stays is None:
        raise NotFound("no such account; the list of accounts shows their ids")
    for account in (gone, stays):
        if account.merged_into_id or account.archived_at:
            raise Conflict(f"{account.name} has been merged or archived meanwhile; reload and look again")
    if gone.is_sample != stays.is_sample:
        raise Invalid("sample data is never mixed with real records", "account", "sample_mixed")
    return gone, stays


def _lock_merge(session: Session, merge_id: uuid.UUID) -> AccountMerge:
    merge = session.get(AccountMerge, merge_id)
    if merge is None:
        raise NotFound(f"no merge {merge_id}; the list of merges shows their ids")
    session.execute(LOCK, {"one": merge.account_id, "other": merge.into_account_id})
    session.refresh(merge)
    if merge.undone_at:
        raise Conflict("this merge has been undone already")
    for account_id in (merge.account_id, merge.into_account_id):
        session.get(Account, account_id, populate_existing=True)
    return merge


def _same_departments(session: Session, merge: AccountMerge) -> dict[uuid.UUID, uuid.UUID]:
    """The departments of the account that goes which the other has too, each with its twin."""
    twin = aliased(Department)
    same = (
        select(Department.id, twin.id)
        .join(twin, twin.normalised_name == Department.normalised_name)
        .where(Department.account_id == merge.account_id, twin.account_id == merge.into_account_id)
    )
    return {row[0]: row[1] for row in session.execute(same)}


def _give_owners(session: Session, departments: Mapping[uuid.UUID, uuid.UUID]) -> list[list[str]]:
    """A joined department without an owner takes its twin's; answers which got whom."""
    given = []
    for gone_id, kept_id in departments.items():
        gone, kept = session.get_one(Department, gone_id), session.get_one(Department, kept_id)
        if kept.owner_id is None and gone.owner_id is not None:
            kept.owner_id = gone.owner_id
            given.append([str(kept.id), str(gone.owner_id)])
    return given


def _return_owners(session: Session, given: list[list[str]]) -> None:
    for department_id, owner_id in given:
        own = update(Department).where(Department.id == uuid.UUID(department_id))
        session.execute(own.where(Department.owner_id == uuid.UUID(owner_id)).values(owner_id=None))


def _take_over(stays: Account, gone: Account) -> dict[str, Any]:
    """Fill what the account that stays lacks; answers old and new of each field."""
    names = (*FILLED, *LATEST, "tier")
    values = fill_fields({n: getattr(stays, n) for n in names}, {n: getattr(gone, n) for n in names})
    if values.get("parent_id") == stays.id:
        del values["parent_id"]
    if stays.parent_id == gone.id:
        # It cannot be its own parent: the parent of the one that goes is the next above.
        values["parent_id"] = gone.parent_id if gone.parent_id != stays.id else None
    return take_over(stays, values)


def _decide_pair(session: Session, merge: AccountMerge) -> str | None:
    """The question about these two is answered; answers which it was, and what had been said to it."""
    pair = session.scalar(select(MatchPair).where(or_(*_either_way(merge.account_id, merge.into_account_id))))
    if pair is None:
        return None
    remembered = f"{pair.id} {pair.state}"
    pair.state, pair.decided_at, pair.decided_by = PairState.MERGED.value, merge.at, merge.by_user_id
    return remembered


def _either_way(one: uuid.UUID, other: uuid.UUID) -> list[Any]:
    return [
        (MatchPair.account_id == one) & (MatchPair.other_account_id == other),
        (MatchPair.account_id == other) & (MatchPair.other_account_id == one),
    ]


def _reopen_pair(session: Session, remembered: str | None) -> None:
    """The question is open again, or as it had been decided before."""
    if remembered:
        pair_id, state = remembered.split()
        again = update(MatchPair).where(MatchPair.id == uuid.UUID(pair_id), MatchPair.state == PairState.MERGED)
        session.execute(again.values(state=state, decided_at=None, decided_by=None))


def _archive(session: Session, gone: Account, stays: Account, at: datetime) -> None:
    """What went is kept as it was, out of sight and out of every evaluation, until it is given back."""
    gone.merged_into_id, gone.archived_at, gone.evaluate_at = stays.id, at, None
    session.flush()
    session.execute(text(BELOW), {"gone": gone.id, "now": stays.id})


def _leave_mqa(session: Session, stays: Account, merge: AccountMerge, at: datetime) -> None:
    """Whoever reached the threshold only with the other's people is asked anew whether it does alone."""
    if stays.is_mqa and not merge.joined["mqa"]:
        stays.is_mqa, stays.mqa_since = False, None
        session.add(MqaChange(account_id=stays.id, cause=MqaCause.LEFT.value, at=at))


def _score_again(session: Session, merge: AccountMerge, at: datetime) -> None:
    """Entries and scores follow their people; both accounts are looked at again."""
    people = moved_contacts(session, merge)
    for statement in MOVE_SCORES:
        session.execute(statement, {"people": people})
    if "excluded_reason" in merge.changed:
        people = [*people, *session.scalars(select(Contact.id).where(Contact.account_id == merge.into_account_id))]
    ask_refold(session, people)
    session.execute(EVALUATE, {**_sides(merge), "at": at})
    enqueue(session, "evaluate_accounts")


def _tell(session: Session, merge: AccountMerge, kind: ItemKind, act: str, by: uuid.UUID | None, at: datetime) -> None:
    """One line on each account, and an audit row."""
    gone, stays = (session.get_one(Account, one) for one in (merge.account_id, merge.into_account_id))
    detail = {"merge": str(merge.id), "gone": gone.name, "stays": stays.name}
    lines = [Item(kind, one.id, at, detail=detail, subject_id=merge.id, by_user_id=by) for one in (gone, stays)]
    add_items(session, lines)
    about = {"merge": str(merge.id), "into": str(stays.id), "changed": merge.changed}
    session.add(AuditEntry(at=at, user_id=by, act=act, subject="account", subject_id=gone.id, detail=about))
    session.flush()


def _sides(merge: AccountMerge) -> dict[str, uuid.UUID]:
    return {"gone": merge.account_id, "stays": merge.into_account_id}
