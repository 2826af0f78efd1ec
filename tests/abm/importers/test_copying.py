"""Copying beside the planning: every sign arrives as it was, and an error is the caller's."""

import pytest
from psycopg.errors import NotNullViolation
from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.importers.copying import Copier

MADE = "create temporary table copied (at bigint not null, said text) on commit drop"


def test_every_sign_and_nothing_arrive_as_they_were(session: Session) -> None:
    session.execute(text(MADE))
    said = ["", None, "\\N", "\\x00", "a\tb", "a\nb", "a\r\nb", "\\\t\n", "㈱髙﨑", '"', "\\."]

    with Copier(session) as copier:
        copier.copy("copied", ("at", "said"), [(str(at), one) for at, one in enumerate(said)])

    assert list(session.scalars(text("select said from copied order by at"))) == said


def test_what_all_rows_end_with_arrives_in_each(session: Session) -> None:
    session.execute(text(MADE.replace("said text", "said text, by text, why text")))

    with Copier(session) as copier:
        copier.copy("copied", ("at", "said", "by", "why"), [("1", "a\tb"), ("2", None)], ("c\\\n", None))

    told = session.execute(text("select said, by, why from copied order by at"))
    assert [tuple(row) for row in told] == [("a\tb", "c\\\n", None), (None, "c\\\n", None)]


def test_what_is_sent_no_longer_changes(session: Session) -> None:
    session.execute(text(MADE))
    row: list[str | None] = ["1", "sent"]

    with Copier(session) as copier:
        copier.copy("copied", ("at", "said"), [row])
        row[1] = "changed"

    assert session.scalar(text("select said from copied")) == "sent"


def test_what_the_server_refuses_is_raised(session: Session) -> None:
    session.execute(text(MADE))

    with pytest.raises(NotNullViolation), Copier(session) as copier:
        copier.copy("copied", ("at", "said"), [(None, "x")])


def test_an_error_of_the_caller_comes_out_and_leaves_the_connection_usable(session: Session) -> None:
    session.execute(text(MADE))

    with pytest.raises(ZeroDivisionError):
        fail_while_copying(session)

    assert session.scalar(text("select 1")) == 1


def fail_while_copying(session: Session) -> None:
    with Copier(session) as copier:
        copier.copy("copied", ("at", "said"), [("1", "x")])
        raise ZeroDivisionError
