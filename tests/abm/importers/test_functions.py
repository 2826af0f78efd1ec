"""Job functions of people in files: proposed as the forms propose them, never over one that is known."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.importers.apply import import_now
from abm.importers.request import Request, Upload
from abm.importers.undo import undo_import
from abm.models import Contact, Import
from abm.words import JobFunction

AT = datetime(2026, 11, 13, 3, tzinfo=UTC)
Take = Callable[[str], Import]


@pytest.fixture
def take(session: Session) -> Take:
    """Import one person as somebody typed department and title."""

    def import_person(position: str) -> Import:
        content = f"会社名,担当者名,メールアドレス,部署,役職\n株式会社アクメ,安奈 花子,anna@acme.example,{position}\n"
        return import_now(session, Upload("a.csv", BytesIO(content.encode())), Request(), Settings(), AT)

    return import_person


def function(session: Session) -> str | None:
    session.expire_all()
    return session.scalars(select(Contact.job_function)).one()


@pytest.mark.parametrize(
    ("position", "meant"),
    [
        ("購買部,課長", JobFunction.PURCHASING),
        (",営業部長", JobFunction.SALES),
        (",代表取締役", JobFunction.MANAGEMENT),
        (",主任", None),
    ],
)
def test_department_and_title_propose_a_function(
    session: Session, take: Take, position: str, meant: JobFunction | None
) -> None:
    take(position)

    assert function(session) == meant


def test_a_function_that_is_known_stays(session: Session, take: Take) -> None:
    take("購買部,課長")

    take("情報システム部,部長")

    assert function(session) == JobFunction.PURCHASING


def test_one_that_is_missing_is_filled_and_given_back_by_undo(session: Session, take: Take) -> None:
    take(",主任")

    record = take("品質保証部,主任")
    filled = function(session)
    undo_import(session, record.id, AT)

    assert (filled, function(session)) == (JobFunction.QUALITY, None)


def test_undo_leaves_a_function_that_somebody_has_chosen_since(session: Session, take: Take) -> None:
    take(",主任")
    record = take("品質保証部,主任")
    session.execute(update(Contact).values(job_function=JobFunction.RESEARCH))

    undo_import(session, record.id, AT)

    assert function(session) == JobFunction.RESEARCH
