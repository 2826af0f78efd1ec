"""What the sample company has sold, is selling and hears from its customers: enough that every report has something."""

import uuid
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from abm.clock import day_start, local_day
from abm.customers.fiscal import add_months
from abm.db import Base
from abm.demo.company import SALES, Company
from abm.models import (
    Account,
    Contact,
    Contract,
    Deal,
    Need,
    NextAction,
    Order,
    Ownership,
    Product,
    SurveyAnswer,
    Ticket,
    Usage,
    User,
)
from abm.words import (
    BuyingRole,
    DealStage,
    LostReason,
    NeedKind,
    Seniority,
    StaleReason,
    SurveyKind,
    TicketState,
)

FLOW, PILOT, PRO = "flow", "pilot", "flow_pro"
PRODUCTS = (
    (FLOW, "業務フロー", ["efficiency"]),
    (PRO, "業務フロー プロ", ["efficiency", "security"]),
    (PILOT, "導入支援", ["introduction"]),
)
# Name, months between orders, how many, months since the last one, yen each: so that Pareto and rhythms have a shape.
BUYERS = (
    ("キヤマ食品株式会社", 3, 8, 4, 1_800_000),
    ("株式会社ひかり印刷", 2, 9, 1, 900_000),
    ("東雲化学株式会社", 6, 5, 2, 2_400_000),
    ("株式会社高崎電子", 4, 4, 6, 350_000),
    ("株式会社アシスト", 12, 3, 3, 240_000),
    ("Blue Harbor Trading Co., Ltd.", 9, 2, 11, 150_000),
)
# Name, deal, stage, yen, days until the expected close, days in this stage.
DEALS = (
    ("株式会社 さくら医療機器", "業務フロー 導入", DealStage.PROPOSAL, 3_600_000, 24, 12),
    ("株式会社アシスト", "プロ版への切り替え", DealStage.QUOTE, 1_200_000, 52, 20),
    ("キヤマ食品株式会社", "第二工場への展開", DealStage.NEEDS, 4_800_000, 85, 45),
    ("Nordlicht Maschinenbau GmbH", "導入支援", DealStage.APPROVAL, 900_000, -9, 38),
)
LOST = ("東雲ホールディングス株式会社", "グループ標準化", LostReason.BUDGET, 120)
LETTER_CAME_BACK = "Blue Harbor Trading Co., Ltd."
# What people of these companies play in a purchase, as their titles suggest; some roles stay open to be found.
PLAYED = {
    Seniority.EXECUTIVE: BuyingRole.DECISION_MAKER,
    Seniority.DIVISION_HEAD: BuyingRole.DECISION_MAKER,
    Seniority.DEPARTMENT_HEAD: BuyingRole.CHAMPION,
    Seniority.SECTION_HEAD: BuyingRole.PRACTITIONER,
}
WON = ("株式会社ひかり印刷", "ライセンス追加", 600_000)
Rows = Iterator[Base]


def keep_sales_records(company: Company) -> None:
    """Products, deals, contracts, orders, usage, tickets and answers of a few customers, once."""
    zone = company.installation.settings.zone
    with company.act() as work:
        if work.session.scalar(select(Product.id).limit(1)) is None:
            ledger = _Ledger(work.session, local_day(work.at, zone), work.at, lambda day: day_start(day, zone))
            work.session.add_all(ledger.products())
            work.session.flush()
            work.session.add_all(ledger.rows())
            ledger.look_after(work.session)


class _Ledger:
    """Finds whom the rows are about, and makes them."""

    def __init__(self, session: Session, today: date, at: datetime, moment: Callable[[date], datetime]) -> None:
        self._today, self._at, self._moment = today, at, moment
        self._accounts = dict(session.execute(select(Account.name, Account.id)).all())
        self._sales = dict(session.execute(select(User.email, User.id)).all())
        self._products = {code: uuid.uuid4() for code, _name, _topics in PRODUCTS}

    def products(self) -> Rows:
        """What is sold; everything else points to it."""
        for code, name, topics in PRODUCTS:
            yield Product(id=self._products[code], code=code, name=name, topics=topics, created_at=self._at)

    def rows(self) -> Rows:
        """What was bought, is being sold, and was said."""
        for part in (self._orders, self._deals, self._contracts, self._voices, self._needs, self._promises):
            yield from part()

    def look_after(self, session: Session) -> None:
        """Customers get an owner each in turn, people their part in the purchase, and one letter comes back."""
        for number, (name, *_rest) in enumerate(BUYERS):
            owner = update(Account).where(Account.id == self._accounts.get(name))
            session.execute(owner.values(owner_id=self._rep(number)))
        for seniority, role in PLAYED.items():
            known = update(Contact).where(Contact.account_id.in_(self._accounts.values()), Contact.is_sample)
            session.execute(known.where(Contact.seniority == seniority).values(buying_role=role.value))
        moved = update(Contact).where(Contact.account_id == self._accounts.get(LETTER_CAME_BACK))
        reason = {"stale_reason": StaleReason.POST_RETURNED.value, "stale_since": self._at}
        session.execute(moved.values(reason))

    def _orders(self) -> Rows:
        for name, every, count, last, amount in BUYERS:
            for number in range(count):
                day = add_months(self._today, -(last + every * number))
                product = self._products[FLOW]
                yield from self._of(Order, name, product_id=product, ordered_on=day, amount=Decimal(amount))
            owned = {"product_id": self._products[FLOW], "since_on": add_months(self._today, -last - every * count)}
            yield from self._of(Ownership, name, **owned)

    def _deals(self) -> Rows:
        for number, (name, title, stage, amount, close, since) in enumerate(DEALS):
            yield from self._deal(name, title, stage, amount, number, since, expected_close_on=self._day(close))
        name, title, reason, days = LOST
        lost = {"closed_on": self._day(-days), "lost_reason": reason}
        yield from self._deal(name, title, DealStage.LOST, 2_000_000, 0, days, **lost)
        name, title, amount = WON
        yield from self._deal(name, title, DealStage.WON, amount, 1, 0, closed_on=self._today)

    def _deal(self, name: str, title: str, stage: DealStage, amount: int, number: int, since: int, **over: Any) -> Rows:
        values = {"name": title, "stage": stage.value, "amount": Decimal(amount), "owner_id": self._rep(number), **over}
        yield from self._of(Deal, name, stage_since=self._moment(self._day(-since)), **values)

    def _contracts(self) -> Rows:
        for name, days, amount in (("キヤマ食品株式会社", 62, 1_200_000), ("株式会社高崎電子", 25, 480_000)):
            values = {"product_id": self._products[FLOW], "amount": Decimal(amount), "owner_id": self._rep(0)}
            days_of = {"starts_on": self._day(days - 365), "renews_on": self._day(days), "ends_on": self._day(days)}
            yield from self._of(Contract, name, name="業務フロー 年間契約", **days_of, **values)

    def _voices(self) -> Rows:
        this_month = self._today.replace(day=1)
        for months, amount in zip(range(6, 0, -1), (120, 118, 121, 80, 61, 52), strict=True):
            month = add_months(this_month, -months)
            yield from self._of(
                Usage, "株式会社高崎電子", product_id=self._products[FLOW], month_on=month, amount=amount, unit="時間"
            )
        values = {"state": TicketState.OPEN.value, "is_complaint": True, "subject": "集計結果が合わない"}
        yield from self._of(Ticket, "株式会社高崎電子", opened_at=self._moment(self._day(-3)), **values)
        answers = (("株式会社高崎電子", SurveyKind.CSAT, 2), ("株式会社ひかり印刷", SurveyKind.NPS, 9))
        for name, kind, score in answers:
            yield from self._of(SurveyAnswer, name, kind=kind.value, score=score, answered_on=self._day(-14))

    def _needs(self) -> Rows:
        heard = (
            ("キヤマ食品株式会社", PRO, "監査対応のため権限を細かく分けたい"),
            ("株式会社ひかり印刷", PILOT, "現場への定着を手伝ってほしい"),
            ("株式会社 さくら医療機器", FLOW, "紙の申請をなくしたい"),
        )
        for name, product, said in heard:
            values = {"kind": NeedKind.NEED.value, "product_id": self._products[product], "said": said}
            yield from self._of(Need, name, said_on=self._day(-11), created_at=self._at, **values)

    def _promises(self) -> Rows:
        promised = (("株式会社 さくら医療機器", "見積の説明", 3), ("東雲化学株式会社", "来期計画を伺う", -4))
        for number, (name, what, days) in enumerate(promised):
            values = {"owner_id": self._rep(number), "what": what, "due_on": self._day(days)}
            yield from self._of(NextAction, name, created_at=self._at, **values)

    def _of(self, kind: type[Any], account: str, /, **values: Any) -> Rows:
        """A row of an account; nothing where the list has no such account."""
        if account_id := self._accounts.get(account):
            yield kind(account_id=account_id, **values)

    def _rep(self, number: int) -> uuid.UUID | None:
        return self._sales.get(SALES[number % len(SALES)][0])

    def _day(self, days: int) -> date:
        return self._today + timedelta(days=days)
