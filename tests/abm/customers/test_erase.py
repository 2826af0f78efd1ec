"""Erasing a person: nothing tells who it was, the numbers stay, and nobody who brings them back mails them."""

import json
import uuid
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from abm.customers.contact_merges import merge_contacts, undo_contact_merge
from abm.customers.erase import NOBODY, erase_person
from abm.customers.erased import refuse_erased
from abm.customers.export import export_person, tables_of_people
from abm.customers.suppression import is_suppressed
from abm.customers.timeline import Item, add_items
from abm.customers.traces import MASK
from abm.db import Base
from abm.errors import NotFound
from abm.models import (
    Account,
    AuditEntry,
    CaughtMail,
    Contact,
    Deal,
    Delivery,
    Enrollment,
    Event,
    Import,
    ImportRow,
    InboundPost,
    Need,
    NextAction,
    ProviderReport,
    Sequence,
    SequenceVersion,
    Suppression,
    Task,
    TimelineItem,
    User,
)
from abm.tokens import Signer
from abm.words import (
    DeliveryReason,
    DeliveryState,
    EventKind,
    ItemKind,
    NeedKind,
    SuppressionReason,
    TaskKind,
    TaskState,
)
from tests.worlds import NOON, make_account, make_contact, make_event, make_user

DIGESTS = Signer([b"k" * 32]).digests
ANNA = "anna@acme.example"
REROUTED = [{"code": "mail_rerouted", "person": {"name": "安奈 花子", "title": "部長"}, "subject": "花子さんへ"}]
DRAFT = {"subject": "花子さんへ", "text": "花子さん、こんにちは"}
# Documents that are looked through for no account's sake, each judged: a new one must be, too.
JUDGED = {
    # Emptied by rules of their own.
    *("accounts.custom", "audit_entries.detail", "deliveries.said", "hits.detail", "inbound_posts.headers"),
    # Codes, ids, numbers, names of companies: of a simulation the names of people are looked up.
    *("deliveries.tries", "heartbeats.detail", "imports.choices", "imports.counts", "imports.found"),
    "imports.problem",
    *("replays.result", "simulations.result", "split_tests.counts", "verdict_overrules.judging"),
    # Written by users for everybody.
    *("assets.title", "forms.consent", "forms.fields", "forms.intro", "forms.title", "guard_policies.document"),
    *("import_mappings.mapping", "mail_templates.links", "mails.compiled", "model_drafts.document"),
    *("replays.document", "score_models.document", "score_models.golden", "segments.condition"),
    *("sequence_triggers.asked", "sequence_versions.document", "sequence_versions.segment", "sequences.title"),
    *("simulations.document", "simulations.live_document"),
}


@pytest.fixture
def user(session: Session) -> User:
    return make_user(session)


@pytest.fixture
def anna(session: Session) -> Contact:
    account = make_account(session)
    return make_contact(session, account, "安奈 花子", email=ANNA, phone="0312345678", memo="朝は不在", title="部長")


def erase(session: Session, contact: Contact, user: User) -> None:
    erase_person(session, contact.id, DIGESTS, by=user.id, at=NOON)
    session.expire_all()


def test_no_table_tells_who_an_erased_person_was(session: Session, anna: Contact, user: User) -> None:
    note = {"body": "安奈 花子様に電話 0312345678", "by_user_id": user.id}
    add_items(session, [Item(ItemKind.NOTE, anna.account_id, NOON, **note)])
    add_items(session, [Item(ItemKind.CALL, anna.account_id, NOON, contact_id=anna.id, body="花子様は来月異動")])
    session.add(
        Need(account_id=anna.account_id, contact_id=anna.id, kind=NeedKind.NEED, said="値段", said_on=NOON.date())
    )
    session.add(a_task(anna))
    session.add(a_task(anna, kind=TaskKind.STEP, state=TaskState.OPEN, why=REROUTED, brief={"draft": DRAFT}))
    told_by_a_step(session, anna)
    session.flush()

    erase(session, anna, user)

    told = everything_kept(session)
    for trace in ("安奈 花子", ANNA, "0312345678", "朝は不在", "来月異動", "値段", "花子さん"):
        assert trace not in told


def test_what_a_step_wanted_to_tell_of_an_erased_person_is_not_told(
    session: Session, anna: Contact, user: User
) -> None:
    waiting, left = (told_by_a_step(session, anna, state=one) for one in (DeliveryState.PLANNED, DeliveryState.SENT))
    assert len(export_person(session, anna.id, NOON)["records"]["deliveries"]) == 2
    other = told_by_a_step(session, make_contact(session, make_account(session, "ゼータ工業"), email=None))

    erase(session, anna, user)

    assert (waiting.state, waiting.reason) == (DeliveryState.SKIPPED, DeliveryReason.PERSON_ERASED)
    assert (left.state, left.said["contact"]) == (DeliveryState.SENT, {"id": str(anna.id)})
    assert (other.state, "name" in other.said["contact"]) == (DeliveryState.PLANNED, True)


def test_every_document_belongs_to_an_account_or_a_person_or_was_judged() -> None:
    apart = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        if "account_id" not in table.columns and table.name not in {one.name for one, _ in tables_of_people()}
        for column in table.columns
        if isinstance(column.type, JSONB)
    }

    assert apart == JUDGED


def test_events_of_an_erased_person_still_count(session: Session, anna: Contact, user: User) -> None:
    make_event(session, anna, EventKind.DOWNLOAD, NOON)

    erase(session, anna, user)

    assert session.scalars(select(Event.kind).where(Event.contact_id == anna.id)).all() == [EventKind.DOWNLOAD]
    assert anna.seniority == session.get_one(Contact, anna.id).seniority


def test_an_erased_person_is_archived_and_called_nobody(session: Session, anna: Contact, user: User) -> None:
    erase(session, anna, user)

    assert (anna.full_name, anna.email, anna.archived_at, anna.erased_at) == (NOBODY, None, NOON, NOON)


def test_the_words_of_others_stay_around_the_masked_name(session: Session, anna: Contact, user: User) -> None:
    add_items(session, [Item(ItemKind.NOTE, anna.account_id, NOON, body="安奈 花子様の後任を確認")])

    erase(session, anna, user)

    assert session.scalars(select(TimelineItem.body)).all() == [f"{MASK}様の後任を確認"]


def test_keys_of_a_document_are_no_words_to_be_masked(session: Session, user: User) -> None:
    person = make_contact(session, make_account(session), "people", email=None)
    session.add(a_task(person))
    session.flush()

    erase(session, person, user)

    task = session.scalars(select(Task)).one()
    assert task.brief == {"people": [{"id": str(person.id), "name": MASK}]}


def test_the_next_action_with_an_erased_person_is_dropped(session: Session, anna: Contact, user: User) -> None:
    action = NextAction(
        account_id=anna.account_id,
        contact_id=anna.id,
        due_on=NOON.date(),
        owner_id=user.id,
        what="訪問",
        created_at=NOON,
    )
    session.add(action)
    session.flush()

    erase(session, anna, user)

    assert (action.closed_at, action.outcome, action.what) == (NOON, "dropped", NOBODY)


def test_who_erased_is_audited_without_saying_whom(session: Session, anna: Contact, user: User) -> None:
    session.add(
        AuditEntry(
            at=NOON, act="contact.changed", subject="contact", subject_id=anna.id, detail={"changes": {"email": ANNA}}
        )
    )

    erase(session, anna, user)

    rows = session.execute(select(AuditEntry.act, AuditEntry.user_id, AuditEntry.detail).order_by(AuditEntry.act)).all()
    assert rows == [("contact.changed", None, {}), ("contact.erased", user.id, {})]


def test_a_person_cannot_be_erased_twice(session: Session, anna: Contact, user: User) -> None:
    erase(session, anna, user)

    with pytest.raises(NotFound):
        erase(session, anna, user)


def test_an_erased_address_is_refused_in_any_writing(session: Session, anna: Contact, user: User) -> None:
    erase(session, anna, user)

    refused = refuse_erased(session, ["Ａnna@ACME.example ", "bert@acme.example", None], DIGESTS, NOON)

    assert refused == 1
    assert session.scalars(select(Suppression.reason)).all() == [SuppressionReason.ERASED]


def test_a_refusal_before_the_erasure_is_kept_as_a_digest_only(session: Session, anna: Contact, user: User) -> None:
    session.add(Suppression(email=ANNA, reason=SuppressionReason.UNSUBSCRIBED, at=NOON, evidence="link"))
    session.flush()

    erase(session, anna, user)

    assert not is_suppressed(session, ANNA)
    assert refuse_erased(session, [ANNA], DIGESTS, NOON) == 1


def test_a_digest_made_with_an_older_secret_is_known(session: Session, anna: Contact, user: User) -> None:
    erase(session, anna, user)
    renewed = Signer([b"n" * 32, b"k" * 32]).digests

    assert refuse_erased(session, [ANNA], renewed, NOON + timedelta(days=400)) == 1


def test_who_never_asked_may_be_met_again(session: Session, anna: Contact) -> None:
    erase_person(session, anna.id, None, by=None, at=NOON)

    assert refuse_erased(session, [ANNA], DIGESTS, NOON) == 0


def test_who_never_asked_is_not_mailed_again_after_saying_stop(session: Session, anna: Contact) -> None:
    session.add(Suppression(email=ANNA, reason=SuppressionReason.UNSUBSCRIBED, at=NOON, evidence="link"))
    session.flush()

    erase_person(session, anna.id, None, by=None, at=NOON)

    assert is_suppressed(session, ANNA)


def test_erasing_a_merged_record_erases_the_one_that_stayed(session: Session, anna: Contact, user: User) -> None:
    old = make_contact(session, session.get_one(Account, anna.account_id), "安奈 花子", email="old@acme.example")
    merge_contacts(session, old.id, anna.id, by=user.id, at=NOON)

    erase(session, old, user)

    assert (old.email, anna.email, anna.erased_at) == (None, None, NOON)
    assert refuse_erased(session, [ANNA, "old@acme.example"], DIGESTS, NOON) == 2


def test_a_merge_that_was_undone_keeps_no_word_of_the_person(session: Session, anna: Contact, user: User) -> None:
    stays = make_contact(session, session.get_one(Account, anna.account_id), "別府 次郎", email="b@acme.example")
    made = merge_contacts(session, anna.id, stays.id, by=user.id, at=NOON)
    undo_contact_merge(session, made.id, by=user.id, at=NOON)
    assert "朝は不在" in everything_kept(session)

    erase(session, anna, user)

    assert "朝は不在" not in everything_kept(session)


def test_a_name_without_its_gap_is_masked_as_well(session: Session, anna: Contact, user: User) -> None:
    add_items(session, [Item(ItemKind.NOTE, anna.account_id, NOON, body="安奈花子様の後任を確認")])

    erase(session, anna, user)

    assert session.scalars(select(TimelineItem.body)).all() == [f"{MASK}様の後任を確認"]


def test_a_row_that_was_typed_in_another_writing_goes_too(session: Session, anna: Contact, user: User) -> None:
    imported = Import(kind="customers", filename="list.csv", content=b"x", created_at=NOON)
    session.add(imported)
    session.flush()
    typed = {"name": "安奈花子", "email": "Ａnna@ACME.example"}
    session.add(ImportRow(import_id=imported.id, line=2, action="reject", values=typed))
    session.flush()

    erase(session, anna, user)

    assert session.scalars(select(ImportRow.values)).all() == [{}]
    assert session.scalars(select(Import.content)).all() == [b""]


def test_rows_that_were_given_back_are_masked_where_number_or_firm_tell_whose_they_are(
    session: Session, anna: Contact, user: User
) -> None:
    anna.phone = "0612345678"
    firm = session.get_one(Account, anna.account_id).name
    imported = Import(kind="customers", filename="list.csv", content=b"x", created_at=NOON)
    session.add(imported)
    session.flush()
    typed = (
        {"name": "安奈 花子", "phone": "06-1234-5678", "email": "?"},
        {"name": "安奈花子", "company": firm, "email": "?"},
        {"name": "安奈 花子", "company": "株式会社ほかの会社", "email": "?"},
        {"name": "別人", "phone": "06-1234-5678"},
    )
    for line, values in enumerate(typed, 2):
        session.add(ImportRow(import_id=imported.id, line=line, action="reject", values=values))
    session.flush()

    erase(session, anna, user)

    left = session.execute(select(ImportRow.line, ImportRow.values["name"].astext).order_by(ImportRow.line)).all()
    assert [tuple(row) for row in left] == [(2, MASK), (3, MASK), (4, "安奈 花子"), (5, "別人")]


def test_a_family_name_is_masked_where_somebody_is_addressed_by_it(session: Session, anna: Contact, user: User) -> None:
    deal = Deal(account_id=anna.account_id, name="安奈部長案件", note="安奈さんの希望", stage_since=NOON)
    session.add(deal)
    add_items(session, [Item(ItemKind.NOTE, anna.account_id, NOON, body="安奈様より入電。安奈市の工場も")])

    erase(session, anna, user)

    assert (deal.name, deal.note) == (f"{MASK}部長案件", f"{MASK}さんの希望")
    assert session.scalars(select(TimelineItem.body)).all() == [f"{MASK}様より入電。安奈市の工場も"]


def test_a_colleague_of_the_same_family_name_keeps_what_is_said_of_her(
    session: Session, anna: Contact, user: User
) -> None:
    mia = make_contact(session, session.get_one(Account, anna.account_id), "安奈 美亜", email="m@acme.example")
    add_items(session, [Item(ItemKind.CALL, mia.account_id, NOON, contact_id=mia.id, body="安奈様は来週出張")])

    erase(session, anna, user)

    assert session.scalars(select(TimelineItem.body)).all() == ["安奈様は来週出張"]


def test_custom_values_and_memos_of_others_do_not_name_the_person(session: Session, anna: Contact, user: User) -> None:
    account = session.get_one(Account, anna.account_id)
    account.custom = {"key": "安奈花子さん経由", "seats": 30}
    bert = make_contact(
        session, account, "別府 次郎", email="b@acme.example", memo="上司は安奈部長", custom={"by": "安奈様"}
    )

    erase(session, anna, user)

    assert (account.custom, bert.memo, bert.custom) == (
        {"key": f"{MASK}さん経由", "seats": 30},
        f"上司は{MASK}部長",
        {"by": f"{MASK}様"},
    )


def test_the_company_s_own_number_and_address_stay(session: Session, anna: Contact, user: User) -> None:
    account = session.get_one(Account, anna.account_id)
    account.phone = anna.phone
    add_items(session, [Item(ItemKind.NOTE, anna.account_id, NOON, body="代表 03-1234-5678")])

    erase(session, anna, user)

    assert session.scalars(select(TimelineItem.body)).all() == ["代表 03-1234-5678"]


def test_old_values_of_the_account_s_records_are_masked_in_the_audit(
    session: Session, anna: Contact, user: User
) -> None:
    deal = Deal(account_id=anna.account_id, name="更改", stage_since=NOON)
    session.add(deal)
    session.flush()
    change = {"changes": {"note": ["安奈様と面談", None]}}
    session.add(AuditEntry(at=NOON, act="deal.changed", subject="deal", subject_id=deal.id, detail=change))

    erase(session, anna, user)

    details = session.scalars(select(AuditEntry.detail).where(AuditEntry.subject == "deal")).all()
    assert details == [{"changes": {"note": [f"{MASK}様と面談", None]}}]


def test_caught_mails_to_colleagues_that_name_the_person_go(session: Session, anna: Contact, user: User) -> None:
    make_contact(session, session.get_one(Account, anna.account_id), "別府 次郎", email="b@acme.example")
    stranger = "z@zeta.example"
    for to, body in (("b@acme.example", "安奈様によろしく"), ("b@acme.example", "新製品"), (stranger, "安奈様")):
        mail = EmailMessage()
        mail["Subject"] = "ご案内"
        mail.set_content(body, cte="base64")
        values = {"caught_at": NOON, "mail_from": "x@firm.example", "subject": "ご案内"}
        session.add(CaughtMail(rcpt_to=to, raw=mail.as_bytes(), **values))

    erase(session, anna, user)

    assert session.scalars(select(CaughtMail.rcpt_to).order_by(CaughtMail.number)).all() == ["b@acme.example", stranger]


def a_task(contact: Contact, **over: Any) -> Task:
    values = {
        "kind": TaskKind.HAND_OFF,
        "state": TaskState.ASSIGNED,
        "account_id": contact.account_id,
        "contact_id": contact.id,
        "why": [],
        "brief": {"people": [{"id": str(contact.id), "name": contact.full_name}]},
        "created_at": NOON,
    }
    return Task(**{**values, **over})


def told_by_a_step(session: Session, contact: Contact, state: DeliveryState = DeliveryState.PLANNED) -> Delivery:
    """A delivery as it was written before names were looked up."""
    sequence = Sequence(name=f"told_{uuid.uuid4().hex}", title={})
    session.add(sequence)
    session.flush()
    version = SequenceVersion(sequence_id=sequence.id, number=1, document={})
    session.add(version)
    session.flush()
    subject = {"account_id": contact.account_id, "contact_id": contact.id}
    way = Enrollment(sequence_version_id=version.id, step="tell", step_since=NOON, enrolled_at=NOON, **subject)
    session.add(way)
    session.flush()
    said = {"account": {"id": str(contact.account_id)}, "contact": {"id": str(contact.id), "name": contact.full_name}}
    delivery = Delivery(
        enrollment_id=way.id, step="tell", occurrence=1, said=said, event="step", state=state, created_at=NOON,
        due_at=NOON,
    )  # fmt: skip
    session.add(delivery)
    session.flush()
    return delivery


def everything_kept(session: Session) -> str:
    """Every row of every table as text."""
    session.flush()
    found = []
    for table in Base.metadata.sorted_tables:
        found += session.scalars(text(f"select to_jsonb(t) from {table.name} t")).all()
    return json.dumps(found, ensure_ascii=False)


def test_reports_of_providers_no_longer_name_an_erased_person(session: Session, anna: Contact, user: User) -> None:
    told = {"source": "ses", "hit_id": uuid.uuid4(), "kind": "bounced", "at": NOON, "received_at": NOON}
    said = {"said": f"550 no {ANNA}"}
    session.add(ProviderReport(**told, event_id="1", contact_id=anna.id, reason=f"550 no {ANNA}", detail=said))
    session.add(ProviderReport(**told, event_id="2", address="Anna@acme.example", reason=f"550 no {ANNA}"))
    session.add(InboundPost(hit_id=uuid.uuid4(), source="ses", received_at=NOON, body=f"odd {ANNA}".encode()))
    session.flush()

    erase(session, anna, user)

    left = session.execute(text("select address, reason, detail from provider_reports")).all()
    assert [tuple(row) for row in left] == [(None, "", {})] * 2
    assert session.scalars(select(InboundPost)).all() == []
