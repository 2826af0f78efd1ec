"""A machine's visit is told from a person's: the default rules, first match wins, the whole set at its end."""

from datetime import timedelta
from itertools import permutations

import pytest

from abm.words import HitKind, Verdict
from abm.words import VerdictReason as Reason
from tests.tracking.world import BROWSER, SCANNER
from tests.worlds import NOON
from tracking.verdict import Facts, Judgement, judge, judge_alone
from tracking.verdict_facts import Known, Overrule

MAIL, OTHER_MAIL = b"message1", b"message2"
PROXY = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
MINUTE, DAY = 60, 86_400


def hit(kind: HitKind = HitKind.CLICK, seconds: float = 0, **over: object) -> Facts:
    values = {"method": "GET", "message": MAIL, "user_agent": BROWSER, "contact": "anna", "domain": "acme.example"}
    return Facts(f"{kind} at {seconds}", kind, NOON + timedelta(seconds=seconds), **{**values, **over})


def after_delivery(seconds: float, **over: object) -> Facts:
    return hit(seconds=seconds, delivered_at=NOON, **over)


def verdicts(*hits: Facts) -> list[Verdict]:
    return [judgement.verdict for judgement in judge(hits)]


def reasons(*hits: Facts) -> list[tuple[Reason, ...]]:
    return [judgement.reasons for judgement in judge(hits)]


@pytest.mark.parametrize("kind", [HitKind.CLICK, HitKind.DOWNLOAD])
def test_a_browser_that_follows_a_link_is_likely_a_person(kind: HitKind):
    assert verdicts(hit(kind)) == [Verdict.LIKELY]
    assert reasons(hit(kind)) == [(Reason.BROWSER,)]


def test_of_an_unknown_program_that_follows_a_link_nobody_knows():
    assert judge([hit(user_agent="Sleipnir")]) == [Judgement(Verdict.UNKNOWN, (Reason.NO_BROWSER,))]


@pytest.mark.parametrize("kind", [HitKind.OPEN, HitKind.PAGE])
def test_an_open_alone_says_nothing_nor_does_a_page(kind: HitKind):
    assert verdicts(hit(kind)) == [Verdict.UNKNOWN]


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
        "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)",
        "DoCoMo/2.0 P07A3(c500;TB;W24H15) like a browser",
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


@pytest.mark.parametrize("other", [{"message": OTHER_MAIL}, {"contact": "bert"}])
def test_another_mail_and_another_person_are_not_tainted(other: dict[str, object]):
    assert verdicts(hit(honeypot=True), hit(seconds=1, **other)) == [Verdict.MACHINE, Verdict.LIKELY]


@pytest.mark.parametrize("agent", [PROXY, "Mozilla/5.0"])
def test_a_proxy_that_fetched_the_picture_does_not_taint_the_click(agent: str):
    opened = hit(HitKind.OPEN, user_agent=agent)

    assert verdicts(opened, hit(seconds=5)) == [Verdict.MACHINE, Verdict.LIKELY]
    assert reasons(opened) == [(Reason.PICTURE_PROXY,)]


def test_a_scanner_that_fetched_the_picture_taints_the_click():
    assert verdicts(hit(HitKind.OPEN, user_agent=SCANNER), hit(seconds=59)) == [Verdict.MACHINE] * 2


def test_a_posted_stop_is_believed_whoever_sends_it():
    stop = hit(HitKind.STOP, seconds=1, method="POST", user_agent="curl/8")

    assert verdicts(hit(honeypot=True), stop) == [Verdict.MACHINE, Verdict.LIKELY]


@pytest.mark.parametrize(("seconds", "verdict"), [(10, Verdict.MACHINE), (10.001, Verdict.LIKELY)])
def test_three_different_links_within_ten_seconds_are_a_machine(seconds: float, verdict: Verdict):
    followed = [hit(seconds=second, link=f"link{second}") for second in (0, 4, seconds)]

    assert verdicts(*followed) == [verdict] * 3


def test_the_same_two_links_however_often_are_no_machine():
    followed = [hit(seconds=second, link=f"link{second % 2}") for second in range(6)]

    assert verdicts(*followed) == [Verdict.LIKELY] * 6


@pytest.mark.parametrize(
    ("seconds", "judged"),
    [
        (-5, Judgement(Verdict.MACHINE, (Reason.TOO_SOON,))),
        (10, Judgement(Verdict.MACHINE, (Reason.TOO_SOON,))),
        (10.001, Judgement(Verdict.UNKNOWN, (Reason.SOON,))),
        (59.999, Judgement(Verdict.UNKNOWN, (Reason.SOON,))),
        (60, Judgement(Verdict.LIKELY, (Reason.BROWSER,))),
    ],
)
def test_how_soon_after_delivery_a_link_is_followed_counts(seconds: float, judged: Judgement):
    assert judge([after_delivery(seconds)]) == [judged]


@pytest.mark.parametrize(
    ("others", "seconds", "verdict"),
    [
        ({}, 5, Verdict.MACHINE),
        ({}, 5.001, Verdict.LIKELY),
        ({"domain": "zeta.example"}, 5, Verdict.LIKELY),
        ({"domain": ""}, 5, Verdict.LIKELY),
        ({"link": "another"}, 5, Verdict.LIKELY),
    ],
)
def test_three_colleagues_on_one_link_within_five_seconds_are_a_machine(
    others: dict[str, object], seconds: float, verdict: Verdict
):
    people = [hit(message=b"1", contact="a", link="l"), hit(seconds=2, message=b"2", contact="b", link="l")]

    assert verdicts(*people, hit(seconds=seconds, message=b"3", contact="c", **{"link": "l", **others}))[2] is verdict


def test_one_person_who_clicks_thrice_is_not_three_colleagues():
    assert verdicts(*[hit(seconds=second, link="l") for second in (0, 1, 2)]) == [Verdict.LIKELY] * 3


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (hit(HitKind.REPLY, user_agent="curl/8"), Reason.REPLIED),
        (hit(HitKind.ATTENDANCE, minutes=12, user_agent=""), Reason.ATTENDED),
        (hit(HitKind.REGISTRATION, method="HEAD"), Reason.REGISTERED),
        (hit(HitKind.FORM, method="POST"), Reason.FORM_SENT),
    ],
)
def test_what_only_a_person_does_is_proven(told: Facts, reason: Reason):
    assert judge([told]) == [Judgement(Verdict.PROVEN, (reason,))]


def test_an_attendance_without_minutes_proves_nothing():
    assert verdicts(hit(HitKind.ATTENDANCE), hit(HitKind.ATTENDANCE, 1, minutes=0)) == [Verdict.UNKNOWN] * 2


def test_a_form_that_a_machine_sends_proves_nothing():
    assert verdicts(hit(HitKind.FORM, user_agent="python-requests/2")) == [Verdict.MACHINE]


@pytest.mark.parametrize("kind", [HitKind.PAGE, HitKind.FORM])
@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [(-1, Verdict.LIKELY), (30 * MINUTE, Verdict.PROVEN), (30 * MINUTE + 0.1, Verdict.LIKELY)],
)
def test_a_download_after_a_page_or_form_is_proven(kind: HitKind, seconds: float, verdict: Verdict):
    seen = hit(kind, message=None)

    assert verdicts(seen, hit(HitKind.DOWNLOAD, seconds))[1] is verdict


def test_a_page_that_a_machine_saw_proves_no_download():
    seen = hit(HitKind.PAGE, message=None, user_agent=SCANNER)

    assert verdicts(seen, hit(HitKind.DOWNLOAD, 5 * MINUTE)) == [Verdict.MACHINE, Verdict.LIKELY]


def test_a_machine_that_runs_scripts_proves_no_download():
    clicked = hit(honeypot=True)
    seen = hit(HitKind.PAGE, 3, message=None)

    assert verdicts(clicked, seen, hit(HitKind.DOWNLOAD, 2 * MINUTE)) == [
        Verdict.MACHINE,
        Verdict.MACHINE,
        Verdict.LIKELY,
    ]


@pytest.mark.parametrize(
    ("days", "verdict"),
    [(14, Verdict.LIKELY), (-14, Verdict.LIKELY), (14.01, Verdict.UNKNOWN), (-14.01, Verdict.UNKNOWN)],
)
def test_beside_a_proven_act_of_the_same_person_the_unknown_is_likely(days: float, verdict: Verdict):
    replied = hit(HitKind.REPLY, seconds=days * DAY, message=OTHER_MAIL)

    assert verdicts(hit(HitKind.OPEN), replied) == [verdict, Verdict.PROVEN]
    assert verdicts(hit(HitKind.OPEN, contact="bert"), replied)[0] is Verdict.UNKNOWN


def test_a_proven_act_that_was_recorded_otherwise_counts_too():
    known = Known(proven={"anna": [NOON + timedelta(days=13)]})

    assert judge([hit(HitKind.OPEN)], known)[0].reasons == (Reason.OPEN_ALONE, Reason.PROVEN_NEARBY)


def test_what_asks_two_hundred_times_a_minute_is_a_machine():
    asked = [hit(seconds=number / 5, link="l") for number in range(200)]

    assert verdicts(*asked[:199]) == [Verdict.LIKELY] * 199
    assert verdicts(*asked) == [Verdict.MACHINE] * 200


def test_what_a_person_said_wins_over_the_rules_and_taints_nothing():
    trap, click = hit(honeypot=True), hit(seconds=5)
    known = Known(overrules=[Overrule(Verdict.LIKELY, hit=trap.id)])

    assert judge([trap, click], known) == [
        Judgement(Verdict.LIKELY, (Reason.OVERRULED,)),
        Judgement(Verdict.LIKELY, (Reason.BROWSER,)),
    ]


def test_what_was_said_of_a_gateway_is_about_its_hits_on_that_domain():
    known = Known(overrules=[Overrule(Verdict.MACHINE, domain="acme.example", network="192.0.2.0/24")])
    hits = [hit(ip="192.0.2.7"), hit(ip="198.51.100.7"), hit(ip="192.0.2.7", domain="zeta.example")]

    assert [one.verdict for one in judge(hits, known)] == [Verdict.MACHINE, Verdict.LIKELY, Verdict.LIKELY]


def test_what_was_said_of_one_hit_wins_over_what_was_said_of_its_kind():
    click = hit(ip="192.0.2.7")
    said = [Overrule(Verdict.MACHINE, domain="acme.example"), Overrule(Verdict.LIKELY, hit=click.id)]

    assert judge([click], Known(overrules=said))[0].verdict is Verdict.LIKELY


def test_alone_a_hit_is_judged_by_what_it_says_of_itself():
    assert [one.verdict for one in judge_alone([hit(honeypot=True), hit(seconds=5)])] == [
        Verdict.MACHINE,
        Verdict.LIKELY,
    ]


def test_the_order_of_hits_does_not_matter():
    hits = [hit(honeypot=True), hit(seconds=20), hit(HitKind.OPEN, seconds=-30), hit(seconds=90), hit(seconds=3 * DAY)]
    expected = dict(zip([h.id for h in hits], judge(hits), strict=True))

    for order in permutations(hits):
        assert dict(zip([h.id for h in order], judge(order), strict=True)) == expected
