"""The export of a person: everything that names them, and nothing of anybody else."""

import json
import uuid

import pytest
from sqlalchemy.orm import Session

from abm.customers.contact_merges import merge_contacts
from abm.customers.export import export_person, tables_of_people
from abm.customers.timeline import Item, add_items
from abm.errors import NotFound
from abm.models import AuditEntry, Import, ImportRow, Suppression
from abm.words import EventKind, ItemKind, SuppressionReason
from tests.worlds import NOON, make_account, make_contact, make_event


def test_an_export_holds_everything_about_the_person_and_nobody_else(session: Session) -> None:
    account = make_account(session)
    anna = make_contact(session, account, "安奈 花子", email="anna@acme.example")
    bert = make_contact(session, account, "別府 次郎", email="bert@acme.example")
    make_event(session, anna, EventKind.DOWNLOAD, NOON)
    make_event(session, bert, EventKind.CLICK, NOON)
    add_items(session, [Item(ItemKind.CALL, account.id, NOON, contact_id=anna.id, body="価格の話")])
    session.add(AuditEntry(at=NOON, act="contact.changed", subject="contact", subject_id=anna.id, detail={"a": 1}))
    session.add(Suppression(email="anna@acme.example", reason=SuppressionReason.UNSUBSCRIBED, at=NOON, evidence="link"))
    session.flush()

    found = export_person(session, anna.id, NOON)

    assert found["contact"]["full_name"] == "安奈 花子"
    assert found["account"] == {"id": str(account.id), "name": account.name}
    assert [event["kind"] for event in found["records"]["events"]] == [EventKind.DOWNLOAD]
    assert [item["body"] for item in found["records"]["timeline_items"]] == ["価格の話"]
    assert len(found["records"]["consents"]) == 1
    assert found["suppression"]["reason"] == SuppressionReason.UNSUBSCRIBED
    assert [change["act"] for change in found["changes"]] == ["contact.changed"]
    assert "別府" not in json.dumps(found, ensure_ascii=False)


@pytest.mark.parametrize("asked", ["old@acme.example", "anna@acme.example"])
def test_a_merged_person_is_exported_whole_by_either_record(session: Session, asked: str) -> None:
    account = make_account(session)
    people = [make_contact(session, account, email=one) for one in ("old@acme.example", "anna@acme.example")]
    for person in people:
        imported = Import(kind="customers", filename=f"{person.email}.csv", content=b"", created_at=NOON)
        session.add(imported)
        session.flush()
        session.add(ImportRow(import_id=imported.id, line=2, action="create", values={}, contact_id=person.id))
    session.add(Suppression(email="old@acme.example", reason=SuppressionReason.UNSUBSCRIBED, at=NOON, evidence="link"))
    session.flush()
    merge_contacts(session, people[0].id, people[1].id, by=None, at=NOON)

    found = export_person(session, next(one.id for one in people if one.email == asked), NOON)

    assert found["contact"]["email"] == "anna@acme.example"
    assert [one["email"] for one in found["records"]["contacts"]] == ["old@acme.example"]
    assert len(found["records"]["contact_merges"]) == 1
    assert {one["file"] for one in found["imports"]} == {"old@acme.example.csv", "anna@acme.example.csv"}
    assert found["suppression"]["reason"] == SuppressionReason.UNSUBSCRIBED


def test_every_table_with_a_person_is_exported() -> None:
    names = {table.name for table, _ in tables_of_people()}

    assert {"events", "timeline_items", "consents", "messages", "needs", "tickets", "tasks"} <= names


def test_nobody_is_exported_who_is_not_there(session: Session) -> None:
    with pytest.raises(NotFound):
        export_person(session, uuid.UUID(int=1), NOON)
