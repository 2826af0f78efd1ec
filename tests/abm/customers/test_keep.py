"""Keeping what is sold: rules of each noun, what an act leaves behind, two people at one record, merges."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.customers.deals import add_step, open_deal
from abm.customers.keep import (
    Writing,
    add_record,
    archive_record,
    change_record,
    restore_record,
    version_of_record,
)
from abm.customers.merges import merge_accounts, undo_merge
from abm.customers.sheets import CONTRACT, DEAL, OFFER, ORDER, OWNERSHIP, PRODUCT, SURVEY_ANSWER, TICKET, Sheet
from abm.errors import Conflict, Invalid, NotFound
from abm.models import Account, AuditEntry, Contract, Deal, DecisionStep, Product, TimelineItem, User
from abm.words import ItemKind
from abm.work import Installation, unit_of_work
from tests.worlds import NOON, make_account, make_contact, make_user


@pytest.fixture
def acme(session: Session) -> Account:
    return make_account(session)


@pytest.fixture
def writing(session: Session) -> Writing:
    rep: User = make_user(session)
    return Writing(rep.id, NOON, NOON.date())


def items(session: Session, kind: ItemKind) -> list[TimelineItem]:
    return list(session.scalars(select(TimelineItem).where(TimelineItem.kind == kind).order_by(TimelineItem.id)))


def test_what_a_form_did_not_have_stays(session: Session, acme: Account, writing: Writing) -> None:
    made = add_record(session, ORDER, acme.id, {"ordered_on": date(2026, 11, 1), "amount": Decimal(500)}, writing)

    change_record(session, ORDER, made.id, {"what": "保守"}, writing)

    assert (made.what, made.amount, made.ordered_on) == ("保守", 500, date(2026, 11, 1))


def test_a_change_says_what_it_was_before(session: Session, acme: Account, writing: Writing) -> None:
    made = add_record(session, ORDER, acme.id, {"ordered_on": date(2026, 11, 1), "amount": Decimal(500)}, writing)

    change_record(session, ORDER, made.id, {"amount": Decimal(700)}, writing)

    entry = session.scalars(select(AuditEntry).where(AuditEntry.act == "order.changed")).one()
    assert entry.detail["changes"] == {"amount": {"old": "500", "new": "700"}}
    assert (entry.user_id, entry.at) == (writing.by, NOON)


def test_nothing_changed_leaves_nothing_behind(session: Session, acme: Account, writing: Writing) -> None:
    made = add_record(session, ORDER, acme.id, {"ordered_on": date(2026, 11, 1)}, writing)

    change_record(session, ORDER, made.id, {"ordered_on": date(2026, 11, 1)}, writing)

    assert session.scalars(select(AuditEntry).where(AuditEntry.act == "order.changed")).all() == []


def test_a_stale_form_changes_nothing(session: Session, acme: Account, writing: Writing) -> None:
    deal = open_deal(session, acme.id, "配車", by=writing.by, at=NOON)
    shown = version_of_record(DEAL, deal)
    change_record(session, DEAL, deal.id, {"amount": Decimal(1)}, writing)

    with pytest.raises(Conflict):
        change_record(session, DEAL, deal.id, {"amount": Decimal(2)}, writing, version=shown)

    assert deal.amount == 1


@pytest.mark.parametrize(
    ("sheet", "typed"),
    [(CONTRACT, {"name": "保守"}), (OWNERSHIP, {}), (DEAL, {"name": "配車"})],
    ids=["contract", "ownership", "deal"],
)
def test_what_a_stage_may_depend_on_has_the_account_looked_at_again(
    session: Session, acme: Account, writing: Writing, sheet: Sheet, typed: dict[str, str]
) -> None:
    product = add_record(session, PRODUCT, None, {"name": "配車クラウド"}, writing)
    made = add_record(session, sheet, acme.id, {**typed, "product_id": product.id}, writing)
    acme.evaluate_at = None

    archive_record(session, sheet, made.id, writing)

    assert acme.evaluate_at == NOON


def test_a_record_put_away_is_changed_only_once_it_is_back(session: Session, acme: Account, writing: Writing) -> None:
    made = add_record(session, TICKET, acme.id, {"subject": "障害"}, writing)
    archive_record(session, TICKET, made.id, writing)

    with pytest.raises(NotFound):
        change_record(session, TICKET, made.id, {"subject": "解決"}, writing)

    restore_record(session, TICKET, made.id, writing)
    assert change_record(session, TICKET, made.id, {"subject": "解決"}, writing).subject == "解決"


def test_what_a_record_pointed_to_may_stay_after_it_was_put_away(
    session: Session, acme: Account, writing: Writing
) -> None:
    product = add_record(session, PRODUCT, None, {"name": "配車クラウド"}, writing)
    made = add_record(session, OFFER, acme.id, {"name": "見積", "product_id": product.id}, writing)
    archive_record(session, PRODUCT, product.id, writing)

    change_record(session, OFFER, made.id, {"name": "再見積", "product_id": product.id}, writing)

    assert made.product_id == product.id


def test_a_deal_of_another_account_is_refused(session: Session, acme: Account, writing: Writing) -> None:
    other = open_deal(session, make_account(session, "ゼータ").id, "よそ", by=writing.by, at=NOON)

    with pytest.raises(Invalid) as refused:
        add_record(session, OFFER, acme.id, {"name": "見積", "deal_id": other.id}, writing)

    assert refused.value.field == "deal_id"


def test_a_product_keeps_its_code_for_itself(session: Session, writing: Writing) -> None:
    first: Product = add_record(session, PRODUCT, None, {"name": "配車"}, writing)
    archive_record(session, PRODUCT, first.id, writing)

    with pytest.raises(Invalid):
        add_record(session, PRODUCT, None, {"name": "配車"}, writing)


def test_a_renewal_day_of_its_own_does_not_follow_the_end(session: Session, acme: Account, writing: Writing) -> None:
    typed = {"name": "保守", "ends_on": date(2027, 3, 31), "renews_on": date(2027, 1, 31)}
    made: Contract = add_record(session, CONTRACT, acme.id, typed, writing)

    change_record(session, CONTRACT, made.id, {"ends_on": date(2028, 3, 31)}, writing)

    assert made.renews_on == date(2027, 1, 31)


def test_a_ticket_closed_twice_was_closed_once(session: Session, acme: Account, writing: Writing) -> None:
    made = add_record(session, TICKET, acme.id, {"subject": "障害", "state": "closed"}, writing)
    later = Writing(writing.by, NOON + timedelta(days=1), NOON.date())

    change_record(session, TICKET, made.id, {"state": "closed", "subject": "障害（解決）"}, later)

    assert made.closed_at == NOON


def test_words_have_no_score(session: Session, acme: Account, writing: Writing) -> None:
    typed = {"kind": "words", "words": "助かっています", "score": 5, "answered_on": NOON.date()}

    assert add_record(session, SURVEY_ANSWER, acme.id, typed, writing).score is None


def test_a_contract_tells_when_it_ends_but_not_when_it_is_corrected(
    session: Session, acme: Account, writing: Writing
) -> None:
    made = add_record(session, CONTRACT, acme.id, {"name": "保守"}, writing)

    change_record(session, CONTRACT, made.id, {"note": "更新"}, writing)
    change_record(session, CONTRACT, made.id, {"state": "ended"}, writing)

    assert [item.detail["new"] for item in items(session, ItemKind.CONTRACT_CHANGED)] == ["running", "ended"]


def test_a_merge_brings_what_is_sold_and_undoing_gives_it_back(
    session: Session, acme: Account, writing: Writing
) -> None:
    goes = make_account(session, "アクメ販売株式会社")
    anna = make_contact(session, goes)
    deal = open_deal(session, goes.id, "配車", contact_id=anna.id, by=writing.by, at=NOON)
    step = add_step(session, deal.id, {"what": "部長承認", "contact_id": anna.id}, writing)
    offer = add_record(session, OFFER, goes.id, {"name": "見積", "deal_id": deal.id}, writing)
    rows = (deal, step, offer)

    made = merge_accounts(session, goes.id, acme.id, by=None, at=NOON)
    session.expire_all()
    assert {row.account_id for row in rows} == {acme.id}
    change_record(session, OFFER, offer.id, {"deal_id": deal.id, "state": "sent"}, writing)

    undo_merge(session, made.id, by=None, at=NOON + timedelta(days=30))
    session.expire_all()
    assert {row.account_id for row in rows} == {goes.id}
    assert offer.state == "sent"


def test_two_people_moving_one_deal_at_the_same_moment_do_not_both_win(installation: Installation) -> None:
    with unit_of_work() as work:
        account = make_account(work.session)
        deal = open_deal(work.session, account.id, "配車", by=None, at=work.at)
    shown = version_of_record(DEAL, deal)

    def move(stage: str) -> str:
        try:
            with unit_of_work() as work:
                writing = Writing(None, work.at, work.at.date())
                change_record(work.session, DEAL, deal.id, {"stage": stage}, writing, version=shown)
        except Conflict as refused:
            return refused.code
        return "moved"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(move, ("needs", "quote")))

    assert outcomes == ["changed_meanwhile", "moved"]


def test_two_steps_added_at_the_same_moment_have_two_places(installation: Installation) -> None:
    with unit_of_work() as work:
        deal: Deal = open_deal(work.session, make_account(work.session).id, "配車", by=None, at=work.at)

    def add(what: str) -> None:
        with unit_of_work() as work:
            add_step(work.session, deal.id, {"what": what}, Writing(None, work.at, work.at.date()))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(add, ("部長承認", "役員会")))

    with unit_of_work() as work:
        places = sorted(work.session.scalars(select(DecisionStep.position)))
    assert places == [1, 2]
