"""Mail addresses as they stand in reports, the odd ones of Japanese carriers included."""

import re

LONGEST_TEXT = 20_000
# Local parts may be quoted, and at carriers begin or end with a dot or hold two in a row. In running text an address
# ends where another script begins; in a field it may be written in any.
_LOCAL = r"(?:\"[^\"\s@]{1,64}\"|[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64})"
_DOMAIN = r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9])){0,250}(?!\.?[A-Za-z0-9_-])"
ADDRESS = rf"{_LOCAL}@{_DOMAIN}"
_FIND = re.compile(ADDRESS)
_FIELD = re.compile(r"(?:\"[^\"]{1,64}\"|[^\s<>\"]{1,64})@[^\s<>;,()]{1,255}")
# Words that stick to an address: a URL's, and the address types of Exchange.
_STUCK = re.compile(r"^(?:mailto:|(?:smtp|to|email|rcpt|user)=)+", re.IGNORECASE)
_QUOTED = re.compile(r'"([A-Za-z0-9!#$%&\'*+/=?^_{}~.-]+)"(@.*)')
# Who sends reports, never who is meant by one.
MACHINES = ("mailer-daemon", "postmaster", "mailerdaemon", "mail-daemon", "mailer_daemon", "mdaemon")


def find_addresses(text: str) -> list[str]:
    """Every address in a text, once each, in order."""
    if "@" not in text:
        return []
    found = (tidy(address) for address in _FIND.findall(text[:LONGEST_TEXT]))
    return list(dict.fromkeys(address for address in found if address))


def field_address(value: str) -> str | None:
    """The address of a header or report field, in any script."""
    found = _FIELD.search(value)
    return tidy(found[0]) or None if found else None


def one_address(text: str) -> str | None:
    """The address of a text that holds exactly one."""
    found = find_addresses(text)
    return found[0] if len(found) == 1 else None


def tidy(address: str) -> str:
    """Without quotes that are not needed, and without what stuck to it in a sentence."""
    quoted = _QUOTED.fullmatch(address)
    if quoted:
        return quoted[1] + quoted[2]
    return _STUCK.sub("", address.strip("'`")).rstrip(".")


def is_machine(address: str) -> bool:
    """Whether mail systems write from this address."""
    return address.partition("@")[0].lower() in MACHINES
