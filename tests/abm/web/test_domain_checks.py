"""The sending domain as settings: asked when somebody presses, shown ever after."""

from dataclasses import replace

from abm.web.acts import bind
from abm.words import Role
from abm.work import Installation
from tests.abm.web.conftest import LogIn, app_of
from tests.dns_server import name_server

ZONE = {("abm.firm.co.jp", "A"): ["203.0.114.8"]}


def test_one_press_asks_and_looking_never_does(log_in: LogIn, installation: Installation) -> None:
    admin, japanese = log_in(Role.ADMIN), log_in(Role.ADMIN, language="ja")
    with name_server(ZONE) as server:
        given = replace(
            installation.settings,
            dns_resolver=server.address,
            sender_mail="news@firm.co.jp",
            smtp_url="smtp://mail.firm.co.jp",
            base_url="https://abm.firm.co.jp",
        )
        bind(app_of(installation), given, installation.engine)
        empty = admin.get("/settings/domain").text
        untouched = list(server.asked)
        page = admin.post("/settings/domain", follow_redirects=True).text
        asked = len(server.asked)
        again = japanese.get("/settings/domain").text

    assert "Not checked yet" in empty
    assert untouched == []
    assert "firm.co.jp has no DMARC record" in page
    assert "v=DMARC1; p=none; rua=mailto:postmaster@firm.co.jp" in page
    assert "DMARC レコードがありません" in again
    assert len(server.asked) == asked > 0


def test_only_administrators_look(log_in: LogIn) -> None:
    assert log_in(Role.MARKETER).get("/settings/domain").status_code == 403
