"""Rows of a customer file, cleaned: what each cell means, and what could not be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

from abm.customers.titles import higher, part_department, seniority_of
from abm.importers import clean
from abm.importers.encodings import LOST
from abm.importers.sheet import MAX_COLUMNS, Line, Sheet
from abm.words import ImportField, Seniority

F = ImportField
# Only these send a row back; everything else keeps it, flagged.
REJECTING = frozenset(
    (
        "no_company",
        "address_unusable",
        "formula",
        "signs_lost",
        "header_again",
        "too_many_columns",
        "no_address",
        "unknown_address",
        "no_order_date",
    )
)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one cell, by a code that abm.importers.texts puts in words."""

    code: str
    column: str
    value: str

    @property
    def rejects(self) -> bool:
        """Does it send the whole row back?"""
        return self.code in REJECTING


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One row of a customer list, read as far as possible."""

    line: int
    company: str
    person: str
    family_name: str | None
    given_name: str | None
    kana: str | None
    department: str
    title: str | None
    seniority: Seniority
    email: str | None
    phone: str | None
    phone_typed: str | None
    corporate_number: str | None
    postcode: str | None
    prefecture: str | None
    address: str | None
    industry: str | None
    closing_month: int | None
    last_contacted_on: date | None
    memo: str | None
    problems: tuple[Problem, ...]
    fingerprint: bytes

    @property
    def is_rejected(self) -> bool:
        """Is the row given back instead of taken in?"""
        return bool(self.problems) and any(problem.rejects for problem in self.problems)


class RowReader:
    """Reads rows of one sheet; keeps the positions of its columns at hand."""

    def __init__(self, sheet: Sheet, columns: Mapping[ImportField, int]) -> None:
        self._header = sheet.header
        self._columns = dict(columns)
        self._order = sorted(columns, key=str)

    def read(self, line: Line) -> CustomerRow:
        """One row, with its problems."""
        number, cells = line
        typed = {field: cells[at] if at < len(cells) else "" for field, at in self._columns.items()}
        problems: list[Problem] = []
        company = clean.typed_text(typed.get(F.COMPANY, ""))
        person, family, given = self._name(typed)
        self._check(typed, company, cells, problems)
        department, title, seniority = _position(typed)
        phone = clean.read_phone(typed.get(F.PHONE, ""))
        address = clean.typed_text(typed.get(F.ADDRESS, ""))
        return CustomerRow(
            line=number,
            company=company,
            person=person,
            family_name=family,
            given_name=given,
            kana=clean.read_kana(typed.get(F.KANA, "")),
            department=department,
            title=title or None,
            seniority=seniority,
            email=self._kept(F.EMAIL, typed, clean.read_address(typed.get(F.EMAIL, "")), problems),
            phone=self._kept(F.PHONE, typed, phone, problems),
            phone_typed=clean.typed_text(typed.get(F.PHONE, "")) or None,
            corporate_number=self._kept(
                F.CORPORATE_NUMBER, typed, clean.read_corporate_number(typed.get(F.CORPORATE_NUMBER, "")), problems
            ),
            postcode=self._kept(F.POSTCODE, typed, clean.read_postcode(typed.get(F.POSTCODE, "")), problems),
            prefecture=clean.read_prefecture(typed.get(F.PREFECTURE, ""), address),
            address=address or None,
            industry=clean.typed_text(typed.get(F.INDUSTRY, "")) or None,
            closing_month=self._kept(
                F.CLOSING_MONTH, typed, clean.read_month(typed.get(F.CLOSING_MONTH, "")), problems
            ),
            last_contacted_on=self._kept(
                F.LAST_CONTACTED_ON, typed, clean.read_date(typed.get(F.LAST_CONTACTED_ON, "")), problems
            ),
            memo=clean.typed_text(typed.get(F.MEMO, "")) or None,
            problems=tuple(problems),
            fingerprint=self._fingerprint(typed),
        )

    def _kept(
        self, field: ImportField, typed: Mapping[ImportField, str], read: clean.Read[clean.T], problems: list[Problem]
    ) -> clean.T | None:
        if read.problem:
            problems.append(Problem(read.problem, self._word(field), typed[field].strip()))
        return read.value

    def _check(
        self, typed: Mapping[ImportField, str], company: str, cells: Sequence[str], problems: list[Problem]
    ) -> None:
        if not company:
            problems.append(Problem("no_company", self._word(F.COMPANY), typed.get(F.COMPANY, "").strip()))
        elif company == self._word(F.COMPANY) and tuple(cell.strip() for cell in cells) == self._header:
            problems.append(Problem("header_again", self._word(F.COMPANY), company))
        for field, text in typed.items():
            if LOST in text:
                problems.append(Problem("signs_lost", self._word(field), text.strip()))
        for field in (F.COMPANY, F.PERSON, F.FAMILY_NAME, F.GIVEN_NAME):
            if clean.is_formula(typed.get(field, "")):
                problems.append(Problem("formula", self._word(field), typed[field].strip()))
        if len(cells) > len(self._header):
            self._check_width(cells, problems)

    def _check_width(self, cells: Sequence[str], problems: list[Problem]) -> None:
        beyond = next((cell for cell in cells[len(self._header) :] if cell.strip()), None)
        if beyond is not None:
            code = "too_many_columns" if len(cells) > MAX_COLUMNS else "extra_cells"
            problems.append(Problem(code, f"#{len(self._header) + 1}", beyond.strip()[:200]))

    def _name(self, typed: Mapping[ImportField, str]) -> tuple[str, str | None, str | None]:
        """(full name as typed, family, given) from one column or from two."""
        whole = clean.typed_text(typed.get(F.PERSON, ""))
        family = clean.typed_text(typed.get(F.FAMILY_NAME, ""))
        given = clean.typed_text(typed.get(F.GIVEN_NAME, ""))
        if family and given:
            joined = f"{given} {family}" if (family + given).isascii() else f"{family} {given}"
            return whole or joined, family, given
        full = whole or family or given
        return (full, *clean.split_name(full)) if full else ("", None, None)

    def _word(self, field: ImportField) -> str:
        at = self._columns.get(field)
        return self._header[at] if at is not None and at < len(self._header) else field.value

    def _fingerprint(self, typed: Mapping[ImportField, str]) -> bytes:
        text = "\x1f".join(f"{field}\x1e{typed[field].strip()}" for field in self._order if typed[field].strip())
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _position(typed: Mapping[ImportField, str]) -> tuple[str, str, Seniority]:
    """(department, title, seniority): a title in the department column counts and is no department."""
    department, strayed = part_department(clean.typed_text(typed.get(F.DEPARTMENT, "")))
    title = clean.typed_text(typed.get(F.TITLE, ""))
    return department, title or strayed, higher(seniority_of(title), seniority_of(strayed))
