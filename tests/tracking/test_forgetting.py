"""Raw addresses and agents of old hits go, and what was thought of the hits stays."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.models import Hit
from abm.tokens import Signer
from abm.words import HitKind
from tests.conftest import SECRET
from tests.tracking.world import BROWSER, SCANNER, did, send_mail
from tests.worlds import NOON
from tracking.agents import is_browser, is_machine_agent, is_picture_proxy
from tracking.copying import copy_hits
from tracking.forgetting import BEGINNING, class_of, forget_batch, has_outlived_agents

AGENTS = (
    BROWSER,
    SCANNER,
    "",
    "Mozilla/5.0",
    "curl/8.5.0",
    "Sleipnir",
    "KDDI-CA39 UP.Browser/6.2.0.13.1.5 (GUI) MMP/2.0",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
)


@pytest.mark.parametrize("agent", AGENTS)
def test_the_class_of_an_agent_says_the_same_to_every_rule(agent: str) -> None:
    kept = class_of(agent)

    assert [rule(kept) for rule in (is_machine_agent, is_picture_proxy, is_browser)] == [
        rule(agent) for rule in (is_machine_agent, is_picture_proxy, is_browser)
    ]
    assert class_of(kept) == kept


def test_what_outlived_its_days_is_forgotten_once_a_day(session: Session) -> None:
    sent = send_mail(session, Signer([SECRET.encode()]))
    days = timedelta(days=30)
    copy_hits(session, [did(sent, HitKind.CLICK, user_agent=BROWSER), did(sent, HitKind.OPEN, 7200)])
    at = NOON + days + timedelta(hours=1)

    assert has_outlived_agents(session, at)
    after = forget_batch(session, at, BEGINNING)
    assert after is not None
    assert forget_batch(session, at, after) is None

    old, young = session.scalars(select(Hit).order_by(Hit.at))
    assert (old.ip, old.user_agent) == (None, class_of(BROWSER))
    assert (young.ip, young.user_agent) == ("192.0.2.7", BROWSER)
    assert not has_outlived_agents(session, at)
    assert has_outlived_agents(session, at + timedelta(days=1))
