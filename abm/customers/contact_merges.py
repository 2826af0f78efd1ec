"""Merging two records of one person and taking that back; the strictest of what both said about mail holds."""

import json
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from abm.customers.contact_moves import move_person, move_person_back
from abm.customers.contacts import FOLLOWS_PERSON
from abm.customers.filled import give_back, take_over
from abm.customers.merge import PERSON_FILLED, PERSON_LATEST, PERSON_TOGETHER, fill_person
from abm.customers.records import ask_evaluation
from abm.customers.refolds import ask_refold
from abm.customers.timeline import Item, add_items
from abm.errors import Conflict, Invalid, NotFound
from abm.models import Account, AuditEntry, Consent, Contact, ContactMerge, ContactPair, Suppression
from abm.words import (
    ConsentBasis,
    ConsentPurpose,
    EnrollmentState,
    ItemKind,
    LeaveReason,
    MessageState,
    PairState,
    SendReason,
)

# Everybody who had gone into a person goes along, also by several merges.
BELOW = text(
    """
    with recursive below as (
        select contact_id from contact_merges where into_contact_id = :gone and undone_at is null
        union select m.contact_id from contact_merges m
            join below b on m.into_contact_id = b.contact_id where m.undone_at is null
    )
    update contacts set merged_into_id = :now where id in (select contact_id from below)
    """
)
JOIN_SEGMENTS = text(
    """
    insert into segment_members (segment_id, contact_id)
    select segment_id, :stays from segment_members where contact_id = :gone
    on conflict do nothing returning segment_id
    """
)
PART_SEGMENTS = text("delete from segment_members where contact_id = :stays and segment_id = any(:segments)")
# Who is on the way in one sequence twice goes on once: the other one's way is kept as it was and ends.
END_TWINS = text(
    """
    update enrollments set state = :exited, reason = :archived, due_at = null, leased_until = null, ended_at = :at
    where contact_id = :gone and state = any(:running)
    returning id, old.state, old.reason, old.due_at
    """
)
CANCEL = text(
    """
    update messages set state = :cancelled, reason = :archived
    where enrollment_id = any(:enrollments) and state = any(:waiting)
    returning id, old.state, old.reason
    """
)
GO_ON = text(
    """
    update enrollments e set state = v.state, reason = v.reason, due_at = v.due_at, ended_at = null
    from jsonb_to_recordset(cast(:ended as jsonb)) as v (id uuid, state text, reason text, due_at timestamptz)
    where e.id = v.id and e.state = :exited and e.ended_at = :merged_at
    """
)
SEND_AFTER_ALL = text(
    """
    update messages m set state = v.state, reason = v.reason
    from jsonb_to_recordset(cast(:cancelled as jsonb)) as v (id uuid, state text, reason text)
    where m.id = v.id and m.state = :was_cancelled
    """
)
# What holds for a purpose: the newest refusal, unless the person has opted in since.
REFUSED = text(
    """
    select purpose from consents where contact_id = :contact
    group by purpose
    having max(at) filter (where not granted) > coalesce(
        max(at) filter (where granted and basis = :opt_in), '-infinity'
    )
    """
)


def merge_contacts(
    session: Session, contact_id: uuid.UUID, into_id: uuid.UUID, *, by: uuid.UUID | None, at: datetime
) -> ContactMerge:
    """Bring everything of one record to the other of the same account, which stays; Conflict when one has gone."""
    gone, stays = _lock_both(session, contact_id, into_id)
    merge = ContactMerge(contact_id=gone.id, into_contact_id=stays.id, at=at, by_user_id=by)
    session.add(merge)
    session.flush()
    refused = _refused(session, gone) | _refused(session, stays)
    joined: dict[str, Any] = {"pair": _decide_pair(session, merge)}
    joined["segments"] = [str(one) for one in session.scalars(JOIN_SEGMENTS, _sides(merge))]
    move_person(session, merge)
    joined |= _end_twins(session, merge)
    joined["refusals"] = _keep_refusals(session, merge, refused)
    gone.archived_at, gone.merged_into_id = at, stays.id
    session.flush()
    session.execute(BELOW, {"gone": gone.id, "now": stays.id})
    merge.changed = take_over(stays, fill_person(_fields(stays), _fields(gone)))
    merge.joined = joined
    _score_again(session, merge, at)
    _tell(session, merge, ItemKind.MERGED, "contact.merged", by, at)
    return merge


def undo_contact_merge(session: Session, merge_id: uuid.UUID, *, by: uuid.UUID | None, at: datetime) -> ContactMerge:
    """Give both records back what was theirs; what has come since stays, but for what came by what goes back."""
    merge, gone, stays = _lock_merge(session, merge_id)
    if stays.merged_into_id:
        raise Conflict(f"{stays.full_name} has itself been merged into another record since; undo that merge first")
    merge.undone_at, merge.undone_by = at, by
    give_back(stays, merge.changed)
    session.flush()
    _check_address(session, gone)
    gone.merged_into_id = None
    gone.archived_at = session.get_one(Account, gone.account_id).archived_at
    session.flush()
    move_person_back(session, merge)
    _part_twins(session, merge)
    session.execute(
        PART_SEGMENTS, {"stays": stays.id, "segments": [uuid.UUID(one) for one in merge.joined["segments"]]}
    )
    for refusal in merge.joined["refusals"]:
        session.execute(text("delete from consents where id = :id"), {"id": uuid.UUID(refusal)})
    _reopen_pair(session, merge.joined["pair"])
    session.execute(BELOW, {"gone": gone.id, "now": gone.id})
    _score_again(session, merge, at)
    _tell(session, merge, ItemKind.MERGE_UNDONE, "contact.merge_undone", by, at)
    return merge


def part_erased(session: Session, merge_id: uuid.UUID, *, by: uuid.UUID | None, at: datetime) -> ContactMerge:
    """Give each record of a person erased since the numbers that were its own; the person stays erased in both."""
    merge, gone, stays = _lock_merge(session, merge_id, erased=True)
    merge.undone_at, merge.undone_by = at, by
    gone.merged_into_id = None
    session.flush()
    move_person_back(session, merge)
    session.execute(BELOW, {"gone": gone.id, "now": gone.id})
    _score_again(session, merge, at)
    about = {"merge": str(merge.id), "into": str(stays.id)}
    session.add(
        AuditEntry(at=at, user_id=by, act="contact.merge_undone", subject="contact", subject_id=gone.id, detail=about)
    )
    session.flush()
    return merge


def find_person_now(session: Session, contact_id: uuid.UUID) -> uuid.UUID | None:
    """The record that a merged one went into; None when it was not merged."""
    return session.scalar(select(Contact.merged_into_id).where(Contact.id == contact_id))


def _lock_both(session: Session, contact_id: uuid.UUID, into_id: uuid.UUID) -> tuple[Contact, Contact]:
    if contact_id == into_id:
        raise Invalid("a record cannot be merged into itself; choose two", "contact", "same_contact")
    gone, stays = _locked(session, contact_id, into_id)
    for contact in (gone, stays):
        if contact.merged_into_id or contact.archived_at:
            raise Conflict(f"{contact.full_name} has been merged or archived meanwhile; reload and look again")
    if gone.account_id != stays.account_id:
        raise Invalid("people of two accounts are not merged; merge the accounts first", "contact", "other_account")
    return gone, stays


def _locked(session: Session, *contact_ids: uuid.UUID) -> list[Contact]:
    """These records, behind their accounts, in one order as everybody locks them."""
    homes = select(Account.id).where(Account.id.in_(select(Contact.account_id).where(Contact.id.in_(contact_ids))))
    session.execute(homes.order_by(Account.id).with_for_update(key_share=True))
    wanted = select(Contact).where(Contact.id.in_(contact_ids)).order_by(Contact.id).with_for_update(key_share=True)
    found = {one.id: one for one in session.scalars(wanted.execution_options(populate_existing=True))}
    if len(found) < len(set(contact_ids)):
        raise NotFound("no such contact")
    return [found[one] for one in contact_ids]


def _lock_merge(
    session: Session, merge_id: uuid.UUID, *, erased: bool = False
) -> tuple[ContactMerge, Contact, Contact]:
    merge = session.get(ContactMerge, merge_id)
    if merge is None:
        raise NotFound("no such merge of two people")
    gone, stays = _locked(session, merge.contact_id, merge.into_contact_id)
    session.refresh(merge)
    if merge.undone_at:
        raise Conflict("this merge has been undone already")
    if not erased and (gone.erased_at or stays.erased_at):
        raise Conflict("this person was erased since; what is left cannot be told apart")
    return merge, gone, stays


def _check_address(session: Session, gone: Contact) -> None:
    taken = select(Contact.full_name).where(Contact.email == gone.email, Contact.archived_at.is_(None))
    if gone.email and (name := session.scalar(taken)):
        raise Conflict(f"{name} has the mail address of {gone.full_name} by now; change that first")


def _fields(contact: Contact) -> dict[str, Any]:
    together = [name for names in PERSON_TOGETHER for name in names]
    return {name: getattr(contact, name) for name in (*PERSON_FILLED, *PERSON_LATEST, *together, "custom", "tags")}


def _refused(session: Session, contact: Contact) -> set[str]:
    """What this person may not be asked or mailed for: said in the ledger, or by stopping mail to the address."""
    refused = set(session.scalars(REFUSED, {"contact": contact.id, "opt_in": ConsentBasis.OPT_IN}))
    stopped = session.get(Suppression, contact.email) if contact.email else None
    return refused | ({ConsentPurpose.MAIL.value} if stopped and stopped.reason in FOLLOWS_PERSON else set())


def _keep_refusals(session: Session, merge: ContactMerge, refused: set[str]) -> list[str]:
    """The strictest holds: what one record refused is refused by the person, also where the other had opted in."""
    holding = set(session.scalars(REFUSED, {"contact": merge.into_contact_id, "opt_in": ConsentBasis.OPT_IN}))
    entries = [
        Consent(
            contact_id=merge.into_contact_id,
            purpose=purpose,
            granted=False,
            evidence=f"merge {merge.id}",
            at=merge.at,
            by_user_id=merge.by_user_id,
        )
        for purpose in sorted(refused - holding)
    ]
    session.add_all(entries)
    session.flush()
    return [str(entry.id) for entry in entries]


def _end_twins(session: Session, merge: ContactMerge) -> dict[str, Any]:
    """End the second way through a sequence that the one who stays is in already; answers what it was."""
    words = {"exited": EnrollmentState.EXITED, "archived": LeaveReason.ARCHIVED}
    running = [EnrollmentState.ACTIVE, EnrollmentState.PARKED]
    ended = session.execute(END_TWINS, {**words, "gone": merge.contact_id, "at": merge.at, "running": running}).all()
    cancelling = {
        "cancelled": MessageState.CANCELLED,
        "archived": SendReason.ARCHIVED,
        "enrollments": [row.id for row in ended],
        "waiting": [MessageState.HELD, MessageState.PLANNED],
    }
    cancelled = session.execute(CANCEL, cancelling).all()
    return {
        "ended": [
            {"id": str(id_), "state": state, "reason": reason, "due_at": due_at.isoformat() if due_at else None}
            for id_, state, reason, due_at in ended
        ],
        "cancelled": [{"id": str(id_), "state": state, "reason": reason} for id_, state, reason in cancelled],
    }


def _part_twins(session: Session, merge: ContactMerge) -> None:
    ended = {"ended": json.dumps(merge.joined["ended"]), "exited": EnrollmentState.EXITED, "merged_at": merge.at}
    session.execute(GO_ON, ended)
    cancelled = {"cancelled": json.dumps(merge.joined["cancelled"]), "was_cancelled": MessageState.CANCELLED}
    session.execute(SEND_AFTER_ALL, cancelled)


def _decide_pair(session: Session, merge: ContactMerge) -> str | None:
    """The question about these two is answered; answers which it was, and what had been said to it."""
    both = {merge.contact_id, merge.into_contact_id}
    pair = session.scalar(
        select(ContactPair).where(ContactPair.contact_id.in_(both), ContactPair.other_contact_id.in_(both))
    )
    if pair is None:
        return None
    remembered = f"{pair.id} {pair.state}"
    pair.state, pair.decided_at, pair.decided_by = PairState.MERGED.value, merge.at, merge.by_user_id
    return remembered


def _reopen_pair(session: Session, remembered: str | None) -> None:
    if remembered:
        pair_id, state = remembered.split()
        again = update(ContactPair).where(ContactPair.id == uuid.UUID(pair_id), ContactPair.state == PairState.MERGED)
        session.execute(again.values(state=state, decided_at=None, decided_by=None))


def _score_again(session: Session, merge: ContactMerge, at: datetime) -> None:
    ask_refold(session, [merge.contact_id, merge.into_contact_id])
    ask_evaluation(session, session.get_one(Account, session.get_one(Contact, merge.contact_id).account_id), at)


def _tell(session: Session, merge: ContactMerge, kind: ItemKind, act: str, by: uuid.UUID | None, at: datetime) -> None:
    """One line on the person's history, and an audit row."""
    gone, stays = (session.get_one(Contact, one) for one in (merge.contact_id, merge.into_contact_id))
    detail = {"merge": str(merge.id), "gone": gone.full_name, "stays": stays.full_name}
    lines = [
        Item(kind, one.account_id, at, contact_id=one.id, detail=detail, subject_id=merge.id, by_user_id=by)
        for one in ([stays] if kind == ItemKind.MERGED else [gone, stays])
    ]
    add_items(session, lines)
    about = {"merge": str(merge.id), "into": str(stays.id), "changed": sorted(merge.changed)}
    session.add(AuditEntry(at=at, user_id=by, act=act, subject="contact", subject_id=gone.id, detail=about))
    session.flush()


def _sides(merge: ContactMerge) -> dict[str, uuid.UUID]:
    return {"gone": merge.contact_id, "stays": merge.into_contact_id}
