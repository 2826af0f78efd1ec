"""Campaigns: kept with what they are for, closed and opened again, and served by sequences, webinars and files."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.errors import Conflict, Invalid
from abm.models import AuditEntry, Campaign, User, Webinar
from abm.words import CampaignPart
from campaigns.campaign import (
    LONGEST_NAME,
    Aim,
    change_campaign,
    close_campaign,
    create_campaign,
    put_in,
    reopen_campaign,
    take_out,
)

NOON = datetime(2026, 11, 20, 3, tzinfo=UTC)


@pytest.fixture
def user(session: Session) -> User:
    user = User(email="m@us.example", name="販促", role="marketer", password_hash="x")
    session.add(user)
    session.flush()
    return user


@pytest.fixture
def campaign(session: Session, user: User) -> Campaign:
    return create_campaign(session, Aim(" 秋の原価管理 ", goal="相談 20件"), by=user.id, at=NOON)


@pytest.mark.parametrize(
    ("aim", "field"),
    [
        (Aim("  "), "name"),
        (Aim("x" * (LONGEST_NAME + 1)), "name"),
        (Aim("秋の原価管理"), "name"),
        (Aim("冬", starts_on=date(2026, 12, 2), ends_on=date(2026, 12, 1)), "ends_on"),
        (Aim("冬", segment_id=UUID(int=1)), "segment_id"),
        (Aim("冬", owner_id=UUID(int=1)), "owner_id"),
    ],
)
def test_what_is_wrong_is_said_of_its_field(session: Session, campaign: Campaign, aim: Aim, field: str) -> None:
    with pytest.raises(Invalid) as raised:
        create_campaign(session, aim, by=None, at=NOON)

    assert raised.value.field == field


def test_a_change_is_audited_with_old_and_new(session: Session, campaign: Campaign, user: User) -> None:
    assert campaign.name == "秋の原価管理"

    change_campaign(session, campaign.id, Aim("秋の原価管理", goal="相談 30件"), by=user.id, at=NOON)
    change_campaign(session, campaign.id, Aim("秋の原価管理", goal="相談 30件"), by=user.id, at=NOON)

    told = session.scalars(select(AuditEntry.detail).where(AuditEntry.act == "campaign.changed")).all()
    assert told == [{"changes": {"goal": {"old": "相談 20件", "new": "相談 30件"}}}]


def test_nothing_joins_a_closed_campaign(session: Session, campaign: Campaign, user: User) -> None:
    webinar = Webinar(title="原価", held_at=NOON)
    session.add(webinar)
    session.flush()
    close_campaign(session, campaign.id, by=user.id, at=NOON)

    with pytest.raises(Conflict):
        put_in(session, campaign.id, CampaignPart.WEBINAR, webinar.id, by=user.id, at=NOON)

    reopen_campaign(session, campaign.id, by=user.id, at=NOON)
    put_in(session, campaign.id, CampaignPart.WEBINAR, webinar.id, by=user.id, at=NOON)
    assert webinar.campaign_id == campaign.id
    take_out(session, campaign.id, CampaignPart.WEBINAR, webinar.id, by=user.id, at=NOON)
    assert webinar.campaign_id is None


def test_what_is_gone_cannot_join(session: Session, campaign: Campaign, user: User) -> None:
    with pytest.raises(Invalid):
        put_in(session, campaign.id, CampaignPart.ASSET, user.id, by=user.id, at=NOON)
