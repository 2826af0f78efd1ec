"""What the sample company sells fills every report, once, and leaves its warm accounts alone."""

from datetime import timedelta
from typing import Any, cast

import pytest
from sqlalchemy import func, select

from abm.conditions.language import Moment
from abm.demo.company import SALES, Company
from abm.demo.sold import BUYERS, DEALS, LOST, WON, keep_sales_records
from abm.models import Order, Product
from abm.reports.lists.reading import Wanted, count_lines
from abm.users import add_user
from abm.web.report_pages import BY_NAME
from abm.words import ReportName, Role
from abm.work import Installation, unit_of_work
from tests.worlds import make_account, make_contact

# What the demo's month brings about, not what is sold.
OF_THE_MONTH = {ReportName.RETURNED, ReportName.HEAT, ReportName.COVERAGE}


@pytest.fixture
def company(installation: Installation) -> Company:
    """The sales people and the customers of the list, long known and quiet."""
    names = {one[0] for one in (*BUYERS, *DEALS, LOST, WON)} | {"株式会社ひかり印刷", "しずか商事"}
    with unit_of_work() as work:
        owner, *_rest = [add_user(work.session, email, Role.SALES, work.at, name=name) for email, name in SALES]
        for name in sorted(names):
            values = {"created_at": work.at - timedelta(days=400), "owner_id": owner.id}
            make_contact(work.session, make_account(work.session, name, **values), email=None)
    return Company(installation, cast(Any, None))


def test_every_report_has_something_to_show(company: Company) -> None:
    keep_sales_records(company)

    with unit_of_work() as work:
        moment = Moment(work.at, company.installation.settings.zone)
        empty = {
            name
            for name, report in BY_NAME.items()
            if not count_lines(work.session, report.query(work.session, Wanted(), moment))
        }
    assert empty <= OF_THE_MONTH


def test_a_second_run_adds_nothing(company: Company) -> None:
    keep_sales_records(company)
    keep_sales_records(company)

    with unit_of_work() as work:
        counts = [work.session.scalar(select(func.count()).select_from(kind)) for kind in (Product, Order)]
    assert counts == [3, sum(count for _name, _every, count, _last, _amount in BUYERS)]
