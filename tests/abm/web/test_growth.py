"""A page about a customer of many years costs what a page about a new one costs."""

import pytest
from sqlalchemy import select

from abm.models import User
from abm.words import Role
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn, mail_of
from tests.abm.web.counting import counted
from tests.bench.growth import fill


@pytest.mark.parametrize(("items", "people"), [(5_000, 5), (50, 50)])
def test_the_account_page_asks_as_much_however_long_the_history_and_many_the_people(
    installation: Installation, log_in: LogIn, items: int, people: int
) -> None:
    rep = log_in(Role.SALES)
    with unit_of_work() as work:
        me = work.session.scalars(select(User.id).where(User.email == mail_of(Role.SALES))).one()
        short = fill(work.session, "株式会社ショート", 50, me, work.at, people=5)
        long = fill(work.session, "株式会社ロング", items, me, work.at, people=people)
    rep.get(f"/accounts/{short}")

    with counted(installation.engine) as few:
        rep.get(f"/accounts/{short}")
    with counted(installation.engine) as many:
        page = rep.get(f"/accounts/{long}")

    assert page.status_code == 200
    assert len(many) == len(few) > 10


def test_the_page_of_a_long_history_is_no_longer_than_it_can_be_read(installation: Installation, log_in: LogIn) -> None:
    rep = log_in(Role.SALES)
    with unit_of_work() as work:
        me = work.session.scalars(select(User.id).where(User.email == mail_of(Role.SALES))).one()
        short = fill(work.session, "株式会社ショート", 500, me, work.at)
        long = fill(work.session, "株式会社ロング", 10_000, me, work.at)

    lengths = [len(rep.get(f"/accounts/{account}").data) for account in (short, long)]

    assert lengths[1] < 1.5 * lengths[0]
