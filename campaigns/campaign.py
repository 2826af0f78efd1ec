"""Campaigns: a goal with an audience and dates, and the sequences, webinars and files that serve it."""

import uuid
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from abm.errors import Conflict, Invalid, NotFound
from abm.models import Asset, AuditEntry, Campaign, Segment, Sequence, User, Webinar
from abm.words import CampaignPart

LONGEST_NAME = 100
LONGEST_TEXT = 2_000
PARTS: dict[CampaignPart, type[Sequence] | type[Webinar] | type[Asset]] = {
    CampaignPart.SEQUENCE: Sequence,
    CampaignPart.WEBINAR: Webinar,
    CampaignPart.ASSET: Asset,
}

# The goal in the languages of the document it comes from, as long as nobody has typed another: what is kept is one of
# them. `c` is the campaign.
WORDED_GOAL = """
    select v.document -> 'goal' from sequences s join sequence_versions v on v.sequence_id = s.id
    where s.campaign_id = c.id and c.goal is not null
      and jsonb_path_exists(v.document, '$.goal.* ? (@ == $kept)', jsonb_build_object('kept', c.goal))
    order by v.number desc limit 1
"""


@dataclass(frozen=True)
class Aim:
    """What a campaign is for: name, goal and audience in words, its segment, days, and who answers for it."""

    name: str
    goal: str | None = None
    audience: str | None = None
    segment_id: uuid.UUID | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    owner_id: uuid.UUID | None = None


def get_campaign(session: Session, campaign_id: uuid.UUID, *, lock: bool = False) -> Campaign:
    """The campaign, or NotFound."""
    campaign = session.get(Campaign, campaign_id, with_for_update=lock)
    if campaign is None:
        raise NotFound("no such campaign")
    return campaign


def goal_of(session: Session, campaign: Campaign) -> dict[str, str] | str | None:
    """The campaign's goal in the languages of the document it comes from; as it was typed, if somebody typed it."""
    worded = text(f"select ({WORDED_GOAL}) from campaigns c where c.id = :id")  # noqa: S608 only our own words are put in
    found: dict[str, str] | None = session.scalar(worded, {"id": campaign.id})
    return found or campaign.goal


def create_campaign(session: Session, aim: Aim, *, by: uuid.UUID | None, at: datetime) -> Campaign:
    """A campaign that nothing serves yet; Invalid names the field that is not right."""
    campaign = Campaign(**_checked(session, aim, None), created_at=at)
    session.add(campaign)
    session.flush()
    _audit(session, "created", campaign, by, at, {})
    return campaign


def change_campaign(
    session: Session, campaign_id: uuid.UUID, aim: Aim, *, by: uuid.UUID | None, at: datetime
) -> Campaign:
    """The campaign with another aim; what changed is audited."""
    campaign = get_campaign(session, campaign_id, lock=True)
    wanted = _checked(session, aim, campaign)
    goal = goal_of(session, campaign)
    if isinstance(goal, dict) and wanted["goal"] in goal.values():
        # Shown in the reader's language and sent back so, it is no other goal.
        wanted["goal"] = campaign.goal
    changes = {
        name: {"old": _plain(getattr(campaign, name)), "new": _plain(value)}
        for name, value in wanted.items()
        if getattr(campaign, name) != value
    }
    for name, value in wanted.items():
        setattr(campaign, name, value)
    if changes:
        _audit(session, "changed", campaign, by, at, {"changes": changes})
    session.flush()
    return campaign


def close_campaign(session: Session, campaign_id: uuid.UUID, *, by: uuid.UUID | None, at: datetime) -> Campaign:
    """It is over and leaves the lists of what can be chosen; its sequences go on until somebody ends them."""
    campaign = get_campaign(session, campaign_id, lock=True)
    if campaign.closed_at is None:
        campaign.closed_at = at
        _audit(session, "closed", campaign, by, at, {})
    session.flush()
    return campaign


def reopen_campaign(session: Session, campaign_id: uuid.UUID, *, by: uuid.UUID | None, at: datetime) -> Campaign:
    """It goes on."""
    campaign = get_campaign(session, campaign_id, lock=True)
    if campaign.closed_at is not None:
        campaign.closed_at = None
        _audit(session, "reopened", campaign, by, at, {})
    session.flush()
    return campaign


def put_in(
    session: Session, campaign_id: uuid.UUID, part: CampaignPart, part_id: uuid.UUID, *, by: uuid.UUID, at: datetime
) -> None:
    """Let a sequence, a webinar or a file serve this campaign; mails that are planned already keep theirs."""
    campaign = get_campaign(session, campaign_id, lock=True)
    if campaign.closed_at is not None:
        raise Conflict(f"campaign {campaign.name} is closed; reopen it first", "campaign_closed")
    found: Any = session.get(PARTS[part], part_id, with_for_update=True)
    if found is None:
        raise Invalid("this is gone", "part", "unknown")
    if found.campaign_id != campaign_id:
        found.campaign_id = campaign_id
        _audit(session, "part_added", campaign, by, at, {"part": part, "id": str(part_id)})
    session.flush()


def take_out(
    session: Session, campaign_id: uuid.UUID, part: CampaignPart, part_id: uuid.UUID, *, by: uuid.UUID, at: datetime
) -> None:
    """Let it serve no campaign any more; what was sent under this one stays counted here."""
    campaign = get_campaign(session, campaign_id, lock=True)
    found: Any = session.get(PARTS[part], part_id, with_for_update=True)
    if found is not None and found.campaign_id == campaign_id:
        found.campaign_id = None
        _audit(session, "part_removed", campaign, by, at, {"part": part, "id": str(part_id)})
    session.flush()


def _checked(session: Session, aim: Aim, campaign: Campaign | None) -> dict[str, Any]:
    texts = {name: (getattr(aim, name) or "").strip() or None for name in ("name", "goal", "audience")}
    if texts["name"] is None:
        raise Invalid("give the campaign a name", "name", "required")
    for name, longest in (("name", LONGEST_NAME), ("goal", LONGEST_TEXT), ("audience", LONGEST_TEXT)):
        if len(texts[name] or "") > longest:
            raise Invalid("this is too long", name, "too_long")
    taken = select(Campaign.id).where(Campaign.name == texts["name"])
    if session.scalar(taken.where(Campaign.id != campaign.id) if campaign else taken):
        raise Invalid("another campaign has this name already", "name", "campaign_taken")
    if aim.starts_on and aim.ends_on and aim.ends_on < aim.starts_on:
        raise Invalid("the last day lies before the first", "ends_on", "before_start")
    if aim.segment_id and session.get(Segment, aim.segment_id) is None:
        raise Invalid("choose a segment of the list", "segment_id", "unknown")
    owner = session.get(User, aim.owner_id) if aim.owner_id else None
    if aim.owner_id and (owner is None or owner.disabled_at is not None):
        raise Invalid("choose a user who can log in", "owner_id", "unknown")
    return {**asdict(aim), **texts}


def _plain(value: Any) -> Any:
    return value if value is None else str(value)


def _audit(
    session: Session, act: str, campaign: Campaign, by: uuid.UUID | None, at: datetime, detail: dict[str, Any]
) -> None:
    entry = AuditEntry(
        at=at, user_id=by, act=f"campaign.{act}", subject="campaign", subject_id=campaign.id, detail=detail
    )
    session.add(entry)
