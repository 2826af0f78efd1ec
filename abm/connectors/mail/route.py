"""Where a message goes: the real server or service, or the local mailbox for samples, reserved names, local mode."""

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from abm.config import Settings
from abm.connectors.mail.aws import read_keys
from abm.errors import BadConfiguration
from abm.words import MailProvider, SmtpTls

# RFC 2606 and RFC 6761: names that can never be delivered to.
RESERVED_DOMAINS = ("example.com", "example.net", "example.org", "example", "test", "invalid", "localhost")
BELOW_RESERVED = tuple(f".{name}" for name in RESERVED_DOMAINS)
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PORTS = {"smtp": 25, "smtps": 465}
API_PORTS = {"http": 80, "https": 443}
API_URLS = {
    MailProvider.SES: "https://email.{region}.amazonaws.com",
    MailProvider.SENDGRID: "https://api.sendgrid.com",
    MailProvider.POSTMARK: "https://api.postmarkapp.com",
}


@dataclass(frozen=True)
class Route:
    """An SMTP server, or a service with an API, and how it is spoken to."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    implicit_tls: bool = False
    is_local: bool = False
    tls_required: bool = False
    provider: MailProvider = MailProvider.SMTP
    # Of a service: where its API lies; `password` is the key.
    api_url: str = ""
    region: str = ""
    stream: str = ""

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
    if not settings.local_mailbox and not is_sample and not is_reserved(email):
        return read_server(settings) if settings.mail_provider == MailProvider.SMTP else read_api(settings)
    port = settings.mailbox_port or mailbox_port
    return Route("127.0.0.1", port, is_local=True) if port else None


def is_reserved(email: str) -> bool:
    """Whether an address lies under a name kept for documentation and tests."""
    domain = email.rpartition("@")[2].lower().rstrip(".")
    return domain in RESERVED_DOMAINS or domain.endswith(BELOW_RESERVED)


def read_server(settings: Settings) -> Route:
    """The server of the settings: encrypted wherever they say so, and off this host unless they say otherwise."""
    return _read_server(settings.smtp_url, settings.smtp_tls)


# It is asked for at every mail.
@lru_cache(maxsize=16)
def _read_server(smtp_url: str, smtp_tls: str) -> Route:
    route = read_route(smtp_url)
    asked = smtp_tls or (SmtpTls.OFFERED if route.is_loopback else SmtpTls.REQUIRED)
    return replace(route, tls_required=asked == SmtpTls.REQUIRED)


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


def read_api(settings: Settings) -> Route:
    """The service that the settings name, with its key."""
    provider = MailProvider(settings.mail_provider)
    url = (settings.mail_api_url or API_URLS[provider].format(region=settings.mail_region)).rstrip("/")
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not is_safe or not parts.hostname:
        raise BadConfiguration("mail_api_url must be https://host or https://host/path")
    key = _read_key(settings)
    if provider is MailProvider.SES:
        read_keys(key)
    return Route(
        parts.hostname,
        parts.port or API_PORTS[parts.scheme],
        password=key,
        provider=provider,
        api_url=url,
        region=settings.mail_region,
        stream=settings.mail_stream,
    )


def _read_key(settings: Settings) -> str:
    """The key; a file is read anew each time, for short-lived keys are replaced in it."""
    if settings.mail_key:
        return settings.mail_key
    try:
        return Path(settings.mail_key_file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfiguration(f"mail_key_file {settings.mail_key_file} cannot be read") from error
