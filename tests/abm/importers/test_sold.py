"""Files of deals, contracts, tickets and orders: what their rows become, twice, changed, and with wrong values."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.importers.apply import import_now
from abm.importers.request import Request, Upload
from abm.importers.result import import_result
from abm.importers.undo import undo_import
from abm.models import (
    Account,
    AccountDomain,
    Contract,
    Deal,
    DealChange,
    DecisionStep,
    Import,
    Order,
    Product,
    Ticket,
    TimelineItem,
)
from abm.words import ContractState, DealStage, ImportKind, ItemKind, LostReason, Severity, TicketState
from abm.work import business_time, set_clock_offset
from tests.worlds import make_account, make_user

AT = datetime(2026, 11, 13, 3, tzinfo=UTC)
Take = Callable[..., dict[str, Any]]
DEALS = "商談番号,商談名,会社名,商談ステージ,金額,受注確度,受注予定日,担当営業,製品\n"
CONTRACTS = "契約番号,契約名,会社名,契約開始日,契約終了日,契約金額,自動更新\n"
TICKETS = "チケット番号,件名,会社名,担当者名,ステータス,優先度,問い合わせ日,クレーム\n"
ORDERS = "注文番号,会社名,品名,注文日,金額,数量\n"


@pytest.fixture
def take(session: Session) -> Take:
    """Import a text at once; answers what `abm import` would print."""
    set_clock_offset(session, AT - business_time(session))

    def import_text(content: str, **options: Any) -> dict[str, Any]:
        upload = Upload("list.csv", BytesIO(content.encode()))
        record: Import = import_now(session, upload, Request(**options), Settings(), AT)
        return import_result(session, record.id)

    return import_text


def only(session: Session, model: Any) -> Any:
    session.expire_all()
    return session.scalars(select(model)).one()


def test_a_row_becomes_a_deal_of_its_account(session: Session, take: Take) -> None:
    account = make_account(session, "株式会社アクメ", normalised_name="アクメ")
    owner = make_user(session, name="営業 太郎")

    result = take(DEALS + "D-1,基幹更改,株式会社アクメ,見積提出,1200万円,70%,2027/3/31,営業太郎,製品X\n")

    deal = only(session, Deal)
    assert result["kind"] == ImportKind.DEALS
    assert (deal.account_id, deal.name, deal.stage, deal.amount) == (
        account.id,
        "基幹更改",
        DealStage.QUOTE,
        12_000_000,
    )
    assert (deal.probability, deal.expected_close_on, deal.owner_id) == (70, date(2027, 3, 31), owner.id)
    assert session.get_one(Product, deal.product_id).name == "製品X"


def test_a_company_nobody_knew_is_made_with_its_deal(session: Session, take: Take) -> None:
    result = take(DEALS + "D-1,新設備,株式会社新規,提案,,,,,\n")

    assert result["create"] == 1
    assert only(session, Deal).account_id == only(session, Account).id


def test_the_same_file_twice_changes_nothing(session: Session, take: Take) -> None:
    text = DEALS + "D-1,基幹更改,株式会社アクメ,提案,100万円,,,,製品X\n,番号なし,株式会社アクメ,提案,,,,,\n"
    take(text)

    result = take(text)

    assert (result["create"], result["update"], result["unchanged"]) == (0, 0, 2)
    assert len(session.scalars(select(Deal)).all()) == 2


def test_a_later_file_changes_the_deal_of_the_same_number(session: Session, take: Take) -> None:
    take(DEALS + "D-1,基幹更改,株式会社アクメ,提案,100万円,,,,\n")

    result = take(DEALS + "Ｄ-1,基幹更改,株式会社アクメ,失注,,,,,\n")

    deal = only(session, Deal)
    assert (result["create"], result["update"]) == (0, 1)
    assert (deal.stage, deal.lost_reason, deal.amount) == (DealStage.LOST, LostReason.OTHER, Decimal(1_000_000))
    changes = session.execute(select(DealChange.old, DealChange.new).order_by(DealChange.id)).all()
    assert [tuple(change) for change in changes] == [(None, DealStage.PROPOSAL), (DealStage.PROPOSAL, DealStage.LOST)]


def test_rows_of_one_number_in_one_file_are_one_record(session: Session, take: Take) -> None:
    take(DEALS + "D-1,基幹更改,株式会社アクメ,提案,,,,,\nD-1,基幹更改,株式会社アクメ,受注,,,,,\n")

    assert only(session, Deal).stage == DealStage.WON


@pytest.mark.parametrize(
    ("said", "stage"),
    [
        ("受注", DealStage.WON),
        ("受注見込", DealStage.APPROVAL),
        ("Closed Won", DealStage.WON),
        ("Negotiation/Review", DealStage.APPROVAL),
        ("見送り", DealStage.LOST),
        ("ヒアリング", DealStage.NEEDS),
        ("", DealStage.DISCOVERY),
    ],
)
def test_stages_are_understood_as_others_say_them(session: Session, take: Take, said: str, stage: DealStage) -> None:
    take(DEALS + f"D-1,基幹更改,株式会社アクメ,{said},,,,,\n")

    assert only(session, Deal).stage == stage


def test_what_cannot_be_read_keeps_the_row_and_is_told(session: Session, take: Take) -> None:
    result = take(DEALS + "D-1,基幹更改,株式会社アクメ,ふしぎ,たくさん,110,いつか,だれか,\n")

    codes = {flag["code"] for flag in result["flagged"]}
    assert codes == {"state_unknown", "amount_unreadable", "probability_unreadable", "date_unreadable", "owner_unknown"}
    assert only(session, Deal).name == "基幹更改"


def test_a_formula_as_the_name_sends_the_row_back(session: Session, take: Take) -> None:
    result = take(DEALS + 'D-1,"=HYPERLINK(""x"")",株式会社アクメ,提案,,,,,\n')

    assert [one["code"] for one in result["rejected"]] == ["formula"]
    assert session.scalars(select(Deal)).all() == []


def test_a_contract_is_to_be_decided_at_its_end(session: Session, take: Take) -> None:
    take(CONTRACTS + "C-1,保守契約,株式会社アクメ,2026/4/1,2027/3/31,600000,自動更新\n")

    contract = only(session, Contract)
    assert (contract.renews_on, contract.renews_itself) == (date(2027, 3, 31), True)
    assert (contract.state, contract.amount) == (ContractState.RUNNING, Decimal(600_000))


def test_a_contract_whose_end_has_gone_by_has_ended(session: Session, take: Take) -> None:
    take(CONTRACTS + "C-1,保守契約,株式会社アクメ,2020/4/1,2021/3/31,,\n")

    assert only(session, Contract).state == ContractState.ENDED


def test_a_ticket_knows_its_person_and_its_day(session: Session, take: Take) -> None:
    take(TICKETS + "T-1,動きません,株式会社アクメ,安奈 花子,対応中,高,2026/11/1,はい\n")

    ticket = only(session, Ticket)
    assert (ticket.state, ticket.severity, ticket.is_complaint) == (TicketState.OPEN, Severity.HIGH, True)
    assert ticket.opened_at == datetime(2026, 10, 31, 15, tzinfo=UTC)
    assert ticket.contact_id is not None


def test_an_order_without_its_day_is_given_back(session: Session, take: Take) -> None:
    result = take(ORDERS + 'O-1,株式会社アクメ,部品A,2026/11/01,"1,200",3個\nO-2,株式会社アクメ,部品B,,,\n')

    assert [one["code"] for one in result["rejected"]] == ["no_order_date"]
    order = only(session, Order)
    assert (order.what, order.amount, order.quantity, order.ordered_on) == ("部品A", 1200, 3, date(2026, 11, 1))


def test_each_new_record_is_told_on_the_day_it_is_about(session: Session, take: Take) -> None:
    take(ORDERS + "O-1,株式会社アクメ,部品A,2026/11/01,1200,3\n")

    item = session.scalars(select(TimelineItem).where(TimelineItem.kind == ItemKind.ORDERED)).one()
    assert (item.happened_at, item.detail["title"]) == (datetime(2026, 10, 31, 15, tzinfo=UTC), "部品A")


def test_a_day_still_to_come_is_no_history(session: Session, take: Take) -> None:
    take(CONTRACTS + "C-1,保守契約,株式会社アクメ,2027/4/1,2028/3/31,,\n")

    item = session.scalars(select(TimelineItem).where(TimelineItem.kind == ItemKind.CONTRACT_CHANGED)).one()
    assert AT - item.happened_at < timedelta(seconds=1)


def test_the_only_firm_of_its_name_is_meant_also_when_it_has_a_domain(session: Session, take: Take) -> None:
    account = make_account(session, "株式会社アクメ", normalised_name="アクメ")
    session.add(AccountDomain(account_id=account.id, domain="acme.example"))

    result = take(DEALS + "D-1,基幹更改,株式会社アクメ,提案,,,,,\nD-2,保守追加,株式会社アクメ,提案,,,,,\n")

    assert result["review"] == 0
    assert {deal.account_id for deal in session.scalars(select(Deal))} == {account.id}


def test_of_two_firms_of_one_name_people_decide(session: Session, take: Take) -> None:
    twins = {make_account(session, "株式会社アシスト", normalised_name="アシスト").id for _ in range(2)}

    result = take(DEALS + "D-1,基幹更改,株式会社アシスト,提案,,,,,\n")

    assert result["review"] == 1
    assert only(session, Deal).account_id not in twins


@pytest.mark.parametrize("written", ["(株)アクメ", "㈱アクメ", "アクメ", "アクメ ㈱"])
def test_the_only_firm_of_a_name_is_meant_in_any_writing(session: Session, take: Take, written: str) -> None:
    account = make_account(session, "株式会社アクメ", normalised_name="アクメ")
    session.add(AccountDomain(account_id=account.id, domain="acme.example"))

    result = take(DEALS + f"D-1,基幹更改,{written},提案,,,,,\n")

    assert result["review"] == 0
    assert only(session, Deal).account_id == account.id


def test_another_legal_form_is_another_firm(session: Session, take: Take) -> None:
    make_account(session, "株式会社アクメ", normalised_name="アクメ")

    result = take(DEALS + "D-1,基幹更改,有限会社アクメ,提案,,,,,\n")

    assert result["review"] == 1


@pytest.mark.parametrize("written", ["(株)アクメ", "アクメホールディングス株式会社", "Acme Japan"])
def test_a_deal_known_by_its_number_stays_with_its_account_however_that_is_written(
    session: Session, take: Take, written: str
) -> None:
    for _ in range(2):
        make_account(session, "株式会社アクメ", normalised_name="アクメ")
    take(DEALS + "D-1,基幹更改,株式会社あくね,提案,,,,,\n")
    before, accounts = only(session, Deal).account_id, len(session.scalars(select(Account)).all())

    result = take(DEALS + f"Ｄ-1,基幹更改,{written},見積,,,,,\n")

    assert (result["update"], result["review"]) == (1, 0)
    assert (only(session, Deal).account_id, only(session, Deal).stage) == (before, DealStage.QUOTE)
    assert len(session.scalars(select(Account)).all()) == accounts


def test_two_rows_of_one_number_are_one_deal_of_one_firm_though_they_write_it_differently(
    session: Session, take: Take
) -> None:
    result = take(DEALS + "D-1,基幹更改,株式会社アクメ,提案,,,,,\nD-1,基幹更改,アクメ(株) 本社,受注,,,,,\n")

    assert (result["create"], result["update"], result["review"]) == (1, 1, 0)
    assert only(session, Deal).account_id == only(session, Account).id


def test_of_two_deals_of_one_number_the_firm_says_which_is_meant(session: Session, take: Take) -> None:
    acme, zeta = (make_account(session, f"株式会社{name}", normalised_name=name) for name in ("アクメ", "ゼータ"))
    for account in (acme, zeta):
        made = {"account_id": account.id, "number": "1", "name": "更改", "stage": DealStage.PROPOSAL}
        session.add(Deal(**made, stage_since=AT, created_at=AT))
    session.flush()

    take(DEALS + "1,更改,(株)ゼータ,受注,,,,,\n")

    session.expire_all()
    stages = {deal.account_id: deal.stage for deal in session.scalars(select(Deal))}
    assert stages == {acme.id: DealStage.PROPOSAL, zeta.id: DealStage.WON}


def test_undo_takes_new_records_and_their_lines_back(session: Session, take: Take) -> None:
    result = take(DEALS + "D-1,基幹更改,株式会社アクメ,提案,100万円,,,,製品X\n")

    undo_import(session, UUID(result["import"]), AT)

    for model in (Deal, Product, Account, TimelineItem):
        assert session.scalars(select(model)).all() == []


def test_undo_puts_changed_fields_back_and_leaves_later_edits(session: Session, take: Take) -> None:
    take(DEALS + "D-1,基幹更改,株式会社アクメ,提案,100万円,,2027/3/31,,\n")
    result = take(DEALS + "D-1,基幹更改,株式会社アクメ,見積,200万円,,2027/6/30,,\n")
    only(session, Deal).amount = Decimal(3_000_000)
    session.flush()

    undo_import(session, UUID(result["import"]), AT)

    deal = only(session, Deal)
    assert (deal.stage, deal.expected_close_on) == (DealStage.PROPOSAL, date(2027, 3, 31))
    assert deal.amount == 3_000_000


def test_a_deal_somebody_works_on_is_archived_by_undo_and_keeps_its_steps(session: Session, take: Take) -> None:
    result = take(DEALS + "D-1,基幹更改,株式会社アクメ,提案,,,,,\n")
    deal = only(session, Deal)
    session.add(DecisionStep(account_id=deal.account_id, deal_id=deal.id, position=1, what="部長決裁"))
    session.flush()

    undo_import(session, UUID(result["import"]), AT)

    assert only(session, Deal).archived_at == AT
    assert only(session, DecisionStep).what == "部長決裁"


def test_a_ticket_gets_its_day_of_closing_back(session: Session, take: Take) -> None:
    take(TICKETS + "T-1,動きません,株式会社アクメ,,対応中,,2026/11/1,\n")
    result = take(TICKETS + "T-1,動きません,株式会社アクメ,,完了,,2026/11/1,\n")
    assert only(session, Ticket).closed_at is not None

    undo_import(session, UUID(result["import"]), AT)

    assert (only(session, Ticket).state, only(session, Ticket).closed_at) == (TicketState.OPEN, None)
