"""What people say of verdicts: of one hit, or of a gateway's hits on a recipient domain. It wins until withdrawn.

One hit is judged again at once; a domain's mails a piece at a time by workers, so that nobody waits for thousands.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, null, select, text
from sqlalchemy.orm import Session

from abm.errors import Conflict, Invalid, NotFound
from abm.models import AuditEntry, Hit, VerdictOverrule
from abm.queue import enqueue
from abm.words import Verdict
from tracking.agents import agent_mark
from tracking.judging import Places, judge_again, judge_people_again
from tracking.networks import network_of

# Anything else is for the rules to say.
SAYABLE = (Verdict.LIKELY, Verdict.MACHINE)
LONGEST_REASON = 1_000
MESSAGES_AT_ONCE = 500

_OF_HIT = text(
    """
    select h.id, h.ip, h.user_agent, h.message_key, coalesce(h.contact_id, m.contact_id) as contact_id, m.email
    from hits h left join messages m on m.key = h.message_key
    where h.id = :id and h.set_aside is null and h.kind <> 'webhook'
    """
)
# A domain's mails after the last that was judged again.
_OF_DOMAIN = text(
    """
    select v.at, v.message_id, m.key from first_visits v join messages m on m.id = v.message_id
    where v.domain = :domain and (cast(:at as timestamptz) is null or (v.at, v.message_id) > (:at, :message))
    order by v.at, v.message_id limit :limit
    """
)


@dataclass(frozen=True)
class Said:
    """What somebody says, why, and when."""

    verdict: Verdict
    reason: str
    by: uuid.UUID
    at: datetime

    def check(self) -> None:
        """Invalid names what is missing."""
        if self.verdict not in SAYABLE:
            raise Invalid(f"say {' or '.join(SAYABLE)}", "verdict", "not_sayable")
        if not self.reason.strip():
            raise Invalid("say why; others will read it", "reason", "required")
        if len(self.reason) > LONGEST_REASON:
            raise Invalid(f"say it in {LONGEST_REASON} characters", "reason", "too_long")


@dataclass(frozen=True)
class Visitor:
    """Where a hit came from, as an overrule of all like it names it."""

    domain: str
    network: str
    agent: str


def overrule_hit(session: Session, hit_id: uuid.UUID, said: Said, places: Places) -> VerdictOverrule:
    """Say what one hit was; NotFound when there is none that counts."""
    said.check()
    _get(session, hit_id)
    return _say(session, VerdictOverrule(hit_id=hit_id), said, places)


def overrule_visitor(session: Session, hit_id: uuid.UUID, said: Said, places: Places) -> VerdictOverrule:
    """Say what everything was, and will be, that comes to this firm from where this hit came, by the same program."""
    said.check()
    visitor = visitor_of(session, hit_id, places)
    if not visitor.domain:
        raise Invalid("many firms share this mail domain; say it of the one hit", "scope", "shared_domain")
    about = VerdictOverrule(domain=visitor.domain, network=visitor.network, agent=visitor.agent)
    return _say(session, about, said, places)


def withdraw_overrule(
    session: Session, overrule_id: uuid.UUID, *, by: uuid.UUID, at: datetime, places: Places
) -> VerdictOverrule:
    """Let the rules speak again; Conflict when somebody has withdrawn it already."""
    found = session.scalars(
        select(VerdictOverrule).where(VerdictOverrule.id == overrule_id).with_for_update()
    ).one_or_none()
    if found is None:
        raise NotFound("no such overruling")
    if found.withdrawn_at is not None:
        raise Conflict("this was withdrawn already")
    found.withdrawn_at, found.withdrawn_by = at, by
    session.flush()
    _note(session, found, "verdict.restored", by, at)
    _judge_concerned(session, found, places)
    return found


def has_overrules_to_follow(session: Session) -> bool:
    """Whether mails of a domain wait to be judged again."""
    waiting = select(VerdictOverrule.id).where(VerdictOverrule.judging.is_not(None))
    return session.scalar(waiting.limit(1)) is not None


def follow_next_overrule(session: Session, places: Places) -> bool:
    """Judge the next piece of a domain's mails again; False when none waits that nobody else is at."""
    waiting = select(VerdictOverrule).where(VerdictOverrule.judging.is_not(None)).order_by(VerdictOverrule.said_at)
    about = session.scalars(waiting.limit(1).with_for_update(skip_locked=True)).one_or_none()
    if about is None or about.judging is None:
        return False
    after = {"at": about.judging.get("at"), "message": about.judging.get("message")}
    rows = session.execute(_OF_DOMAIN, {"domain": about.domain, "limit": MESSAGES_AT_ONCE, **after}).all()
    if rows:
        judge_again(session, [bytes(row.key) for row in rows], places)
        judged = about.judging.get("judged", 0) + len(rows)
        about.judging = {"at": rows[-1].at.isoformat(), "message": str(rows[-1].message_id), "judged": judged}
    else:
        about.judging = null()  # no value, where None would be a value of JSON
    session.flush()
    return True


def visitor_of(session: Session, hit_id: uuid.UUID, places: Places) -> Visitor:
    """Where this hit came from; the network is empty once the address was dropped, and the agent too."""
    row = _get(session, hit_id)
    agent = agent_mark(row.user_agent) if row.user_agent else ""
    return Visitor(places.shared.own_domain(row.email) or "", network_of(row.ip or ""), agent)


def _get(session: Session, hit_id: uuid.UUID) -> Row[tuple[object, ...]]:
    row = session.execute(_OF_HIT, {"id": hit_id}).one_or_none()
    if row is None:
        raise NotFound("no such hit, or none that counts")
    return row


def _say(session: Session, about: VerdictOverrule, said: Said, places: Places) -> VerdictOverrule:
    about.verdict, about.reason = said.verdict, said.reason.strip()
    about.said_by, about.said_at = said.by, said.at
    session.add(about)
    session.flush()
    _note(session, about, "verdict.overruled", said.by, said.at)
    _judge_concerned(session, about, places)
    return about


def _note(session: Session, about: VerdictOverrule, act: str, by: uuid.UUID, at: datetime) -> None:
    detail = {
        "overrule": str(about.id),
        "verdict": about.verdict,
        "reason": about.reason,
        "domain": about.domain,
        "network": about.network,
    }
    subject = "hit" if about.hit_id else "recipient_domain"
    session.add(AuditEntry(at=at, user_id=by, act=act, subject=subject, subject_id=about.hit_id, detail=detail))


def _judge_concerned(session: Session, about: VerdictOverrule, places: Places) -> None:
    if about.hit_id is None:
        about.judging = {}
        session.flush()
        enqueue(session, "judge_overruled")
        return
    hit = session.get_one(Hit, about.hit_id)
    if hit.message_key is not None:
        judge_again(session, [bytes(hit.message_key)], places)
    elif hit.contact_id is not None:
        judge_people_again(session, [hit.contact_id], places)
