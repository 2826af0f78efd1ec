"""Placeholders in mail texts: {{ contact.family_name }} and the few that sending fills in by itself."""

import re

PLACEHOLDER = re.compile(r"\{\{\s*([a-z_]+(?:\.[a-z_0-9]+)?)\s*\}\}")
# Whatever looks like one.
BRACES = re.compile(r"\{\{([^{}]*)\}\}")

MERGE_FIELDS = frozenset(
    {
        "contact.family_name",
        "contact.given_name",
        "contact.title",
        "contact.department",
        # 株式会社アクメ 営業部 田中 太郎 様, or 御中 where no person is known.
        "contact.addressee",
        # 田中 様, ご担当者 様.
        "contact.salutation",
        "account.name",
        "sender.name",
        "sender.mail",
        "sender.address",
    }
)
OWN = frozenset({"base", "stop_url", "why_url", "pixel", "honeypot", "open"})


def split(text: str) -> list[str]:
    """The text cut at its placeholders: literal, name, literal, name … literal."""
    return PLACEHOLDER.split(text)


def names_in(text: str) -> list[str]:
    """The placeholders of a text, each once, in order."""
    return list(dict.fromkeys(PLACEHOLDER.findall(text)))


def strangers_in(text: str) -> list[str]:
    """What stands in double braces without being a placeholder, each once: nothing fills it in."""
    typed = (found for found in BRACES.finditer(text) if not PLACEHOLDER.fullmatch(found.group()))
    return list(dict.fromkeys(found.group(1).strip() for found in typed))


def is_own(name: str) -> bool:
    """Whether sending fills this in by itself, rather than with words about somebody."""
    return name in OWN or name.startswith("link.")


def is_known(name: str) -> bool:
    """Whether sending can fill this placeholder."""
    return name in MERGE_FIELDS or is_own(name)
