"""What gives a person away in the words of others: names in any spacing, addresses, phones, a family name addressed."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

MASK = "＊"
# Shorter names stand in too many words that are nobody's name; Latin letters more than signs of Japanese.
SHORTEST_NAME, SHORTEST_LATIN_NAME = 2, 4
SHORTEST_PHONE, SHORTEST_ADDRESS = 9, 6
# The last digits of a number are written in one group.
LAST_GROUP = 4
GAP = r"[\s　]?"
BETWEEN_DIGITS = r"[\s　()（）.．\-‐‑‒–—―−－ー]{0,2}"
# What is said behind the family name of somebody one knows: 田中様, 田中部長.
HONORIFICS = (
    "様|さま|サマ|さん|サン|氏|君|くん|クン|殿|どの|先生|"
    "(?:代表)?取締役|(?:代表)?(?:執行)?役員|(?:副|元|前)?(?:社長|会長)|専務|常務|監査役|理事|顧問|相談役|参事|"
    "(?:副|元|前)?(?:本部長|事業部長|部長|室長|所長|支店長|支社長|工場長|店長|次長|課長|係長|班長)|部長代理|課長代理|"
    "主任|主査|主幹|主事|担当|マネージャー|マネジャー|リーダー|ディレクター|ＭＧＲ|MGR|GM"
)
BEFORE_LATIN = r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor)\.?\s+"
BEHIND_LATIN = r"(?:[\s\-](?:san|sama|shi|kun|sensei)(?![A-Za-z])|[\s　]?(?:様|さん|氏|殿))"
HAN = "一-鿿々"


@dataclass(frozen=True)
class Named:
    """What a record says of a person that others may have written down elsewhere, too."""

    full_name: str
    family_name: str | None = None
    kana: str | None = None
    email: str | None = None
    phones: tuple[str, ...] = ()
    address: str | None = None


class Traces:
    """Finds and masks one person; what also belongs to others is left out by the caller."""

    def __init__(self, person: Named) -> None:
        self._person = person

    @cached_property
    def likes(self) -> list[str]:
        """Patterns for ILIKE, one of which fits every text that holds a trace; few others."""
        return sorted({f"%{'%'.join(map(_escaped, parts))}%" for parts in self._parts() if all(parts)})

    def mask(self, document: Any, *, addressed: bool = True) -> Any:
        """The text or document without the person; `addressed` also where only the family name is said to somebody.

        Keys of a document are ours and stay.
        """
        if isinstance(document, str):
            return self._masked(document, addressed)
        if isinstance(document, list):
            return [self.mask(part, addressed=addressed) for part in document]
        if isinstance(document, dict):
            return {key: self.mask(part, addressed=addressed) for key, part in document.items()}
        return document

    def reaches(self, document: Mapping[str, Any]) -> bool:
        """Whether the person is named there together with a number or an address that reaches them."""
        said = "\n".join(str(value) for value in document.values())
        named = [re.compile(_spaced(name), re.IGNORECASE) for name in self._names()]
        reached = self._patterns[len(named) :]
        return any(one.search(said) for one in named) and any(one.search(said) for one in reached)

    def spellings(self) -> Iterator[str]:
        """The name and the address as they may stand in a file, letter by letter."""
        for name in self._names():
            yield from {name, flat(name), name.replace(" ", "　"), name.replace("　", " ")}
        yield from filter(None, (self._person.email, self._person.address, *self._person.phones))

    def _masked(self, text: str, addressed: bool) -> str:
        for pattern in self._patterns:
            text = pattern.sub(MASK, text)
        return self._addressed.sub(MASK, text) if addressed and self._addressed else text

    @cached_property
    def _patterns(self) -> list[re.Pattern[str]]:
        person = self._person
        exact = [_spaced(name) for name in self._names()]
        exact += [_bounded(re.escape(person.email))] if person.email else []
        exact += [_dialled(phone) for phone in person.phones if len(_digits(phone)) >= SHORTEST_PHONE]
        exact += [re.escape(person.address)] if person.address and len(person.address) >= SHORTEST_ADDRESS else []
        return [re.compile(one, re.IGNORECASE) for one in exact]

    @cached_property
    def _addressed(self) -> re.Pattern[str] | None:
        spoken = [_spoken(family) for family in self._families()]
        return re.compile("|".join(spoken), re.IGNORECASE) if spoken else None

    def _names(self) -> list[str]:
        """The longest first, so that no half of a name is left."""
        called = {name for name in (self._person.full_name, self._person.kana) if name and _is_telling(name)}
        return sorted(called, key=len, reverse=True)

    def _families(self) -> list[str]:
        """Family names, the longest first; a name written without its gap may be parted anywhere behind two signs."""
        found = {name for name in (self._person.family_name,) if name}
        for name in filter(None, (self._person.full_name, self._person.kana)):
            parts = name.split()
            if len(parts) > 1:
                found.add(parts[-1] if name.isascii() else parts[0])
            elif not name.isascii() and self._person.family_name in (None, "", name):
                found |= {name[:cut] for cut in range(2, len(name))}
        told = (one for one in found if len(one) >= (2 if one.isascii() else 1))
        return sorted(told, key=len, reverse=True)

    def _parts(self) -> Iterator[tuple[str, ...]]:
        for name in self._names():
            yield tuple(name.split()) if name.isascii() else (flat(name)[0], flat(name)[-1])
        for family in self._families():
            yield (family,)
        if self._person.email:
            yield (self._person.email,)
        for phone in self._person.phones:
            yield (_digits(phone)[-LAST_GROUP:],)
            yield (_wide(_digits(phone)[-LAST_GROUP:]),)
        if self._person.address:
            yield (self._person.address,)


def flat(name: str) -> str:
    """A name without its gap."""
    return "".join(name.split())


def _is_telling(name: str) -> bool:
    return len(flat(name)) >= (SHORTEST_LATIN_NAME if name.isascii() else SHORTEST_NAME)


def _spaced(name: str) -> str:
    """A name however it is spaced; Latin names stand alone, Japanese ones among other signs."""
    if name.isascii():
        return _bounded(r"\s+".join(map(re.escape, name.split())))
    return GAP.join(map(re.escape, flat(name)))


def _bounded(pattern: str) -> str:
    return rf"(?<![A-Za-z0-9]){pattern}(?![A-Za-z0-9])"


def _spoken(family: str) -> str:
    """A family name where somebody is addressed by it or spoken of with respect."""
    name = re.escape(family)
    if family.isascii():
        behind = rf"(?<![A-Za-z]){name}(?={BEHIND_LATIN})"
        return "|".join((*(rf"(?<={title}){name}(?![A-Za-z])" for title in _titles()), behind))
    # 林 also ends 小林: a name of one sign is one only where none stands before it.
    alone = rf"(?<![{HAN}])" if len(family) == 1 else ""
    return rf"{alone}{name}(?={GAP}[(（]?(?:{HONORIFICS}))"


def _titles() -> Iterable[str]:
    """Each of one length, as what is looked behind for must be."""
    for title in ("Mr", "Mrs", "Ms", "Miss", "Mx", "Dr", "Prof"):
        yield from (rf"\b{title}\s", rf"\b{title}\.", rf"\b{title}\.\s")


def _dialled(phone: str) -> str:
    """A number however it is grouped, in full or half width, at home or with the country before it."""
    digits = _digits(phone)
    national = f"0{digits[2:]}" if digits.startswith("81") and not phone.startswith("0") else digits
    one_by_one = BETWEEN_DIGITS.join(f"[{digit}{_wide(digit)}]" for digit in national)
    if not national.startswith("0"):
        return rf"(?<!\d){one_by_one}(?!\d)"
    rest = BETWEEN_DIGITS.join(f"[{digit}{_wide(digit)}]" for digit in national[1:])
    return rf"(?<!\d)(?:[+＋]?[8８][1１]{BETWEEN_DIGITS}(?:[(（]?[0０][)）]?)?|[0０]){BETWEEN_DIGITS}{rest}(?!\d)"


def _digits(phone: str) -> str:
    return "".join(sign for sign in phone if sign.isdecimal())


def _wide(digits: str) -> str:
    return "".join(chr(ord(digit) + 0xFEE0) if digit.isascii() else digit for digit in digits)


def _escaped(part: str) -> str:
    """Inside a pattern of the database."""
    return part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
