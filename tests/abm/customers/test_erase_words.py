"""Erasing a person from the words of others: the name is masked wherever it stands, the rest stays."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.timeline import Item, add_items
from abm.customers.traces import MASK
from abm.models import Account, AuditEntry, Contact, Deal, Import, ImportRow, Task, TimelineItem, User
from abm.words import ItemKind
from tests.abm.customers.erasing import a_task, erase
from tests.worlds import NOON, make_account, make_contact


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
