"""The plan of an import: what each row creates, changes or leaves, decided from rows and known records."""

import uuid
from collections.abc import Callable, Iterable

from abm.customers.domains import SharedDomains
from abm.customers.match import Company, KnownAccount, Match, branch_beyond, parent_first
from abm.customers.names import core_name, department_key, person_key, read_company
from abm.importers.filling import Changes, fill_account, fill_contact, new_person
from abm.importers.records import AccountRecord, ContactRecord, Facts, NewDepartment, Note, Pair, Plan, PlannedRow
from abm.importers.rows import CustomerRow
from abm.words import MatchAction, MatchRule, MatchStrength, RowAction

# Evidence good enough to take on a domain that the account did not have.
TELLS_DOMAINS = (MatchRule.CORPORATE_NUMBER, MatchRule.NAME_AND_FIELD)
# Pairs for the queue per row: the tenth firm of one name tells a person nothing new.
MAX_PAIRS = 10


class Planner:
    """Decides row after row; a row sees what the rows above it will have made."""

    def __init__(
        self, facts: Facts, shared: SharedDomains, *, consent: bool, new_id: Callable[[], str] | None = None
    ) -> None:
        self.facts = facts
        self.plan = Plan()
        self._shared = shared
        self._consent = consent
        self._new_id = new_id or (lambda: str(uuid.uuid4()))

    def decide(self, rows: Iterable[CustomerRow]) -> Plan:
        """The plan for all rows, in the file's order."""
        rows = list(rows)
        self.recall_names(rows)
        for row in rows:
            self.plan.rows.append(self.decide_row(row))
        return self.plan

    def decide_row(self, row: CustomerRow, meant: str | None = None) -> PlannedRow:
        """What one row does; later rows will find what it made. `meant` is its account where that is known."""
        if row.is_rejected:
            return PlannedRow(row.line, RowAction.REJECT, row.problems)
        if known := self.facts.seen.get(row.fingerprint):
            return self._decide_known_row(row, *known)
        match, account, is_new = self._account(row, meant)
        changes = Changes(account=account, created=is_new)
        fill_account(account, row, changes)
        contact = self._contact(row, account, changes)
        self._note(row, account, contact, changes)
        self._give_consent(contact, changes)
        self._remember(row, account, contact)
        return _planned(row, match, contact, changes)

    def _decide_known_row(self, row: CustomerRow, account_id: str, contact_id: str | None) -> PlannedRow:
        """A row that an earlier import, or an earlier line, has already brought: nothing but consent is new."""
        changes = Changes(account=self.facts.accounts[account_id])
        contact = self.facts.contacts.get(contact_id or "")
        self._give_consent(contact, changes)
        self._remember(row, changes.account, contact)
        return _planned(row, Match(account_id, MatchStrength.SURE, MatchAction.AUTO), contact, changes)

    def _remember(self, row: CustomerRow, account: AccountRecord, contact: ContactRecord | None) -> None:
        """What the rows below must find, also those of the next piece."""
        told = self.facts.touched
        told.accounts.add(account.id)
        if contact:
            told.contacts.add(contact.id)
            if not contact.fields["email"]:
                told.nameable.add(contact.id)
        known = (account.id, contact.id if contact else None)
        self.facts.seen[row.fingerprint] = told.seen[row.fingerprint] = known

    def recall_names(self, rows: Iterable[CustomerRow]) -> None:
        """Which accounts the rows above have typed by the names that stand here."""
        matching = self.facts.matching
        for name in {row.company for row in rows if row.company}:
            for account_id in matching.of_core(core_name(name)):
                if self._is_listed(account_id, name):
                    matching.add_to_list(account_id, name)

    def _is_listed(self, account_id: str, name: str) -> bool:
        listed, account = self.facts.listed, self.facts.accounts.get(account_id)
        if hash(account_id + name) in listed:
            return True
        # What this file made is called as it was typed, unless a branch was taken off.
        return (
            account is not None and account.is_new and account.fields["name"] == name and hash(account_id) not in listed
        )

    def _list(self, account: AccountRecord, name: str) -> None:
        """This file calls an account so; of one that has a domain nobody will ask."""
        self.facts.matching.add_to_list(account.id, name)
        if not self.facts.matching.by_id[account.id].domains and not self._is_listed(account.id, name):
            self.facts.listed.add(hash(account.id + name))

    def _account(self, row: CustomerRow, meant: str | None) -> tuple[Match, AccountRecord, bool]:
        if meant is not None:
            return Match(meant, MatchStrength.SURE, MatchAction.AUTO), self.facts.accounts[meant], False
        ours = self._company(row)
        match = self.facts.matching.match(ours, row.company)
        if match.match:
            account = self.facts.accounts[match.match]
            self._learn(account, ours, row, match)
            return match, account, False
        account = self._make_account(row, ours)
        if match.action == MatchAction.REVIEW:
            self._ask(account, match)
        return match, account, True

    def _company(self, row: CustomerRow) -> Company:
        return Company(
            row.company,
            row.email,
            self._shared.own_domain(row.email),
            row.corporate_number,
            row.phone,
            row.postcode,
            row.prefecture,
        )

    def _make_account(self, row: CustomerRow, ours: Company) -> AccountRecord:
        named = read_company(row.company)
        fields = {"name": named.firm, "normalised_name": named.core}
        account = AccountRecord(self._new_id(), fields, is_new=True)
        self.facts.accounts[account.id] = account
        self.plan.accounts.append(account)
        known = KnownAccount(account.id, named.firm)
        self.facts.matching.add(_learned(known, ours, with_place=not named.branch))
        if named.firm != row.company and not ours.domain:
            self.facts.listed.add(hash(account.id))
        self._list(account, row.company)
        self._add_domain(account, ours.domain)
        return account

    def _learn(self, account: AccountRecord, ours: Company, row: CustomerRow, match: Match) -> None:
        """What the row adds to how its account is recognised; a domain is not taken on by mere address."""
        known = self.facts.matching.by_id[account.id]
        if ours.phone and ours.phone not in known.phones:
            self.facts.matching.add_phone(account.id, ours.phone)
        new_domain = ours.domain if match.evidence[0].rule in TELLS_DOMAINS else None
        if new_domain in known.domains:
            new_domain = None
        if new_domain or (ours.corporate_number and not known.corporate_number):
            self._add_domain(account, new_domain)
            told = Company(ours.company, domain=new_domain, corporate_number=ours.corporate_number)
            self.facts.matching.add(_learned(known, told, with_place=False))
        self._list(account, row.company)

    def _add_domain(self, account: AccountRecord, domain: str | None) -> None:
        if domain and domain not in account.domains:
            account.domains.add(domain)
            account.new_domains.append(domain)

    def _ask(self, account: AccountRecord, match: Match) -> None:
        ours = self.facts.matching.by_id[account.id]
        for candidate in match.candidates[:MAX_PAIRS]:
            parent = None
            if candidate.evidence.rule == MatchRule.DOMAIN_ONLY:
                parent = parent_first(self.facts.matching.by_id[candidate.id], ours)[0].id
            self.plan.pairs.append(Pair(account.id, candidate.id, candidate, parent))

    def _contact(self, row: CustomerRow, account: AccountRecord, changes: Changes) -> ContactRecord | None:
        if not row.email and not row.person:
            return None
        contact = self._find_contact(row, account)
        department = self._department(row, account, contact)
        if contact is None:
            changes.created = True
            return self._make_contact(row, account, department)
        fill_contact(contact, row, department, changes)
        return contact

    def _find_contact(self, row: CustomerRow, account: AccountRecord) -> ContactRecord | None:
        if row.email:
            return self.facts.contacts.get(self.facts.by_address.get(row.email, ""))
        return self.facts.contacts.get(self.facts.by_name.get((account.id, person_key(row.person)), ""))

    def _make_contact(self, row: CustomerRow, account: AccountRecord, department: str | None) -> ContactRecord:
        contact = ContactRecord(self._new_id(), account.id, new_person(row, department), is_new=True)
        self.plan.contacts.append(contact)
        self.facts.know_contact(contact)
        return contact

    def _department(self, row: CustomerRow, account: AccountRecord, contact: ContactRecord | None) -> str | None:
        """The id of the row's department, branch first: 仙台支店 情報システム部."""
        branch = branch_beyond(row.company, account.fields["name"])
        name = f"{branch} {row.department}" if branch and row.department else branch or row.department
        if not name:
            return None
        home = contact.account_id if contact else account.id
        key = department_key(name)
        return self.facts.departments.get((home, key)) or self._make_department(home, name, key)

    def _make_department(self, account_id: str, name: str, key: str) -> str:
        department = NewDepartment(self._new_id(), account_id, name, key)
        self.plan.departments.append(department)
        self.facts.departments[account_id, key] = self.facts.touched.departments[account_id, key] = department.id
        return department.id

    def _note(self, row: CustomerRow, account: AccountRecord, contact: ContactRecord | None, changes: Changes) -> None:
        told = contact.notes if contact else account.notes
        if not row.memo or row.memo in told:
            return
        told.add(row.memo)
        department = contact.fields.get("department_id") if contact else None
        home = contact.account_id if contact else account.id
        self.plan.notes.append(Note(home, contact.id if contact else None, department, row.memo, row.last_contacted_on))
        changes.touched = True

    def _give_consent(self, contact: ContactRecord | None, changes: Changes) -> None:
        """A refusal wins over every basis that a file claims."""
        if self._consent and contact and contact.fields.get("email") and not contact.consented and not contact.refused:
            contact.consented = True
            self.plan.consents.append(contact.id)
            changes.touched = True


def _learned(known: KnownAccount, ours: Company, *, with_place: bool) -> KnownAccount:
    known.corporate_number = known.corporate_number or ours.corporate_number
    if ours.domain:
        known.domains.add(ours.domain)
    if ours.phone:
        known.phones.add(ours.phone)
    if with_place:
        known.postcode = known.postcode or ours.postcode
        known.prefecture = known.prefecture or ours.prefecture
    return known


def _planned(row: CustomerRow, match: Match, contact: ContactRecord | None, changes: Changes) -> PlannedRow:
    action = RowAction.CREATE if changes.created else RowAction.UPDATE if changes.touched else RowAction.UNCHANGED
    return PlannedRow(
        row.line,
        action,
        row.problems,
        match.strength,
        match.action == MatchAction.REVIEW,
        contact.account_id if contact else changes.account.id,
        contact.id if contact else None,
        changes.before,
        row.fingerprint,
    )
