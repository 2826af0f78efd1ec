"""The sample company's recipients: small HTTP clients that read their mail as people and gateways do."""

import http.client
import zlib
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag

BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
GATEWAY = "BarracudaCentral-LinkScanner/1.0 (sample)"
PATIENCE_SECONDS = 10

# A firm whose mail gateway follows every link of every mail before anybody reads it.
SCANNED_DOMAIN = "hikari-print.example"
# A firm that warms up through the webinar alone: its people read, but do not click.
READERS_ONLY = "aoba-seiki.example"
# Of a hundred mails: how many are opened, how many of those clicked, how many lead to a download.
OPENED, CLICKED, DOWNLOADED = 70, 22, 12


@dataclass(frozen=True)
class ReceivedMail:
    """A mail as a recipient sees it; every entry is the path of one of our own tracked addresses."""

    to: str
    subject: str
    pixels: tuple[str, ...]
    pages: tuple[str, ...]
    files: tuple[str, ...]
    traps: tuple[str, ...]


def read_mail(raw: bytes, to: str) -> ReceivedMail:
    """What a mail program shows of this mail."""
    message = message_from_bytes(raw, policy=default)
    part = message.get_body(("html",))
    soup = BeautifulSoup(part.get_content() if part else "", "lxml")
    links = soup.find_all("a", href=True)
    shown = [_path(link["href"]) for link in links if not _is_hidden(link)]
    return ReceivedMail(
        to=to,
        subject=str(message["subject"]),
        pixels=tuple(
            path for image in soup.find_all("img", src=True) if (path := _path(image["src"])).startswith("/o/")
        ),
        pages=tuple(path for path in shown if path.startswith("/c/")),
        files=tuple(path for path in shown if path.startswith("/d/")),
        traps=tuple(_path(link["href"]) for link in links if _is_hidden(link)),
    )


class Visitor:
    """Makes requests to this installation only, so that a demo never reaches another machine."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port

    def react(self, mail: ReceivedMail) -> None:
        """Do with a mail what this recipient would; always the same for the same mail."""
        mood = zlib.crc32(f"{mail.to} {mail.subject}".encode()) % 100
        clicks = not mail.to.endswith(READERS_ONLY)
        if mail.to.endswith(SCANNED_DOMAIN):
            self.scan(mail)
        if mood < OPENED:
            self.visit(*mail.pixels)
        if mood < CLICKED and clicks:
            self.visit(*mail.pages[:1])
        if mood < DOWNLOADED and clicks:
            self.visit(*mail.files[:1])

    def scan(self, mail: ReceivedMail) -> None:
        """Touch every link, the hidden one too, as a mail gateway does."""
        self.visit(*mail.pages, *mail.files, *mail.traps, method="HEAD", agent=GATEWAY)

    def visit(self, *paths: str, method: str = "GET", agent: str = BROWSER) -> None:
        """One request each; redirects are not followed."""
        for path in paths:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=PATIENCE_SECONDS)
            try:
                connection.request(method, path, headers={"User-Agent": agent})
                connection.getresponse().read()
            finally:
                connection.close()


def _path(url: object) -> str:
    return urlsplit(str(url)).path


def _is_hidden(link: Tag) -> bool:
    style = str(link.get("style") or "").replace(" ", "")
    return "display:none" in style or link.get("aria-hidden") == "true"
