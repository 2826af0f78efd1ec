"""What a person decides about two accounts that may be one: merged, parent and subsidiary, or not the same."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from abm.customers.merges import merge_accounts
from abm.errors import Conflict, Invalid, NotFound
from abm.models import Account, AccountMerge, AuditEntry, MatchPair
from abm.words import PairState

# Whether an account stands above another already, by any number of steps.
ABOVE = text(
    """
    with recursive above as (
        select parent_id from accounts where id = :low and parent_id is not null
        union select a.parent_id from accounts a join above b on a.id = b.parent_id where a.parent_id is not null
    )
    select exists (select from above where parent_id = :high)
    """
)


def merge_pair(
    session: Session, pair_id: uuid.UUID, main_id: uuid.UUID | None, *, by: uuid.UUID | None, at: datetime
) -> AccountMerge:
    """Both are one company: the other one goes into the main one."""
    main, other = _sides(_open_pair(session, pair_id), main_id)
    return merge_accounts(session, other, main, by=by, at=at)


def relate_pair(
    session: Session, pair_id: uuid.UUID, parent_id: uuid.UUID | None, *, by: uuid.UUID | None, at: datetime
) -> MatchPair:
    """The main one is the other's parent; both stay accounts of their own."""
    pair = _open_pair(session, pair_id)
    parent, child = _sides(pair, parent_id)
    accounts = select(Account).where(Account.id.in_((parent, child))).order_by(Account.id)
    found = {one.id: one for one in session.scalars(accounts.with_for_update(key_share=True))}
    if session.scalar(ABOVE, {"low": parent, "high": child}):
        raise Conflict(f"{found[child].name} stands above {found[parent].name} already; correct that first")
    old, found[child].parent_id = found[child].parent_id, parent
    changes = {"parent_id": {"old": str(old) if old else None, "new": str(parent)}}
    _audit(session, "account.related", child, {"pair": str(pair.id), "changes": changes}, by, at)
    return _decide(session, pair, PairState.RELATED, by, at)


def part_pair(session: Session, pair_id: uuid.UUID, *, by: uuid.UUID | None, at: datetime) -> MatchPair:
    """They are not the same company: remembered, so that nobody is asked again."""
    pair = _open_pair(session, pair_id)
    _audit(session, "account.not_the_same", pair.account_id, {"other": str(pair.other_account_id)}, by, at)
    return _decide(session, pair, PairState.DIFFERENT, by, at)


def reopen_pair(session: Session, pair_id: uuid.UUID, *, by: uuid.UUID | None, at: datetime) -> MatchPair:
    """Ask again about two that were called different."""
    pair = _locked(session, pair_id)
    if pair.state != PairState.DIFFERENT:
        raise Conflict("only a pair that was called different is asked about again; a merge is undone instead")
    _audit(session, "account.asked_again", pair.account_id, {"other": str(pair.other_account_id)}, by, at)
    pair.state, pair.decided_at, pair.decided_by = PairState.OPEN.value, None, None
    session.flush()
    return pair


def _open_pair(session: Session, pair_id: uuid.UUID) -> MatchPair:
    pair = _locked(session, pair_id)
    if pair.state != PairState.OPEN:
        raise Conflict("somebody has decided about these two already; reload and look again")
    return pair


def _locked(session: Session, pair_id: uuid.UUID) -> MatchPair:
    # Accounts before anything of theirs: a merge holds them while it answers the question about them.
    both = select(MatchPair.account_id, MatchPair.other_account_id).where(MatchPair.id == pair_id)
    ids = session.execute(both).one_or_none()
    if ids is None:
        raise NotFound("no such pair; the match queue shows what waits")
    session.execute(
        text("select id from accounts where id in (:one, :other) order by id for no key update"),
        {"one": ids[0], "other": ids[1]},
    )
    pair = session.get(MatchPair, pair_id, populate_existing=True)
    assert pair is not None, "pairs are never deleted while both accounts are locked"
    return pair


def _sides(pair: MatchPair, main_id: uuid.UUID | None) -> tuple[uuid.UUID, uuid.UUID]:
    """(main, other) of a pair."""
    both = (pair.account_id, pair.other_account_id)
    if main_id not in both:
        raise Invalid("choose which of the two accounts is the main one", "main", "main_missing")
    assert main_id is not None
    return main_id, both[1] if main_id == both[0] else both[0]


def _decide(session: Session, pair: MatchPair, state: PairState, by: uuid.UUID | None, at: datetime) -> MatchPair:
    pair.state, pair.decided_at, pair.decided_by = state.value, at, by
    session.flush()
    return pair


def _audit(
    session: Session, act: str, account_id: uuid.UUID, detail: dict[str, Any], by: uuid.UUID | None, at: datetime
) -> None:
    entry = AuditEntry(at=at, user_id=by, act=act, subject="account", subject_id=account_id, detail=detail)
    session.add(entry)
