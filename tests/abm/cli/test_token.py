"""`abm token`: made once, listed without its secret, revoked for good."""

from sqlalchemy.orm import Session

from abm.api_tokens import find_api_token
from abm.work import Installation
from tests.abm.cli.conftest import Command


def test_a_token_is_shown_once_and_good_until_it_is_revoked(abm: Command, installation: Installation) -> None:
    made = abm("token", "add", "CRM", "--scope", "sequences:enroll", "--json").json
    with Session(installation.engine) as session:
        found = find_api_token(session, made["token"])
        assert found is not None
        assert found.scopes == ["sequences:enroll"]

    listed = abm("token", "list", "--json")
    abm("token", "revoke", made["id"], "--json")

    assert made["token"] not in listed.out
    with Session(installation.engine) as session:
        assert find_api_token(session, made["token"]) is None
    assert abm("token", "revoke", made["id"]).code == 1
