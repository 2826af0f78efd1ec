"""Coverage tasks: the owner is asked to find whom an account lacks."""

import pytest
from sqlalchemy.orm import Session

from abm.errors import Invalid
from abm.handoff.coverage import ask_for_coverage, missing_roles
from abm.handoff.wording import say_why
from abm.words import BuyingRole, ExcludedReason, Language, TaskKind
from tests.abm.handoff.sold import tasks_of
from tests.abm.scoring.ledgers import MODEL, TOKYO
from tests.worlds import NOON, make_account, make_contact, make_user


def test_the_owner_is_asked_once_for_the_roles_nobody_plays(session: Session) -> None:
    rep, asking = make_user(session), make_user(session, name="鈴木 一郎")
    account = make_account(session, owner_id=rep.id)
    make_contact(session, account, buying_role=BuyingRole.CHAMPION)

    for _ in range(2):
        task = ask_for_coverage(session, account.id, by=asking.id, at=NOON, zone=TOKYO)

    assert [one.id for one in tasks_of(session, TaskKind.COVERAGE)] == [task.id]
    assert (task.owner_id, len(task.evidence)) == (rep.id, 2)
    assert task.why[0]["roles"] == [role for role in MODEL.required_roles if role is not BuyingRole.CHAMPION]
    assert say_why(task.why, Language.JAPANESE, TOKYO)[1] == "鈴木 一郎さんからの依頼"


def test_nobody_is_sent_where_every_role_is_known_or_to_the_excluded(session: Session) -> None:
    by, account = make_user(session).id, make_account(session)
    for number, role in enumerate(MODEL.required_roles):
        make_contact(session, account, f"人 {number}", f"{number}@acme.example", buying_role=role)
    excluded = make_account(session, "株式会社競合", excluded_reason=ExcludedReason.COMPETITOR)

    assert missing_roles(session, account.id) == []
    with pytest.raises(Invalid, match="every role"):
        ask_for_coverage(session, account.id, by=by, at=NOON, zone=TOKYO)
    with pytest.raises(Invalid, match="excluded"):
        ask_for_coverage(session, excluded.id, by=by, at=NOON, zone=TOKYO)
