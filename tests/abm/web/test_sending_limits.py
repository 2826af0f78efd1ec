"""The limits of sending as settings."""

from abm.words import Role
from abm.work import unit_of_work
from campaigns.limits import read_limits
from campaigns.pace import ALL, OTHERS, SendingLimits
from tests.abm.web.conftest import LogIn


def form(*rows: tuple[str, str, str, str]) -> dict[str, list[str]]:
    """What the page sends: every column with all rows, a new and empty one at the end."""
    given = [(ALL, "", "", "6"), (OTHERS, "", "120", "3"), *rows, ("", "", "", "4")]
    columns = zip(*given, strict=True)
    return dict(zip(("name", "domains", "per_minute", "at_once"), map(list, columns), strict=True))


def limits() -> SendingLimits:
    with unit_of_work() as work:
        return read_limits(work.session)


def test_an_administrator_sets_limits_and_takes_a_group_away_again(log_in: LogIn) -> None:
    admin = log_in(Role.ADMIN)

    saved = admin.post("/settings/sending", data=form(("携帯", "docomo.ne.jp、SoftBank.ne.jp", "60", "2")))
    first = limits()
    page = admin.get("/settings/sending").text
    admin.post("/settings/sending", data=form(("", "", "60", "2")))

    assert saved.status_code == 303
    assert (first.all.at_once, first.others.per_minute) == (6, 120)
    assert [(one.name, one.domains, one.per_minute, one.at_once) for one in first.groups] == [
        ("携帯", ("docomo.ne.jp", "softbank.ne.jp"), 60, 2)
    ]
    assert "docomo.ne.jp, softbank.ne.jp" in page
    assert limits().groups == ()


def test_what_cannot_be_read_is_said_beside_its_field_and_changes_nothing(log_in: LogIn) -> None:
    admin = log_in(Role.ADMIN)

    number = admin.post("/settings/sending", data=form(("g", "gmail.com", "many", "2")))
    domain = admin.post("/settings/sending", data=form(("g", "gmail", "60", "2")))
    nothing = admin.post("/settings/sending", data={})

    assert (number.status_code, domain.status_code, nothing.status_code) == (422, 422, 422)
    assert "This is not a number" in number.text
    assert 'value="many"' in number.text
    assert "This is not a domain" in domain.text
    assert limits() == SendingLimits()


def test_only_administrators_change_them(log_in: LogIn) -> None:
    assert log_in(Role.MARKETER).post("/settings/sending", data=form()).status_code == 403
