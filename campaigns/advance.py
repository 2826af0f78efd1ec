"""Advancing enrollments: claim a batch, decide all of it in memory, write it back in a few statements."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from abm.customers.timeline import add_items
from abm.due import claim_due
from abm.guard.facts import JAPAN
from abm.models import Mail, SequenceVersion
from abm.models import Sequence as SequenceRow
from abm.queue import enqueue
from abm.segments.customs import custom_rules
from abm.words import EnrollmentState, LeaveReason, MessageState
from campaigns.asking import open_guards
from campaigns.document import read_course
from campaigns.effects import Doing, lock_for_effects, write_effects
from campaigns.enrollments import cancel_waiting, set_aside
from campaigns.gathering import Near, gather_known, gather_members
from campaigns.known import NOTHING
from campaigns.moves import Effect, Move, Standing, move
from campaigns.plans import Sender, Version, as_json, cancel_held, tell_ended, tell_withheld, write_messages
from campaigns.shapes import CUSTOM
from campaigns.splits import winners_of, with_winners

log = structlog.get_logger(__name__)

BATCH = 1_000

STANDINGS = text(
    """
    select e.id, e.sequence_version_id, e.account_id, e.department_id, e.contact_id, e.step, e.step_since,
        e.occurrence, e.trail, e.due_at, e.attempts, c.email, coalesce(c.language, ''),
        coalesce(c.archived_at, a.archived_at) is not null
    from enrollments e
    left join contacts c on c.id = e.contact_id
    left join accounts a on e.contact_id is null and a.id = e.account_id
    where e.id = any(:ids) and e.state = 'active' and e.due_at <= :at
    """
)

# Whoever was slower finds another step or due time, and writes nothing.
WRITE_MOVES = text(
    """
    update enrollments e
    set step = v.step, step_since = v.step_since, occurrence = v.occurrence, due_at = v.due_at, trail = v.trail,
        state = v.state, reason = v.reason, attempts = 0, leased_until = null,
        ended_at = case when v.state = 'active' then null else :at end
    from json_to_recordset(cast(:rows as json)) v (id uuid, old_step text, old_due timestamptz, step text,
        step_since timestamptz, occurrence bigint, due_at timestamptz, trail jsonb, state text, reason text)
    where e.id = v.id and e.state = 'active' and e.step = v.old_step
      -- Never by the index of due times: a thousand people of one import are all due in the same moment.
      and e.due_at is not distinct from v.old_due
    returning e.id
    """
)


@dataclass(frozen=True)
class Decided:
    """What a batch comes to: its moves, and whom nobody could decide about."""

    moves: Sequence[Move]
    failed: Sequence[uuid.UUID] = ()


def claim_enrollments(session: Session, at: datetime, limit: int = BATCH) -> list[uuid.UUID]:
    """Lease the enrollments that are due, oldest first."""
    return claim_due(session, "enrollments", at=at, limit=limit, states=[EnrollmentState.ACTIVE])


def advance(session: Session, ids: Collection[uuid.UUID], sender: Sender, at: datetime, zone: ZoneInfo = JAPAN) -> int:
    """Decide these enrollments and write what follows; answers how many moved, for others were faster.

    `zone` is where days are counted for whoever has none of their own.
    """
    standings = load_standings(session, ids, at)
    versions = load_versions(session, {standing.version_id for standing in standings})
    decided = decide(session, standings, versions, at, sender.zone)
    for enrollment_id in decided.failed:
        set_aside(session, enrollment_id, at)
    return write(session, decided.moves, versions, sender, at)


def load_standings(session: Session, ids: Collection[uuid.UUID], at: datetime) -> list[Standing]:
    """The claimed enrollments as plain values; whom somebody else has moved meanwhile is not due any more."""
    return [Standing(*row) for row in session.execute(STANDINGS, {"ids": list(ids), "at": at})]


def load_versions(session: Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Version]:
    """The versions a batch runs through, a handful at most."""
    rows = session.execute(
        select(
            SequenceVersion.id,
            SequenceVersion.document,
            SequenceRow.name,
            SequenceRow.title,
            SequenceRow.campaign_id,
        )
        .join(SequenceRow, SequenceRow.id == SequenceVersion.sequence_id)
        .where(SequenceVersion.id.in_(ids))
    ).all()
    mails = _mail_ids(session, ids)
    customs = custom_rules(session) if any(CUSTOM in str(row.document) for row in rows) else {}
    winners = winners_of(session, ids)
    return {
        row.id: Version(
            with_winners(read_course(row.document, customs), winners.get(row.id, {})),
            row.name,
            row.campaign_id,
            mails[row.id],
            row.title,
        )
        for row in rows
    }


def _mail_ids(
    session: Session, version_ids: Collection[uuid.UUID]
) -> defaultdict[uuid.UUID, dict[tuple[str, str], uuid.UUID]]:
    found: defaultdict[uuid.UUID, dict[tuple[str, str], uuid.UUID]] = defaultdict(dict)
    statement = select(Mail.sequence_version_id, Mail.name, Mail.language, Mail.id)
    for version_id, name, language, mail_id in session.execute(
        statement.where(Mail.sequence_version_id.in_(version_ids))
    ):
        if version_id is not None:
            found[version_id][name, language] = mail_id
    return found


def decide(
    session: Session,
    standings: Sequence[Standing],
    versions: Mapping[uuid.UUID, Version],
    at: datetime,
    zone: ZoneInfo = JAPAN,
) -> Decided:
    """What each of these does now. Facts are gathered for all at once, and only those that steps near them ask for."""
    nears = _near(_in_order(standings, versions), versions)
    members = gather_members(session, nears)
    guards = open_guards(session, nears, versions, members, at, zone)
    known = gather_known(session, nears, members, at, zone)
    moves, failed = [], []
    for near in nears:
        one = near.standing
        try:
            course, guard = versions[one.version_id].course, guards[one.version_id]
            moves.append(move(one, course, guard, known.get(one.id, NOTHING), at))
        except Exception as error:  # whatever one row holds, the others go on; this one is set aside
            log.error("enrollment_not_decided", enrollment=str(one.id), error=type(error).__name__)
            failed.append(one.id)
    return Decided(moves, failed)


def _near(standings: Sequence[Standing], versions: Mapping[uuid.UUID, Version]) -> list[Near]:
    """Each with the steps near it; of a thousand enrollments most stand at the same few."""
    places = {(one.version_id, one.step) for one in standings}
    steps = {place: versions[place[0]].course.near(place[1]) for place in places}
    return [Near(one, steps[one.version_id, one.step]) for one in standings]


def _in_order(standings: Sequence[Standing], versions: Mapping[uuid.UUID, Version]) -> list[Standing]:
    """Who goes first when caps bite: by the sequence's priority, then whoever waits longest."""
    return sorted(standings, key=lambda one: (versions[one.version_id].course.priority, one.due_at, one.id))


def write(
    session: Session, moves: Sequence[Move], versions: Mapping[uuid.UUID, Version], sender: Sender, at: datetime
) -> int:
    """Write the moves that nobody else has made meanwhile, their messages, effects and lines of the timeline."""
    lock_for_effects(session, _effects(moves))
    mine = _write_moves(session, moves, at)
    won = [made for made in moves if made.standing.id in mine]
    cancel_waiting(session, [made.standing.id for made in won if made.reason == LeaveReason.ARCHIVED])
    planned = [(made, message) for made in won for message in made.planned]
    ids = write_messages(session, planned, versions, sender, at)
    # Who held mail and decides anew has written all that is still held.
    cancel_held(session, [made.standing.id for made in won if made.standing.trail.get("held")], but=ids.values())
    add_items(session, [*tell_withheld(planned, ids, versions, at), *tell_ended(won, versions, at)])
    write_effects(Doing(session, versions, at, sender.zone, sender.name), _effects(won))
    if any(message.state == MessageState.PLANNED for _, message in planned):
        enqueue(session, "send_messages")
    return len(won)


def _effects(moves: Sequence[Move]) -> list[tuple[Standing, Effect]]:
    return [(made.standing, effect) for made in moves for effect in made.effects]


def _write_moves(session: Session, moves: Sequence[Move], at: datetime) -> set[uuid.UUID]:
    if not moves:
        return set()
    rows = [
        {
            "id": made.standing.id,
            "old_step": made.standing.step,
            "old_due": made.standing.due_at,
            "step": made.step,
            "step_since": made.step_since,
            "occurrence": made.occurrence,
            "due_at": made.due_at,
            "trail": made.trail,
            "state": made.state,
            "reason": made.reason,
        }
        for made in moves
    ]
    return set(session.scalars(WRITE_MOVES, {"at": at, "rows": as_json(rows)}))
