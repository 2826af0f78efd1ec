"""Files that name a person who is erased: neither their rows nor their originals give the person back, undo works."""

from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.customers.erase import erase_person
from abm.errors import Conflict
from abm.importers.apply import apply_import, import_now, plan_import
from abm.importers.content import open_content
from abm.importers.request import Request, Upload
from abm.importers.undo import undo_import
from abm.models import Account, AccountDomain, Contact, Deal, Import, ImportRow, Ticket
from abm.words import FileGone
from tests.worlds import NOON, make_account, make_contact

DEALS = "商談番号,商談名,会社名,商談ステージ,メモ\n"
TICKETS = "チケット番号,件名,会社名,ステータス,内容\n"
# Columns that no field is read from, and rows of other firms.
OTHERS = "会社名,担当者名,メールアドレス,社内メモ欄\n"


@pytest.fixture
def acme(session: Session) -> Account:
    account = make_account(session, "株式会社アクメ", normalised_name="アクメ", phone="0355550000")
    session.add(AccountDomain(account_id=account.id, domain="acme.example"))
    session.flush()
    return account


@pytest.fixture
def anna(session: Session, acme: Account) -> Contact:
    return make_contact(session, acme, "安奈 花子", phone="0312345678", address="東京都港区芝公園4-2-8")


def take(session: Session, content: bytes, name: str = "list.csv", kind: Any = None) -> Import:
    session.expire_all()
    return import_now(session, Upload(name, BytesIO(content)), Request(kind=kind), Settings(), NOON)


def erase(session: Session, contact: Contact) -> None:
    session.flush()
    erase_person(session, contact.id, None, by=None, at=NOON)
    session.expire_all()


def kept(session: Session) -> str:
    """Everything that rows of files hold."""
    return "\n".join(session.scalars(text("select to_jsonb(r)::text from import_rows r")))


def is_kept(session: Session, record: Import) -> tuple[bool, str | None]:
    session.expire_all()
    return bool(record.content), record.file_gone


def test_rows_of_deals_and_tickets_that_name_the_person_are_masked(session: Session, anna: Contact) -> None:
    deals = take(session, (DEALS + "D-1,安奈様向け更改,株式会社アクメ,提案,安奈花子 03-1234-5678 港区\n").encode())
    tickets = take(session, (TICKETS + "T-1,接続不可,株式会社アクメ,対応中,東京都港区芝公園4-2-8へ訪問\n").encode())

    erase(session, anna)

    told = (
        kept(session)
        + "".join(str(row) for row in session.execute(select(Deal.name, Deal.note)))
        + str(session.scalars(select(Ticket.body)).all())
    )
    for trace in ("安奈", "花子", "1234", "芝公園"):
        assert trace not in told
    assert "＊様向け更改" in told
    assert [is_kept(session, one) for one in (deals, tickets)] == [(False, FileGone.PERSON_ERASED)] * 2


def test_a_masked_import_is_undone_as_ever(session: Session, acme: Account, anna: Contact) -> None:
    take(session, (DEALS + "D-1,更改,株式会社アクメ,提案,初回は安奈さん\n").encode())
    changed = take(session, (DEALS + "D-1,更改,株式会社アクメ,見積提出,安奈さんへ再見積\n").encode())
    erase(session, anna)
    masked = session.scalars(select(Deal.note)).one()

    undo_import(session, changed.id, NOON)

    session.expire_all()
    deal = session.scalars(select(Deal)).one()
    assert (masked, deal.note, deal.stage) == ("＊さんへ再見積", "初回は＊さん", "proposal")


def test_what_the_person_s_row_changed_of_the_company_is_still_given_back(session: Session, acme: Account) -> None:
    record = take(
        session, "会社名,業種,担当者名,メールアドレス\n株式会社アクメ,製造業,安奈花子,anna@acme.example\n".encode()
    )
    before = acme.industry
    erase(session, session.scalars(select(Contact)).one())

    undo_import(session, record.id, NOON)

    session.expire_all()
    assert (before, session.get_one(Account, acme.id).industry) == ("製造業", None)
    assert "anna" not in kept(session)


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "utf-16", "euc_jp"])
def test_a_name_in_a_column_that_nobody_reads_costs_the_file(session: Session, anna: Contact, encoding: str) -> None:
    row = "株式会社アクメ,別府次郎,bert@acme.example,安奈花子の後任\n"
    record = take(session, (OTHERS + row).encode(encoding))

    erase(session, anna)

    assert is_kept(session, record) == (False, FileGone.PERSON_ERASED)


def test_a_workbook_with_rows_of_the_company_is_not_kept(session: Session, anna: Contact) -> None:
    book, file = Workbook(), BytesIO()
    for row in (["会社名", "担当者名", "メールアドレス"], ["株式会社アクメ", "別府次郎", "bert@acme.example"]):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(file)
    record = take(session, file.getvalue(), "list.xlsx")

    erase(session, anna)

    assert is_kept(session, record) == (False, FileGone.PERSON_ERASED)


def test_files_that_do_not_name_the_person_stay(session: Session, anna: Contact) -> None:
    record = take(session, (OTHERS + "株式会社アクメ,別府次郎,bert@acme.example,0355550000\n").encode())
    other = take(session, (OTHERS + "株式会社ゼータ,安奈花子,hanako@zeta.example,\n").encode())

    erase(session, anna)

    assert [is_kept(session, one) for one in (record, other)] == [(True, None)] * 2


def test_a_plan_whose_file_is_gone_says_so_when_it_is_applied(session: Session, anna: Contact) -> None:
    upload = Upload("list.csv", BytesIO((OTHERS + "株式会社アクメ,安奈花子,anna@acme.example,\n").encode()))
    record = plan_import(session, upload, Request(), Settings(), NOON)

    erase(session, anna)

    with pytest.raises(Conflict, match="no longer kept"):
        apply_import(session, record.id, NOON)
    with pytest.raises(Conflict, match="no longer kept"):
        open_content(session, record.id)


def test_the_name_of_a_file_tells_nothing_either(session: Session, anna: Contact) -> None:
    record = take(session, (DEALS + "D-1,更改,株式会社アクメ,提案,\n").encode(), "安奈様ご依頼.csv")

    erase(session, anna)

    assert session.get_one(Import, record.id).filename == "＊様ご依頼.csv"


def test_rows_of_a_person_are_found_by_an_index(session: Session) -> None:
    session.execute(text("set local enable_seqscan = off"))
    asked = "values ->> 'email' is not null and left(lower(normalize(values ->> 'email', nfkc)), 320) = 'a@b.example'"

    plan = "\n".join(session.scalars(text(f"explain update import_rows set values = '{{}}' where {asked}")))

    assert "ix_import_rows_email" in plan


def test_a_cell_longer_than_any_address_is_kept_as_it_was(session: Session, acme: Account) -> None:
    take(session, (OTHERS + f"株式会社アクメ,別府次郎,{'長' * 5000}@acme.example,\n").encode())

    assert session.scalars(select(ImportRow.values)).one()["email"].startswith("長")
