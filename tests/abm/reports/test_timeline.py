"""The timeline is filtered, read page by page."""

import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.customers.timeline import Item, add_items
from abm.models import Account, Contact
from abm.reports.timeline import Channel, Line, TimelineFilter, list_lines
from abm.words import EventKind, ItemKind, Stage, Verdict
from tests.abm.web.counting import plans_of
from tests.worlds import NOON, make_account, make_contact, make_department


def note(contact: Contact, hours: int, kind: ItemKind = ItemKind.NOTE, **detail: Any) -> Item:
    when = NOON + timedelta(hours=hours)
    return Item(kind, contact.account_id, when, contact.department_id, contact.id, detail=detail)


def event(contact: Contact, hours: int, kind: EventKind, verdict: Verdict = Verdict.LIKELY) -> Item:
    return note(contact, hours, ItemKind.EVENT, event=kind, verdict=verdict)


def hours_of(lines: list[Line]) -> list[float]:
    return [(line.happened_at - NOON) / timedelta(hours=1) for line in lines]


def of(account: Account, **wanted: Any) -> TimelineFilter:
    return TimelineFilter(account_id=account.id, **wanted)


def test_a_page_goes_on_where_the_one_before_ended_also_within_one_moment(session: Session) -> None:
    acme = make_account(session)
    anna = make_contact(session, acme)
    add_items(session, [note(anna, hour) for hour in (1, 2, 2, 2, 3)])

    first = list_lines(session, of(acme), limit=3)
    second = list_lines(session, of(acme, before=(first[-1].happened_at, first[-1].id)), limit=3)

    assert hours_of(first + second) == [3, 2, 2, 2, 1]
    assert len({line.id for line in first + second}) == 5


def test_a_department_a_person_and_a_channel_each_narrow_it(session: Session) -> None:
    acme = make_account(session)
    buying = make_department(session, acme)
    anna = make_contact(session, acme, department_id=buying.id)
    bert = make_contact(session, acme, "ベルト 次郎", "bert@acme.example")
    add_items(session, [event(anna, 1, EventKind.CLICK), event(bert, 2, EventKind.WEBINAR_ATTENDED), note(bert, 3)])

    assert hours_of(list_lines(session, of(acme, department_id=buying.id))) == [1]
    assert hours_of(list_lines(session, of(acme, contact_id=bert.id))) == [3, 2]
    assert hours_of(list_lines(session, of(acme, channel=Channel.WEBINAR))) == [2]
    assert hours_of(list_lines(session, of(acme, channel=Channel.MAIL))) == [1]
    assert hours_of(list_lines(session, of(acme, channel=Channel.SALES))) == [3]


def test_another_account_s_lines_stay_with_it(session: Session) -> None:
    acme, zeta = make_account(session), make_account(session, "株式会社ゼータ")
    add_items(session, [note(make_contact(session, zeta), 1)])

    assert list_lines(session, of(acme)) == []


def test_news_leave_out_mails_and_accounts_that_merely_became_known(session: Session) -> None:
    acme = make_account(session)
    anna = make_contact(session, acme)
    quiet = [note(anna, 1, ItemKind.MAIL_SENT), note(anna, 2, ItemKind.STAGE_CHANGED, new=Stage.KNOWN)]
    add_items(session, [*quiet, note(anna, 3, ItemKind.STAGE_CHANGED, new=Stage.MQA), event(anna, 4, EventKind.OPEN)])

    assert hours_of(list_lines(session, TimelineFilter(only_news=True))) == [4, 3]


def test_an_unknown_account_has_no_lines(session: Session) -> None:
    assert list_lines(session, TimelineFilter(account_id=uuid.uuid4())) == []


def test_what_is_told_of_a_deal_is_found_without_reading_the_accounts_history(session: Session) -> None:
    acme = make_account(session)
    session.execute(MANY_LINES, {"account": acme.id})
    told = uuid.uuid4()
    add_items(session, [Item(ItemKind.DEAL_CHANGED, acme.id, NOON, subject_id=told)])
    session.execute(text("analyze timeline_items"))

    (plan,) = plans_of(session, lambda: list_lines(session, of(acme, subject_ids=(told, uuid.uuid4()))))

    assert "ix_timeline_items_subject" in plan


# Most lines of a customer of many years tell of a mail or an event, each of another.
MANY_LINES = text(
    """
    insert into timeline_items (account_id, kind, happened_at, subject_id)
    select :account, 'event', now() - n * interval '1 hour', gen_random_uuid() from generate_series(1, 5000) n
    """
)
