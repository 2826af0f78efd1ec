"""Mails as servers, providers and carriers send them back, each with what is true of it.

The files in `tests/data/bounces` follow public documents (RFC 3464, 5965, 3834 and 8098, the manuals of the servers,
the help pages of the providers), written anew with addresses of our own.
"""

from pathlib import Path

import pytest

from tracking.bounce import Reading, read_bounce

SAMPLES = Path(__file__).parents[2] / "data" / "bounces"
SENT = "<5f2c9a4e7b1d4c0e8a6f3b2d1c0e9f8a@sender.example>"

# What came back because of the address, and because of something else: file, address, strength, reason.
BOUNCES = [
    ("dsn-postfix-no-such-user", "tanaka@kaede.example", "hard", "no_such_user"),
    ("dsn-postfix-full", "sato@kaede.example", "soft", "mailbox_full"),
    ("dsn-full-under-5.1.1", "sato@kaede.example", "soft", "mailbox_full"),
    ("dsn-unknown-under-5.7.1", "ito@kaede.example", "hard", "no_such_user"),
    ("dsn-expired", "kato@kaede.example", "soft", "connection"),
    ("dsn-host-not-found", "kato@keade.example", "hard", "no_such_host"),
    ("dsn-null-mx", "kato@keade.example", "hard", "no_such_host"),
    ("dsn-spamhaus", "mori@kaede.example", "soft", "blocked_spam"),
    ("dsn-relay-denied", "mori@kaede.example", "soft", "relay"),
    ("dsn-sender-unknown", "mori@kaede.example", "soft", "blocked_policy"),
    ("dsn-too-big", "mori@kaede.example", "soft", "too_large"),
    ("dsn-greylisted-to-death", "mori@kaede.example", "soft", "rate_limited"),
    ("dsn-virus", "mori@kaede.example", "soft", "content"),
    ("dsn-generic-text-decides", "ueda@kaede.example", "hard", "no_such_user"),
    ("dsn-undecided", "ueda@kaede.example", "soft", "unknown"),
    ("dsn-forwarded", "ueda@kaede.example", "hard", "no_such_user"),
    ("dsn-xtext", "ueda+abm@kaede.example", "hard", "no_such_user"),
    ("dsn-utf8-address", "田中@kaede.example", "hard", "no_such_user"),
    ("dsn-local-name-only", "abe@kaede.example", "hard", "no_such_user"),
    ("sendmail-classic", "hara@kaede.example", "hard", "no_such_user"),
    ("sendmail-host-unknown", "hara@keade.example", "hard", "no_such_host"),
    ("qmail-no-mailbox", "ono@kaede.example", "hard", "no_such_user"),
    ("qmail-remote", "ono@kaede.example", "hard", "no_such_user"),
    ("qmail-full", "ono@kaede.example", "soft", "mailbox_full"),
    ("qmail-queue-too-long", "ono@kaede.example", "soft", "no_such_host"),
    ("qmail-no-connection", "ono@kaede.example", "soft", "connection"),
    ("qmail-spam", "ono@kaede.example", "soft", "blocked_spam"),
    ("exim-unrouteable", "nara@kaede.example", "hard", "no_such_user"),
    ("exchange-5.5", "oda@kaede.example", "hard", "no_such_user"),
    ("exchange-2010-japanese", "oda@kaede.example", "hard", "no_such_user"),
    ("exchange-html-only", "oda@kaede.example", "soft", "mailbox_full"),
    ("office365-access-denied", "oda@kaede.example", "hard", "no_such_user"),
    ("office365-5.1.10", "oda@kaede.example", "hard", "no_such_user"),
    ("office365-not-authorized", "all@kaede.example", "soft", "blocked_policy"),
    ("office365-loop", "oda@kaede.example", "soft", "loop"),
    ("office365-domain-gone", "oda@keade.example", "hard", "no_such_host"),
    ("notes-japanese", "goto@kaede.example", "hard", "no_such_user"),
    ("domino-japanese", "goto@kaede.example", "hard", "no_such_user"),
    ("groupwise", "goto@kaede.example", "hard", "no_such_user"),
    ("gmail-not-found", "fuji@kaede.example", "hard", "no_such_user"),
    ("gmail-blocked", "fuji@kaede.example", "soft", "blocked_spam"),
    ("gmail-disabled", "fuji@kaede.example", "hard", "mailbox_disabled"),
    ("gmail-rate", "fuji@kaede.example", "soft", "rate_limited"),
    ("gmail-old-text", "fuji@kaede.example", "hard", "no_such_user"),
    ("yahoo-disabled", "fuji@yahoo.example", "hard", "no_such_user"),
    ("amazon-ses", "fuji@kaede.example", "hard", "no_such_user"),
    ("ironport-address-rejected", "fuji@kaede.example", "hard", "no_such_user"),
    ("mfilter-japanese", "kubo@kaede.example", "hard", "no_such_user"),
    ("au-user-unknown", "kubo.taro@ezweb.ne.jp", "hard", "no_such_user"),
    ("au-over-quota", "kubo.taro@au.com", "soft", "mailbox_full"),
    ("au-remote", "kubo@kaede.example", "hard", "no_such_user"),
    ("kddi-full", "kubo@x01.dion.ne.jp", "soft", "mailbox_full"),
    ("docomo-dots", "abc..kubo.@docomo.ne.jp", "hard", "no_such_user"),
    ("softbank-invalid", "kubo@softbank.ne.jp", "hard", "no_such_user"),
    ("biglobe-limit", "kubo@kbd.biglobe.ne.jp", "soft", "mailbox_full"),
    ("isp-cp932", "kubo@kaede.example", "hard", "no_such_user"),
    ("isp-eucjp-unnamed", "kubo@kaede.example", "soft", "mailbox_full"),
    ("pmdf-without-boundaries", "sano@kaede.example", "hard", "no_such_user"),
    ("zoho", "sano@kaede.example", "hard", "no_such_user"),
    ("carrier-gateway", "sano@kaede.example", "hard", "no_such_user"),
    ("gmx-quoted-address", "sano@kaede.example", "hard", "no_such_user"),
    ("kddi-without-subject", "sano@x01.dion.ne.jp", "soft", "mailbox_full"),
    ("mailmarshal", "sano@kaede.example", "hard", "no_such_user"),
    ("exchange-advice-beside-expiry", "sano@kaede.example", "soft", "connection"),
    ("exchange-french", "sano@kaede.example", "hard", "no_such_user"),
    ("active-hunter", "sano@kaede.example", "hard", "no_such_user"),
    ("broken-no-boundary", "kubo@kaede.example", "hard", "no_such_user"),
    ("broken-truncated", "tanaka@kaede.example", "hard", "no_such_user"),
    ("broken-nul", "ono@kaede.example", "hard", "no_such_user"),
    ("cr-only", "sato@kaede.example", "soft", "mailbox_full"),
    ("wrapped-by-gateway", "ueda@kaede.example", "hard", "no_such_user"),
]
DELAYS = [
    ("dsn-delay-postfix", "kato@kaede.example"),
    ("sendmail-warning", "hara@kaede.example"),
    ("exim-warning", "nara@kaede.example"),
    ("gmail-delayed", "fuji@kaede.example"),
    ("delay-japanese", "sano@kaede.example"),
]
COMPLAINTS = [
    ("arf-abuse", ["doi@kaede.example"]),
    ("arf-fraud-no-type-case", ["doi@kaede.example"]),
    ("jmrp-hotmail", ["doi@hotmail.example"]),
    # Who complained was taken out; the mail itself is still known.
    ("arf-redacted", []),
]
ANSWERS = [
    "oof-outlook",
    "oof-japanese",
    "oof-notice",
    "oof-left",
    "challenge",
    "receipt-deleted",
    "oof-nowhere-mentions-reply",
]
OTHERS = [
    "arf-not-spam",
    "arf-auth-failure",
    "dsn-success",
    "human-question",
    "newsletter",
    "shipping-japanese",
    "forwarded-by-person",
]
# Of these the original is not attached.
WITHOUT_ORIGINAL = ("isp-cp932", "isp-eucjp-unnamed", "broken-no-boundary", "sendmail-warning", "exim-warning")


def read(name: str) -> Reading:
    """The reading of a sample."""
    return read_bounce((SAMPLES / f"{name}.eml").read_bytes())


@pytest.mark.parametrize(("name", "address", "strength", "reason"), BOUNCES, ids=[row[0] for row in BOUNCES])
def test_a_bounce_names_who_failed_for_how_long_and_why(name: str, address: str, strength: str, reason: str) -> None:
    reading = read(name)

    assert reading.kind == "bounce"
    assert [(one.address, one.strength, one.reason) for one in reading.recipients] == [(address, strength, reason)]


@pytest.mark.parametrize(("name", "address"), DELAYS)
def test_a_delay_is_no_bounce(name: str, address: str) -> None:
    reading = read(name)

    assert reading.kind == "delay"
    assert [(one.address, one.strength) for one in reading.recipients] == [(address, None)]


@pytest.mark.parametrize(("name", "addresses"), COMPLAINTS)
def test_a_complaint_names_the_mail_and_mostly_who_complained(name: str, addresses: list[str]) -> None:
    reading = read(name)

    assert (reading.kind, reading.message_id) == ("complaint", SENT)
    assert [(one.address, one.strength) for one in reading.recipients] == [(address, None) for address in addresses]


@pytest.mark.parametrize("name", ANSWERS)
def test_an_automatic_answer_is_no_bounce(name: str) -> None:
    reading = read(name)

    assert (reading.kind, reading.message_id) == ("auto_reply", SENT)
    assert [(one.address, one.strength) for one in reading.recipients] == [("kaito@kaede.example", None)]


@pytest.mark.parametrize("name", OTHERS)
def test_what_speaks_of_no_failure_is_left_alone(name: str) -> None:
    reading = read(name)

    assert (reading.kind, reading.recipients) == ("other", ())


def test_a_report_of_many_tells_each_apart() -> None:
    reading = read("dsn-multi")

    assert reading.kind == "bounce"
    assert [(one.address, one.strength, one.status) for one in reading.recipients] == [
        ("one@kaede.example", "hard", "5.1.1"),
        ("two@kaede.example", None, "4.4.1"),
        ("six@kaede.example", "soft", "4.2.2"),
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("qmail-two", [("ono@kaede.example", "no_such_user"), ("seki@kaede.example", "mailbox_full")]),
        ("opensmtpd-two", [("sano@kaede.example", "mailbox_full"), ("hida@kaede.example", "no_such_user")]),
        ("exim-two", [("nara@kaede.example", "no_such_user"), ("mie@kaede.example", "too_large")]),
    ],
)
def test_a_letter_of_two_tells_each_apart(name: str, told: list[tuple[str, str]]) -> None:
    assert [(one.address, one.reason) for one in read(name).recipients] == told


@pytest.mark.parametrize("name", [row[0] for row in BOUNCES if row[0] not in WITHOUT_ORIGINAL])
def test_the_mail_that_came_back_is_known_by_its_message_id(name: str) -> None:
    assert read(name).message_id == SENT


@pytest.mark.parametrize("name", [row[0] for row in BOUNCES])
def test_line_ends_do_not_matter(name: str) -> None:
    plain = (SAMPLES / f"{name}.eml").read_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    as_lf, as_crlf, as_cr = (read_bounce(plain.replace(b"\n", end)) for end in (b"\n", b"\r\n", b"\r"))

    assert as_lf == as_crlf == as_cr
