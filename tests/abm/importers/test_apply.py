"""Imports on the database: what sample files become, twice, and taken back."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.errors import Conflict, Invalid
from abm.importers.apply import apply_import, import_now, plan_import
from abm.importers.request import Request, Upload
from abm.importers.result import import_result, rejected_file
from abm.importers.sheet import Choices
from abm.importers.undo import undo_import
from abm.models import (
    Account,
    Consent,
    Contact,
    Department,
    Event,
    Import,
    ImportRow,
    Link,
    MatchPair,
    Refold,
    TimelineItem,
    Webinar,
)
from abm.words import ConsentBasis, EventKind, LinkKind, Seniority, Verdict

DATA = Path(__file__).parents[2] / "data"
AT = datetime(2026, 11, 13, 3, tzinfo=UTC)
SETTINGS = Settings(shared_domains=("isp-mail.example",))
HEADER = "会社名,担当者名,メールアドレス,役職,過去のやり取り・メモ\n"

Take = Callable[..., Import]


@pytest.fixture
def take(session: Session) -> Take:
    """Import a sample file, or a text, at once."""

    def import_file(name: str, content: str | None = None, **options: Any) -> Import:
        raw = content.encode() if content is not None else (DATA / name).read_bytes()
        return take_in(session, name, raw, **options)

    return import_file


def take_in(session: Session, name: str, content: bytes, mapping: Any = None, **options: Any) -> Import:
    request = Request(choices=Choices(mapping=mapping), **options)
    return import_now(session, Upload(name, BytesIO(content)), request, SETTINGS, AT)


def plan(session: Session, name: str) -> Import:
    upload = Upload(name, BytesIO((DATA / name).read_bytes()))
    return plan_import(session, upload, Request(), SETTINGS, AT)


def count(session: Session, model: type, *conditions: Any) -> int:
    return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


def person(session: Session, address: str) -> Contact:
    return session.scalars(select(Contact).where(Contact.email == address, Contact.archived_at.is_(None))).one()


def account(session: Session, name: str) -> Account:
    return session.scalars(select(Account).where(Account.name == name)).one()


def outcome(session: Session, record: Import) -> tuple[int, int, int, int]:
    result = import_result(session, record.id)
    return result["create"], result["update"], result["unchanged"], len(result["rejected"])


def records(session: Session) -> dict[str, list[Any]]:
    """Everything a marketer would see of the records, for comparison."""
    told = {
        "accounts": "select name, industry, closing_month, last_contacted_on, archived_at from accounts",
        "contacts": "select full_name, email, title, seniority, phone, phone_typed, memo, last_contacted_on, kana,"
        " d.name, c.archived_at from contacts c left join departments d on d.id = c.department_id",
        "items": "select kind, body, happened_at from timeline_items",
        "consents": "select basis, granted from consents",
        "domains": "select domain from account_domains",
    }
    return {noun: sorted(session.execute(text(query)).all(), key=repr) for noun, query in told.items()}


def test_a_plan_changes_no_record(session: Session) -> None:
    record = plan(session, "customers-cp932.csv")

    assert (count(session, Account), count(session, Contact), count(session, TimelineItem)) == (0, 0, 0)
    assert outcome(session, record) == (88, 0, 0, 0)
    assert not import_result(session, record.id)["applied"]


def test_applying_a_plan_does_what_it_showed(session: Session) -> None:
    record = plan(session, "customers-cp932.csv")
    shown = outcome(session, record)

    apply_import(session, record.id, AT)
    apply_import(session, record.id, AT)

    assert outcome(session, record) == shown
    assert count(session, Contact) == 88


def test_the_result_has_the_shape_that_scripts_rely_on(session: Session, take: Take) -> None:
    result = import_result(session, take("customers-bad-rows-cp932.csv").id)

    assert result["encoding"] == "cp932"
    assert (result["delimiter"], result["sheet"], result["header_row"], result["applied"]) == (",", None, 1, True)
    assert result["columns"]["company"] == "会社名"
    assert result["rows"] == result["create"] + result["update"] + result["unchanged"] + len(result["rejected"])
    assert set(result["match"]) == {"sure", "strong"}
    assert result["rejected_file"] == "customers-bad-rows-cp932-rejected.csv"


@pytest.mark.parametrize("name", ["customers-cp932.csv", "customers-utf8.csv", "customers-utf8-bom.csv"])
def test_firms_of_the_sample_are_told_apart(session: Session, take: Take, name: str) -> None:
    record = take(name)

    expected = {
        "株式会社青葉精機": 5,
        "有限会社つばさ設計": 6,
        "株式会社髙﨑電子": 2,
        "株式会社高崎電子": 3,
        "東雲化学株式会社": 3,
    }
    people = {firm: count(session, Contact, Contact.account_id == account(session, firm).id) for firm in expected}
    assert people == expected
    assert count(session, Account, Account.name == "株式会社アシスト") == 2
    assert import_result(session, record.id)["review"] == 4


def test_doubtful_firms_wait_in_the_queue_with_what_speaks_for_it(session: Session, take: Take) -> None:
    take("customers-cp932.csv")

    pairs = {pair.evidence[0]["ours"]: pair for pair in session.scalars(select(MatchPair))}

    holding = account(session, "東雲ホールディングス株式会社")
    proposal = pairs["東雲化学株式会社 @shinonome.example"].evidence[0]
    assert set(pairs) >= {"株式会社高崎電子", "株式会社キャマ食品", "株式会社アシスト"}
    assert (proposal["proposal"], proposal["parent_id"]) == ("parent_and_subsidiary", str(holding.id))


def test_a_branch_becomes_a_department_and_joins_the_department_column(session: Session, take: Take) -> None:
    take("customers-cp932.csv")
    branch = session.get(Department, person(session, "yamada.2@aoba-seiki.example").department_id)
    assert branch is not None
    assert branch.name == "仙台支店"

    take("customers.xlsx")
    session.expire_all()

    inside = session.get(Department, person(session, "yamada.2@aoba-seiki.example").department_id)
    assert inside is not None
    assert inside.name == "仙台支店 情報システム部"


def test_a_title_in_the_department_column_counts_and_is_no_department(session: Session, take: Take) -> None:
    take("customers.xlsx")

    head = person(session, "yamamoto.6@minato-logi.example")

    assert (head.title, head.seniority, head.department_id) == ("代表取締役", Seniority.EXECUTIVE, None)
    assert person(session, "kimura.0@aoba-seiki.example").seniority == Seniority.DEPARTMENT_HEAD


def test_cells_are_read_and_what_was_typed_is_kept(session: Session, take: Take) -> None:
    take("customers.xlsx")

    lost_zero = person(session, "nakamura.4@aoba-seiki.example")
    unreadable = person(session, "kimura.0@aoba-seiki.example")

    assert (lost_zero.phone, lost_zero.phone_typed) == ("09009401273", "9009401273")
    assert (unreadable.phone, unreadable.phone_typed) == (None, "06-6xxx - xxxx")
    assert unreadable.last_contacted_on == date(2024, 1, 4)
    assert account(session, "株式会社青葉精機").closing_month == 3
    assert (lost_zero.family_name, lost_zero.given_name, lost_zero.kana) == ("中村", "さくら", "ナカムラ サクラ")


def test_a_memo_is_one_line_of_the_timeline_at_the_last_contact(session: Session, take: Take) -> None:
    take("customers-cp932.csv")
    take("customers-eucjp.tsv")
    take("customers.xlsx")

    kimura = person(session, "kimura.0@aoba-seiki.example")
    items = session.scalars(select(TimelineItem).where(TimelineItem.contact_id == kimura.id)).all()
    assert [item.body for item in items] == ["製品Xに関心。来期導入検討中。展示会フォローアップ要。"]
    assert items[0].happened_at == datetime(2023, 9, 15, 15, tzinfo=UTC)


@pytest.mark.parametrize("name", ["customers-cp932.csv", "customers.xlsx", "customers-bad-rows-cp932.csv"])
def test_the_same_file_twice_changes_nothing(session: Session, take: Take, name: str) -> None:
    take(name, consent=ConsentBasis.BUSINESS_CARD)
    before = records(session)

    again = take(name, consent=ConsentBasis.BUSINESS_CARD)

    created, updated, _, _ = outcome(session, again)
    assert (created, updated) == (0, 0)
    assert records(session) == before


def test_a_row_without_address_is_known_again(session: Session, take: Take) -> None:
    rows = HEADER + "株式会社匿名,田中 太郎,,,電話で問い合わせ\n株式会社匿名,,,,会社だけの行\n"
    take("a.csv", rows)

    again = take("a.csv", rows)

    assert outcome(session, again) == (0, 0, 2, 0)
    assert (count(session, Account), count(session, Contact)) == (1, 1)


def test_bad_rows_come_back_and_the_others_go_in(session: Session, take: Take) -> None:
    record = take("customers-bad-rows-cp932.csv")

    result = import_result(session, record.id)
    assert [(bad["line"], bad["code"]) for bad in result["rejected"]] == [
        (4, "no_company"),
        (5, "address_unusable"),
        (7, "formula"),
    ]
    kimura = person(session, "kimura.0@aoba-seiki.example")
    assert kimura.phone_typed == "06-6xxx - xxxx"
    assert count(session, Contact) == 12


def test_rejected_rows_come_back_in_the_encoding_they_came_in(session: Session, take: Take) -> None:
    record = take("customers-bad-rows-cp932.csv")

    back = rejected_file(session, record.id)

    assert back is not None
    lines = back.content.decode("cp932").splitlines()
    assert (back.encoding, back.fell_back) == ("cp932", False)
    assert lines[0].endswith("取り込めなかった理由")
    assert lines[2].startswith("株式会社壊れ,誤 送,,not an address,,アドレス誤り,")


def test_a_rejected_file_runs_no_formula_and_imports_to_the_same_rejects(session: Session, take: Take) -> None:
    back = rejected_file(session, take("customers-bad-rows-cp932.csv").id)
    assert back is not None

    again = take_in(session, "again.csv", back.content)

    assert b"\"'=HYPERLINK" in back.content
    assert [bad["code"] for bad in import_result(session, again.id)["rejected"]] == [
        "no_company",
        "address_unusable",
        "formula",
    ]


def test_rejected_rows_of_a_workbook_come_back_as_one(session: Session, take: Take) -> None:
    record = take("customers.xlsx", mapping={"company": "フリガナ", "kana": "会社名", "email": "業種"})

    back = rejected_file(session, record.id)

    assert back is not None
    assert back.name == "customers-rejected.xlsx"
    assert back.content.startswith(b"PK")


def test_signs_that_an_encoding_lacks_come_back_in_utf8(session: Session, take: Take) -> None:
    # ㈱ as Windows writes it into EUC-JP, which no codec of the standard library can write.
    content = (HEADER + "X,").encode("euc_jp") + b"\xad\xea,bad address,,\n"

    record = take_in(session, "a.csv", content)
    back = rejected_file(session, record.id)

    assert back is not None
    assert (back.encoding, back.fell_back) == ("utf-8-sig", True)
    assert "㈱" in back.content.decode("utf-8-sig")


def test_consent_goes_into_the_ledger_with_the_import_as_evidence(session: Session, take: Take) -> None:
    record = take("customers-cp932.csv", consent=ConsentBasis.BUSINESS_CARD)

    entries = session.scalars(select(Consent)).all()

    assert len(entries) == 88
    assert {(e.granted, e.basis, e.evidence) for e in entries} == {(True, "business_card", f"import {record.id}")}


def test_a_refusal_wins_over_a_later_import(session: Session, take: Take) -> None:
    take("customers-cp932.csv")
    kimura = person(session, "kimura.0@aoba-seiki.example")
    session.add(Consent(contact_id=kimura.id, purpose="mail", granted=False, evidence="stop page", at=AT))
    session.flush()

    take("customers.xlsx", consent=ConsentBasis.OPT_IN)

    assert count(session, Consent, Consent.contact_id == kimura.id) == 1


def test_a_new_title_asks_for_new_scores(session: Session, take: Take) -> None:
    take("a.csv", HEADER + "株式会社甲,田中 太郎,t@ko.example,課長,\n")
    assert count(session, Refold) == 0

    take("b.csv", HEADER + "株式会社甲,田中 太郎,t@ko.example,部長,\n")

    assert session.scalars(select(Refold.contact_id)).all() == [person(session, "t@ko.example").id]
    assert ("fold_events", ()) in session.info["bells"]


def test_a_webinar_report_becomes_proven_events_with_their_minutes(session: Session, take: Take) -> None:
    take("customers-cp932.csv")

    record = take("webinar-zoom-style.csv")

    kimura = person(session, "kimura.0@aoba-seiki.example")
    events = session.scalars(select(Event).where(Event.contact_id == kimura.id).order_by(Event.happened_at)).all()
    assert outcome(session, record) == (24, 0, 0, 0)
    assert [(e.kind, e.minutes, e.verdict) for e in events] == [
        (EventKind.WEBINAR_REGISTERED, None, Verdict.PROVEN),
        (EventKind.WEBINAR_ATTENDED, 12.0, Verdict.PROVEN),
    ]
    assert events[0].happened_at == datetime(2026, 11, 1, 1, tzinfo=UTC)
    assert count(session, Event, Event.kind == EventKind.WEBINAR_ATTENDED) == 16


def test_a_teams_report_is_read_and_both_reports_are_one_webinar(session: Session, take: Take) -> None:
    take("customers-cp932.csv")
    take("webinar-zoom-style.csv")

    take("webinar-teams-style.csv")

    attended = select(Event.minutes).where(Event.contact_id == person(session, "ito.30@takasaki-d.example").id)
    assert session.scalars(attended).one() == pytest.approx(40 + 58 / 60)
    assert session.scalars(select(Webinar.title)).all() == ["製品X活用セミナー"]


def test_a_webinar_report_twice_changes_nothing(session: Session, take: Take) -> None:
    take("customers-cp932.csv")
    take("webinar-zoom-style.csv")
    events, items = count(session, Event), count(session, TimelineItem)

    again = take("webinar-zoom-style.csv")

    assert outcome(session, again) == (0, 0, 24, 0)
    assert (count(session, Event), count(session, TimelineItem)) == (events, items)


def test_strangers_of_a_webinar_come_back_with_the_reason(session: Session, take: Take) -> None:
    record = take("webinar-teams-style.csv")

    result = import_result(session, record.id)

    assert {(bad["code"], bad["column"]) for bad in result["rejected"]} == {("unknown_address", "メール")}
    assert (len(result["rejected"]), count(session, Contact)) == (8, 0)


def test_a_stranger_of_a_webinar_with_a_company_becomes_a_contact(session: Session, take: Take) -> None:
    report = "Topic,Start Time\nX,2026-11-12 14:55\n\n会社名,Name,Email,Join Time,Time in Session (minutes)\n"
    report += "株式会社甲,田中 太郎,t@ko.example,2026-11-12 15:00,30\n"

    first, again = take("w.csv", report), take("w.csv", report)

    tanaka = person(session, "t@ko.example")
    assert (outcome(session, first), outcome(session, again)) == ((1, 0, 0, 0), (0, 0, 1, 0))
    assert session.scalars(select(Event.minutes).where(Event.contact_id == tanaka.id)).all() == [30]


def test_who_came_twice_attended_once_with_all_minutes(session: Session, take: Take) -> None:
    take("a.csv", HEADER + "株式会社甲,田中 太郎,t@ko.example,,\n")
    report = "Topic,Start Time\nX,2026-11-12 14:55\n\nName,Email,Join Time,Time in Session (minutes)\n"
    report += "田中,t@ko.example,2026-11-12 15:00,10\n田中,t@ko.example,2026-11-12 15:20,25\n"

    take("w.csv", report)

    assert session.execute(select(Event.kind, Event.minutes)).all() == [(EventKind.WEBINAR_ATTENDED, 35)]


def test_undo_takes_everything_back(session: Session, take: Take) -> None:
    record = take("customers-cp932.csv", consent=ConsentBasis.OPT_IN)

    result = undo_import(session, record.id, AT)

    assert result["gone"] == {"contacts": 88, "departments": 1, "accounts": 21}
    assert not any(records(session).values())
    assert count(session, MatchPair) == 0
    assert undo_import(session, record.id, AT) == result


def test_undo_of_a_second_file_restores_what_the_first_brought(session: Session, take: Take) -> None:
    take("customers-cp932.csv")
    before = records(session)
    second = take("customers.xlsx", consent=ConsentBasis.OPT_IN)
    assert records(session) != before

    undo_import(session, second.id, AT)

    assert records(session) == before


def test_undo_keeps_what_somebody_changed_since(session: Session, take: Take) -> None:
    take("a.csv", HEADER + "株式会社甲,田中 太郎,t@ko.example,課長,\n")
    second = take("b.csv", HEADER + "株式会社甲,田中 太郎,t@ko.example,部長,新しいメモ\n")
    session.execute(text("update contacts set title = '本部長'"))

    undo_import(session, second.id, AT)
    session.expire_all()

    tanaka = person(session, "t@ko.example")
    assert (tanaka.title, tanaka.memo) == ("本部長", None)


def test_undo_archives_people_who_have_a_history_since(session: Session, take: Take) -> None:
    customers = take("customers-cp932.csv")
    take("webinar-zoom-style.csv")

    result = undo_import(session, customers.id, AT)

    assert result["archived"] == {"contacts": 24, "accounts": 5}
    assert count(session, Event) == 40
    assert count(session, Contact, Contact.archived_at.is_(None)) == 0


def test_undo_keeps_a_firm_that_others_hang_on(session: Session, take: Take) -> None:
    record = take("a.csv", HEADER + "株式会社親,田中 太郎,t@oya.example,,\n")
    session.add(Account(name="株式会社子", normalised_name="子", parent_id=account(session, "株式会社親").id))
    take("b.csv", HEADER + "株式会社親,佐藤 花子,s@oya.example,,\n")

    undo_import(session, record.id, AT)
    session.expire_all()

    assert account(session, "株式会社親").archived_at is None
    assert session.scalars(select(Contact.email)).all() == ["s@oya.example"]


def test_undo_of_a_webinar_takes_its_events_and_asks_for_new_scores(session: Session, take: Take) -> None:
    take("customers-cp932.csv")
    webinar = take("webinar-zoom-style.csv")

    undo_import(session, webinar.id, AT)

    assert (count(session, Event), count(session, Webinar), count(session, Refold)) == (0, 0, 24)
    assert count(session, Contact, Contact.archived_at.is_(None)) == 88


def test_undo_keeps_a_webinar_that_a_mail_leads_to(session: Session, take: Take) -> None:
    take("customers-cp932.csv")
    webinar = take("webinar-zoom-style.csv")
    linked = session.scalars(select(Webinar)).one()
    session.add(Link(key=b"12345", kind=LinkKind.WEBINAR, url="webinar:", webinar_id=linked.id))
    session.flush()

    undo_import(session, webinar.id, AT)

    assert (count(session, Event), count(session, Webinar)) == (0, 1)


def test_an_undone_file_can_be_imported_again(session: Session, take: Take) -> None:
    undo_import(session, take("customers-cp932.csv").id, AT)

    again = take("customers-cp932.csv")

    assert outcome(session, again) == (88, 0, 0, 0)


def test_a_plan_cannot_be_undone(session: Session) -> None:
    record = plan(session, "customers-cp932.csv")

    with pytest.raises(Conflict, match="never applied"):
        undo_import(session, record.id, AT)


def test_a_file_that_cannot_be_read_leaves_nothing(session: Session, take: Take) -> None:
    with pytest.raises(Invalid, match="no column for company"):
        take("a.csv", "色,形\n赤,丸\n")

    assert (count(session, Import), count(session, ImportRow)) == (0, 0)


def test_sample_people_are_marked(session: Session, take: Take) -> None:
    take("customers-cp932.csv", is_sample=True)

    assert count(session, Contact, Contact.is_sample) == 88
    assert count(session, Account, Account.is_sample) == 21
