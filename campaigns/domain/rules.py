"""The domain check: what receivers would find wrong with the domains that send our mails, and what to do next."""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from abm.words import DomainPart, FindingState, MailProvider
from campaigns.domain.dkim import SHORTEST, USUAL, read_key, read_tags
from campaigns.domain.facts import Book, Finding, Record, Sender
from campaigns.domain.spf import MOST_LOOKUPS, Spf, is_end, read_spf, with_term

RFC_SPF = "RFC 7208"
RFC_DKIM = "RFC 6376, RFC 8301"
RFC_DMARC = "RFC 7489"
RFC_STOP = "RFC 8058"
RFC_MAIL = "RFC 5321, RFC 7505"
# support.google.com/mail/answer/81126 and senders.yahooinc.com/best-practices.
SENDERS = "Gmail “Email sender guidelines”, Yahoo “Sender Best Practices”"

WELL, WATCH, BAD, UNASKED = FindingState.WELL, FindingState.WATCH, FindingState.BAD, FindingState.UNASKED

# What a record of SPF includes for those who carry mails, as their own pages say.
RELAYS = (
    ("smtp.gmail.com", "_spf.google.com"),
    ("smtp-relay.gmail.com", "_spf.google.com"),
    (".amazonaws.com", "amazonses.com"),
    ("smtp.sendgrid.net", "sendgrid.net"),
    ("smtp.postmarkapp.com", "spf.mtasv.net"),
    (".mailgun.org", "mailgun.org"),
    ("smtp.office365.com", "spf.protection.outlook.com"),
    ("smtp.resend.com", "amazonses.com"),
)


def judge(sender: Sender, book: Book) -> list[Finding]:
    """Everything there is to say with the answers so far; what else has to be asked stands in the book."""
    return [
        *_spf(sender, book),
        *_dkim(sender, book),
        *_dmarc(sender, book),
        *_stop(sender, book),
        *_bounces(sender, book),
    ]


def _spf(sender: Sender, book: Book) -> Iterator[Finding]:
    part, domain = DomainPart.SPF, sender.return_domain
    spf = read_spf(book, domain)
    if spf.unasked:
        yield Finding(part, UNASKED, "spf_unasked", {"name": ", ".join(spf.unasked)}, document=RFC_SPF)
        return
    if spf.count > 1:
        yield Finding(part, BAD, "spf_several", {"domain": domain, "count": str(spf.count)}, document=RFC_SPF)
        return
    faults = list(_spf_faults(sender, spf))
    hosts = [] if sender.provider is not MailProvider.SMTP else list(_spf_hosts(sender, book, spf))
    yield from (*faults, *hosts)
    if sender.provider is not MailProvider.SMTP and not spf.text:
        yield Finding(part, WELL, "spf_of_service", {"domain": domain}, document=RFC_SPF)
    elif spf.text and not faults and not hosts:
        yield Finding(part, WELL, "spf_well", {"domain": domain, "count": str(spf.lookups)}, document=RFC_SPF)


def _spf_faults(sender: Sender, spf: Spf) -> Iterator[Finding]:
    """What is wrong with the record itself."""
    part, domain = DomainPart.SPF, sender.return_domain
    if spf.lookups > MOST_LOOKUPS:
        values = {"domain": domain, "count": str(spf.lookups), "most": str(MOST_LOOKUPS)}
        yield Finding(part, BAD, "spf_too_many_lookups", values, document=RFC_SPF)
    for name in spf.broken:
        yield Finding(part, BAD, "spf_broken", {"domain": domain, "name": name}, document=RFC_SPF)
    for term in spf.unreadable:
        yield Finding(part, BAD, "spf_unreadable", {"domain": domain, "term": term}, document=RFC_SPF)
    if spf.end == "+":
        words = spf.text.split()
        record = Record(domain, "TXT", " ".join([*words[:-1], "~all"])) if is_end(words[-1]) else None
        yield Finding(part, BAD, "spf_lets_everybody", {"domain": domain}, record, RFC_SPF)
    elif spf.text and spf.end in ("", "?"):
        words = [word for word in spf.text.split() if not is_end(word)]
        record = Record(domain, "TXT", " ".join([*words, "~all"]))
        yield Finding(part, WATCH, "spf_open_end", {"domain": domain}, record, RFC_SPF)


def _spf_hosts(sender: Sender, book: Book, spf: Spf) -> Iterator[Finding]:
    """Whether the hosts from which our mails leave are among those that the record lets send."""
    part, domain = DomainPart.SPF, sender.return_domain
    for host in sender.hosts or ("",):
        include = next((name for end, name in RELAYS if host.endswith(end)), host)
        if include == host and not _is_address(host) and host != domain and read_spf(book, host).text:
            # A name whose own record says from where it sends, as providers give it.
            yield from () if host in spf.names else [_not_us(domain, host, spf, [f"include:{host}"])]
            continue
        if include in spf.names and include != domain:
            continue
        found = _addresses(book, host)
        if found is None:
            yield Finding(part, UNASKED, "spf_unasked", {"name": host}, document=RFC_SPF)
        elif include == host and not found:
            yield Finding(part, UNASKED, "spf_host_unknown", {"host": host or "–"}, document=RFC_SPF)
        elif include != host or not all(map(spf.holds, found)):
            terms = [f"include:{include}"] if include != host else [_term(address) for address in found]
            yield _not_us(domain, host, spf, terms)


def _not_us(domain: str, host: str, spf: Spf, terms: Sequence[str]) -> Finding:
    record = Record(domain, "TXT", with_term(spf.text, " ".join(terms)))
    code = "spf_not_us" if spf.text else "spf_missing"
    return Finding(DomainPart.SPF, BAD, code, {"domain": domain, "host": host}, record, f"{RFC_SPF}; {SENDERS}")


def _addresses(book: Book, host: str) -> list[str] | None:
    """The public addresses of a host; None while nobody could be asked."""
    found = [host] if _is_address(host) else []
    for kind in ("A", "AAAA"):
        if host and not _is_address(host):
            values = book.look(host, kind)
            if values is None:
                return None
            found += values
    return [address for address in found if ip_address(address).is_global]


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _term(address: str) -> str:
    return f"ip{ip_address(address).version}:{address}"


def _dkim(sender: Sender, book: Book) -> Iterator[Finding]:
    if not sender.selectors:
        yield Finding(DomainPart.DKIM, UNASKED, "dkim_no_selector", document=f"{RFC_DKIM}; {SENDERS}")
    for selector in sender.selectors:
        yield from _dkim_key(sender, book, f"{selector}._domainkey.{sender.signing_domain}")


def _dkim_key(sender: Sender, book: Book, name: str) -> Iterator[Finding]:
    part, own, values = DomainPart.DKIM, sender.own_key, {"name": name}
    record = Record(name, "TXT", f"v=DKIM1; k={own.algorithm}; p={own.public}") if own else None
    found = book.look(name, "TXT")
    if found is None:
        yield Finding(part, UNASKED, "dkim_unasked", values, document=RFC_DKIM)
        return
    keys = [read_key(text) for text in found if "p" in read_tags(text)]
    if len(keys) != 1:
        code = "dkim_several" if keys else "dkim_missing" if own else "dkim_missing_there"
        yield Finding(part, BAD, code, values, record, f"{RFC_DKIM}; {SENDERS}")
        return
    key = keys[0]
    if not key.public:
        yield Finding(part, BAD, "dkim_revoked", values, record, RFC_DKIM)
    elif own and (own.algorithm, own.public) != (key.algorithm, key.public):
        yield Finding(part, BAD, "dkim_differs", values, record, RFC_DKIM)
    elif key.bits is None:
        yield Finding(part, BAD, "dkim_unreadable", values, record, RFC_DKIM)
    elif key.algorithm == "rsa" and key.bits < USUAL:
        state = BAD if key.bits < SHORTEST else WATCH
        yield Finding(part, state, "dkim_short", values | {"bits": str(key.bits)}, document=f"{RFC_DKIM}; {SENDERS}")
    elif key.is_testing:
        yield Finding(part, WATCH, "dkim_testing", values, document=RFC_DKIM)
    else:
        yield Finding(part, WELL, "dkim_well", values | {"algorithm": key.algorithm}, document=RFC_DKIM)


def _dmarc(sender: Sender, book: Book) -> Iterator[Finding]:
    part, values = DomainPart.DMARC, {"domain": sender.from_domain}
    records: list[str] = []
    policy = "p"
    for domain in dict.fromkeys((sender.from_domain, sender.organisation)):
        found = book.look(f"_dmarc.{domain}", "TXT")
        if found is None:
            yield Finding(part, UNASKED, "dmarc_unasked", {"name": f"_dmarc.{domain}"}, document=RFC_DMARC)
            return
        records = [text for text in found if text.lower().startswith("v=dmarc1")]
        if records:
            # What stands above speaks of the domains below it in a tag of its own.
            policy = "p" if domain == sender.from_domain or "sp" not in read_tags(records[0]) else "sp"
            break
    if len(records) > 1:
        yield Finding(part, BAD, "dmarc_several", values | {"count": str(len(records))}, document=RFC_DMARC)
    elif not records:
        name = f"_dmarc.{sender.organisation}"
        text = f"v=DMARC1; p=none; rua=mailto:postmaster@{sender.organisation}"
        yield Finding(part, BAD, "dmarc_missing", values, Record(name, "TXT", text), f"{RFC_DMARC}; {SENDERS}")
    else:
        yield from _dmarc_record(sender, read_tags(records[0]), policy)


def _dmarc_record(sender: Sender, tags: dict[str, str], tag: str) -> Iterator[Finding]:
    part, values, policy = DomainPart.DMARC, {"domain": sender.from_domain}, tags.get(tag, "").lower()
    if policy not in ("none", "quarantine", "reject"):
        yield Finding(part, BAD, "dmarc_unreadable", values, document=RFC_DMARC)
        return
    yield from _alignment(sender, tags)
    if policy == "none":
        yield Finding(part, WATCH, "dmarc_none", values, document=f"{RFC_DMARC}; {SENDERS}")
    else:
        yield Finding(part, WELL, "dmarc_well", values | {"policy": policy}, document=RFC_DMARC)


def _alignment(sender: Sender, tags: dict[str, str]) -> Iterator[Finding]:
    """DMARC passes when the domain that signs, or that of the return path, is the one people see as the sender."""
    part = DomainPart.DMARC
    signs = bool(sender.selectors) and _is_aligned(
        sender, sender.signing_domain, sender.signing_organisation, tags.get("adkim")
    )
    returns = sender.provider is MailProvider.SMTP and _is_aligned(
        sender, sender.return_domain, sender.return_organisation, tags.get("aspf")
    )
    values = {"domain": sender.from_domain, "signing": sender.signing_domain, "returning": sender.return_domain}
    document = f"{RFC_DMARC}; {SENDERS}"
    if not signs and not returns:
        state = BAD if sender.selectors else UNASKED
        yield Finding(part, state, "dmarc_not_aligned" if sender.selectors else "dmarc_unknown", values, None, document)
    elif not signs:
        yield Finding(part, WATCH, "dmarc_by_path_only", values, None, document)
    elif not returns:
        yield Finding(part, WATCH, "dmarc_by_key_only", values, None, document)


def _is_aligned(sender: Sender, domain: str, organisation: str, mode: str | None) -> bool:
    return domain == sender.from_domain if mode == "s" else organisation == sender.organisation


def _stop(sender: Sender, book: Book) -> Iterator[Finding]:
    """The stop header leads to our own address: who gets the mail must reach it, encrypted."""
    part, document = DomainPart.STOP, f"{RFC_STOP}; {SENDERS}"
    parts = urlsplit(sender.public_url)
    host = parts.hostname or ""
    values = {"url": sender.public_url, "host": host}
    is_here = host == "localhost" or host.endswith(".localhost") or (_is_address(host) and ip_address(host).is_loopback)
    if is_here:
        yield Finding(part, BAD, "stop_here", values, document=document)
        return
    if parts.scheme != "https":
        yield Finding(part, BAD, "stop_plain", values, document=document)
    known = [host] if _is_address(host) else []
    asked = [] if known else [book.look(host, "A"), book.look(host, "AAAA")]
    known += [address for found in asked for address in found or ()]
    if None in asked and not known:
        yield Finding(part, UNASKED, "stop_unasked", values, document=document)
    elif not known:
        yield Finding(part, BAD, "stop_unknown", values, document=document)
    elif not any(ip_address(address).is_global for address in known):
        yield Finding(part, WATCH, "stop_private", values, document=document)
    elif parts.scheme == "https":
        yield Finding(part, WELL, "stop_well", values, document=document)


def _bounces(sender: Sender, book: Book) -> Iterator[Finding]:
    """Mails that cannot be delivered come back to the return path: somebody must take them."""
    part, domain = DomainPart.BOUNCES, sender.return_domain
    values = {"domain": domain}
    found = book.look(domain, "MX")
    if found is None:
        yield Finding(part, UNASKED, "mx_unasked", values, document=RFC_MAIL)
    elif any(one.split()[-1] == "." for one in found):
        yield Finding(part, BAD, "mx_refuses", values, document=RFC_MAIL)
    elif not found:
        record = Record(domain, "MX", f"10 mail.{sender.organisation}.")
        yield Finding(part, BAD, "mx_missing", values, record, RFC_MAIL)
    else:
        yield Finding(part, WELL, "mx_well", values | {"host": found[0].split()[-1].rstrip(".")}, document=RFC_MAIL)
