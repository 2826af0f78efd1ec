"""Territories: who looks after accounts without an owner, by prefecture, industry and tier; the first that fits."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from abm.errors import Invalid, NotFound
from abm.models import AuditEntry, Territory, User
from abm.words import Tier

LONGEST_NAME = 100


@dataclass(frozen=True)
class Area:
    """A part of the market that somebody looks after; what is not named is any."""

    user_id: uuid.UUID
    prefecture: str | None = None
    industry: str | None = None
    tier: str | None = None

    def holds(self, prefecture: str | None, industry: str | None, tier: str) -> bool:
        """True when an account of these lies in it."""
        wanted = ((self.prefecture, prefecture), (self.industry, industry), (self.tier, tier))
        return all(mine is None or mine == theirs for mine, theirs in wanted)


def list_territories(session: Session) -> list[tuple[Territory, str]]:
    """Every territory with the name of its user, in the order in which they are asked."""
    rows = select(Territory, User.name).join(User, User.id == Territory.user_id)
    return [(row[0], row[1]) for row in session.execute(rows.order_by(Territory.place, Territory.id))]


def read_areas(session: Session) -> list[Area]:
    """The territories of users who can log in, in order."""
    rows = select(Territory.user_id, Territory.prefecture, Territory.industry, Territory.tier)
    living = rows.join(User, (User.id == Territory.user_id) & User.disabled_at.is_(None))
    return [Area(*row) for row in session.execute(living.order_by(Territory.place, Territory.id))]


def add_territory(session: Session, area: Area, *, by: uuid.UUID, at: datetime) -> Territory:
    """Keep a territory behind those there are; Invalid when it names nothing or nobody."""
    names = {name: (getattr(area, name) or "").strip() or None for name in ("prefecture", "industry", "tier")}
    if not any(names.values()):
        raise Invalid("name a prefecture, an industry or a tier", "prefecture", "required")
    if too_long := next((name for name, value in names.items() if value and len(value) > LONGEST_NAME), None):
        raise Invalid("this is too long", too_long, "too_long")
    if names["tier"] and names["tier"] not in set(Tier):
        raise Invalid("choose a tier", "tier", "unknown")
    user = session.get(User, area.user_id)
    if user is None or user.disabled_at is not None:
        raise Invalid("choose a user who can log in", "user_id", "unknown")
    last = session.scalar(select(func.max(Territory.place))) or 0
    territory = Territory(place=last + 1, user_id=area.user_id, created_at=at, **names)
    session.add(territory)
    session.flush()
    _note(session, "territory.added", territory, by, at)
    return territory


def move_territory(session: Session, territory_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
    """Have it asked before the one above it."""
    territories = list(session.scalars(select(Territory).order_by(Territory.place, Territory.id).with_for_update()))
    here = next((number for number, one in enumerate(territories) if one.id == territory_id), None)
    if here is None:
        raise NotFound("no such territory")
    if here > 0:
        above, mine = territories[here - 1], territories[here]
        above.place, mine.place = mine.place, above.place
        _note(session, "territory.moved", mine, by, at)


def remove_territory(session: Session, territory_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
    """Nobody looks after it any more."""
    territory = session.get(Territory, territory_id, with_for_update=True)
    if territory is None:
        raise NotFound("no such territory")
    _note(session, "territory.removed", territory, by, at)
    session.delete(territory)


def _note(session: Session, act: str, territory: Territory, by: uuid.UUID, at: datetime) -> None:
    named = {name: getattr(territory, name) for name in ("prefecture", "industry", "tier")}
    detail = {"user": str(territory.user_id), **{name: value for name, value in named.items() if value}}
    entry = AuditEntry(at=at, user_id=by, act=act, subject="territory", subject_id=territory.id, detail=detail)
    session.add(entry)
