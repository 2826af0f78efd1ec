"""Where a message goes: the real SMTP server, or the local mailbox for samples, reserved names and local mode."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from abm.config import Settings
from abm.errors import BadConfiguration

# RFC 2606 and RFC 6761: names that can never be delivered to.
RESERVED_ENDINGS = (".example", ".test", ".invalid", ".localhost")
RESERVED_DOMAINS = ("example.com", "example.net", "example.org", "example", "test", "invalid", "localhost")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PORTS = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True)
class Route:
    """An SMTP server and how it is spoken to."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    implicit_tls: bool = False
    is_local: bool = False
    tls_required: bool = False

    @property
    def must_encrypt(self) -> bool:
        """Whether nothing is said in the clear: a password never is over a network."""
        return self.tls_required or (bool(self.user) and not self.is_loopback)

    @property
    def is_loopback(self) -> bool:
        """Whether the server runs on this host."""
        return self.host in LOOPBACK

    def __repr__(self) -> str:
        """Without user and password, for it may be logged."""
        return f"Route({self.host}:{self.port})"


def route_for(email: str, is_sample: bool, settings: Settings, mailbox_port: int) -> Route | None:
    """The server for this address; None when it belongs to the local mailbox and none is running."""
    if settings.smtp_url and not is_sample and not is_reserved(email):
        return read_route(settings.smtp_url)
    port = settings.mailbox_port or mailbox_port
    return Route("127.0.0.1", port, is_local=True) if port else None


def is_reserved(email: str) -> bool:
    """Whether an address lies under a name kept for documentation and tests."""
    domain = email.rpartition("@")[2].lower().rstrip(".")
    return domain.endswith(RESERVED_ENDINGS) or any(
        domain == name or domain.endswith(f".{name}") for name in RESERVED_DOMAINS
    )


def read_route(smtp_url: str) -> Route:
    """The server an smtp:// or smtps:// address names."""
    parts = urlsplit(smtp_url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise BadConfiguration("smtp_url must be smtp://user:password@host:port or smtps://…")
    try:
        port = parts.port or PORTS[parts.scheme]
    except ValueError as error:
        raise BadConfiguration("smtp_url: the port must be a number up to 65535") from error
    return Route(
        parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or ""), parts.scheme == "smtps"
    )
