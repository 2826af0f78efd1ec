"""Where each field of the condition language lies in the database."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Date, Double, Subquery, Text, case, cast, func
from sqlalchemy.orm import aliased

from abm.conditions.fields import ValueKind
from abm.conditions.language import Check
from abm.models import Account, Contact, Deal, Department, Suppression, User
from abm.segments.asking import Asking, Rows
from abm.segments.derived import DERIVED, Derived, derive
from abm.segments.relations import Relation, deal_values, relation
from abm.words import CustomSubject, Field


class Columns:
    """The fields with one value per contact, and how to join what they need."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._derived: dict[str, tuple[Derived, Subquery]] = {}

    def value(self, check: Check) -> ColumnElement[Any]:
        """The field as an expression over the joined tables."""
        if check.custom:
            subject, _, code = check.field.split(".", 2)
            return custom_value(CUSTOM[CustomSubject(subject)][code], check)
        field = Field(check.field)
        if field in DERIVED:
            derived, found = self._derive(field)
            return derived.value(found)
        return self._day(MOMENTS[field]) if field in MOMENTS else VALUES[field]

    def join(self, statement: Rows, checks: Iterable[Check]) -> Rows:
        """The statement with what these fields need joined; contacts without a row there stay."""
        fields = {check.field for check in checks}
        needed = {name for field in fields for name in _needs(field)}
        for name, (target, on) in JOINTS.items():
            if name in needed:
                statement = statement.join(target, on, isouter=name != ACCOUNT)
        for field in sorted(fields.intersection(DERIVED)):
            derived, found = self._derive(Field(field))
            statement = statement.outerjoin(found, found.c.key == derived.joined_on)
        return statement

    def _derive(self, field: Field) -> tuple[Derived, Subquery]:
        if field not in self._derived:
            derived = derive(field, self._asking)
            self._derived[field] = (derived, derived.rows.subquery())
        return self._derived[field]

    def _day(self, moment: ColumnElement[Any]) -> ColumnElement[Any]:
        return cast(func.timezone(self._asking.moment.zone.key, moment), Date)


def several(check: Check, asking: Asking) -> Relation:
    """The values of a field that has several for one contact."""
    if check.custom:
        return deal_values(asking, custom_value(Deal.custom[check.field.split(".", 2)[2]], check))
    return relation(Field(check.field), asking)


def custom_value(stored: ColumnElement[Any], check: Check) -> ColumnElement[Any]:
    """A custom value in the kind that its definition says; what does not fit that kind is nothing."""
    typed = stored.as_string()
    if check.rule.kind is ValueKind.NUMBER:
        fits = (func.jsonb_typeof(stored) == "number") & func.pg_input_is_valid(typed, "double precision")
        return case((fits, cast(typed, Double)))
    if check.rule.kind is ValueKind.DAY:
        fits = typed.regexp_match(r"^\d{4}-\d{2}-\d{2}$") & func.pg_input_is_valid(typed, "date")
        return case((fits, cast(typed, Date)))
    return case((func.jsonb_typeof(stored) == "string", typed))


def _needs(field: str) -> tuple[int, ...]:
    return NEEDS.get(field, (ACCOUNT,) if field.startswith("account.") and field not in DERIVED else ())


ACCOUNT, ACCOUNT_OWNER, ACCOUNT_PARENT, DEPARTMENT, DEPARTMENT_OWNER, SUPPRESSION = range(6)
_account_owner, _department_owner, _parent = aliased(User), aliased(User), aliased(Account)

# Each stands on the ones before it.
JOINTS: dict[int, tuple[Any, ColumnElement[bool]]] = {
    ACCOUNT: (Account, Account.id == Contact.account_id),
    ACCOUNT_OWNER: (_account_owner, _account_owner.id == Account.owner_id),
    ACCOUNT_PARENT: (_parent, _parent.id == Account.parent_id),
    DEPARTMENT: (Department, Department.id == Contact.department_id),
    DEPARTMENT_OWNER: (_department_owner, _department_owner.id == Department.owner_id),
    SUPPRESSION: (Suppression, Suppression.email == Contact.email),
}
NEEDS: dict[str, tuple[int, ...]] = {
    Field.ACCOUNT_OWNER: (ACCOUNT, ACCOUNT_OWNER),
    Field.ACCOUNT_PARENT: (ACCOUNT, ACCOUNT_PARENT),
    Field.DEPARTMENT_NAME: (DEPARTMENT,),
    Field.DEPARTMENT_OWNER: (DEPARTMENT, DEPARTMENT_OWNER),
    Field.CONTACT_SUPPRESSED: (SUPPRESSION,),
}
# Those of deals are several, and no column of a contact.
CUSTOM: dict[CustomSubject, ColumnElement[Any]] = {
    CustomSubject.ACCOUNT: Account.custom.expression,
    CustomSubject.CONTACT: Contact.custom.expression,
}
# What the last evaluation of the account found is at most a day old; a person's points are those of the moment.
VALUES: dict[Field, ColumnElement[Any]] = {
    Field.ACCOUNT_NAME: Account.name.expression,
    Field.ACCOUNT_INDUSTRY: Account.industry.expression,
    Field.ACCOUNT_PREFECTURE: Account.prefecture.expression,
    Field.ACCOUNT_EMPLOYEES: Account.employees.expression,
    Field.ACCOUNT_REVENUE: Account.revenue.expression,
    Field.ACCOUNT_PARENT: _parent.name.expression,
    Field.ACCOUNT_TIER: Account.tier.expression,
    Field.ACCOUNT_STAGE: Account.stage.expression,
    Field.ACCOUNT_MQA: Account.is_mqa.expression,
    Field.ACCOUNT_DEPTH: Account.depth.expression,
    Field.ACCOUNT_COUNTED_DEPTH: Account.counted_depth.expression,
    Field.ACCOUNT_BREADTH: Account.breadth.expression,
    Field.ACCOUNT_CLOSING_MONTH: Account.closing_month.expression,
    Field.ACCOUNT_LAST_CONTACTED_ON: Account.last_contacted_on.expression,
    Field.ACCOUNT_SAMPLE: Account.is_sample.expression,
    Field.ACCOUNT_OWNER: cast(_account_owner.email, Text),
    Field.DEPARTMENT_NAME: Department.name.expression,
    Field.DEPARTMENT_OWNER: cast(_department_owner.email, Text),
    Field.CONTACT_NAME: Contact.full_name.expression,
    Field.CONTACT_TITLE: Contact.title.expression,
    Field.CONTACT_SENIORITY: Contact.seniority.expression,
    Field.CONTACT_BUYING_ROLE: Contact.buying_role.expression,
    Field.CONTACT_JOB_FUNCTION: Contact.job_function.expression,
    Field.CONTACT_LANGUAGE: Contact.language.expression,
    Field.CONTACT_SAMPLE: Contact.is_sample.expression,
    Field.CONTACT_LAST_CONTACTED_ON: Contact.last_contacted_on.expression,
    Field.CONTACT_EMAIL_DOMAIN: func.split_part(cast(Contact.email, Text), "@", 2),
    Field.CONTACT_HAS_ADDRESS: Contact.email.is_not(None),
    Field.CONTACT_SUPPRESSED: Suppression.email.is_not(None),
    Field.CONTACT_STALE: Contact.stale_since.is_not(None),
    Field.CONTACT_STALE_REASON: Contact.stale_reason.expression,
}
# Moments that are asked for as days.
MOMENTS: dict[Field, ColumnElement[Any]] = {
    Field.ACCOUNT_CONFIRMED_ON: Account.confirmed_at.expression,
    Field.CONTACT_CREATED_ON: Contact.created_at.expression,
    Field.CONTACT_CONFIRMED_ON: Contact.confirmed_at.expression,
}
