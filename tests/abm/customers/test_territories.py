"""Who looks after accounts without an owner, by prefecture, industry and tier."""

import uuid

import pytest
from sqlalchemy.orm import Session

from abm.customers.territories import (
    Area,
    add_territory,
    list_territories,
    move_territory,
    read_areas,
    remove_territory,
)
from abm.errors import Invalid, NotFound
from abm.words import Role, Tier
from tests.worlds import NOON, make_user


@pytest.fixture
def admin(session: Session) -> uuid.UUID:
    return make_user(session, Role.ADMIN).id


@pytest.mark.parametrize(
    ("area", "holds"),
    [
        ({"prefecture": "東京都"}, True),
        ({"prefecture": "大阪府"}, False),
        ({"prefecture": "東京都", "industry": "製造業"}, True),
        ({"prefecture": "東京都", "industry": "小売業"}, False),
        ({"tier": Tier.ONE_TO_ONE}, False),
        ({"industry": "製造業", "tier": Tier.ONE_TO_MANY}, True),
    ],
)
def test_an_account_lies_in_an_area_when_all_that_is_named_fits(area: dict[str, str], holds: bool) -> None:
    mine = Area(uuid.UUID(int=1), **area)

    assert mine.holds("東京都", "製造業", Tier.ONE_TO_MANY) is holds
    assert mine.holds(None, None, Tier.ONE_TO_MANY) is False


def test_areas_are_asked_in_their_order_and_only_of_those_who_can_log_in(session: Session, admin: uuid.UUID) -> None:
    anna, bo, gone = make_user(session), make_user(session), make_user(session)
    add_territory(session, Area(gone.id, "東京都"), by=admin, at=NOON)
    add_territory(session, Area(anna.id, "東京都", "製造業"), by=admin, at=NOON)
    last = add_territory(session, Area(bo.id, "東京都"), by=admin, at=NOON)
    gone.disabled_at = NOON
    session.flush()

    before = [area.user_id for area in read_areas(session)]
    move_territory(session, last.id, by=admin, at=NOON)

    assert (before, [area.user_id for area in read_areas(session)]) == ([anna.id, bo.id], [bo.id, anna.id])


def test_a_territory_is_taken_back(session: Session, admin: uuid.UUID) -> None:
    territory = add_territory(session, Area(admin, "東京都"), by=admin, at=NOON)

    remove_territory(session, territory.id, by=admin, at=NOON)

    assert list_territories(session) == []
    with pytest.raises(NotFound):
        remove_territory(session, territory.id, by=admin, at=NOON)


@pytest.mark.parametrize(
    ("area", "field"),
    [
        ({}, "prefecture"),
        ({"prefecture": " "}, "prefecture"),
        ({"tier": "gold"}, "tier"),
        ({"industry": "長" * 101}, "industry"),
        ({"prefecture": "東京都", "user_id": uuid.UUID(int=0)}, "user_id"),
    ],
)
def test_a_territory_of_nothing_or_of_nobody_is_refused(
    session: Session, admin: uuid.UUID, area: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        add_territory(session, Area(**{"user_id": admin, **area}), by=admin, at=NOON)  # type: ignore[arg-type]

    assert refused.value.field == field
