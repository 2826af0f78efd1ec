"""How a person is addressed: 様 for people, 御中 for companies and departments, and words for missing names."""

from dataclasses import dataclass

from abm.words import Language

# What is said where nobody's name is known.
SOMEBODY = {
    Language.JAPANESE: {
        "contact.family_name": "ご担当者",
        "contact.addressee": "ご担当者 様",
        "contact.salutation": "ご担当者 様",
    },
    Language.ENGLISH: {"contact.salutation": "Hello"},
}


@dataclass(frozen=True)
class Recipient:
    """Everything of a contact that a mail may say, as plain text, or choose its blocks by."""

    email: str
    account_name: str
    full_name: str = ""
    family_name: str = ""
    given_name: str = ""
    title: str = ""
    department: str = ""
    role: str = ""
    topics: frozenset[str] = frozenset()


def known_values(who: Recipient, language: Language) -> dict[str, str]:
    """What is known for each merge field of this person; empty where nothing is."""
    japanese = language == Language.JAPANESE
    return {
        "contact.family_name": who.family_name or who.full_name,
        "contact.given_name": who.given_name,
        "contact.title": who.title,
        "contact.department": who.department,
        "contact.addressee": _addressee_ja(who) if japanese else _addressee_en(who),
        "contact.salutation": _salutation_ja(who) if japanese else _salutation_en(who),
        "account.name": who.account_name,
    }


def merge_values(who: Recipient, language: Language) -> dict[str, str]:
    """What each merge field says to this person; a missing name never leaves a hole."""
    return with_words(known_values(who, language), language)


def with_words(known: dict[str, str], language: Language) -> dict[str, str]:
    """The same values, and words for whoever has no name."""
    return known | {name: words for name, words in SOMEBODY[language].items() if not known[name]}


def _addressee_ja(who: Recipient) -> str:
    """A person gets 様, a company or department that stands alone 御中; never both."""
    place = " ".join(part for part in (who.account_name, who.department) if part)
    if not who.full_name and not who.family_name:
        return f"{place} 御中" if place else ""
    name = who.full_name or who.family_name
    return " ".join(part for part in (place, who.title, f"{name} 様") if part)


def _addressee_en(who: Recipient) -> str:
    name = who.full_name or who.family_name
    return ", ".join(part for part in (name, who.title, who.department, who.account_name) if part)


def _salutation_ja(who: Recipient) -> str:
    name = who.family_name or who.full_name
    return f"{name} 様" if name else ""


def _salutation_en(who: Recipient) -> str:
    name = " ".join(part for part in (who.given_name, who.family_name) if part) or who.full_name
    return f"Dear {name}" if name else ""
