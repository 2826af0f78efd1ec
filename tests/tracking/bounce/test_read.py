"""Whatever bytes arrive are read within bounds, and a doubt never becomes a hard bounce."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.words import BounceKind
from tracking.bounce import read_bounce

SAMPLES = sorted((Path(__file__).parents[2] / "data" / "bounces").glob("*.eml"))
NESTED = b"--a\nContent-Type: multipart/mixed; boundary=a\n\n"
GROUP = b"Final-Recipient: rfc822; a@b.example\nAction: failed\n\n"
REPORT = (Path(__file__).parents[2] / "data" / "bounces" / "dsn-postfix-no-such-user.eml").read_bytes()


@pytest.mark.parametrize("raw", [b"", b"\n\n\n", b"\0" * 5_000, b"\xff\xfe" * 5_000, b"no header at all"])
def test_what_is_no_mail_is_other(raw: bytes) -> None:
    assert read_bounce(raw).kind == BounceKind.OTHER


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SAMPLES), st.data())
def test_a_mail_cut_off_or_damaged_anywhere_is_still_read(sample: Path, data: st.DataObject) -> None:
    raw = bytearray(sample.read_bytes())
    cut = data.draw(st.integers(0, len(raw)))
    for place in data.draw(st.lists(st.integers(0, max(len(raw) - 1, 0)), max_size=20)):
        raw[place] = data.draw(st.integers(0, 255))

    reading = read_bounce(bytes(raw[:cut]))

    assert reading.kind in BounceKind


@pytest.mark.parametrize(
    "raw",
    [
        REPORT + b"x" * 20_000_000,
        REPORT + b"\n" * 10_000_000,
        b"From: a\nContent-Type: multipart/mixed; boundary=a\n\n" + NESTED * 50_000,
        b"From: MAILER-DAEMON\nSubject: failure notice\n\n" + b"a@b." * 1_000_000,
        b"From: MAILER-DAEMON\nSubject: failure notice\n\n" + b"<" * 2_000_000,
        b"From: MAILER-DAEMON\nSubject: failure notice\nContent-Type: text/html\n\n" + b"<style" * 500_000,
        b"From: MAILER-DAEMON\n" + b"X: y\n" * 500_000,
        b"From: MAILER-DAEMON\nSubject: " + b"=?utf-8?q?" * 300_000 + b"\n\nfailed",
        b"From: MAILER-DAEMON\nSubject: failure notice\n\n" + b"[ :" * 700_000,
        b"Content-Type: message/delivery-status\n\n" + GROUP * 40_000,
    ],
    ids=["large", "lines", "nested", "addresses", "angles", "style", "headers", "words", "labels", "recipients"],
)
def test_a_hostile_mail_takes_neither_time_nor_memory(raw: bytes) -> None:
    started = time.process_time()

    read_bounce(raw)

    # Not a measurement: without bounds these take minutes.
    assert time.process_time() - started < 10


def test_an_mbox_line_in_front_does_not_matter() -> None:
    assert read_bounce(b"From MAILER-DAEMON Mon Nov 16 10:00:05 2026\n" + REPORT) == read_bounce(REPORT)
