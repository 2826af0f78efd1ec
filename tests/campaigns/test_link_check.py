"""Asking whether links answer: a server of our own, and addresses that nobody outside could open."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from abm.words import LinkKind, MailWarning
from campaigns.compile import CompiledLink
from campaigns.link_check import MOST, check_links


class Site(BaseHTTPRequestHandler):
    """Knows /ok, asks for GET at /get, sends away at /away, and hangs up at /silent."""

    def do_HEAD(self) -> None:
        self.answer({"/ok": 200, "/get": 405, "/away": 302}.get(self.path, 404))

    def do_GET(self) -> None:
        self.answer(200 if self.path == "/get" else 404)

    def answer(self, status: int) -> None:
        if self.path == "/silent":
            self.connection.close()
            return
        self.send_response(status)
        self.send_header("Location", "http://127.0.0.1:1/nowhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def links(*urls: str) -> list[CompiledLink]:
    return [CompiledLink(n, LinkKind.URL, url, f"html:{n}", "x") for n, url in enumerate(urls, 1)]


def test_each_address_is_asked_once_and_told_with_its_line(site: str) -> None:
    paths = ("/ok", "/gone", "/get", "/away", "/silent", "/gone")

    told = check_links(links(*(site + path for path in paths)), allow_private=True)

    assert [(one.code, one.line, one.about) for one in told] == [
        (MailWarning.LINK_BROKEN, 2, f"{site}/gone"),
        (MailWarning.LINK_SILENT, 5, f"{site}/silent"),
    ]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://127.0.0.1:1/", MailWarning.LINK_PRIVATE),
        ("http://[::1]/", MailWarning.LINK_PRIVATE),
        ("http://169.254.169.254/latest/meta-data/", MailWarning.LINK_PRIVATE),
        ("http://10.0.0.1/", MailWarning.LINK_PRIVATE),
        ("https://user:secret@127.0.0.1/", MailWarning.LINK_BROKEN),
        ("https://:99999/", MailWarning.LINK_BROKEN),
    ],
)
def test_nothing_of_our_own_network_is_asked(url: str, code: MailWarning) -> None:
    assert [one.code for one in check_links(links(url))] == [code]


def test_what_is_too_much_is_left_out_and_said(site: str) -> None:
    told = check_links(links(*(f"{site}/ok?{n}" for n in range(MOST + 3))), allow_private=True, within=0.0)

    assert (told[-1].code, told[-1].about) == (MailWarning.LINKS_NOT_LOOKED_AT, "3")
