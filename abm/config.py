"""Settings: defaults < abm.toml < environment, read once and passed on as a value."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from abm.errors import BadConfiguration
from abm.words import Language, MailProvider, SmtpTls

# Settings that other tools also name; the plain name is read when ABM_<NAME> is absent.
PLAIN_NAMES = {"database_url": "DATABASE_URL", "redis_url": "REDIS_URL"}
DOMAIN = re.compile(r"(?=.{4,190}\Z)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")


@dataclass(frozen=True)
class Settings:
    """Everything an installation may set. Each field is `name` in abm.toml and ABM_NAME in the environment."""

    state_dir: Path = field(default=Path(".state"), metadata={"help": "folder for engines, spool, keys and caches"})
    host: str = field(default="127.0.0.1", metadata={"help": "address the pages and tracking listen on"})
    port: int = field(default=8000, metadata={"help": "port the pages and tracking listen on"})
    base_url: str = field(default="", metadata={"help": "public address used in mails; empty = http://127.0.0.1:PORT"})
    database_url: str = field(default="", metadata={"help": "PostgreSQL 18 or newer; empty = the embedded one"})
    redis_url: str = field(default="", metadata={"help": "Valkey or Redis; empty = the embedded one"})
    smtp_url: str = field(default="", metadata={"help": "smtp(s)://user:password@host:port; empty = local mailbox"})
    smtp_tls: str = field(
        default="",
        metadata={"help": "required, or offered (in the clear where it is not); empty = required off this host"},
    )
    mail_provider: str = field(
        default="smtp", metadata={"help": "who takes the mails: smtp, ses, sendgrid or postmark (by their APIs)"}
    )
    mail_key: str = field(
        default="",
        repr=False,
        metadata={"help": "API key or server token; of SES ACCESS_KEY_ID:SECRET[:TOKEN]"},
    )
    mail_key_file: str = field(default="", metadata={"help": "file that holds the key, read anew for each mail"})
    mail_region: str = field(default="ap-northeast-1", metadata={"help": "AWS region of SES"})
    mail_stream: str = field(
        default="", metadata={"help": "configuration set of SES, or Postmark's message stream; empty = broadcast there"}
    )
    mail_api_url: str = field(default="", metadata={"help": "https address of the API where it is not the usual one"})
    mailbox_port: int = field(default=0, metadata={"help": "port of the local mailbox's SMTP server; 0 = a free one"})
    language: str = field(default="ja", metadata={"help": "language of new users and contacts: ja or en"})
    time_zone: str = field(default="Asia/Tokyo", metadata={"help": "zone of days and of files that name none"})
    sender_name: str = field(default="ABM", metadata={"help": "company name shown as the sender of mails"})
    sender_mail: str = field(default="marketing@sender.example", metadata={"help": "From address of mails"})
    sender_address: str = field(default="", metadata={"help": "postal address in the legal footer"})
    bounce_domain: str = field(
        default="", metadata={"help": "mails come back to bounces+TOKEN at this domain; empty = to sender_mail"}
    )
    dkim_key_file: str = field(
        default="", metadata={"help": "file with the RSA or Ed25519 key that signs mails; empty = the server signs"}
    )
    dkim_selector: str = field(default="", metadata={"help": "selector under which the key's public half is found"})
    dkim_domain: str = field(default="", metadata={"help": "domain that signs; empty = the one of sender_mail"})
    sending_hosts: tuple[str, ...] = field(
        default=(),
        metadata={"help": "where mails leave from, for the domain check; empty = the host of smtp_url"},
    )
    dns_resolver: str = field(
        default="", metadata={"help": "HOST:PORT of the name server that the domain check asks; empty = the system's"}
    )
    shared_domains: tuple[str, ...] = field(
        default=(), metadata={"help": "further mail domains that many firms share (comma separated)"}
    )
    networks_file: str = field(
        default="", metadata={"help": "file of networks of mail gateways and data centres instead of the shipped one"}
    )
    own_hosts: tuple[str, ...] = field(
        default=(), metadata={"help": "hosts of your own web sites, whose pages may tell of visits (comma separated)"}
    )
    secret_key: str = field(default="", metadata={"help": "key of sessions and tokens; empty = made by itself"})
    secret_key_file: str = field(default="", metadata={"help": "file that holds the secret key"})
    # What providers prove themselves with, newest first; never shown in a log.
    webhook_ses_topics: tuple[str, ...] = field(
        default=(), repr=False, metadata={"help": "ARNs of the Amazon SNS topics that may post SES events"}
    )
    webhook_sendgrid_keys: tuple[str, ...] = field(
        default=(), repr=False, metadata={"help": "public verification keys of SendGrid's event webhook"}
    )
    webhook_postmark_logins: tuple[str, ...] = field(
        default=(), repr=False, metadata={"help": "user:password in the address given to Postmark"}
    )
    webhook_mailgun_keys: tuple[str, ...] = field(
        default=(), repr=False, metadata={"help": "webhook signing keys of Mailgun"}
    )
    webhook_resend_secrets: tuple[str, ...] = field(
        default=(), repr=False, metadata={"help": "signing secrets of Resend's webhooks, whsec_…"}
    )
    webhook_zoom_tokens: tuple[str, ...] = field(
        default=(), repr=False, metadata={"help": "secret tokens of the Zoom app that posts webinar events"}
    )
    webhook_generic_secrets: tuple[str, ...] = field(
        default=(), repr=False, metadata={"help": "secrets of systems that post Standard Webhooks, whsec_…"}
    )
    allow_private_targets: bool = field(
        default=False, metadata={"help": "let outgoing webhooks reach plain http and addresses of our own network"}
    )
    demo: bool = field(default=False, metadata={"help": "fill a new database with the sample company and play a month"})
    web_threads: int = field(default=64, metadata={"help": "request threads of a web or tracking process"})
    web_connections: int = field(
        default=16, metadata={"help": "database connections a web process keeps; as many again while it is busy"}
    )
    soft_bounces: int = field(
        default=5, metadata={"help": "soft bounces within 30 days after which an address is not mailed again"}
    )
    api_requests: int = field(
        default=600, metadata={"help": "requests a minute that other systems may make with one API token"}
    )
    worker_threads: int = field(default=4, metadata={"help": "threads of a worker process"})
    log_json: bool = field(default=True, metadata={"help": "log lines as JSON"})

    @property
    def zone(self) -> ZoneInfo:
        """The installation's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def public_url(self) -> str:
        """Where recipients reach us, without a trailing slash."""
        return (self.base_url or f"http://127.0.0.1:{self.port}").rstrip("/")

    @property
    def local_mailbox(self) -> bool:
        """True while no real mail server or service is configured."""
        return self.mail_provider == MailProvider.SMTP and not self.smtp_url

    @property
    def embedded(self) -> bool:
        """True when both engines are our own: only then may a secret be made up."""
        return not self.database_url and not self.redis_url


def load_settings(environ: Mapping[str, str] | None = None, file: Path | None = None) -> Settings:
    """Settings of this installation; raises BadConfiguration naming the setting and where it came from."""
    environ = os.environ if environ is None else environ
    values = {**_from_file(file or _file_named(environ)), **_from_environment(environ)}
    settings = Settings(**{name: _convert(name, raw, source) for name, (raw, source) in values.items()})
    return _checked(settings)


def _file_named(environ: Mapping[str, str]) -> Path:
    named = environ.get("ABM_CONFIG", "")
    # A file somebody asks for by name is missed when it is not there; the usual one need not exist.
    if named and not Path(named).exists():
        raise BadConfiguration(f"ABM_CONFIG names {named}, which is not there")
    return Path(named or "abm.toml")


def _from_file(file: Path) -> dict[str, tuple[Any, str]]:
    if not file.exists():
        return {}
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadConfiguration(f"{file} cannot be read: {error}") from error
    known = {f.name for f in fields(Settings)}
    if unknown := sorted(set(table) - known):
        raise BadConfiguration(f"{file}: unknown setting {unknown[0]!r}; known are {', '.join(sorted(known))}")
    return {name: (value, str(file)) for name, value in table.items()}


def _from_environment(environ: Mapping[str, str]) -> dict[str, tuple[Any, str]]:
    found: dict[str, tuple[Any, str]] = {}
    for f in fields(Settings):
        for variable in (PLAIN_NAMES.get(f.name), f"ABM_{f.name.upper()}"):
            if variable and environ.get(variable, "") != "":
                found[f.name] = (environ[variable], variable)
    return found


def _convert(name: str, raw: Any, source: str) -> Any:
    default = getattr(Settings, name)
    try:
        return _as_type(type(default), raw)
    except (TypeError, ValueError) as error:
        raise BadConfiguration(f"{source}: {name} cannot be {raw!r}; give a {_kind(default)}") from error


def _as_type(kind: type, raw: Any) -> Any:
    if kind is bool:
        return _as_bool(raw)
    if kind is tuple:
        parts = raw.split(",") if isinstance(raw, str) else raw
        return tuple(part.strip() for part in parts if part.strip())
    if kind is int and isinstance(raw, bool):
        raise ValueError("a truth value is no number")
    if issubclass(kind, Path):
        return Path(raw).expanduser()
    return int(raw) if kind is int else str(raw)


def _as_bool(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().lower()
    if word in ("1", "true", "yes", "on"):
        return True
    if word in ("0", "false", "no", "off"):
        return False
    raise ValueError(word)


def _kind(default: Any) -> str:
    if isinstance(default, bool):
        return "yes or no"
    return {int: "whole number", tuple: "comma separated list"}.get(type(default), "text")


def _checked(settings: Settings) -> Settings:
    if settings.time_zone not in available_timezones():
        raise BadConfiguration(f"time_zone {settings.time_zone!r} is not a known zone; for example Asia/Tokyo")
    if settings.language not in set(Language):
        raise BadConfiguration(f"language {settings.language!r} is not one of ja, en")
    if settings.smtp_tls not in {"", *SmtpTls}:
        raise BadConfiguration(f"smtp_tls {settings.smtp_tls!r} is not one of {', '.join(SmtpTls)}")
    if settings.mail_provider not in set(MailProvider):
        raise BadConfiguration(f"mail_provider {settings.mail_provider!r} is not one of {', '.join(MailProvider)}")
    if settings.mail_provider != MailProvider.SMTP and not (settings.mail_key or settings.mail_key_file):
        raise BadConfiguration(f"mail_provider {settings.mail_provider} needs mail_key or mail_key_file")
    if settings.bounce_domain and not DOMAIN.fullmatch(settings.bounce_domain):
        raise BadConfiguration(f"bounce_domain {settings.bounce_domain!r} is no domain; for example bounce.example.com")
    for name in ("port", "mailbox_port"):
        if not 0 <= getattr(settings, name) <= 65535:
            raise BadConfiguration(f"{name} must be between 0 and 65535")
    if settings.soft_bounces < 1:
        raise BadConfiguration("soft_bounces must be 1 or more; 1 gives up an address at its first soft bounce")
    if settings.api_requests < 1:
        raise BadConfiguration("api_requests must be 1 or more; what nobody may ask needs no token: `abm token revoke`")
    return settings
