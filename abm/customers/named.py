"""Who and what a text names: people by their family name with a title, products and topics by the longest name."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

HONORIFIC = (
    r"(?:さん|様|さま|氏|先生|殿|君"
    r"|[^\s、。]{0,4}?(?:社長|部長|課長|係長|室長|主任|次長|専務|常務|取締役|担当|マネージャー))"
)


@dataclass(frozen=True)
class Named:
    """Somebody or something that a text may name; of people `also` holds family names."""

    id: str
    name: str
    also: tuple[str, ...] = ()


def find_person(text: str, people: Sequence[Named]) -> str | None:
    """Who is named, the last when several are; nobody when a name fits two of them."""
    found = [(place, person.id) for person in people if (place := _place_of(text, person)) >= 0]
    if not found:
        return None
    last = max(place for place, _ in found)
    named = {person for place, person in found if place == last}
    return named.pop() if len(named) == 1 else None


def find_named(text: str, named: Sequence[Named]) -> str | None:
    """The one with the longest name that the text holds, however it is spaced or spelled in width and case."""
    plain = _plain(text)
    found = [(len(name), one.id) for one in named for name in _names(one) if name and name in plain]
    return max(found)[1] if found else None


def _names(one: Named) -> Iterator[str]:
    return (_plain(name) for name in (one.name, *one.also))


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def _place_of(text: str, person: Named) -> int:
    """Where a person is named last: by the full name, or by the family name with a title; -1 when nowhere."""
    full = r"\s?".join(re.escape(part) for part in unicodedata.normalize("NFKC", person.name).split())
    patterns = [rf"(?i:{full})"] if len(person.name) > 1 else []
    for name in person.also:
        folded = re.escape(unicodedata.normalize("NFKC", name))
        patterns.append(rf"\b{folded}\b" if name.isascii() else rf"(?<![一-龥]){folded}{HONORIFIC}")
    return max((match.start() for pattern in patterns for match in re.finditer(pattern, text)), default=-1)
