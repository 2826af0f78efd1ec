"""The database and the decision in memory answer every condition alike: random conditions over random worlds."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from abm.conditions.fields import CUSTOM_KINDS, FIELDS, OPPOSITES, SPANS, FieldRule, ValueKind
from abm.conditions.holds import holds
from abm.conditions.language import Condition, Group, Moment
from abm.conditions.parse import read_condition, write_condition
from abm.models import (
    Account,
    AccountDomain,
    Consent,
    Contact,
    ContactScore,
    Contract,
    CustomField,
    Deal,
    Department,
    Enrollment,
    Event,
    Import,
    ImportRow,
    Need,
    Ownership,
    Product,
    Sequence,
    SequenceVersion,
    Suppression,
    Ticket,
    User,
)
from abm.segments.compile import members
from abm.segments.customs import custom_rules
from abm.segments.facts import gather_facts
from abm.words import (
    BuyingRole,
    ConsentBasis,
    ConsentPurpose,
    ContractState,
    CustomKind,
    CustomSubject,
    DealStage,
    EnrollmentState,
    EventKind,
    Field,
    GroupKind,
    JobFunction,
    Language,
    LostReason,
    NeedKind,
    Operator,
    Role,
    RowAction,
    Seniority,
    Severity,
    Stage,
    StaleReason,
    TicketState,
    Tier,
    Verdict,
)

NOW = datetime(2026, 11, 13, 3, tzinfo=UTC)
MOMENT = Moment(NOW, ZoneInfo("Asia/Tokyo"))
DAY = timedelta(days=1)

# Few values, so that conditions meet them: widths, cases, parts of each other, signs that patterns would read.
TEXTS = ("", "Ａcme", "acme", "ACME 50%", "アクメ", "ｱｸﾒ", "株式会社アクメ", "_", "\\", "ß", "İ")
WORDS = [text for text in TEXTS if text]
MAILS = ("o1@firm.example", "O2@firm.example")
NAMES = ("first", "First", "second")
DOMAINS = ("acme.example", "ACME.example", "beta.example")
NUMBERS = (0.0, 2.5, 5.0, 10.0)
DAYS = tuple(date(2026, 11, 13) + shift * DAY for shift in (-31, -30, -29, -1, 0, 1))
# Right before, at and right after the ends of the windows, and in the future.
MOMENTS = tuple(NOW - span + nudge for span in (0 * DAY, 7 * DAY, 30 * DAY) for nudge in (-DAY / 24, 0 * DAY, DAY / 24))
DAYS_BACK = (1, 7, 30)
TOPICS = ("cost", "quality")
KINDS = (EventKind.CLICK, EventKind.DOWNLOAD, EventKind.OPEN)
PRODUCTS = ("costing", "Quality")
# What a hand, an import or an older definition may have left in a custom field: right, wrong and broken values.
CUSTOM_VALUES: tuple[Any, ...] = ("acme", "Ａcme", "", "5", 5, 2.5, "2026-11-13", "2026-02-31", "infinity", True, None)


def maybe(values: Any) -> st.SearchStrategy[Any]:
    return st.none() | st.sampled_from(values)


customs = st.dictionaries(st.sampled_from(CustomKind).map(str), st.sampled_from(CUSTOM_VALUES), max_size=3)
# What a company has: each with a product or none, alive or put away.
row: dict[str, Any] = {"product": maybe([0, 1]), "archived_at": st.sampled_from((None, None, None, NOW))}
deals = st.fixed_dictionaries(
    {
        **row,
        "stage": st.sampled_from(DealStage),
        "amount": maybe(NUMBERS),
        "expected_close_on": maybe(DAYS),
        "lost_reason": maybe(list(LostReason)),
        "closed_on": maybe(DAYS),
        "custom": customs,
    }
)
contracts = st.fixed_dictionaries(
    {**row, "state": st.sampled_from(ContractState), "renews_on": maybe(DAYS), "ends_on": maybe(DAYS)}
)
tickets = st.fixed_dictionaries(
    {
        **row,
        "state": st.sampled_from(TicketState),
        "severity": st.sampled_from(Severity),
        "is_complaint": st.booleans(),
        "opened_at": st.sampled_from(MOMENTS),
    }
)
ownerships = st.fixed_dictionaries(
    {**row, "product": st.sampled_from([0, 1]), "since_on": maybe(DAYS), "until_on": maybe(DAYS)}
)
needs = st.fixed_dictionaries(
    {
        **row,
        "of": st.sampled_from(["company", "department", "person"]),
        "kind": st.sampled_from(NeedKind),
        "topic": maybe((*TOPICS, "")),
        "said_on": st.sampled_from(DAYS),
        "horizon_from": maybe(DAYS),
        "horizon_until": maybe(DAYS),
    }
)

accounts = st.fixed_dictionaries(
    {
        "employees": maybe([0, 3, 5]),
        "revenue": maybe([0, 5, 10_000_000_000]),
        "parent": maybe([0, 1, 2]),
        "confirmed_at": maybe(MOMENTS),
        "custom": customs,
        "deals": st.lists(deals, max_size=2),
        "contracts": st.lists(contracts, max_size=2),
        "tickets": st.lists(tickets, max_size=2),
        "ownerships": st.lists(ownerships, max_size=2),
        "name": st.sampled_from(TEXTS),
        "industry": maybe(TEXTS),
        "prefecture": maybe(TEXTS),
        "tier": st.sampled_from(Tier),
        "stage": st.sampled_from(Stage),
        "is_mqa": st.booleans(),
        "is_sample": st.booleans(),
        "depth": st.sampled_from(NUMBERS),
        "counted_depth": st.sampled_from(NUMBERS),
        "breadth": st.integers(0, 3),
        "closing_month": maybe([3, 5, 10]),
        "last_contacted_on": maybe(DAYS),
        "owner": maybe([0, 1]),
        "domains": st.sets(st.sampled_from(DOMAINS)),
        "department": maybe(WORDS),
        "department_owner": maybe([0, 1]),
    }
)
events = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(KINDS),
        "happened_at": st.sampled_from(MOMENTS),
        "verdict": st.sampled_from(Verdict),
        "topics": st.lists(st.sampled_from(TOPICS), max_size=2),
    }
)
consents = st.fixed_dictionaries(
    {
        "granted": st.booleans(),
        "basis": maybe(list(ConsentBasis)),
        "at": st.sampled_from(MOMENTS),
        "purpose": st.sampled_from(ConsentPurpose),
    }
)
people = st.fixed_dictionaries(
    {
        "account": st.integers(0, 2),
        "in_department": st.booleans(),
        "full_name": st.sampled_from(TEXTS),
        "title": maybe(TEXTS),
        "seniority": st.sampled_from(Seniority),
        "buying_role": maybe(list(BuyingRole)),
        "job_function": maybe(list(JobFunction)),
        "confirmed_at": maybe(MOMENTS),
        "stale_since": maybe(MOMENTS),
        "stale_reason": maybe(list(StaleReason)),
        "custom": customs,
        "tags": st.lists(st.sampled_from(TEXTS), max_size=2),
        "needs": st.lists(needs, max_size=2),
        "language": st.sampled_from(Language),
        "domain": maybe(DOMAINS),
        "is_sample": st.booleans(),
        "last_contacted_on": maybe(DAYS),
        "created_at": st.sampled_from(MOMENTS),
        "archived": st.integers(0, 4).map(lambda number: number == 0),
        "suppressed": st.booleans(),
        "events": st.lists(events, max_size=5),
        "consents": st.lists(consents, max_size=3),
        "scores": st.lists(
            st.tuples(st.sampled_from(NUMBERS), st.sampled_from((0, 7, 14)), maybe(MOMENTS)), max_size=1
        ),
        "imports": st.sets(st.integers(0, 1)),
        "sequences": st.dictionaries(st.integers(0, 2), st.sampled_from(EnrollmentState), max_size=2),
    }
)
worlds = st.fixed_dictionaries(
    {"accounts": st.lists(accounts, min_size=3, max_size=3), "people": st.lists(people, min_size=1, max_size=8)}
)


def values_of(rule: FieldRule, field: str) -> st.SearchStrategy[Any]:
    """Values worth comparing a field with."""
    if rule.kind is ValueKind.WORD:
        return st.sampled_from(rule.words)
    if rule.kind is ValueKind.FLAG:
        return st.booleans()
    if rule.kind is ValueKind.NUMBER:
        return st.sampled_from((*NUMBERS, 1, 3))
    if rule.kind is ValueKind.DAY:
        return st.sampled_from(DAYS).map(date.isoformat)
    special = {"account.domain": DOMAINS, "contact.email_domain": DOMAINS, "contact.import": [str(one) for one in IDS]}
    named = {"sequence": NAMES, "owner": MAILS, "product": PRODUCTS, "topic": TOPICS, "custom": ("acme", "5")}
    known = [*special.get(field, ()), *(one for part, values in named.items() if part in field for one in values)]
    return st.sampled_from(known or WORDS) | st.sampled_from(["acme", ".EXAMPLE", "0", "F"])


IDS = (uuid.UUID(int=1), uuid.UUID(int=2))


CUSTOM_RULES = {
    f"{subject}.custom.{kind}": FieldRule(CUSTOM_KINDS[kind], several=subject is CustomSubject.DEAL, title=str(kind))
    for subject in CustomSubject
    for kind in CustomKind
}


@st.composite
def checks(draw: st.DrawFn) -> dict[str, Any]:
    field, rule = draw(st.sampled_from([*FIELDS.items(), *CUSTOM_RULES.items()]))
    return draw(check_of(field, draw(st.sampled_from(rule.operators))))


@st.composite
def check_of(draw: st.DrawFn, field: str, op: Operator) -> dict[str, Any]:
    rule = CUSTOM_RULES.get(field) or FIELDS[Field(field)]
    document: dict[str, Any] = {"field": str(field), "op": str(op)}
    if op in (Operator.KNOWN, Operator.UNKNOWN):
        return document
    if op in (Operator.IN, Operator.NOT_IN):
        return {**document, "value": draw(st.lists(values_of(rule, field), min_size=1, max_size=3))}
    if op in SPANS:
        return {**document, "value": draw(st.sampled_from(DAYS_BACK))}
    return {**document, "value": draw(values_of(rule, field))}


acts = st.fixed_dictionaries(
    {"did": st.sampled_from(KINDS).map(str) | st.just("any") | st.just(["click", "download"])},
    optional={
        "at_least": st.integers(1, 3),
        "within": st.sampled_from(DAYS_BACK) | st.just("12h"),
        "topic": st.sampled_from(TOPICS),
    },
)
documents = st.recursive(
    checks() | acts,
    lambda parts: st.builds(
        lambda kind, found: {str(kind): found}, st.sampled_from(GroupKind), st.lists(parts, min_size=1, max_size=4)
    ),
    max_leaves=6,
)


def build(session: Session, world: dict[str, Any]) -> list[Contact]:
    """The rows of a world, and its people."""
    users = [User(email=mail, name=mail, role=Role.SALES) for mail in MAILS]
    imports = [Import(id=one, kind="customers", filename="f", content=b"", created_at=NOW) for one in IDS]
    sequences = [Sequence(name=name, title={}) for name in NAMES]
    products = [Product(code=code, name=code) for code in PRODUCTS]
    defined = [
        CustomField(subject=one, code=kind, kind=kind, title=kind) for one in CustomSubject for kind in CustomKind
    ]
    session.add_all([*users, *imports, *sequences, *products, *defined])
    session.flush()
    versions = [SequenceVersion(sequence_id=one.id, number=1, document={}) for one in sequences]
    session.add_all(versions)
    session.flush()
    places = [_build_account(session, plan, users, products) for plan in world["accounts"]]
    for (account, _), plan in zip(places, world["accounts"], strict=True):
        account.parent_id = None if plan["parent"] is None else places[plan["parent"]][0].id
    found = [_build_person(session, plan, number, places, products) for number, plan in enumerate(world["people"])]
    for contact, plan in zip(found, world["people"], strict=True):
        _enroll(session, contact, plan, versions)
    session.flush()
    return found


def _build_account(
    session: Session, plan: dict[str, Any], users: list[User], products: list[Product]
) -> tuple[Account, Department | None]:
    values = {key: value for key, value in plan.items() if key in Account.__table__.columns}
    owner = None if plan["owner"] is None else users[plan["owner"]].id
    account = Account(normalised_name="x", owner_id=owner, **values)
    session.add(account)
    session.flush()
    session.add_all(AccountDomain(account_id=account.id, domain=domain) for domain in plan["domains"])
    for table, values in OF_COMPANY.items():
        rows = [_with_product(one, products) for one in plan[table.__tablename__]]
        session.add_all(table(account_id=account.id, **values, **one) for one in rows)
    if plan["department"] is None:
        return account, None
    boss = None if plan["department_owner"] is None else users[plan["department_owner"]].id
    department = Department(account_id=account.id, name=plan["department"], normalised_name="x", owner_id=boss)
    session.add(department)
    session.flush()
    return account, department


OF_COMPANY: dict[Any, dict[str, Any]] = {
    Deal: {"name": "d", "stage_since": NOW},
    Contract: {"name": "c"},
    Ticket: {"subject": "t"},
    Ownership: {},
}


def _with_product(plan: dict[str, Any], products: list[Product]) -> dict[str, Any]:
    values = {key: value for key, value in plan.items() if key not in ("product", "of")}
    return {**values, "product_id": None if plan["product"] is None else products[plan["product"]].id}


def _build_person(
    session: Session, plan: dict[str, Any], number: int, places: list[Any], products: list[Product]
) -> Contact:
    account, department = places[plan["account"]]
    values = {key: value for key, value in plan.items() if key in Contact.__table__.columns}
    email = plan["domain"] and f"p{number}@{plan['domain']}"
    place = department.id if department is not None and plan["in_department"] else None
    archived = NOW if plan["archived"] else None
    contact = Contact(account_id=account.id, department_id=place, email=email, archived_at=archived, **values)
    session.add(contact)
    session.flush()
    key = {"contact_id": contact.id}
    if email and plan["suppressed"]:
        session.add(Suppression(email=email.upper(), reason="bounced", at=NOW, evidence=""))
    session.add_all(Event(id=uuid.uuid4(), account_id=account.id, **key, **one) for one in plan["events"])
    session.add_all(Consent(evidence="", **key, **one) for one in plan["consents"])
    for points, age, last in plan["scores"]:
        values = {"points": points, "as_of": NOW - age * DAY, "last_human_at": last}
        session.add(ContactScore(half_life_days=7.0, account_id=account.id, **key, **values))
    for one in plan["needs"]:
        whose = {"person": key, "department": {"department_id": department and department.id}}.get(one["of"], {})
        session.add(Need(account_id=account.id, said="x", **whose, **_with_product(one, products)))
    for one in plan["imports"]:
        session.add(ImportRow(import_id=IDS[one], line=number, action=RowAction.CREATE, values={}, **key))
    return contact


def _enroll(session: Session, contact: Contact, plan: dict[str, Any], versions: list[SequenceVersion]) -> None:
    for number, state in plan["sequences"].items():
        session.add(
            Enrollment(
                sequence_version_id=versions[number].id,
                account_id=contact.account_id,
                contact_id=contact.id,
                state=state,
                step="one",
                step_since=NOW,
                enrolled_at=NOW,
            )
        )


def asked_in_sql(session: Session, condition: Condition) -> set[uuid.UUID]:
    return {row.id for row in session.execute(members(condition, MOMENT))}


def asked_in_memory(session: Session, condition: Condition, ids: list[uuid.UUID]) -> set[uuid.UUID]:
    facts = gather_facts(session, condition, ids, MOMENT)
    return {contact_id for contact_id, known in facts.items() if holds(condition, known, MOMENT)}


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(world=worlds, asked=st.lists(documents, min_size=10, max_size=10))
def test_the_database_and_memory_find_the_same_people(database: Engine, world: Any, asked: list[Any]) -> None:
    with database.connect() as connection, Session(connection) as session:
        ids = [contact.id for contact in build(session, world)]
        conditions = [read_condition(document, customs=custom_rules(session)) for document in asked]
        in_sql = [asked_in_sql(session, condition) for condition in conditions]
        in_memory = [asked_in_memory(session, condition, ids) for condition in conditions]
        session.rollback()

    assert in_sql == in_memory


@settings(
    max_examples=1, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(world=worlds, data=st.data())
def test_they_agree_on_every_field(database: Engine, world: Any, data: st.DataObject) -> None:
    rules = {**FIELDS, **CUSTOM_RULES}.items()
    every = [check_of(field, op) for field, rule in rules for op in rule.operators if op not in OPPOSITES]
    asked = [read_condition(data.draw(one), customs=CUSTOM_RULES) for one in every]
    with database.connect() as connection, Session(connection) as session:
        ids = [contact.id for contact in build(session, world)]
        facts = gather_facts(session, Group(GroupKind.ALL, tuple(asked)), ids, MOMENT)
        in_sql = [asked_in_sql(session, one) for one in asked]
        session.rollback()

    in_memory = [{key for key, known in facts.items() if holds(one, known, MOMENT)} for one in asked]
    assert [one for one, left, right in zip(asked, in_sql, in_memory, strict=True) if left != right] == []


@settings(max_examples=200, deadline=None)
@given(document=documents)
def test_a_condition_written_and_read_again_is_the_same(document: Any) -> None:
    condition = read_condition(document, customs=CUSTOM_RULES)

    assert read_condition(write_condition(condition), customs=CUSTOM_RULES) == condition
