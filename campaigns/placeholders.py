"""Placeholders in mail texts: {{ contact.title }}, {{ contact.title | 担当 }} and the few that sending fills in."""

import re

# The words after the | stand where nothing is known.
PLACEHOLDER = re.compile(r"\{\{\s*([a-z_]+(?:\.[a-z_0-9]+)?(?:\s*\|[^{}]*)?)\s*\}\}")
# Whatever looks like one.
BRACES = re.compile(r"\{\{([^{}]*)\}\}")

# What may be missing, and so may have words that stand in for it.
PERSONAL = frozenset(
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
    }
)
MERGE_FIELDS = PERSONAL | {"sender.name", "sender.mail", "sender.address"}
OWN = frozenset({"base", "stop_url", "why_url", "pixel", "honeypot", "open"})


def split(text: str) -> list[str]:
    """The text cut at its placeholders: literal, key, literal, key … literal; a key may end in |words."""
    parts = PLACEHOLDER.split(text)
    parts[1::2] = [_key(part) for part in parts[1::2]]
    return parts


def name_of(key: str) -> str:
    """Which field a key stands for."""
    return key.partition("|")[0]


def fallback_of(key: str) -> str | None:
    """What a key says instead of a field that is missing; None when it says nothing of its own."""
    _, bar, words = key.partition("|")
    return words if bar else None


def names_in(text: str) -> list[str]:
    """The fields of a text, each once, in order."""
    return list(dict.fromkeys(name_of(key).rstrip() for key in PLACEHOLDER.findall(text)))


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


def _key(typed: str) -> str:
    """Names with their fallback, spaces around them taken off; who sends and where links lead has none."""
    name, bar, words = typed.partition("|")
    name = name.strip()
    return f"{name}|{words.strip()}" if bar and name in PERSONAL else name
