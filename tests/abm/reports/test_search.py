"""One search over every record: found by any field, by similar names, and current after every change."""

import uuid
from datetime import date

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from abm.customers.searched import has_changes, keep_index
from abm.models import (
    Account,
    AccountDomain,
    Contact,
    Contract,
    Deal,
    Order,
    Product,
    SearchChange,
    SearchEntry,
    SearchFolding,
    Ticket,
    TimelineItem,
)
from abm.reports.search import Found, matching, search
from abm.words import ItemKind, SearchField, SearchKind
from tests.worlds import NOON, make_account, make_contact


def found(session: Session, typed: str) -> list[Found]:
    return [row for group in search(session, typed, 5) for row in group.rows]


def titles(session: Session, typed: str) -> list[str]:
    return [row.title for row in found(session, typed)]


@pytest.fixture
def minato(session: Session) -> Account:
    """A company with one of everything that can be found."""
    account = make_account(session, "みなと物流株式会社")
    account.kana, account.corporate_number, account.phone = "ミナトブツリュウ", "7123456789012", "0312345678"
    session.add(AccountDomain(account_id=account.id, domain="minato.example"))
    anna = make_contact(session, account, "安奈 花子", "anna@minato.example")
    anna.kana, anna.phone, anna.memo = "アンナ ハナコ", "09011112222", "展示会で名刺交換。倉庫の自動化に関心。"
    key = {"account_id": account.id}
    session.add_all(
        [
            Deal(**key, name="自動倉庫の更新", number="D-77", stage_since=NOON),
            Contract(**key, name="保守契約", number="K-2026-001", ends_on=date(2027, 3, 31)),
            Order(**key, what="ベルトコンベヤー", number="O-2026-9", ordered_on=NOON.date()),
            Ticket(**key, subject="搬送機が止まる", number="T-5", opened_at=NOON),
            Product(code="costing", name="原価管理クラウド"),
            TimelineItem(**key, kind=ItemKind.CALL, happened_at=NOON, body="見積の説明を希望"),
            TimelineItem(**key, kind=ItemKind.MAIL_SENT, happened_at=NOON, body="見積のページ"),
        ]
    )
    session.flush()
    return account


@pytest.mark.parametrize(
    ("typed", "kind", "why"),
    [
        ("物流", SearchKind.ACCOUNT, SearchField.NAME),
        ("ﾐﾅﾄﾌﾞﾂﾘｭｳ", SearchKind.ACCOUNT, SearchField.KANA),
        ("7-1234-5678-9012", SearchKind.ACCOUNT, SearchField.CORPORATE_NUMBER),
        ("０３－１２３４－５６７８", SearchKind.ACCOUNT, SearchField.PHONE),
        ("花子", SearchKind.CONTACT, SearchField.NAME),
        ("あんな はなこ", SearchKind.CONTACT, SearchField.KANA),
        ("ANNA@minato.example", SearchKind.CONTACT, SearchField.MAIL),
        ("090 1111 2222", SearchKind.CONTACT, SearchField.PHONE),
        ("名刺交換", SearchKind.CONTACT, SearchField.MEMO),
        ("自動倉庫", SearchKind.DEAL, SearchField.NAME),
        ("k2026001", SearchKind.CONTRACT, SearchField.NUMBER),
        ("ﾍﾞﾙﾄｺﾝﾍﾞﾔ", SearchKind.ORDER, SearchField.NAME),
        ("o20269", SearchKind.ORDER, SearchField.NUMBER),
        ("搬送機", SearchKind.TICKET, SearchField.NAME),
        ("原価管理", SearchKind.PRODUCT, SearchField.NAME),
        ("見積", SearchKind.NOTE, SearchField.MEMO),
    ],
)
def test_every_record_is_found_and_says_why(
    session: Session, minato: Account, typed: str, kind: SearchKind, why: SearchField
) -> None:
    assert [(row.kind, row.why) for row in found(session, typed)] == [(kind, (why,))]


def test_a_domain_finds_the_company_and_its_people(session: Session, minato: Account) -> None:
    assert titles(session, "minato.example") == ["みなと物流株式会社", "安奈 花子"]


def test_a_typing_error_finds_what_is_similar_and_says_so(session: Session, minato: Account) -> None:
    assert [(row.title, row.why) for row in found(session, "みなと物琉株式会社")] == [
        ("みなと物流株式会社", (SearchField.SIMILAR,))
    ]


def test_what_fits_exactly_is_not_mixed_with_what_is_similar(session: Session, minato: Account) -> None:
    make_account(session, "みなと物産株式会社")

    assert titles(session, "みなと物流") == ["みなと物流株式会社"]


def test_a_whole_name_stands_before_a_part_of_one(session: Session) -> None:
    for name in ("新田中工業", "田中商店", "田中"):
        make_account(session, name)

    assert titles(session, "田中") == ["田中", "田中商店", "新田中工業"]


def test_the_index_follows_every_change_of_what_is_searched(session: Session, minato: Account) -> None:
    keep_index(session)

    minato.name, minato.normalised_name = "港物流株式会社", "港物流"
    session.flush()

    assert titles(session, "港物流") == ["港物流株式会社"]


def test_other_changes_leave_the_index_alone(session: Session, minato: Account) -> None:
    while keep_index(session):
        pass

    minato.depth = 42.0
    session.flush()

    assert not has_changes(session)


def test_a_new_domain_is_found(session: Session, minato: Account) -> None:
    keep_index(session)

    session.add(AccountDomain(account_id=minato.id, domain="minato-group.example"))
    session.flush()

    assert titles(session, "minato-group") == ["みなと物流株式会社"]


def test_what_is_put_away_is_not_found_and_comes_back_with_the_record(session: Session, minato: Account) -> None:
    anna = session.scalars(select(Contact)).one()
    anna.archived_at = NOON
    session.flush()
    gone = titles(session, "花子")
    anna.archived_at = None
    session.flush()

    assert (gone, titles(session, "花子")) == ([], ["安奈 花子"])


def test_nothing_is_kept_of_a_deleted_record(session: Session, minato: Account) -> None:
    keep_index(session)
    key = session.scalars(select(Contact.id)).one()

    session.execute(text("delete from contacts where id = :id"), {"id": key})

    assert session.get(SearchEntry, (SearchKind.CONTACT, key)) is None


def test_machines_are_not_noted(session: Session, minato: Account) -> None:
    kinds = session.scalars(select(SearchChange.kind).where(SearchChange.kind == SearchKind.NOTE)).all()

    assert kinds == ["note"]


def test_a_list_asks_the_same_search(session: Session, minato: Account) -> None:
    assert list(session.scalars(matching(session, SearchKind.ACCOUNT, "ミナト"))) == [minato.id]
    assert list(session.scalars(matching(session, SearchKind.ACCOUNT, "みなと物琉"))) == [minato.id]
    assert list(session.scalars(matching(session, SearchKind.ACCOUNT, "造船"))) == []


def test_more_than_is_shown_is_told(session: Session) -> None:
    for number in range(3):
        make_account(session, f"青葉精機{number}")

    [group] = search(session, "青葉", 2)

    assert (len(group.rows), group.more) == (2, True)


@pytest.mark.parametrize("typed", ["", " ", "%", "・・"])
def test_signs_alone_find_nothing(session: Session, minato: Account, typed: str) -> None:
    assert search(session, typed, 5) == []


def test_every_kind_is_indexed_by_words_and_not_read_through(session: Session) -> None:
    session.execute(
        text(
            "insert into search_entries select kind, uuidv7(), n || 'minutes' || repeat(md5(n || kind), 30)"
            " from generate_series(1, 1500) n, unnest(cast(:kinds as text[])) kind"
        ),
        {"kinds": [str(kind) for kind in SearchKind]},
    )
    session.execute(text("analyze search_entries"))

    plans = [_plan(session, matching(session, kind, "1234minutes")) for kind in SearchKind]

    assert [kind for kind, plan in zip(SearchKind, plans, strict=True) if f"ix_search_entries_{kind}" not in plan] == []


def _plan(session: Session, statement: object) -> str:
    compiled = statement.compile(session.connection(), compile_kwargs={"literal_binds": True})  # type: ignore[attr-defined]
    lines = session.connection().exec_driver_sql(f"explain {str(compiled).replace('%', '%%')}")
    return "\n".join(line for (line,) in lines)


def test_unknown_ids_are_no_records(session: Session) -> None:
    session.add(SearchChange(kind=SearchKind.DEAL, record_id=uuid.uuid4()))
    session.flush()

    assert keep_index(session) == 1
    assert session.scalars(select(SearchEntry)).all() == []


def test_what_was_folded_by_an_older_table_is_folded_anew_by_the_keeper(session: Session) -> None:
    contact = make_contact(session, make_account(session), "齊藤 一")
    while keep_index(session):
        pass
    session.execute(delete(SearchFolding))
    session.execute(update(SearchEntry).values(words="\nold\n"))

    lacked = has_changes(session)
    while keep_index(session):
        pass

    assert (lacked, has_changes(session)) == (True, False)
    assert contact.full_name in titles(session, "斎藤")
