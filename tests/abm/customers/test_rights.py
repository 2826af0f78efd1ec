"""Who may write the people of an account."""

import pytest
from sqlalchemy.orm import Session

from abm.customers.rights import may_edit_accounts, may_edit_people
from abm.models import Task
from abm.words import Role, TaskKind, TaskState
from tests.worlds import NOON, make_account, make_department, make_user


@pytest.mark.parametrize(
    ("role", "may"), [(Role.ADMIN, True), (Role.MARKETER, True), (Role.SALES, False), (Role.VIEWER, False)]
)
def test_marketers_write_every_record(session: Session, role: Role, may: bool) -> None:
    other, me = make_user(session), make_user(session, role)
    account = make_account(session, owner_id=other.id)

    assert may_edit_people(session, account.id, by=me.id, role=role) is may
    assert may_edit_accounts(role) is may


def test_sales_writes_the_people_of_what_it_looks_after(session: Session) -> None:
    me, other = make_user(session), make_user(session)
    mine, nobodys = make_account(session, owner_id=me.id), make_account(session)
    by_department, by_task = (make_account(session, owner_id=other.id) for _ in range(2))
    make_department(session, by_department, owner_id=me.id)
    task = {"kind": TaskKind.HAND_OFF, "state": TaskState.ASSIGNED, "why": [], "created_at": NOON}
    session.add(Task(account_id=by_task.id, owner_id=me.id, **task))
    session.flush()

    for account in (mine, nobodys, by_department, by_task):
        assert may_edit_people(session, account.id, by=me.id, role=Role.SALES)


def test_a_viewer_writes_nothing_even_where_it_is_owner(session: Session) -> None:
    me = make_user(session, Role.VIEWER)

    assert not may_edit_people(session, make_account(session, owner_id=me.id).id, by=me.id, role=Role.VIEWER)
