"""The domain check against a name server of its own: round by round, and kept."""

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import select

from abm.config import Settings
from abm.models import AuditEntry
from abm.words import DomainPart, FindingState
from abm.work import Installation, unit_of_work
from campaigns.domain.check import keep_check, last_check, look_over, sender_of
from tests.dns_server import name_server

SETTINGS = Settings(
    sender_mail="news@firm.co.jp",
    bounce_domain="bounce.firm.co.jp",
    smtp_url="smtp://user:secret@mail.firm.co.jp:587",
    base_url="https://abm.firm.co.jp",
)
LONG = "v=spf1 " + " ".join(f"ip4:203.0.{n}.0/24" for n in range(60)) + " include:_spf.firm.co.jp -all"


@pytest.fixture
def signing(tmp_path: Path) -> Settings:
    """Settings with a key of our own."""
    file = tmp_path / "dkim.pem"
    file.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return replace(SETTINGS, dkim_key_file=str(file), dkim_selector="s1")


def test_a_domain_in_order_is_well_by_the_records_that_the_check_itself_proposes(signing: Settings) -> None:
    with name_server({("abm.firm.co.jp", "A"): ["203.0.114.8"]}) as bare:
        first = look_over(replace(signing, dns_resolver=bare.address))
    proposed = {(one.record.name, one.record.type): [one.record.value] for one in first if one.record}
    zone = {
        **proposed,
        ("abm.firm.co.jp", "A"): ["203.0.114.8"],
        ("mail.firm.co.jp", "A"): ["203.0.114.7"],
        ("bounce.firm.co.jp", "TXT"): [LONG],
        ("_spf.firm.co.jp", "TXT"): ["v=spf1 ip4:203.0.114.7 -all"],
        ("bounce.firm.co.jp", "MX"): ["10 mail.firm.co.jp."],
        ("_dmarc.firm.co.jp", "TXT"): ["v=DMARC1; p=quarantine"],
    }
    with name_server(zone) as server:
        second = look_over(replace(signing, dns_resolver=server.address))

    assert {one.code for one in first} >= {"dkim_missing", "dmarc_missing", "mx_missing", "spf_host_unknown"}
    assert [one.code for one in second if one.state is not FindingState.WELL] == []
    assert server.by_tcp > 0


def test_the_sender_is_told_from_the_settings(signing: Settings) -> None:
    by_server, by_us = sender_of(replace(SETTINGS, dkim_selector="a, b")), sender_of(signing)

    assert (by_server.selectors, by_server.own_key) == (("a", "b"), None)
    assert (by_us.selectors, by_us.signing_domain) == (("s1",), "firm.co.jp")
    assert by_us.own_key is not None
    assert (by_us.hosts, by_us.return_domain) == (("mail.firm.co.jp",), "bounce.firm.co.jp")
    assert sender_of(Settings()).hosts == ()


def test_only_the_last_check_is_kept_and_each_is_audited(installation: Installation) -> None:
    with name_server({}) as server:
        findings = look_over(replace(SETTINGS, dns_resolver=server.address))
    with unit_of_work() as work:
        assert last_check(work.session) is None
        keep_check(work.session, findings, by=None, at=work.at)
        keep_check(work.session, findings, by=None, at=work.at)
        kept = last_check(work.session)
        audited = work.session.scalars(select(AuditEntry.act).where(AuditEntry.act == "domain.checked")).all()

    assert kept is not None
    assert kept[1] == findings
    assert len(audited) == 2
    assert {one.part for one in findings} == set(DomainPart)
