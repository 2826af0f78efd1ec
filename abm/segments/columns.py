"""Where each field of the condition language lies in the database."""

import uuid
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Double,
    FromClause,
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
# 2 to the power of less than about -1074 is an error in PostgreSQL, not nothing.
SMALLEST_POWER = -1000.0


@dataclass(frozen=True)
class Relation:
    """A field with several values: rows of a key and a value, and the column of contacts that the key is."""

    rows: Rows
    key: ColumnElement[Any]


@dataclass(frozen=True)
class Columns:
    """The fields with one value each, and how to join what they need."""

    values: dict[Field, tuple[ColumnElement[Any], tuple[str, ...]]]
    joints: dict[str, tuple[FromClause, ColumnElement[bool]]]

    def value(self, field: Field) -> ColumnElement[Any]:
        """The field as an expression over the joined tables."""
        return self.values[field][0]

    def join(self, statement: Rows, fields: Iterable[Field]) -> Rows:
        """The statement with what these fields need joined; contacts without a row there stay."""
        needed = {name for field in fields for name in self.values[field][1]}
        for name, (target, on) in self.joints.items():
            if name in needed:
                statement = statement.join(target, on, isouter=name != "account")
        return statement


def columns(moment: Moment, ids: Ids = None) -> Columns:
    """Every field with one value per contact."""
    account_owner, department_owner = aliased(User), aliased(User)
    ledger, scores = _ledger(moment.at, ids), _scores(moment.at, ids)
    account, contact = ("account",), ()
    return Columns(
        values={
            Field.ACCOUNT_NAME: (Account.name.expression, account),
            Field.ACCOUNT_INDUSTRY: (Account.industry.expression, account),
            Field.ACCOUNT_PREFECTURE: (Account.prefecture.expression, account),
            Field.ACCOUNT_TIER: (Account.tier.expression, account),
            Field.ACCOUNT_STAGE: (Account.stage.expression, account),
            Field.ACCOUNT_MQA: (Account.is_mqa.expression, account),
            Field.ACCOUNT_DEPTH: (Account.depth.expression, account),
            Field.ACCOUNT_COUNTED_DEPTH: (Account.counted_depth.expression, account),
            Field.ACCOUNT_BREADTH: (Account.breadth.expression, account),
            Field.ACCOUNT_CLOSING_MONTH: (Account.closing_month.expression, account),
            Field.ACCOUNT_LAST_CONTACTED_ON: (Account.last_contacted_on.expression, account),
            Field.ACCOUNT_SAMPLE: (Account.is_sample.expression, account),
            Field.ACCOUNT_OWNER: (cast(account_owner.email, Text), ("account", "account_owner")),
            Field.DEPARTMENT_NAME: (Department.name.expression, ("department",)),
            Field.DEPARTMENT_OWNER: (cast(department_owner.email, Text), ("department", "department_owner")),
            Field.CONTACT_NAME: (Contact.full_name.expression, contact),
            Field.CONTACT_TITLE: (Contact.title.expression, contact),
            Field.CONTACT_SENIORITY: (Contact.seniority.expression, contact),
            Field.CONTACT_BUYING_ROLE: (Contact.buying_role.expression, contact),
            Field.CONTACT_LANGUAGE: (Contact.language.expression, contact),
            Field.CONTACT_SAMPLE: (Contact.is_sample.expression, contact),
            Field.CONTACT_LAST_CONTACTED_ON: (Contact.last_contacted_on.expression, contact),
            Field.CONTACT_CREATED_ON: (cast(func.timezone(moment.zone.key, Contact.created_at), Date), contact),
            Field.CONTACT_EMAIL_DOMAIN: (func.split_part(cast(Contact.email, Text), "@", 2), contact),
            Field.CONTACT_HAS_ADDRESS: (Contact.email.is_not(None), contact),
            Field.CONTACT_SUPPRESSED: (Suppression.email.is_not(None), ("suppression",)),
            Field.CONTACT_CONSENT: (_may_be_mailed(ledger), ("ledger",)),
            Field.CONTACT_SCORE: (func.coalesce(scores.c.points, 0.0), ("scores",)),
        },
        # In this order, because the later ones stand on the earlier.
        joints={
            "account": (Account.__table__, Account.id == Contact.account_id),
            "account_owner": (_table(account_owner), account_owner.id == Account.owner_id),
            "department": (Department.__table__, Department.id == Contact.department_id),
            "department_owner": (_table(department_owner), department_owner.id == Department.owner_id),
            "suppression": (Suppression.__table__, Suppression.email == Contact.email),
            "ledger": (ledger, ledger.c.contact_id == Contact.id),
            "scores": (scores, scores.c.contact_id == Contact.id),
        },
    )


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


def _table(alias: Any) -> FromClause:
    found: FromClause = alias
    return found


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
