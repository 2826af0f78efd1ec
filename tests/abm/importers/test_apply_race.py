"""Two people import the same list at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

from sqlalchemy import func, select

from abm.importers.apply import import_now
from abm.importers.request import Request, Upload
from abm.models import Account, Contact
from abm.words import RowAction
from abm.work import Installation, unit_of_work

CONTENT = (Path(__file__).parents[2] / "data" / "customers-cp932.csv").read_bytes()


def test_two_imports_at_once_make_everybody_once(installation: Installation) -> None:
    def take(_: int) -> int:
        with unit_of_work() as work:
            record = import_now(
                work.session, Upload("c.csv", BytesIO(CONTENT)), Request(), installation.settings, work.at
            )
            return int(record.counts[RowAction.CREATE])

    with ThreadPoolExecutor(2) as pool:
        created = sorted(pool.map(take, range(2)))

    with unit_of_work() as work:
        people = work.session.scalar(select(func.count()).select_from(Contact))
        firms = work.session.scalar(select(func.count()).select_from(Account))
    assert (created, people, firms) == ([0, 88], 88, 21)
