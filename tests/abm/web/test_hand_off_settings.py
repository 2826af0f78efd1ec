"""Settings of hand-offs: the company calendar, territories, and how full a week may be."""

from datetime import time

import pytest
from sqlalchemy import select

from abm import users
from abm.models import CompanyDay, Territory, User, WorkingHours
from abm.words import Role
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn, mail_of
from tests.worlds import make_user

HOURS = {
    "opens": "08:30",
    "closes": "17:00",
    "work_days": ["1", "2", "3", "4", "6"],
    "act_now_hours": "2",
    "one_to_one_hours": "4",
    "one_to_few_hours": "8",
    "one_to_many_hours": "24",
}
SUMMER = {"name": "夏季休業", "from_on": "2026-08-10", "until_on": "2026-08-18", "is_working": "0", "every_year": "1"}


def colleague(name: str = "代理 花") -> User:
    with unit_of_work() as work:
        return make_user(work.session, name=name)  # type: ignore[no-any-return]


def test_an_administrator_sets_hours_and_clocks(log_in: LogIn) -> None:
    admin = log_in(Role.ADMIN)

    answer = admin.post("/settings/hours", data=HOURS)

    assert answer.status_code == 303
    with unit_of_work() as work:
        kept = work.session.get_one(WorkingHours, 1)
        assert (kept.opens, kept.closes, kept.work_days) == (time(8, 30), time(17), [1, 2, 3, 4, 6])
        assert (kept.act_now_hours, kept.one_to_many_hours) == (2, 24)
    assert 'value="08:30"' in admin.get("/settings/hours").text


@pytest.mark.parametrize(
    ("over", "told"),
    [
        ({"closes": "08:00"}, "The day ends before it begins."),
        ({"work_days": []}, "Please choose at least one day of the week."),
        ({"act_now_hours": "soon"}, "Give hours from 1 to 200."),
        ({"opens": "early"}, "Please fill this in."),
    ],
)
def test_hours_nobody_could_keep_are_refused_in_words(log_in: LogIn, over: dict[str, object], told: str) -> None:
    answer = log_in(Role.ADMIN).post("/settings/hours", data={**HOURS, **over})

    assert (answer.status_code, told in answer.text) == (422, True)
    with unit_of_work() as work:
        assert work.session.get(WorkingHours, 1) is None


def test_days_off_are_added_shown_and_taken_away(log_in: LogIn) -> None:
    admin = log_in(Role.ADMIN)

    admin.post("/settings/hours/days", data=SUMMER)
    page = admin.get("/settings/hours").text
    assert "夏季休業" in page
    assert "Every year: 8/10 – 8/18" in page
    with unit_of_work() as work:
        day_id = work.session.scalars(select(CompanyDay.id).where(CompanyDay.name == "夏季休業")).one()
    admin.post(f"/settings/hours/days/{day_id}/remove")

    assert "夏季休業" not in admin.get("/settings/hours").text


def test_a_day_without_a_name_is_asked_for_one(log_in: LogIn) -> None:
    answer = log_in(Role.ADMIN).post("/settings/hours/days", data={**SUMMER, "name": " "})

    assert (answer.status_code, "Please fill this in." in answer.text) == (422, True)


@pytest.mark.parametrize("page", ["/settings/hours", "/settings/territories", "/settings/desks"])
def test_everybody_sees_the_settings_and_only_administrators_change_them(log_in: LogIn, page: str) -> None:
    rep = log_in(Role.SALES, language="ja")

    assert rep.get(page).status_code == 200
    assert "保存" not in rep.get(page).text
    assert rep.post(page, data=HOURS).status_code in (403, 405)


def test_territories_are_added_moved_up_and_taken_away(log_in: LogIn) -> None:
    admin, anna, bo = log_in(Role.ADMIN), colleague("安奈"), colleague("坊")

    admin.post("/settings/territories", data={"prefecture": "東京都", "user_id": str(anna.id)})
    admin.post("/settings/territories", data={"industry": "製造業", "tier": "1:1", "user_id": str(bo.id)})
    with unit_of_work() as work:
        last = work.session.scalars(select(Territory.id).where(Territory.user_id == bo.id)).one()
    admin.post(f"/settings/territories/{last}/up")

    page = admin.get("/settings/territories").text
    assert page.index("製造業 · 1:1") < page.index("東京都")
    admin.post(f"/settings/territories/{last}/remove")
    assert "製造業" not in admin.get("/settings/territories").text


def test_a_territory_of_nothing_is_refused_in_words(log_in: LogIn) -> None:
    answer = log_in(Role.ADMIN).post("/settings/territories", data={"user_id": str(colleague().id)})

    assert (answer.status_code, "Please name a prefecture, an industry or a tier." in answer.text) == (422, True)


def test_a_desk_gets_a_manager_a_capacity_and_hours(log_in: LogIn, installation: Installation) -> None:
    admin, rep = log_in(Role.ADMIN), colleague("営業 次郎")
    with unit_of_work() as work:
        boss = users.find_user(work.session, mail_of(Role.ADMIN))
        assert boss is not None
    terms = {"manager_id": str(boss.id), "weekly_capacity": "5", "works_from": "10:00", "work_days": ["1", "3"]}

    assert admin.post(f"/settings/desks/{rep.id}", data=terms).status_code == 303

    assert "0 of 5" in admin.get("/settings/desks").text
    page = admin.get(f"/settings/desks/{rep.id}").text
    assert 'value="10:00"' in page
    with unit_of_work() as work:
        kept = work.session.get_one(User, rep.id)
        assert (kept.manager_id, kept.weekly_capacity, kept.work_days) == (boss.id, 5, [1, 3])


@pytest.mark.parametrize(
    ("over", "told"),
    [
        ({"weekly_capacity": "many"}, "Give a number from 0 to 1,000, or nothing for no limit."),
        ({"works_from": "25:00"}, "Please type a time of day, for example 09:00."),
        ({"works_from": "20:00"}, "The day ends before it begins."),
    ],
)
def test_terms_nobody_could_keep_are_refused_in_words(log_in: LogIn, over: dict[str, str], told: str) -> None:
    answer = log_in(Role.ADMIN).post(f"/settings/desks/{colleague().id}", data=over)

    assert (answer.status_code, told in answer.text) == (422, True)
