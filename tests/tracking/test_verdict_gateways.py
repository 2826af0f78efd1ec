"""Gateways that look like people are found, and people behind, before and beside them are left alone."""

from collections import Counter
from datetime import timedelta

import pytest

from abm.words import HitKind, Verdict
from abm.words import VerdictReason as Reason
from tests.tracking.traffic import GATEWAYS, make_traffic
from tests.tracking.world import BROWSER
from tests.worlds import NOON
from tracking.agents import agent_mark
from tracking.networks import read_networks
from tracking.verdict import Facts, judge
from tracking.verdict_facts import FOLLOWED, Known, Visit

NETWORKS = read_networks()
CLOUD, OFFICE, RENTED, MIMECAST = "185.66.1.9", "203.0.113.7", "54.162.3.4", "207.211.31.9"
HOUR = 3600


def click(person: str, seconds: float, ip: str = CLOUD, agent: str = BROWSER, **over: object) -> Facts:
    values = {
        "id": f"{person} {seconds}",
        "kind": HitKind.CLICK,
        "at": NOON + timedelta(seconds=seconds),
        "method": "GET",
        "message": f"to {person}",
        "user_agent": agent,
        "contact": person,
        "domain": "acme.example",
        "ip": ip,
        "link": "page",
        "delivered_at": NOON,
    }
    return Facts(**{**values, **over})


def reason(hits: list[Facts], known: Known | None = None) -> list[Reason]:
    return [one.reasons[0] for one in judge(hits, known or Known(networks=NETWORKS))]


def test_a_firm_whose_every_mail_is_followed_unread_within_minutes_is_scanned():
    assert (
        reason([click(person, 100 + 40 * place) for place, person in enumerate("abc")]) == [Reason.SCANNED_DOMAIN] * 3
    )


def test_two_quick_people_are_no_gateway():
    assert reason([click("a", 100), click("b", 140)]) == [Reason.BROWSER] * 2


def test_people_who_have_looked_at_the_mail_before_are_no_gateway():
    looks = [click(person, 70, kind=HitKind.OPEN, id=f"{person} opens", link=None) for person in "abc"]

    assert (
        reason([*looks, *(click(person, 100 + 40 * place) for place, person in enumerate("abc"))])[3:]
        == [Reason.BROWSER] * 3
    )


def test_the_reader_behind_the_gateways_address_is_left_alone():
    scanned = [click(person, 200 + place * 30) for place, person in enumerate("abcd")]

    assert reason([*scanned, click("a", 900), click("d", 2 * HOUR)])[4:] == [Reason.BROWSER] * 2


def test_a_quick_reader_who_comes_from_elsewhere_is_left_alone():
    scanned = [click(person, 200 + place * 30) for place, person in enumerate("abcd")]

    assert reason([*scanned, click("e", 90, OFFICE, BROWSER + " Edg/141.0")])[4] is Reason.BROWSER


def test_what_was_learnt_of_a_domain_helps_with_its_next_mail():
    before = [Visit(person, "acme.example", "185.66.1.0/24", agent_mark(BROWSER), True, True) for person in "ab"]

    assert reason([click("c", 90)], Known(visits=before)) == [Reason.KNOWN_GATEWAY]
    assert reason([click("c", 90, OFFICE)], Known(visits=before)) == [Reason.BROWSER]


def test_a_service_that_scans_for_many_small_firms_is_known_by_its_network():
    hits = [click(person, 90 + 40 * place, domain=f"{person}.example") for place, person in enumerate("abcd")]

    assert reason(hits) == [Reason.SCANNING_NETWORK] * 4


def test_the_networks_of_mail_security_services_are_known():
    assert reason([click("a", 9 * HOUR, MIMECAST)]) == [Reason.GATEWAY_NETWORK]


@pytest.mark.parametrize(("seconds", "expected"), [(90, Reason.DATA_CENTRE), (2 * HOUR, Reason.BROWSER)])
def test_a_rented_machine_speaks_against_a_quick_visit_only(seconds: float, expected: Reason):
    assert reason([click("a", seconds, RENTED)]) == [expected]


def test_who_works_on_a_rented_machine_may_be_quick_too():
    assert reason([click("a", 90, RENTED), click("a", 2 * HOUR, RENTED)]) == [Reason.BROWSER] * 2


@pytest.mark.parametrize("seed", [1, 4, 9, 16])
def test_of_unseen_traffic_machines_are_found_and_people_believed(seed: int):
    traffic = make_traffic(seed)
    judged = judge([hit for hit, _, _ in traffic], Known(networks=NETWORKS))

    counts: Counter[tuple[str, bool]] = Counter()
    for (hit, who, _), one in zip(traffic, judged, strict=True):
        if hit.kind in FOLLOWED:
            counts[who, one.verdict is Verdict.MACHINE] += 1
    found = counts["machine", True] / (counts["machine", True] + counts["machine", False])
    voided = counts["person", True] / (counts["person", True] + counts["person", False])

    print(f"seed {seed}: machines found {found:.3f}, human clicks voided {voided:.4f}")
    assert found >= 0.95
    assert voided <= 0.01


@pytest.mark.parametrize("seed", [2, 3])
def test_nothing_that_only_machines_did_is_proven(seed: int):
    traffic = [(hit, kind) for hit, who, kind in make_traffic(seed) if who == "machine"]
    judged = judge([hit for hit, _ in traffic], Known(networks=NETWORKS))

    assert len({kind for _, kind in traffic} & set(GATEWAYS)) == len(GATEWAYS)
    assert [kind for (_, kind), one in zip(traffic, judged, strict=True) if one.verdict is Verdict.PROVEN] == []


def test_colleagues_who_sat_together_do_not_make_a_gateway_of_their_firm():
    together = [click(person, 4 * HOUR + place, OFFICE, delivered_at=None) for place, person in enumerate("abc")]
    later = [click(person, 9 * HOUR, OFFICE, delivered_at=None, link="other") for person in "de"]

    assert reason([*together, *later]) == [Reason.COLLEAGUES_AT_ONCE] * 3 + [Reason.BROWSER] * 2
