"""The sample webinar, scored by hand.

Held on 2026-11-12 in Tokyo, asked on the 13th at 09:00. A registration is 5 points, attendance a third of its
minutes up to 20, both with a half-life of 30 days, times the weight of the title. Joining was at 14:58:03, so
attendance is 18:01:57 old, 0.7513542 days, and worth 2^(-0.7513542/30) = 0.9827891 of its points.
A registration of day d at 10:0m is 13 - d days less 1 h and m minutes old.

青葉精機, person by person: 6.25 · 0.7586 + 5 · 0.9828 = 9.655; 5 · 0.7763 + 4.667 · 0.9828 = 8.468;
3.75 · 0.7945 = 2.979; 5 · 0.8131 + 6 · 0.9828 = 9.962; 3.75 · 0.8321 + 5 · 0.9828 = 8.034; together 39.10.
Nobody reaches 10 that morning. On the evening before, the fourth still had 10.08 and the account 39.6, so that
a download of the first (+ 6.25) made two people and 45.9 points.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.models import Account, Contact
from abm.scoring.fold import fold_next_batch
from abm.scoring.report import score_report
from abm.words import EventKind, Seniority, Verdict
from tests.worlds import make_account, make_contact, make_event

TOKYO = ZoneInfo("Asia/Tokyo")
ASKED = datetime(2026, 11, 13, 9, tzinfo=TOKYO)
EVENING = datetime(2026, 11, 12, 18, tzinfo=TOKYO)
JOINED = datetime(2026, 11, 12, 14, 58, 3, tzinfo=TOKYO)

EXECUTIVE, HEAD, CHIEF, STAFF = (
    Seniority.EXECUTIVE,
    Seniority.DEPARTMENT_HEAD,
    Seniority.SECTION_HEAD,
    Seniority.OTHER,
)
AOBA = "株式会社青葉精機"
# Company → (title's class, day and minute after ten of the registration, minutes attended).
SAMPLE = {
    AOBA: [(HEAD, 1, 0, 12), (CHIEF, 2, 1, 14), (STAFF, 3, 2, 0), (CHIEF, 4, 3, 18), (STAFF, 5, 4, 20)],
    "㈱ミナトロジ": [(STAFF, 6, 5, 0), (EXECUTIVE, 7, 6, 24), (HEAD, 8, 7, 26), (CHIEF, 9, 8, 0)],
    "みなと物流株式会社": [
        (STAFF, 1, 9, 30),
        (CHIEF, 2, 0, 32),
        (STAFF, 3, 1, 0),
        (STAFF, 4, 2, 36),
        (EXECUTIVE, 5, 3, 38),
    ],
    "有限会社つばさ設計": [
        (HEAD, 6, 4, 0),
        (CHIEF, 7, 5, 42),
        (STAFF, 8, 6, 44),
        (CHIEF, 9, 7, 0),
        (STAFF, 1, 8, 48),
        (STAFF, 2, 9, 50),
    ],
    "合同会社ノースリンク": [(EXECUTIVE, 3, 0, 0), (HEAD, 4, 1, 54), (CHIEF, 5, 2, 56), (CHIEF, 6, 3, 0)],
}
WEIGHTS = {EXECUTIVE: 2.0, HEAD: 1.25, CHIEF: 1.0, STAFF: 0.75}


def play_webinar(session: Session, at: datetime) -> None:
    """Everybody registers, some attend."""
    for company, people in SAMPLE.items():
        account = make_account(session, company)
        for number, (seniority, day, minute, minutes) in enumerate(people):
            who = make_contact(session, account, f"{company} {number}", f"{number}@{account.id}.example", title=None)
            who.seniority = seniority
            registered = datetime(2026, 11, day, 10, minute, tzinfo=TOKYO)
            make_event(session, who, EventKind.WEBINAR_REGISTERED, registered, verdict=Verdict.PROVEN)
            if minutes:
                make_event(session, who, EventKind.WEBINAR_ATTENDED, JOINED, verdict=Verdict.PROVEN, minutes=minutes)
    while fold_next_batch(session, at, TOKYO):
        pass


def by_hand(people: list[tuple[Seniority, int, int, int]]) -> float:
    """The sum with nothing of the engine in it."""
    total = 0.0
    for seniority, day, minute, minutes in people:
        age_of_registration = (13 - day) - (1 * 60 + minute) / 1440
        total += WEIGHTS[seniority] * 5 * 0.5 ** (age_of_registration / 30)
        total += WEIGHTS[seniority] * min(minutes / 3, 20) * 0.9827891
    return total


def hot_ones(session: Session) -> set[str]:
    return set(session.scalars(select(Account.name).where(Account.is_mqa)))


def head_of_aoba(session: Session) -> Contact:
    aoba = select(Account.id).where(Account.name == AOBA).scalar_subquery()
    return session.scalars(select(Contact).where(Contact.account_id == aoba, Contact.seniority == HEAD)).one()


def test_points_are_those_of_the_arithmetic(session: Session) -> None:
    play_webinar(session, ASKED)

    points = {
        account.name: score_report(session, account.id, at=ASKED)["points"]
        for account in session.scalars(select(Account))
    }

    assert points == pytest.approx({name: by_hand(people) for name, people in SAMPLE.items()}, abs=1e-4)
    assert points[AOBA] == pytest.approx(9.655 + 8.468 + 2.979 + 9.962 + 8.034, abs=0.005)


def test_the_webinar_makes_these_accounts_hot(session: Session) -> None:
    play_webinar(session, ASKED)

    assert hot_ones(session) == set(SAMPLE) - {AOBA}


def test_one_download_more_makes_aoba_hot_that_evening(session: Session) -> None:
    play_webinar(session, EVENING)
    before = hot_ones(session)

    make_event(session, head_of_aoba(session), EventKind.DOWNLOAD, EVENING, verdict=Verdict.LIKELY)
    fold_next_batch(session, EVENING, TOKYO)

    assert (before, hot_ones(session)) == (set(SAMPLE) - {AOBA}, set(SAMPLE))


def test_the_morning_after_it_takes_a_second_person(session: Session) -> None:
    play_webinar(session, ASKED)
    head = head_of_aoba(session)
    make_event(session, head, EventKind.DOWNLOAD, ASKED, verdict=Verdict.LIKELY)
    fold_next_batch(session, ASKED, TOKYO)
    after_one = hot_ones(session)

    chief = session.scalars(select(Contact).where(Contact.full_name == f"{AOBA} 3")).one()
    make_event(session, chief, EventKind.CLICK, ASKED, verdict=Verdict.LIKELY)
    fold_next_batch(session, ASKED, TOKYO)

    assert (AOBA in after_one, AOBA in hot_ones(session)) == (False, True)
