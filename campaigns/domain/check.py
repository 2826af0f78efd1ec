"""The domain check as it is made: ask what the rules want to know, round by round, and keep what came of it."""

import uuid
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.connectors.mail.dkim import DkimKey, read_dkim_key
from abm.connectors.names import ask, make_resolver
from abm.customers.domains import domain_of, registrable_domain
from abm.models import AuditEntry, DomainCheck
from abm.words import DomainPart, FindingState, MailProvider
from campaigns.domain.facts import Book, Finding, OwnKey, Record, Sender
from campaigns.domain.rules import judge

# What has not been asked by then is told as not asked.
TOGETHER_SECONDS = 12.0
# Records that include others are read level by level.
MOST_ROUNDS = 14


def look_over(settings: Settings) -> list[Finding]:
    """Ask the DNS and say what it means for our mails; nothing of it happens inside a transaction."""
    resolver, sender = make_resolver(settings.dns_resolver), sender_of(settings)
    ends, book = monotonic() + TOGETHER_SECONDS, Book({})
    findings = judge(sender, book)
    for _ in range(MOST_ROUNDS):
        if not book.wanted or monotonic() > ends:
            break
        book = Book({**book.answers, **ask(resolver, sorted(book.wanted))})
        findings = judge(sender, book)
    return findings


def sender_of(settings: Settings) -> Sender:
    """What receivers see of us, by the settings."""
    # A service signs itself, whatever key lies here.
    key = read_dkim_key(settings) if settings.mail_provider == MailProvider.SMTP else None
    from_domain = domain_of(settings.sender_mail)
    signing = (key.domain if key else settings.dkim_domain or from_domain).lower()
    returning = (settings.bounce_domain or from_domain).lower()
    selectors = [key.selector] if key else settings.dkim_selector.split(",")
    return Sender(
        from_domain,
        registrable_domain(from_domain),
        returning,
        MailProvider(settings.mail_provider),
        settings.sending_hosts or _server(settings),
        signing,
        registrable_domain(signing),
        registrable_domain(returning),
        tuple(one.strip() for one in selectors if one.strip()),
        _public(key) if key else None,
        settings.public_url,
    )


def keep_check(session: Session, findings: Sequence[Finding], *, by: uuid.UUID | None, at: datetime) -> None:
    """Keep what was found in place of what was found before."""
    session.execute(delete(DomainCheck))
    session.add(DomainCheck(at=at, by=by, findings=[asdict(one) for one in findings]))
    states = {state.value: sum(one.state is state for one in findings) for state in FindingState}
    session.add(AuditEntry(at=at, user_id=by, act="domain.checked", subject="sending", detail=states))
    session.flush()


def last_check(session: Session) -> tuple[DomainCheck, list[Finding]] | None:
    """The check made last, with its findings."""
    newest = select(DomainCheck).order_by(DomainCheck.at.desc(), DomainCheck.id.desc())
    found = session.scalars(newest.limit(1)).one_or_none()
    return (found, [_finding(one) for one in found.findings]) if found else None


def _finding(kept: dict[str, Any]) -> Finding:
    record = Record(**kept["record"]) if kept["record"] else None
    part, state = DomainPart(kept["part"]), FindingState(kept["state"])
    return Finding(part, state, kept["code"], kept["values"], record, kept["document"])


def _server(settings: Settings) -> tuple[str, ...]:
    host = urlsplit(settings.smtp_url).hostname if settings.smtp_url else None
    return (host.lower(),) if host else ()


def _public(key: DkimKey) -> OwnKey:
    public = key.private.public_key()
    if isinstance(key.private, RSAPrivateKey):
        raw = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return OwnKey("rsa", b64encode(raw).decode())
    return OwnKey("ed25519", b64encode(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode())
