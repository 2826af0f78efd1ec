"""Certificates of Amazon SNS, fetched once and kept in a folder; an operator without a way out may put them there."""

import http.client
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

from abm.connectors.mail.ses import CERTIFICATE
from abm.connectors.posting import public_address
from abm.errors import ProviderError
from abm.whole import write_whole

WITHIN_SECONDS = 10.0
LARGEST = 20_000
HTTPS = 443

Fetch = Callable[[str], bytes]


def read_certificate(folder: Path, url: str) -> bytes | None:
    """The certificate of this address as it lies in the folder."""
    try:
        return _place(folder, url).read_bytes()
    except OSError:
        return None


def keep_certificate(folder: Path, url: str, certificate: bytes) -> None:
    """Put a certificate in its place at once, for every process of this host."""
    write_whole(_place(folder, url), certificate)


def fetch_certificate(url: str) -> bytes:
    """The certificate at an address of Amazon SNS, over a connection that proves to be Amazon's."""
    found = CERTIFICATE.fullmatch(url)
    if not found:
        raise ProviderError("certificates are fetched from Amazon SNS only", permanent=True)
    host, name = found.groups()
    connection = _Connection(host, HTTPS, timeout=WITHIN_SECONDS, context=ssl.create_default_context())
    try:
        connection.request("GET", f"/{name}")
        answer = connection.getresponse()
        content = answer.read(LARGEST + 1)
    except (OSError, http.client.HTTPException) as error:
        raise ProviderError(f"{host} does not answer ({type(error).__name__})", permanent=False) from error
    finally:
        connection.close()
    # A redirect is no certificate, and leads where nobody has looked.
    if answer.status != http.HTTPStatus.OK or len(content) > LARGEST:
        raise ProviderError(f"{host} answered {answer.status} and no certificate", permanent=False)
    return content


class _Connection(http.client.HTTPSConnection):
    """Connects to the very address that was looked at: a second look-up might answer another one."""

    def connect(self) -> None:
        plain = socket.create_connection(public_address(self.host, self.port), self.timeout)
        context: ssl.SSLContext = self._context  # type: ignore[attr-defined]  # its maker put it there
        self.sock = context.wrap_socket(plain, server_hostname=self.host)


def _place(folder: Path, url: str) -> Path:
    found = CERTIFICATE.fullmatch(url)
    if not found:
        raise ProviderError("certificates are kept of Amazon SNS only", permanent=True)
    return folder / "-".join(found.groups())
