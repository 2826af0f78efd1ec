"""Where each field of the condition language lies in the database."""

import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Double,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    select,
)
from sqlalchemy.orm import aliased

from abm.conditions.language import Moment
from abm.models import (
    Account,
    AccountDomain,
    Consent,
    Contact,
    ContactScore,
    Department,
    Enrollment,
    ImportRow,
    Sequence,
    SequenceVersion,
    Suppression,
    User,
)
from abm.words import ConsentBasis, ConsentPurpose, EnrollmentState, Field

# None means everybody; facts about a few people must not read the tables of all.
Ids = Collection[uuid.UUID] | None
Rows = Select[*tuple[Any, ...]]

SECONDS_OF_DAY = 86400.0
# A product too small to hold is an error in PostgreSQL, not nothing; this far away no points are left.
SMALLEST_POWER = -600.0


@dataclass(frozen=True)
class Relation:
    """A field with several values: rows of a key and a value, and the column of contacts that the key is."""

    rows: Rows
    key: ColumnElement[Any]


class Columns:
    """The fields with one value per contact at one moment, and how to join what they need."""

    def __init__(self, moment: Moment, ids: Ids = None) -> None:
        self._moment, self._ids = moment, ids

    def value(self, field: Field) -> ColumnElement[Any]:
        """The field as an expression over the joined tables."""
        if field is Field.CONTACT_CREATED_ON:
            return cast(func.timezone(self._moment.zone.key, Contact.created_at), Date)
        if field is Field.CONTACT_CONSENT:
            return _may_be_mailed(self._ledger)
        if field is Field.CONTACT_SCORE:
            return func.coalesce(self._scores.c.points, 0.0)
        return VALUES[field]

    def join(self, statement: Rows, fields: Collection[Field]) -> Rows:
        """The statement with what these fields need joined; contacts without a row there stay."""
        needed = {name for field in fields for name in NEEDS.get(field, ())}
        for name, (target, on) in JOINTS.items():
            if name in needed:
                statement = statement.join(target, on, isouter=name != ACCOUNT)
        if Field.CONTACT_CONSENT in fields:
            statement = statement.outerjoin(self._ledger, self._ledger.c.contact_id == Contact.id)
        if Field.CONTACT_SCORE in fields:
            statement = statement.outerjoin(self._scores, self._scores.c.contact_id == Contact.id)
        return statement

    @cached_property
    def _ledger(self) -> Subquery:
        return _ledger(self._moment.at, self._ids)

    @cached_property
    def _scores(self) -> Subquery:
        return _scores(self._moment.at, self._ids)


ACCOUNT, ACCOUNT_OWNER, DEPARTMENT, DEPARTMENT_OWNER, SUPPRESSION = range(5)
_account_owner, _department_owner = aliased(User), aliased(User)

# Each stands on the ones before it.
JOINTS: dict[int, tuple[Any, ColumnElement[bool]]] = {
    ACCOUNT: (Account, Account.id == Contact.account_id),
    ACCOUNT_OWNER: (_account_owner, _account_owner.id == Account.owner_id),
    DEPARTMENT: (Department, Department.id == Contact.department_id),
    DEPARTMENT_OWNER: (_department_owner, _department_owner.id == Department.owner_id),
    SUPPRESSION: (Suppression, Suppression.email == Contact.email),
}
NEEDS: dict[Field, tuple[int, ...]] = {
    **{field: (ACCOUNT,) for field in Field if field.startswith("account.")},
    Field.ACCOUNT_OWNER: (ACCOUNT, ACCOUNT_OWNER),
    Field.DEPARTMENT_NAME: (DEPARTMENT,),
    Field.DEPARTMENT_OWNER: (DEPARTMENT, DEPARTMENT_OWNER),
    Field.CONTACT_SUPPRESSED: (SUPPRESSION,),
}
# What the last evaluation of the account found is at most a day old; a person's points are those of the moment.
VALUES: dict[Field, ColumnElement[Any]] = {
    Field.ACCOUNT_NAME: Account.name.expression,
    Field.ACCOUNT_INDUSTRY: Account.industry.expression,
    Field.ACCOUNT_PREFECTURE: Account.prefecture.expression,
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
    Field.CONTACT_LANGUAGE: Contact.language.expression,
    Field.CONTACT_SAMPLE: Contact.is_sample.expression,
    Field.CONTACT_LAST_CONTACTED_ON: Contact.last_contacted_on.expression,
    Field.CONTACT_EMAIL_DOMAIN: func.split_part(cast(Contact.email, Text), "@", 2),
    Field.CONTACT_HAS_ADDRESS: Contact.email.is_not(None),
    Field.CONTACT_SUPPRESSED: Suppression.email.is_not(None),
}


def relation(field: Field, ids: Ids = None) -> Relation:
    """A field that has several values for one contact."""
    rows, key = RELATIONS[field]()
    if ids is not None:
        rows = rows.where(rows.selected_columns[0].in_(select(key).where(Contact.id.in_(ids))))
    return Relation(rows, key)


def _domains() -> tuple[Rows, ColumnElement[Any]]:
    return select(AccountDomain.account_id, AccountDomain.domain), Contact.account_id.expression


def _imports() -> tuple[Rows, ColumnElement[Any]]:
    touched = select(ImportRow.contact_id, cast(ImportRow.import_id, Text))
    return touched.where(ImportRow.contact_id.is_not(None)), Contact.id.expression


def _sequences() -> tuple[Rows, ColumnElement[Any]]:
    enrolled = (
        select(Enrollment.contact_id, Sequence.name)
        .join(SequenceVersion, SequenceVersion.id == Enrollment.sequence_version_id)
        .join(Sequence, Sequence.id == SequenceVersion.sequence_id)
        .where(Enrollment.contact_id.is_not(None))
    )
    return enrolled, Contact.id.expression


def _active_sequences() -> tuple[Rows, ColumnElement[Any]]:
    enrolled, key = _sequences()
    return enrolled.where(Enrollment.state == EnrollmentState.ACTIVE), key


RELATIONS: dict[Field, Callable[[], tuple[Rows, ColumnElement[Any]]]] = {
    Field.ACCOUNT_DOMAIN: _domains,
    Field.CONTACT_IMPORT: _imports,
    Field.CONTACT_SEQUENCE: _sequences,
    Field.CONTACT_ACTIVE_SEQUENCE: _active_sequences,
}


def _ledger(at: datetime, ids: Ids) -> Subquery:
    """The newest mail entry of each sort, as the contact guard reads the consent ledger."""
    past = Consent.at <= at
    rows = (
        select(
            Consent.contact_id,
            func.max(Consent.at).filter(Consent.granted, Consent.basis.is_not(None), past).label("granted_at"),
            func.max(Consent.at).filter(Consent.granted, Consent.basis == ConsentBasis.OPT_IN, past).label("opted_in"),
            func.max(Consent.at).filter(~Consent.granted).label("refused_at"),
        )
        .where(Consent.purpose == ConsentPurpose.MAIL)
        .group_by(Consent.contact_id)
    )
    return _only(rows, Consent.contact_id.expression, ids).subquery()


def _may_be_mailed(ledger: Subquery) -> ColumnElement[bool]:
    """Refusal wins over everything but a newer opt-in."""
    newer = and_(ledger.c.opted_in.is_not(None), ledger.c.opted_in > ledger.c.refused_at)
    return case((ledger.c.refused_at.is_(None), ledger.c.granted_at.is_not(None)), else_=newer)


def _scores(at: datetime, ids: Ids) -> Subquery:
    """Each person's points as they have decayed by now."""
    days = cast(extract("epoch", literal(at) - ContactScore.as_of), Double) / SECONDS_OF_DAY
    power = func.greatest(func.least(-days / ContactScore.half_life_days, 0.0), SMALLEST_POWER)
    points = func.sum(ContactScore.points * func.power(cast(2.0, Double), power)).label("points")
    rows = select(ContactScore.contact_id, points).group_by(ContactScore.contact_id)
    return _only(rows, ContactScore.contact_id.expression, ids).subquery()


def _only(rows: Rows, key: ColumnElement[Any], ids: Ids) -> Rows:
    return rows if ids is None else rows.where(key.in_(ids))
