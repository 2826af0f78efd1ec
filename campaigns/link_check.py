"""Asking whether a mail's links lead anywhere: few, timed, at public addresses only, and nothing is followed."""

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from urllib.parse import quote, urlsplit

from abm.connectors.posting import public_address
from abm.words import MailWarning
from campaigns.compile import WEB, CompiledLink, Warn

MOST = 30
AT_ONCE = 6
EACH_SECONDS = 5.0
ALL_SECONDS = 15.0
PORTS = {"https": 443, "http": 80}
HEADERS = {"User-Agent": "abm-link-check/1", "Accept": "*/*", "Connection": "close"}
# Some servers answer only who wants the page itself, and some nobody but a browser: neither is a broken link.
ASK_AGAIN = frozenset({403, 404, 405, 501})
REFUSED = frozenset({401, 403, 407, 429, 999})


def check_links(
    links: Sequence[CompiledLink], *, allow_private: bool = False, within: float = ALL_SECONDS
) -> list[Warn]:
    """One warning for each address that does not answer well, in the order of the links."""
    lines = {link.url: _line(link) for link in reversed(links) if link.url.lower().startswith(WEB)}
    urls = list(dict.fromkeys(link.url for link in links if link.url in lines))
    executor = ThreadPoolExecutor(AT_ONCE)
    asked = {executor.submit(_look, url, allow_private): url for url in urls[:MOST]}
    wait(asked, timeout=within)
    # Whoever is still asked then is left to the clock of its own; nobody waits for it.
    executor.shutdown(wait=False, cancel_futures=True)
    told = {url: done.result() if done.done() and not done.cancelled() else _silent() for done, url in asked.items()}
    found = [
        Warn(code, lines[url], f"{url} {words}", url) for url in urls if (one := told.get(url)) for code, words in [one]
    ]
    if len(urls) > MOST:
        words = f"only the first {MOST} of {len(urls)} links were looked at"
        found.append(Warn(MailWarning.LINKS_NOT_LOOKED_AT, 0, words, str(len(urls) - MOST)))
    return found


def _line(link: CompiledLink) -> int:
    part, _, line = link.place.partition(":")
    return int(line) if part == "html" else 0


def _look(url: str, allow_private: bool) -> tuple[MailWarning, str] | None:
    """What is wrong with an address; None when it answers."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme.lower()]
    except ValueError:
        return MailWarning.LINK_BROKEN, "is no address"
    if not host or "@" in parts.netloc:
        return MailWarning.LINK_BROKEN, "is no address"
    try:
        place = public_address(host, port, allow_private=allow_private)
    except socket.gaierror:
        return MailWarning.LINK_BROKEN, "leads to a name that does not exist"
    except (OSError, UnicodeError, ValueError):
        return MailWarning.LINK_PRIVATE, "does not lie on the public Internet; recipients cannot open it"
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (
        f"?{quote(parts.query, safe='%/?:@!$&()*+,;=~-._')}" if parts.query else ""
    )
    try:
        status = _ask("HEAD", parts.scheme.lower(), host, port, place, path)
        if status in ASK_AGAIN:
            status = _ask("GET", parts.scheme.lower(), host, port, place, path)
    except ssl.SSLError:
        return MailWarning.LINK_BROKEN, "has no certificate that holds"
    except (OSError, http.client.HTTPException):
        return _silent()
    return (MailWarning.LINK_BROKEN, f"answers with {status}") if status >= 400 and status not in REFUSED else None


def _ask(method: str, scheme: str, host: str, port: int, place: tuple[str, int], path: str) -> int:
    """The status of one question, to the very address that was looked at."""
    connection = http.client.HTTPConnection(host, port, timeout=EACH_SECONDS)
    plain = socket.create_connection(place, EACH_SECONDS)
    cut = threading.Timer(EACH_SECONDS, _hang_up, [plain])
    cut.daemon = True
    cut.start()
    try:
        connection.sock = (
            ssl.create_default_context().wrap_socket(plain, server_hostname=host) if scheme == "https" else plain
        )
        connection.request(method, path, headers=HEADERS)
        return connection.getresponse().status
    finally:
        cut.cancel()
        connection.close()
        plain.close()


def _hang_up(plain: socket.socket) -> None:
    with contextlib.suppress(OSError):
        plain.shutdown(socket.SHUT_RDWR)


def _silent() -> tuple[MailWarning, str]:
    return MailWarning.LINK_SILENT, f"did not answer within {EACH_SECONDS:.0f} seconds"
