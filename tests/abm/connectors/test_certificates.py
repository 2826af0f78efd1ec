"""Certificates of Amazon SNS come from Amazon only, over the public Internet, and are kept."""

import socket
from pathlib import Path

import pytest

from abm.connectors.mail import certificates
from abm.connectors.mail.certificates import fetch_certificate, keep_certificate, public_address, read_certificate
from abm.errors import ProviderError

URL = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
ELSEWHERE = ("https://evil.example/SimpleNotificationService-0123456789abcdef.pem", "file:///etc/passwd", "")


@pytest.mark.parametrize("url", ELSEWHERE)
def test_nothing_is_fetched_or_kept_of_another_place(tmp_path: Path, url: str) -> None:
    with pytest.raises(ProviderError):
        fetch_certificate(url)
    with pytest.raises(ProviderError):
        keep_certificate(tmp_path, url, b"x")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.1", "::1", "fd00::1"])
def test_a_name_that_leads_into_our_own_network_is_not_asked(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, "8.8.8.8", address)

    with pytest.raises(OSError, match="no public address"):
        public_address("sns.us-east-1.amazonaws.com", 443)
    with pytest.raises(ProviderError):
        fetch_certificate(URL)


def test_a_public_name_is_asked_at_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, "8.8.8.8")

    assert public_address("sns.us-east-1.amazonaws.com", 443) == ("8.8.8.8", 443)


def test_a_certificate_is_found_again_also_where_an_operator_put_it(tmp_path: Path) -> None:
    assert read_certificate(tmp_path, URL) is None

    keep_certificate(tmp_path / "folder", URL, b"a certificate")
    (tmp_path / "sns.us-east-1.amazonaws.com-SimpleNotificationService-0123456789abcdef.pem").write_bytes(b"by hand")

    assert read_certificate(tmp_path / "folder", URL) == b"a certificate"
    assert read_certificate(tmp_path, URL) == b"by hand"


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(certificates.socket, "getaddrinfo", lambda *asked, **how: found)
