"""Domains: a firm's own, and those that many share."""

import pytest

from abm.customers.domains import SharedDomains, registrable_domain


@pytest.mark.parametrize(
    ("domain", "registrable"),
    [
        ("sales.abc.co.jp", "abc.co.jp"),
        ("abc.co.jp", "abc.co.jp"),
        ("chem.shinonome.example", "shinonome.example"),
        ("www.example.com", "example.com"),
    ],
)
def test_the_registrable_part_of_a_domain(domain: str, registrable: str) -> None:
    assert registrable_domain(domain) == registrable


@pytest.mark.parametrize(
    "address",
    [
        "a@gmail.com",
        "a@yahoo.co.jp",
        "a@abc.ocn.ne.jp",
        "a@nifty.com",
        "a@mbx.nifty.com",
        "a@biglobe.ne.jp",
        "a@xx.so-net.ne.jp",
        "a@abc.plala.or.jp",
        "a@docomo.ne.jp",
        "a@ezweb.ne.jp",
        "a@softbank.ne.jp",
        "a@au.com",
        "a@isp-mail.example",
        None,
    ],
)
def test_a_shared_domain_says_nothing_about_the_firm(address: str | None) -> None:
    assert SharedDomains(["isp-mail.example"]).own_domain(address) is None


def test_a_firms_domain_is_its_own() -> None:
    assert SharedDomains().own_domain("a@Chem.Shinonome.Example") == "shinonome.example"
