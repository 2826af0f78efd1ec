"""Erasing a person: nothing tells who it was, the numbers stay, and nobody who brings them back mails them."""

import uuid
from email.message import EmailMessage

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from abm.customers.contact_merges import merge_contacts, undo_contact_merge
from abm.customers.erase import NOBODY
from abm.customers.erased import refuse_erased
from abm.customers.export import export_person, tables_of_people
from abm.customers.timeline import Item, add_items
from abm.db import Base
from abm.errors import NotFound
from abm.models import (
    Account,
    AuditEntry,
    CaughtMail,
    Contact,
    Event,
    InboundPost,
    Need,
    NextAction,
    ProviderReport,
    User,
)
from abm.words import DeliveryReason, DeliveryState, EventKind, ItemKind, NeedKind, TaskKind, TaskState
from tests.abm.customers.erasing import ANNA, DIGESTS, a_task, erase, everything_kept, told_by_a_step
from tests.worlds import NOON, make_account, make_contact, make_event

REROUTED = [{"code": "mail_rerouted", "person": {"name": "安奈 花子", "title": "部長"}, "subject": "花子さんへ"}]
DRAFT = {"subject": "花子さんへ", "text": "花子さん、こんにちは"}
# Documents that are looked through for no account's sake, each judged: a new one must be, too.
JUDGED = {
    # Emptied by rules of their own.
    *("accounts.custom", "audit_entries.detail", "deliveries.said", "hits.detail", "inbound_posts.headers"),
    # Codes, ids, numbers, names of companies: of a simulation the names of people are looked up.
    *("deliveries.tries", "heartbeats.detail", "imports.choices", "imports.counts", "imports.found"),
    "imports.problem",
    # What the name servers say of our own domains.
    "domain_checks.findings",
    *("replays.result", "simulations.result", "split_tests.counts", "verdict_overrules.judging"),
    # Written by users for everybody.
    *("assets.title", "forms.consent", "forms.fields", "forms.intro", "forms.title", "guard_policies.document"),
    *("import_mappings.mapping", "mail_templates.links", "mails.compiled", "model_drafts.document"),
    *("replays.document", "score_models.document", "score_models.golden", "segments.condition"),
    *("sequence_triggers.asked", "sequence_versions.document", "sequence_versions.segment", "sequences.title"),
    *("simulations.document", "simulations.live_document"),
}


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
