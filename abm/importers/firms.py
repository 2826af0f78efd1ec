"""Companies given as JSON lines: read as the cells of a file are, and matched one by one."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from abm.customers.domains import SharedDomains
from abm.customers.match import Company, KnownAccount, KnownAccounts, Match
from abm.errors import Invalid
from abm.importers import clean
from abm.importers.facts import load_matching

TEXTS = ("ref", "company", "corporate_number", "email", "phone", "postcode", "prefecture", "person")
LONGEST = 1_000


@dataclass(frozen=True)
class Firm:
    """One line: what whoever asks calls it, and what it says of a company."""

    ref: str
    company: Company


def read_firm(line: str | bytes, shared: SharedDomains, *, called: str = "ref") -> Firm:
    """A line as a firm; raises Invalid naming the field. What else stands in it is left."""
    told = _object(line)
    texts = {name: _text(told, name) for name in {called, *TEXTS}}
    if not texts[called]:
        raise Invalid(f"{called} is missing; give every line one", called, f"no_{called}")
    company = clean.typed_text(texts["company"])
    if not company:
        raise Invalid("the company is missing", "company", "no_company")
    address = clean.read_address(texts["email"])
    if address.problem:
        raise Invalid("this is no usable mail address; correct it or leave it out", "email", address.problem)
    # As in a file, an unreadable number says nothing and stops nothing.
    return Firm(
        texts[called],
        Company(
            company,
            address.value,
            shared.own_domain(address.value),
            clean.read_corporate_number(texts["corporate_number"]).value,
            clean.read_phone(texts["phone"]).value,
            clean.read_postcode(texts["postcode"]).value,
            clean.read_prefecture(texts["prefecture"]),
        ),
    )


def read_known(lines: Iterable[bytes], shared: SharedDomains, name: str) -> KnownAccounts:
    """Accounts to match against; lines of one id tell of one account. Raises Invalid naming the line."""
    known = KnownAccounts()
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                _learn(known, read_firm(line, shared, called="id"))
            except Invalid as error:
                raise Invalid(f"{name}, line {number}: {error}", error.field, error.code) from error
    return known


def match_known(firm: Firm, known: KnownAccounts) -> dict[str, Any]:
    """What matching says of a firm, as `abm match` writes it."""
    return _shown(firm, known.match(firm.company))


def match_stored(session: Session, firms: Iterable[Firm]) -> Iterator[dict[str, Any]]:
    """What matching says of each firm against the records; they are asked for together and judged alone."""
    asked = list(firms)
    known = load_matching(session, [firm.company for firm in asked])
    for firm in asked:
        yield match_known(firm, known)


def _learn(known: KnownAccounts, firm: Firm) -> None:
    told, account = firm.company, known.by_id.get(firm.ref)
    if account is None:
        account = KnownAccount(firm.ref, told.company)
    account.corporate_number = account.corporate_number or told.corporate_number
    account.postcode = account.postcode or told.postcode
    account.prefecture = account.prefecture or told.prefecture
    account.domains |= {told.domain} if told.domain else set()
    account.phones |= {told.phone} if told.phone else set()
    known.add(account)
    if told.email:
        known.add_address(told.email, account.id)


def _object(line: str | bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Invalid("this line is no JSON in UTF-8", "", "not_json") from error
    if not isinstance(told, dict):
        raise Invalid("this line is no JSON object", "", "not_an_object")
    return told


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Invalid(f"{name} must be a text", name, "not_a_text")
    text = str(value).replace("\x00", "").strip()
    if len(text) > LONGEST:
        raise Invalid(f"{name} is longer than {LONGEST:,} signs", name, "too_long")
    return text.encode(errors="replace").decode()


def _shown(firm: Firm, match: Match) -> dict[str, Any]:
    return {
        "ref": firm.ref,
        "match": match.match,
        "strength": match.strength,
        "action": match.action,
        "evidence": [{"rule": e.rule, "ours": e.ours, "theirs": e.theirs} for e in match.evidence],
        "candidates": [{"id": c.id, "strength": c.strength} for c in match.candidates],
    }
