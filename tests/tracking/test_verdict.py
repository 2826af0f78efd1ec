"""A machine's visit is told from a person's, and whatever stands beside a machine's is one too."""

from datetime import timedelta
from itertools import permutations

import pytest

from abm.words import HitKind, Verdict
from tests.tracking.world import BROWSER, SCANNER
from tests.worlds import NOON
from tracking.verdict import Facts, Reason, judge

MAIL, OTHER_MAIL = b"message1", b"message2"


def hit(kind: HitKind = HitKind.CLICK, seconds: float = 0, **over: object) -> Facts:
    values = {"method": "GET", "message": MAIL, "user_agent": BROWSER, **over}
    return Facts(f"{kind} at {seconds}", kind, NOON + timedelta(seconds=seconds), **values)


def verdicts(*hits: Facts) -> list[Verdict]:
    return [judgement.verdict for judgement in judge(hits)]


def reasons(*hits: Facts) -> list[tuple[Reason, ...]]:
    return [judgement.reasons for judgement in judge(hits)]


@pytest.mark.parametrize("kind", [HitKind.CLICK, HitKind.DOWNLOAD])
def test_a_browser_that_follows_a_link_is_likely_a_person(kind: HitKind):
    assert verdicts(hit(kind)) == [Verdict.LIKELY]
    assert reasons(hit(kind)) == [(Reason.BROWSER,)]


def test_an_unknown_program_that_follows_a_link_is_likely_a_person_for_want_of_signs():
    assert reasons(hit(user_agent="Sleipnir")) == [(Reason.NO_MACHINE_SIGN,)]


def test_an_open_alone_says_nothing():
    assert verdicts(hit(HitKind.OPEN)) == [Verdict.UNKNOWN]


@pytest.mark.parametrize(
    "agent",
    [SCANNER, "Mimecast/1.0", "python-requests/2.32", "Go-http-client/2.0", "facebookexternalhit/1.1;line-poker/1.0"],
)
def test_known_programs_are_machines(agent: str):
    assert reasons(hit(user_agent=agent)) == [(Reason.MACHINE_AGENT,)]


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Line/14.19.0",
        "Mozilla/5.0 (Linux; Android 15; CUBOT P80) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36 Edg/141.0 Avast/141.0",
    ],
)
def test_browsers_of_people_are_not_taken_for_machines(agent: str):
    assert verdicts(hit(user_agent=agent)) == [Verdict.LIKELY]


def test_a_head_request_is_a_machine():
    assert reasons(hit(method="HEAD")) == [(Reason.HEAD_REQUEST,)]


def test_whoever_follows_the_honeypot_is_a_machine_with_all_it_did_within_a_minute():
    opened, clicked = hit(HitKind.OPEN, seconds=-60), hit(seconds=60)

    assert verdicts(opened, hit(honeypot=True), clicked) == [Verdict.MACHINE] * 3
    assert reasons(opened, hit(honeypot=True), clicked)[::2] == [(Reason.NEAR_MACHINE,)] * 2


def test_more_than_a_minute_away_from_a_machine_a_click_stands_for_itself():
    assert verdicts(hit(honeypot=True), hit(seconds=60.001)) == [Verdict.MACHINE, Verdict.LIKELY]


def test_another_mail_is_not_tainted():
    assert verdicts(hit(honeypot=True), hit(seconds=1, message=OTHER_MAIL)) == [Verdict.MACHINE, Verdict.LIKELY]


def test_a_proxy_that_fetched_the_picture_does_not_taint_the_click():
    proxy = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"

    assert verdicts(hit(HitKind.OPEN, user_agent=proxy), hit(seconds=5)) == [Verdict.MACHINE, Verdict.LIKELY]


def test_a_posted_stop_is_believed_whoever_sends_it():
    stop = hit(HitKind.STOP, seconds=1, method="POST", user_agent="curl/8")

    assert verdicts(hit(honeypot=True), stop) == [Verdict.MACHINE, Verdict.LIKELY]


def test_the_order_of_hits_does_not_matter():
    hits = [hit(honeypot=True), hit(seconds=20), hit(HitKind.OPEN, seconds=-30), hit(seconds=90)]
    expected = dict(zip([h.id for h in hits], judge(hits), strict=True))

    for order in permutations(hits):
        assert dict(zip([h.id for h in order], judge(order), strict=True)) == expected
