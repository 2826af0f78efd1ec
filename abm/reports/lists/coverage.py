"""Coverage of buying groups: which of the roles a purchase needs are engaged, known only, or missing at an account."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, Text, and_, case, func, literal, or_, select, text, true, type_coerce
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from abm.conditions.language import Moment
from abm.models import Account, Contact, Task
from abm.reports.lists.heat import is_hot
from abm.reports.lists.reading import AccountLine, Query, Wanted, about_accounts
from abm.reports.lists.standing import is_courted
from abm.reports.points import account_points, contact_points
from abm.scoring.live import ensure_model
from abm.words import OPEN_TASK_STATES, BuyingRole, RoleState, TaskKind, Tier

ROLES: Any = ARRAY(Text())
HOT, NAMED, ALL = "", "named", "all"
GAPS, SILENT = "", "silent"


@dataclass(frozen=True, kw_only=True)
class CoverageLine(AccountLine):
    """An account with its required roles: engaged, filled by somebody who has not reacted enough, and missing."""

    stage: str
    tier: str
    points: float
    engaged: list[str]
    filled: list[str]
    missing: list[str]
    coverage: float
    without_role: int
    task_id: uuid.UUID | None


def coverage(session: Session, wanted: Wanted, moment: Moment) -> Query:
    """Accounts and how their buying group is covered, the hottest first; with gaps only, unless all are asked for."""
    model = ensure_model(session)
    required = [role.value for role in model.required_roles]
    group = _group(moment, model.mqa.person_points).lateral("buying_group")
    parts = {
        RoleState.ENGAGED: _roles(required, lambda role: _in(role, group.c.engaged)),
        RoleState.FILLED: _roles(required, lambda role: _in(role, group.c.known) & ~_in(role, group.c.engaged)),
        RoleState.MISSING: _roles(required, lambda role: ~_in(role, group.c.known)),
    }
    share = func.cardinality(parts[RoleState.ENGAGED]) * 1.0 / len(required) if required else literal(1.0)
    lines = about_accounts(
        wanted,
        Account.stage,
        Account.tier,
        account_points(Account.id, moment.at).label("points"),
        *(roles.label(state.value) for state, roles in parts.items()),
        share.label("coverage"),
        group.c.without_role,
        _open_task().label("task_id"),
    ).join(group, true())
    lines = lines.where(is_courted(), *_chosen(wanted, parts))
    if wanted.choice("accounts") == HOT:
        lines = lines.where(is_hot(model))
    elif wanted.choice("accounts") == NAMED:
        lines = lines.where(Account.tier.in_((Tier.ONE_TO_ONE, Tier.ONE_TO_FEW)))
    return lines.order_by(Account.counted_depth.desc(), Account.id)


def _group(moment: Moment, person_points: float) -> Any:
    """What is known of the people of the account of the row around; one row, also where there is nobody."""
    points = contact_points(Contact.id, moment.at)
    known = func.array_agg(Contact.buying_role.distinct()).filter(Contact.buying_role.is_not(None))
    engaged = func.array_agg(Contact.buying_role.distinct()).filter(
        and_(Contact.buying_role.is_not(None), points >= person_points)
    )
    return (
        select(
            func.coalesce(known, _none()).label("known"),
            func.coalesce(engaged, _none()).label("engaged"),
            func.count().filter(Contact.buying_role.is_(None)).label("without_role"),
        )
        .where(Contact.account_id == Account.id, Contact.archived_at.is_(None))
        .correlate(Account)
    )


def _roles(required: list[str], holds: Any) -> ColumnElement[list[str]]:
    """Those of the required roles of which this holds, in the model's order."""
    if not required:
        return _none()
    told: list[ColumnElement[str | None]] = [case((holds(role), role), else_=None) for role in required]
    return type_coerce(func.array_remove(array(told), None), ROLES)


def _in(role: str, roles: Any) -> ColumnElement[bool]:
    return literal(role, Text()) == func.any(type_coerce(roles, ROLES))


def _none() -> ColumnElement[list[str]]:
    return type_coerce(text("'{}'::text[]"), ROLES)


def _chosen(wanted: Wanted, parts: dict[RoleState, ColumnElement[list[str]]]) -> list[ColumnElement[bool]]:
    missing, filled = parts[RoleState.MISSING], parts[RoleState.FILLED]
    gaps = {
        GAPS: func.cardinality(missing) > 0,
        SILENT: or_(func.cardinality(missing) > 0, func.cardinality(filled) > 0),
    }
    chosen = [gaps[wanted.choice("show")]] if wanted.choice("show") in gaps else []
    if (role := wanted.choice("role")) in set(BuyingRole):
        chosen.append(_in(role, missing))
    if (tier := wanted.choice("tier")) in set(Tier):
        chosen.append(Account.tier == tier)
    return chosen


def _open_task() -> ColumnElement[uuid.UUID]:
    """The coverage task of the account that is not done yet; there is one at most."""
    open_now = (Task.account_id == Account.id, Task.kind == TaskKind.COVERAGE, Task.state.in_(OPEN_TASK_STATES))
    return select(Task.id).where(*open_now).limit(1).scalar_subquery()
