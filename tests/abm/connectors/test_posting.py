"""Posting to an address somebody entered: never into our own network, never further than told, never for long."""

import socket
import time
from http.server import BaseHTTPRequestHandler

import pytest

from abm.connectors import posting
from abm.connectors.mail.smtp import Fate
from abm.connectors.posting import Parcel, is_public, post, read_url
from abm.words import DeliveryReason
from tests.receiver import hang_up, receiving, redirect_to, say

# Loopback, private, link-local with the metadata of clouds, shared, documentation, and each of them in disguise.
OURS = (
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fd00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2001:db8::1",
)


def parcel(url: str) -> Parcel:
    return Parcel(url, {"Content-Type": "application/json"}, b"{}")


def resolve_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Each look-up of a name gets the next of these answers; the names looked up are returned."""
    asked: list[str] = []
    left = list(answers)

    def look_up(host: str, port: int, **how: object) -> list[tuple[object, ...]]:
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(posting.socket, "getaddrinfo", look_up)
    return asked


@pytest.mark.parametrize("address", OURS)
def test_addresses_of_our_own_network_are_none_of_the_public_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808"])
def test_addresses_of_the_public_internet_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "https://user:secret@hooks.example.com/",
        "https:///path",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com/\r\nHost: other",
        "https://ho oks.example.com/",
        "https://例え.jp/",
        "javascript:alert(1)",
        "",
        "https://hooks.example.com/" + "x" * 3000,
    ],
)
def test_an_address_that_is_no_plain_https_is_refused(url: str) -> None:
    assert read_url(url) is None
    assert post(parcel(url)).reason is DeliveryReason.BAD_ADDRESS


def test_a_name_that_leads_into_our_own_network_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as receiver:
        resolve_to(monkeypatch, ["127.0.0.1"])
        posted = post(parcel(f"https://hooks.example.com:{receiver.port}/"))

    assert (posted.fate, posted.reason) == (Fate.DEFERRED, DeliveryReason.PRIVATE_ADDRESS)
    assert receiver.got == []


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, ["8.8.8.8", "10.0.0.1"])

    assert post(parcel("https://hooks.example.com/")).reason is DeliveryReason.PRIVATE_ADDRESS


def test_a_name_that_answers_otherwise_the_second_time_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    connected: list[tuple[str, int]] = []
    asked = resolve_to(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        connected.append(address)
        raise OSError("no way out of a test")

    monkeypatch.setattr(posting.socket, "create_connection", connect)

    assert post(parcel("https://hooks.example.com/")).reason is DeliveryReason.UNREACHABLE
    assert (asked, connected) == (["hooks.example.com"], [("8.8.8.8", 443)])


def test_a_post_arrives_whole_with_host_and_query() -> None:
    with receiving() as receiver:
        posted = post(Parcel(receiver.url, {"X-Test": "1"}, "漢字".encode()), allow_private=True)

    ((headers, body),) = receiver.got
    assert posted.fate is Fate.ACCEPTED
    assert (headers["host"], headers["x-test"], body.decode()) == (f"127.0.0.1:{receiver.port}", "1", "漢字")


def test_nobody_is_followed_elsewhere() -> None:
    with receiving() as other, receiving(redirect_to(other.url)) as receiver:
        posted = post(parcel(receiver.url), allow_private=True)

    assert (posted.fate, posted.reason, posted.status) == (Fate.DEFERRED, DeliveryReason.REDIRECTED, 307)
    assert other.got == []


@pytest.mark.parametrize(
    ("status", "fate", "reason"),
    [
        (200, Fate.ACCEPTED, None),
        (202, Fate.ACCEPTED, None),
        (400, Fate.DEFERRED, DeliveryReason.REFUSED),
        (410, Fate.REFUSED, DeliveryReason.GONE),
        (429, Fate.DEFERRED, DeliveryReason.TOO_MANY),
        (500, Fate.DEFERRED, DeliveryReason.THEIR_FAULT),
        (503, Fate.DEFERRED, DeliveryReason.TOO_MANY),
    ],
)
def test_a_status_says_whether_to_try_again(status: int, fate: Fate, reason: DeliveryReason | None) -> None:
    with receiving(status) as receiver:
        posted = post(parcel(receiver.url), allow_private=True)

    assert (posted.fate, posted.reason, posted.status) == (fate, reason, status)


def test_whoever_asks_us_to_wait_is_left_alone_but_not_for_ever() -> None:
    with receiving(say(429, Retry_After="120"), say(429, Retry_After="99999999")) as receiver:
        waits = [post(parcel(receiver.url), allow_private=True).wait for _ in range(2)]

    assert waits == [120.0, posting.LONGEST_WAIT_ASKED]


def test_whoever_hangs_up_after_taking_the_post_leaves_us_in_doubt() -> None:
    with receiving(hang_up) as receiver:
        posted = post(parcel(receiver.url), allow_private=True)

    assert (posted.fate, posted.reason) == (Fate.UNKNOWN, DeliveryReason.BROKEN_OFF)


def test_a_receiver_that_drips_its_answer_is_cut_off() -> None:
    def drip(request: BaseHTTPRequestHandler) -> None:
        request.connection.sendall(b"HTTP/1.1 2")
        try:
            while True:
                request.connection.sendall(b" ")
                time.sleep(0.05)
        except OSError:
            request.close_connection = True

    with receiving(drip) as receiver:
        began = time.monotonic()
        posted = post(parcel(receiver.url), allow_private=True, within=0.5)

    assert posted.fate is Fate.UNKNOWN
    assert time.monotonic() - began < 5


def test_an_endless_answer_is_read_only_so_far() -> None:
    with receiving(say(200, "x" * 1_000_000)) as receiver:
        posted = post(parcel(receiver.url), allow_private=True)

    assert posted.fate is Fate.ACCEPTED
    assert len(posted.said) <= posting.READ_BYTES


def test_a_receiver_without_a_certificate_gets_nothing() -> None:
    with receiving() as receiver:
        posted = post(parcel(receiver.url.replace("http://", "https://")), allow_private=True)

    assert (posted.fate, posted.reason) == (Fate.DEFERRED, DeliveryReason.UNSAFE)
    assert receiver.got == []


def test_where_nobody_listens_nothing_has_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    posted = post(parcel(f"http://127.0.0.1:{port}/"), allow_private=True)

    assert (posted.fate, posted.reason) == (Fate.DEFERRED, DeliveryReason.UNREACHABLE)


class Guard:
    """Lets a post pass or not, and remembers that it left."""

    def __init__(self, allowed: bool) -> None:
        self.allowed = allowed
        self.left = False

    def may_pass(self) -> bool:
        return self.allowed

    def has_passed(self) -> None:
        self.left = True


@pytest.mark.parametrize("allowed", [True, False])
def test_nothing_is_said_before_the_gate_opens(allowed: bool) -> None:
    guard = Guard(allowed)
    with receiving() as receiver:
        posted = post(parcel(receiver.url), allow_private=True, gate=guard)

    assert (posted.fate is Fate.ACCEPTED, guard.left, len(receiver.got)) == (allowed, allowed, int(allowed))


def test_what_broke_off_before_its_last_byte_is_said_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        # More than any buffer on the way holds, and nobody reads it.
        posted = post(Parcel(url, {}, b"x" * 30_000_000), allow_private=True, within=0.3)

    assert (posted.fate, posted.reason) == (Fate.DEFERRED, DeliveryReason.TIMED_OUT)
