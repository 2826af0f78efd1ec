"""The page that asks what becomes of overdue mail, and the line on every page that leads there."""

from datetime import timedelta

from sqlalchemy import select

from abm.models import Restart
from abm.words import RestartAnswer, Role
from abm.work import unit_of_work
from tests.abm.web.conftest import LogIn


def ask() -> None:
    with unit_of_work() as work:
        silent_from = work.at - timedelta(hours=5)
        work.session.add(Restart(silent_from=silent_from, noticed_at=work.at, enrollments=12, messages=3))


def test_every_page_says_that_something_is_held_back_until_an_administrator_decides(log_in: LogIn) -> None:
    admin, viewer = log_in(Role.ADMIN), log_in(Role.VIEWER)
    assert "/overdue" not in admin.get("/sequences").text
    ask()

    assert "/overdue" in viewer.get("/sequences").text
    page = viewer.get("/overdue").text
    assert "12" in page
    assert '<form method="post" action="/overdue"' not in page
    assert viewer.post("/overdue", data={"answer": "send"}).status_code == 403
    assert admin.post("/overdue", data={"answer": "perhaps"}).status_code == 422
    answer = admin.post("/overdue", data={"answer": "spread"}, follow_redirects=True)

    assert answer.status_code == 200
    assert "/overdue" not in admin.get("/sequences").text
    with unit_of_work() as work:
        assert work.session.scalars(select(Restart.answer)).all() == [RestartAnswer.SPREAD]
