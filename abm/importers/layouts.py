"""What files of deals, contracts, tickets and orders hold: which column becomes which value, and how it is read."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from abm.importers.amounts import read_count, read_money
from abm.importers.clean import Read, plain, read_date, typed_text
from abm.words import (
    ContractState,
    DealStage,
    ImportField,
    ImportKind,
    ItemKind,
    LostReason,
    Severity,
    TicketState,
)

F = ImportField
Values = dict[str, Any]
Reader = Callable[[str], Read[Any]]
YES = re.compile(r"^(?:1|yes|true|y|t|はい|有|有り|あり|○|◯|〇|する|自動|自動更新|クレーム|苦情)$", re.IGNORECASE)

# Words in which other tools and spreadsheets say a state, by ours; the longest that a cell contains counts.
DEAL_STAGES = {
    DealStage.LOST: "失注 敗戦 見送り lost closedlost",
    DealStage.WON: "受注 成約 契約済 won closedwon",
    DealStage.APPROVAL: "受注見込 受注予定 稟議 決裁 交渉 クロージング 内示 最終 negotiation approval review",
    DealStage.QUOTE: "見積 quote pricequote",
    DealStage.PROPOSAL: "提案 デモ proposal presentation",
    DealStage.NEEDS: "ヒアリング 課題 要件 ニーズ needs analysis qualified",
    DealStage.DISCOVERY: "初回 アプローチ 見込 リード 新規 接触 アポ discovery prospecting qualification new",
}
LOST_REASONS = {
    LostReason.PRICE: "価格 金額 高い price cost",
    LostReason.BUDGET: "予算 budget",
    LostReason.TIMING: "時期 延期 timing timeline",
    LostReason.COMPETITOR: "競合 他社 competitor",
    LostReason.FUNCTION: "機能 要件 仕様 function feature",
    LostReason.IN_HOUSE: "内製 自社 inhouse",
    LostReason.SILENCE: "音信 連絡 silence noresponse",
}
CONTRACT_STATES = {
    ContractState.RENEWED: "更新済 renewed",
    ContractState.ENDED: "終了 解約 満了 失効 inactive ended expired cancelled terminated",
    ContractState.RUNNING: "解約予定 更新予定 契約中 有効 継続 稼働 running active inforce",
}
TICKET_STATES = {
    TicketState.CLOSED: "完了 クローズ 解決 対応済 終了 closed solved resolved done",
    TicketState.WAITING: "回答待 返答待 保留 確認待 pending waiting hold",
    TicketState.OPEN: "対応中 未対応 未着手 新規 受付 調査 open new inprogress",
}
SEVERITIES = {
    Severity.HIGH: "高 緊急 重大 至急 high urgent critical",
    Severity.LOW: "低 軽微 low minor",
    Severity.NORMAL: "中 普通 通常 normal medium",
}


@dataclass(frozen=True)
class Layout:
    """One noun in a file: its table, the columns of it that a file fills, and what completes a row."""

    table: str
    # What is told of a new record on the timeline, and which value says on which day it happened.
    item: ItemKind
    day: str
    title: str
    told: str | None
    readers: Mapping[ImportField, tuple[str, Reader]]
    complete: Callable[[Values, date], Values]
    has_contact: bool = False
    has_owner: bool = False
    moves_account: bool = False
    # Whether a row without its day is no record.
    needs_day: bool = False
    # What a column starts with that no row fills.
    otherwise: Mapping[str, Any] = field(default_factory=dict)


def word_of(words: Mapping[Any, str], problem: str) -> Reader:
    """A reader of one of our words in whatever words a file says it."""
    told = [(part, word) for word, parts in words.items() for part in parts.split()]
    spelled = sorted(told, key=lambda pair: len(pair[0]), reverse=True)

    def read(typed: str) -> Read[StrEnum]:
        text = plain(typed).casefold().replace(" ", "").replace("_", "").replace("-", "")
        found = next((word for part, word in spelled if part in text), None)
        return Read(found.value if found else None, problem if text and found is None else None)

    return read


def read_line(typed: str) -> Read[str]:
    """A text as typed, or nothing."""
    return Read(typed_text(typed) or None)


def read_flag(typed: str) -> Read[bool]:
    """Yes in any usual way; everything else is no."""
    text = plain(typed)
    return Read(bool(YES.match(text)) if text else None)


def read_percent(typed: str) -> Read[int]:
    """A probability: 50, 50 %, 0.5, or the letters A to C that Japanese sales teams grade deals by."""
    text = plain(typed).rstrip("% ").strip()
    if not text:
        return Read(None)
    if grade := {"a": 80, "b": 50, "c": 20}.get(text.casefold().removesuffix("ランク")):
        return Read(grade)
    try:
        number = float(text)
    except ValueError:
        return Read(None, "probability_unreadable")
    number = number * 100 if 0 < number < 1 else number
    return Read(round(number)) if 0 <= number <= 100 else Read(None, "probability_unreadable")


def complete_deal(values: Values, today: date) -> Values:
    """A deal has a stage; an ended one a day, a lost one a reason."""
    stage = values.get("stage") or DealStage.DISCOVERY.value
    ended = stage in (DealStage.WON, DealStage.LOST)
    closed = (values.get("closed_on") or values.get("expected_close_on") or today) if ended else None
    reason = values.get("lost_reason") or LostReason.OTHER.value if stage == DealStage.LOST else None
    return {**values, "stage": stage, "closed_on": closed, "lost_reason": reason}


def complete_contract(values: Values, today: date) -> Values:
    """A contract that says no state runs until its end; its renewal is decided at its end unless a day was said."""
    over = values.get("ends_on") and values["ends_on"] < today and not values.get("renews_itself")
    state = values.get("state") or (ContractState.ENDED.value if over else ContractState.RUNNING.value)
    return {**values, "state": state, "renews_on": values.get("renews_on") or values.get("ends_on")}


def complete_ticket(values: Values, today: date) -> Values:
    """A ticket has a state, and a day on which it was closed once it is."""
    closed = values.get("closed_on")
    state = values.get("state") or (TicketState.CLOSED if closed else TicketState.OPEN).value
    closed = (closed or today) if state == TicketState.CLOSED else None
    return {**values, "state": state, "closed_on": closed, "opened_on": values.get("opened_on") or today}


def complete_order(values: Values, today: date) -> Values:
    """Nothing to add: an order without its day is no order."""
    return values


LAYOUTS: Mapping[ImportKind, Layout] = {
    ImportKind.DEALS: Layout(
        "deals",
        ItemKind.DEAL_CHANGED,
        "closed_on",
        "name",
        "stage",
        {
            F.NUMBER: ("number", read_line),
            F.SUBJECT: ("name", read_line),
            F.STATE: ("stage", word_of(DEAL_STAGES, "state_unknown")),
            F.AMOUNT: ("amount", read_money),
            F.PROBABILITY: ("probability", read_percent),
            F.EXPECTED_CLOSE_ON: ("expected_close_on", read_date),
            F.CLOSED_ON: ("closed_on", read_date),
            F.LOST_REASON: ("lost_reason", word_of(LOST_REASONS, "lost_reason_unknown")),
            F.COMPETITORS: ("competitors", read_line),
            F.MEMO: ("note", read_line),
        },
        complete_deal,
        has_contact=True,
        has_owner=True,
        moves_account=True,
    ),
    ImportKind.CONTRACTS: Layout(
        "contracts",
        ItemKind.CONTRACT_CHANGED,
        "starts_on",
        "name",
        "state",
        {
            F.NUMBER: ("number", read_line),
            F.SUBJECT: ("name", read_line),
            F.STATE: ("state", word_of(CONTRACT_STATES, "state_unknown")),
            F.AMOUNT: ("amount", read_money),
            F.STARTS_ON: ("starts_on", read_date),
            F.ENDS_ON: ("ends_on", read_date),
            F.RENEWS_ON: ("renews_on", read_date),
            F.RENEWS_ITSELF: ("renews_itself", read_flag),
            F.MEMO: ("note", read_line),
        },
        complete_contract,
        has_owner=True,
        moves_account=True,
        otherwise={"renews_itself": False},
    ),
    ImportKind.TICKETS: Layout(
        "tickets",
        ItemKind.TICKET_CHANGED,
        "opened_on",
        "subject",
        "state",
        {
            F.NUMBER: ("number", read_line),
            F.SUBJECT: ("subject", read_line),
            F.STATE: ("state", word_of(TICKET_STATES, "state_unknown")),
            F.SEVERITY: ("severity", word_of(SEVERITIES, "severity_unknown")),
            F.COMPLAINT: ("is_complaint", read_flag),
            F.OPENED_ON: ("opened_on", read_date),
            F.CLOSED_ON: ("closed_on", read_date),
            F.MEMO: ("body", read_line),
        },
        complete_ticket,
        has_contact=True,
        has_owner=True,
        otherwise={"is_complaint": False, "severity": Severity.NORMAL.value},
    ),
    ImportKind.ORDERS: Layout(
        "orders",
        ItemKind.ORDERED,
        "ordered_on",
        "what",
        None,
        {
            F.NUMBER: ("number", read_line),
            F.SUBJECT: ("what", read_line),
            F.ORDERED_ON: ("ordered_on", read_date),
            F.AMOUNT: ("amount", read_money),
            F.QUANTITY: ("quantity", read_count),
            F.MEMO: ("note", read_line),
        },
        complete_order,
        needs_day=True,
    ),
}
