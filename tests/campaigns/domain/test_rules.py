"""What receivers would find wrong with our domains, and the record that puts it right."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from abm.words import DomainPart, FindingState, Language, MailProvider
from campaigns.domain.facts import Book, Finding, OwnKey, Sender
from campaigns.domain.rules import judge
from campaigns.domain.texts import TEXTS, said

Zone = Mapping[tuple[str, str], Sequence[str] | None]


@cache
def public(bits: int) -> str:
    key = generate_private_key(65537, bits).public_key()
    return b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


SENDER = Sender(
    "firm.co.jp",
    "firm.co.jp",
    "bounce.firm.co.jp",
    MailProvider.SMTP,
    ("mail.firm.co.jp",),
    "firm.co.jp",
    "firm.co.jp",
    "firm.co.jp",
    ("s1",),
    None,
    "https://abm.firm.co.jp",
)
KEY = ("s1._domainkey.firm.co.jp", "TXT")
SPF = ("bounce.firm.co.jp", "TXT")
DMARC = ("_dmarc.firm.co.jp", "TXT")
WELL: Zone = {
    SPF: ["v=spf1 ip4:203.0.114.0/24 -all"],
    ("mail.firm.co.jp", "A"): ["203.0.114.7"],
    KEY: [f"v=DKIM1; k=rsa; p={public(2048)}"],
    DMARC: ["v=DMARC1; p=reject; rua=mailto:a@firm.co.jp"],
    ("abm.firm.co.jp", "A"): ["203.0.114.8"],
    ("bounce.firm.co.jp", "MX"): ["10 mail.firm.co.jp."],
}


def found(zone: Zone, sender: Sender = SENDER) -> list[Finding]:
    """Everything found with these answers; what is nowhere has no values."""
    book = Book({})
    while True:
        findings = judge(sender, book)
        if not book.wanted:
            return findings
        book = Book({**book.answers, **{one: zone.get(one, ()) for one in book.wanted}})


def codes(zone: Zone, sender: Sender = SENDER, part: DomainPart | None = None) -> list[str]:
    return [one.code for one in found(zone, sender) if one.state is not FindingState.WELL and part in (None, one.part)]


def changed(**changes: Sequence[str] | None) -> Zone:
    names = {"spf": SPF, "key": KEY, "dmarc": DMARC}
    return {**WELL, **{names[name]: value for name, value in changes.items()}}


def test_domains_in_order_are_well_in_every_part() -> None:
    findings = found(WELL)

    assert {one.state for one in findings} == {FindingState.WELL}
    assert {one.part for one in findings} == set(DomainPart)


def test_what_could_not_be_asked_is_never_called_missing() -> None:
    silent = dict.fromkeys([*WELL, ("mail.firm.co.jp", "AAAA"), ("abm.firm.co.jp", "AAAA")])

    assert {one.state for one in found(silent)} == {FindingState.UNASKED}


@pytest.mark.parametrize(
    ("text", "code", "record"),
    [
        ([], "spf_missing", "v=spf1 ip4:203.0.114.7 ~all"),
        (["other=1"], "spf_missing", "v=spf1 ip4:203.0.114.7 ~all"),
        (["v=spf1 -all", "v=spf1 mx -all"], "spf_several", None),
        (["v=spf1 ip4:203.0.114.0/24 +all"], "spf_lets_everybody", "v=spf1 ip4:203.0.114.0/24 ~all"),
        (["v=spf1 ip4:203.0.114.7 ?all"], "spf_open_end", "v=spf1 ip4:203.0.114.7 ~all"),
        (["v=spf1 ip4:203.0.114.7 ?ALL"], "spf_open_end", "v=spf1 ip4:203.0.114.7 ~all"),
        (["v=spf1 ip4:198.51.100.0/24 -ALL"], "spf_not_us", "v=spf1 ip4:198.51.100.0/24 ip4:203.0.114.7 -ALL"),
        (["v=spf1 ip4:203.0.114.7"], "spf_open_end", "v=spf1 ip4:203.0.114.7 ~all"),
        (["v=spf1 ip4:198.51.100.0/24 -all"], "spf_not_us", "v=spf1 ip4:198.51.100.0/24 ip4:203.0.114.7 -all"),
        (["v=spf1 ~ip4:203.0.114.7 -all"], "spf_not_us", "v=spf1 ~ip4:203.0.114.7 ip4:203.0.114.7 -all"),
        (["v=spf1 ip4:203.0.114.7 ip4:none -all"], "spf_unreadable", None),
        (["v=spf1 ip4:203.0.114.7 include:gone.example -all"], "spf_broken", None),
    ],
)
def test_every_fault_of_spf_has_its_code_and_where_it_can_be_told_the_record(
    text: list[str], code: str, record: str | None
) -> None:
    (finding,) = [one for one in found(changed(spf=text)) if one.part is DomainPart.SPF]

    assert (finding.code, finding.record.value if finding.record else None) == (code, record)


@pytest.mark.parametrize(
    "text",
    [
        "v=spf1 a:mail.firm.co.jp -all",
        "v=spf1 mx -all",
        "v=spf1 redirect=_spf.firm.co.jp",
        "v=spf1 include:_spf.firm.co.jp -all",
    ],
)
def test_spf_is_followed_to_the_addresses_it_means(text: str) -> None:
    zone = {**changed(spf=[text]), ("_spf.firm.co.jp", "TXT"): ["v=spf1 ip4:203.0.114.0/24 -all"]}

    assert codes(zone, part=DomainPart.SPF) == []


def test_spf_stops_after_ten_look_ups_and_is_not_caught_in_a_circle() -> None:
    chain = {(f"n{n}.example", "TXT"): [f"v=spf1 include:n{n + 1}.example -all"] for n in range(20)}
    circle = {("c.example", "TXT"): ["v=spf1 include:c.example -all"]}

    many = codes({**changed(spf=["v=spf1 ip4:203.0.114.7 include:n0.example -all"]), **chain}, part=DomainPart.SPF)
    ten = {**chain, ("n9.example", "TXT"): ["v=spf1 -all"]}
    exactly = codes({**changed(spf=["v=spf1 ip4:203.0.114.7 include:n0.example -all"]), **ten}, part=DomainPart.SPF)

    assert (many, exactly) == (["spf_too_many_lookups"], [])
    assert (
        codes({**changed(spf=["v=spf1 ip4:203.0.114.7 include:c.example -all"]), **circle}, part=DomainPart.SPF) == []
    )


def test_known_relays_are_looked_for_by_their_own_record_and_a_host_that_tells_nothing_is_asked_about() -> None:
    google = replace(SENDER, hosts=("smtp-relay.gmail.com",))
    here = replace(SENDER, hosts=("127.0.0.1",))
    included = {**changed(spf=["v=spf1 include:_spf.google.com ~all"]), ("_spf.google.com", "TXT"): ["v=spf1 ~all"]}

    (missing,) = [one for one in found(WELL, google) if one.part is DomainPart.SPF]

    assert missing.record is not None
    assert missing.record.value == "v=spf1 ip4:203.0.114.0/24 include:_spf.google.com -all"
    assert codes(included, google, DomainPart.SPF) == []
    assert codes(WELL, here, DomainPart.SPF) == ["spf_host_unknown"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ([], "dkim_missing"),
        ([f"v=DKIM1; p={public(2048)}", "v=DKIM1; p=x"], "dkim_several"),
        (["v=DKIM1; p="], "dkim_revoked"),
        ([f"v=DKIM1; p={public(1024)}"], "dkim_differs"),
    ],
)
def test_our_own_key_is_compared_with_the_one_in_the_dns_and_given_to_copy(text: list[str], code: str) -> None:
    own = replace(SENDER, own_key=OwnKey("rsa", public(2048)))

    (finding,) = [one for one in found(changed(key=text), own) if one.part is DomainPart.DKIM]

    assert finding.code == code
    assert finding.record is not None
    assert finding.record.value == f"v=DKIM1; k=rsa; p={public(2048)}"
    assert codes(WELL, own) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("v=DKIM1; k=rsa; p=nokey", "dkim_unreadable"),
        (f"k=rsa; p={public(1024)}", "dkim_short"),
        (f"v=DKIM1; t=y; p={public(2048)}", "dkim_testing"),
        (f"v=DKIM1; k=ed25519; p={b64encode(bytes(31)).decode()}", "dkim_unreadable"),
    ],
)
def test_a_key_of_the_server_is_judged_by_what_it_is(text: str, code: str) -> None:
    assert codes(changed(key=[text]), part=DomainPart.DKIM) == [code]


def test_without_a_selector_nothing_is_said_against_dkim() -> None:
    unknown = replace(SENDER, selectors=())

    assert codes(WELL, unknown) == ["dkim_no_selector", "dmarc_by_path_only"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ([], "dmarc_missing"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "dmarc_several"),
        (["v=DMARC1; rua=mailto:a@firm.co.jp"], "dmarc_unreadable"),
        (["v=DMARC1; p=none"], "dmarc_none"),
        (["v=DMARC1; p=reject; aspf=s"], "dmarc_by_key_only"),
    ],
)
def test_dmarc_is_there_once_with_a_policy_that_keeps_others_from_our_name(text: list[str], code: str) -> None:
    assert codes(changed(dmarc=text)) == [code]


def test_mail_that_nothing_ties_to_the_sender_fails_dmarc() -> None:
    signed = replace(SENDER, signing_domain="esp.example", signing_organisation="esp.example")
    elsewhere = replace(signed, return_domain="bounce.firm.co.jp", return_organisation="other.example")
    key = {("s1._domainkey.esp.example", "TXT"): WELL[KEY]}

    assert codes({**WELL, **key}, elsewhere) == ["dmarc_not_aligned"]
    assert codes({**WELL, **key}, signed) == ["dmarc_by_path_only"]


def test_a_record_above_speaks_for_the_domains_below_it() -> None:
    below = replace(SENDER, from_domain="news.firm.co.jp", signing_domain="news.firm.co.jp", selectors=())

    assert "dmarc_none" in codes(changed(dmarc=["v=DMARC1; p=reject; sp=none"]), below)
    assert "dmarc_none" not in codes(changed(dmarc=["v=DMARC1; p=reject"]), below)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8000", ["stop_here"]),
        ("https://localhost", ["stop_here"]),
        ("http://abm.firm.co.jp", ["stop_plain"]),
        ("https://gone.firm.co.jp", ["stop_unknown"]),
        ("https://10.0.0.5", ["stop_private"]),
        ("https://abm.firm.co.jp", []),
    ],
)
def test_the_stop_link_must_be_reached_by_whoever_gets_the_mail(url: str, expected: list[str]) -> None:
    assert codes(WELL, replace(SENDER, public_url=url)) == expected


def test_somebody_must_take_what_comes_back() -> None:
    mx = ("bounce.firm.co.jp", "MX")

    assert codes({**WELL, mx: []}) == ["mx_missing"]
    assert codes({**WELL, mx: ["0 ."]}) == ["mx_refuses"]


def test_a_service_keeps_the_return_path_itself() -> None:
    service = replace(SENDER, provider=MailProvider.SENDGRID, hosts=())

    assert codes({**WELL, SPF: []}, service) == ["dmarc_by_key_only"]


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_every_finding_is_said_in_both_languages(code: str) -> None:
    assert set(TEXTS[code]) == set(Language)


def test_every_finding_has_its_words() -> None:
    everything = [found(WELL), found({}), found(dict.fromkeys(WELL))]

    assert all(said(one, language)[0] for findings in everything for one in findings for language in Language)
