"""Conditions as one statement: set-based, every value a parameter."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, literal, not_, or_, select, text, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from abm.conditions.fields import OPPOSITES, ValueKind
from abm.conditions.language import Check, Condition, Did, Group, Moment, leaves
from abm.conditions.texts import fold
from abm.models import Contact, Event
from abm.segments.asking import IS_HUMAN, Asking, Rows
from abm.segments.columns import Columns, several
from abm.words import EventKind, GroupKind, Operator


def members(condition: Condition, moment: Moment) -> Select[*tuple[Any, ...]]:
    """The living contacts for whom the condition holds, with their accounts: columns `id` and `account_id`."""
    return _Statement(moment).members(condition)


class _Statement:
    """One statement being put together: whatever is not a column becomes a join, so that any group may hold it.

    A subquery inside an `or` would be asked again for every contact once its rows outgrow the memory for hashing; a
    joined one is hashed or sorted like any table.
    """

    def __init__(self, moment: Moment) -> None:
        self._moment = moment
        self._asking = Asking(moment)
        self._columns = Columns(self._asking)
        self._found: list[tuple[Subquery, ColumnElement[bool]]] = []

    def members(self, condition: Condition) -> Select[*tuple[Any, ...]]:
        fitting = self._fits(condition, denied=False)
        statement: Rows = select(Contact.id, Contact.account_id)
        single = [leaf for _, leaf in leaves(condition) if isinstance(leaf, Check) and not leaf.rule.several]
        statement = self._columns.join(statement, single)
        for found, on in self._found:
            statement = statement.outerjoin(found, on)
        return statement.where(Contact.archived_at.is_(None), fitting)

    def _fits(self, condition: Condition, *, denied: bool) -> ColumnElement[bool]:
        if isinstance(condition, Group):
            denies = condition.kind is GroupKind.NOT
            parts = [self._fits(part, denied=denied or denies) for part in condition.parts]
            if denies:
                return not_(or_(*parts))
            return and_(*parts) if condition.kind is GroupKind.ALL else or_(*parts)
        return self._check(condition, denied=denied) if isinstance(condition, Check) else self._did(condition)

    def _check(self, check: Check, *, denied: bool) -> ColumnElement[bool]:
        if check.op in OPPOSITES:
            return not_(self._check(replace(check, op=OPPOSITES[check.op]), denied=True))
        if not check.rule.several:
            fits = compare(self._columns.value(check), check, self._moment.today)
            # Nothing known compares as null: as good as false, until a `not` stands around it.
            return fits.is_(true()) if denied else fits
        rows = several(check, self._asking)
        key, value = rows.rows.selected_columns
        fitting = rows.rows.where(compare(value, check, self._moment.today)).group_by(key)
        return self._join(fitting.with_only_columns(key.label("key")), rows.key)

    def _did(self, did: Did) -> ColumnElement[bool]:
        rows = select(Event.contact_id.label("key")).where(IS_HUMAN, Event.happened_at <= self._moment.at)
        if did.kinds != tuple(EventKind):
            rows = rows.where(Event.kind.in_([str(kind) for kind in did.kinds]))
        if did.within is not None:
            rows = rows.where(Event.happened_at > self._moment.at - did.within)
        if did.topic is not None:
            rows = rows.where(Event.topics.op("@>")(literal([did.topic], ARRAY(Text))))
        rows = rows.group_by(Event.contact_id)
        if did.at_least > 1:
            rows = rows.having(func.count() >= did.at_least)
        return self._join(rows, Contact.id.expression)

    def _join(self, rows: Rows, key: ColumnElement[Any]) -> ColumnElement[bool]:
        found = rows.subquery()
        self._found.append((found, found.c.key == key))
        return found.c.key.is_not(None)


def compare(value: ColumnElement[Any], check: Check, today: date) -> ColumnElement[bool]:
    """A check that is nobody's opposite, as an expression; null where nothing is known."""
    wanted = check.value
    if check.op is Operator.KNOWN:
        return value != "" if _is_text(check) else value.is_not(None)
    if _is_text(check):
        return _compare_texts(folded(value), check)
    if check.op is Operator.IN:
        assert isinstance(wanted, tuple)
        return value.in_(wanted)
    if check.op is Operator.WITHIN:
        assert isinstance(wanted, timedelta)
        return and_(value > today - wanted, value <= today)
    if check.op is Operator.AHEAD:
        assert isinstance(wanted, timedelta)
        return and_(value >= today, value < today + wanted)
    if check.op in (Operator.AT_LEAST, Operator.AT_MOST):
        return value >= wanted if check.op is Operator.AT_LEAST else value <= wanted
    if check.op in (Operator.MORE_THAN, Operator.AFTER):
        return value > wanted
    return value < wanted if check.op in (Operator.LESS_THAN, Operator.BEFORE) else value == wanted


def _compare_texts(value: ColumnElement[Any], check: Check) -> ColumnElement[bool]:
    if check.op is Operator.IN:
        assert isinstance(check.value, tuple)
        return value.in_([fold(one) for one in check.value])
    wanted = fold(str(check.value))
    if check.op is Operator.CONTAINS:
        return func.strpos(value, wanted) > 0
    return func.starts_with(value, wanted) if check.op is Operator.STARTS_WITH else value == wanted


def folded(value: ColumnElement[Any]) -> ColumnElement[str]:
    """A text as `fold` makes it; in the C locale only A–Z have a lower case."""
    return func.lower(func.normalize(value, text("NFKC")).collate("C"))


def _is_text(check: Check) -> bool:
    return check.rule.kind is ValueKind.TEXT
