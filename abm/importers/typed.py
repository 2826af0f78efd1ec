"""Records typed into a form: read with the same eyes as the cells of a file, and matched like its rows."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar
from zoneinfo import available_timezones

from sqlalchemy.orm import Session

from abm.customers.domains import SharedDomains
from abm.customers.drafts import AccountDraft, ContactDraft, DepartmentDraft
from abm.customers.match import Company
from abm.customers.titles import seniority_of
from abm.importers import clean
from abm.importers.amounts import read_count, read_money
from abm.importers.facts import load_facts
from abm.importers.rows import CustomerRow
from abm.words import BuyingRole, JobFunction, Language, MatchAction, MatchRule, MatchStrength, StaleReason, Tier

Draft = TypeVar("Draft", AccountDraft, ContactDraft, DepartmentDraft)
Value = TypeVar("Value")
# A name or a memo far beyond this is a slip of the clipboard.
LONGEST_LINE, LONGEST_TEXT = 200, 10_000
# What was read but changed on the way is no mistake of the person who typed it.
HARMLESS = frozenset(("phone_zero_restored", "phone_first_of_several", "postcode_zero_restored", "postcode_unusual"))


@dataclass(frozen=True)
class Typed(Generic[Draft]):
    """What a form came to: the draft, and what is wrong by field."""

    draft: Draft
    problems: Mapping[str, str]


@dataclass(frozen=True)
class Likely:
    """A known account that the typed company may be, with what speaks for it; `is_sure` would be taken by an import."""

    account_id: uuid.UUID
    name: str
    strength: MatchStrength
    rule: MatchRule
    ours: str
    theirs: str
    is_sure: bool


def read_account(values: Mapping[str, str]) -> Typed[AccountDraft]:
    """An account's form."""
    form = _Form(values)
    draft = AccountDraft(
        name=form.name("name"),
        kana=clean.read_kana(form.line("kana")),
        corporate_number=form.read("corporate_number", clean.read_corporate_number),
        postcode=form.read("postcode", clean.read_postcode),
        prefecture=clean.read_prefecture(form.line("prefecture"), form.line("address")),
        address=form.line("address") or None,
        phone=form.read("phone", clean.read_phone),
        industry=form.line("industry") or None,
        employees=form.read("employees", _people),
        revenue=form.read("revenue", _yen),
        closing_month=form.read("closing_month", clean.read_month),
        tier=form.word("tier", Tier) or Tier.ONE_TO_MANY,
        owner_id=form.key("owner_id"),
    )
    return Typed(draft, form.problems)


def read_department(values: Mapping[str, str]) -> Typed[DepartmentDraft]:
    """A department's form."""
    form = _Form(values)
    return Typed(DepartmentDraft(form.name("name"), form.key("owner_id")), form.problems)


def read_contact(values: Mapping[str, str]) -> Typed[ContactDraft]:
    """A contact's form."""
    form = _Form(values)
    name = form.name("full_name")
    family, given = clean.split_name(name)
    draft = ContactDraft(
        full_name=name,
        family_name=family or None,
        given_name=given,
        kana=clean.read_kana(form.line("kana")),
        department=form.line("department") or None,
        title=form.line("title") or None,
        buying_role=form.word("buying_role", BuyingRole),
        job_function=form.word("job_function", JobFunction),
        email=form.read("email", clean.read_address),
        phone=form.read("phone", clean.read_phone),
        phone_typed=form.line("phone") or None,
        postcode=form.read("postcode", clean.read_postcode),
        address=form.line("address") or None,
        language=form.word("language", Language) or Language.JAPANESE,
        time_zone=form.read("time_zone", read_zone),
        memo=form.text("memo") or None,
        stale_reason=form.word("stale_reason", StaleReason),
    )
    return Typed(draft, form.problems)


def read_zone(typed: str) -> clean.Read[str]:
    """A time zone by its name in the tz database."""
    text = clean.plain(typed)
    known = {name.casefold(): name for name in available_timezones()} if text else {}
    name = known.get(text.casefold().replace(" ", "_"))
    return clean.Read(name, None if name or not text else "zone_unknown")


def likely_accounts(
    session: Session, account: AccountDraft, contact: ContactDraft, shared: SharedDomains
) -> list[Likely]:
    """Which known accounts the typed company may be, the best first: what an import would take or ask about."""
    row = _row(account, contact)
    facts = load_facts(session, [row], shared)
    match = facts.matching.match(
        Company(
            row.company,
            row.email,
            shared.own_domain(row.email),
            row.corporate_number,
            row.phone,
            row.postcode,
            row.prefecture,
        )
    )
    return [
        Likely(
            uuid.UUID(candidate.id),
            facts.accounts[candidate.id].fields["name"],
            candidate.strength,
            candidate.evidence.rule,
            candidate.evidence.ours,
            candidate.evidence.theirs,
            match.action == MatchAction.AUTO and match.match == candidate.id,
        )
        for candidate in match.candidates
    ]


def _people(typed: str) -> clean.Read[int]:
    return read_count(clean.plain(typed).removeprefix("約"))


def _yen(typed: str) -> clean.Read[int]:
    """Revenue in whole yen: 1,200万円 is 12000000."""
    found = read_money(typed)
    return clean.Read(None if found.value is None else int(found.value), found.problem)


class _Form:
    """The values of one form; gathers what cannot be read instead of stopping at the first."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.problems: dict[str, str] = {}

    def line(self, field: str) -> str:
        text = clean.typed_text(self._values.get(field, "").replace("\x00", ""))
        if len(text) > LONGEST_LINE:
            self.problems[field] = "too_long"
        return " ".join(text.splitlines())[:LONGEST_LINE]

    def text(self, field: str) -> str:
        text = self._values.get(field, "").replace("\x00", "").replace("\r\n", "\n").strip()
        if len(text) > LONGEST_TEXT:
            self.problems[field] = "too_long"
        return text[:LONGEST_TEXT]

    def name(self, field: str) -> str:
        text = self.line(field)
        if not text:
            self.problems[field] = "required"
        elif clean.is_formula(text):
            self.problems[field] = "formula"
        return text

    def read(self, field: str, reader: Callable[[str], clean.Read[Value]]) -> Value | None:
        found = reader(self.line(field))
        if found.problem and found.problem not in HARMLESS:
            self.problems[field] = found.problem
        return found.value

    def word(self, field: str, kind: Callable[[str], Value]) -> Value | None:
        text = self._values.get(field, "")
        try:
            return kind(text) if text else None
        except ValueError:
            self.problems[field] = "unknown"
            return None

    def key(self, field: str) -> uuid.UUID | None:
        return self.word(field, uuid.UUID)


def _row(account: AccountDraft, contact: ContactDraft) -> CustomerRow:
    return CustomerRow(
        line=1,
        company=account.name,
        person=contact.full_name,
        family_name=contact.family_name,
        given_name=contact.given_name,
        kana=contact.kana,
        department=contact.department or "",
        title=contact.title,
        seniority=seniority_of(contact.title),
        email=contact.email,
        phone=contact.phone or account.phone,
        phone_typed=contact.phone_typed,
        corporate_number=account.corporate_number,
        postcode=account.postcode,
        prefecture=account.prefecture,
        address=account.address,
        industry=account.industry,
        closing_month=account.closing_month,
        last_contacted_on=None,
        memo=contact.memo,
        problems=(),
        fingerprint=b"",
    )
