"""What the database knows about the firms and people of some rows, read in a few statements whatever their number."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Result, text
from sqlalchemy.orm import Session

from abm.customers.domains import SharedDomains
from abm.customers.match import Company, KnownAccount, KnownAccounts
from abm.customers.names import core_name
from abm.importers.alike import find_alike
from abm.importers.pending import Pending
from abm.importers.records import AccountRecord, ContactRecord, Facts
from abm.importers.rows import CustomerRow
from abm.words import ConsentPurpose, ImportState, ItemKind

# Each table stands for its real rows and those beside them (see abm.importers.pending).
SEEN = """
    select distinct on (r.fingerprint) r.fingerprint, a.id, r.contact_id
    from {import_rows} r
    join imports i on i.id = r.import_id
    join {accounts} m on m.id = r.account_id
    join {accounts} a on a.id = coalesce(m.merged_into_id, m.id) and a.archived_at is null
    left join {contacts} c on c.id = r.contact_id
    where r.fingerprint = any(array(select decode(p, 'hex') from unnest(string_to_array(:prints, chr(31))) p))
    and r.applied_at is not null and (i.state = :applied or i.id = :own)
    and (r.contact_id is null or (c.id is not null and c.archived_at is null))
    order by r.fingerprint, r.applied_at desc
    """
ACCOUNT_IDS = """
    select id from {accounts} a where normalised_name = any(string_to_array(:cores, chr(31)))
    union select id from {accounts} a where corporate_number = any(string_to_array(:numbers, chr(31)))
    union select id from {accounts} a where phone = any(string_to_array(:phones, chr(31)))
    union select id from {accounts} a where postcode = any(string_to_array(:postcodes, chr(31)))
    union select account_id from {account_domains} d where domain = any(string_to_array(:domains, chr(31)))
    union select account_id from {contacts} c
        where email = any(cast(string_to_array(:emails, chr(31)) as citext[])) and archived_at is null
    union select account_id from {contacts} c
        where phone = any(string_to_array(:phones, chr(31))) and archived_at is null
    """
ACCOUNTS = """
    select id::text, name, normalised_name, corporate_number, postcode, prefecture, address, phone, industry,
        closing_month, last_contacted_on, coalesce(import_id = cast(:own as uuid), false) as is_new,
        array(select domain from {account_domains} d where d.account_id = a.id) as domains
    from {accounts} a
    where archived_at is null and id = any(array(
        select unnest(cast(string_to_array(:ids, chr(31)) as uuid[]))
        union all
        select merged_into_id from accounts
        where merged_into_id is not null and id = any(cast(string_to_array(:ids, chr(31)) as uuid[]))
    ))
    order by is_pending
    """
# Accounts that were merged into another are still recognised by what is known of them.
MERGED = """
    select id::text, name, corporate_number, postcode, prefecture, phone, merged_into_id::text,
        array(select domain from account_domains d where d.account_id = a.id) as domains
    from accounts a
    where merged_into_id is not null and id = any(cast(string_to_array(:ids, chr(31)) as uuid[]))
    """
DEPARTMENTS = """
    select id::text, account_id::text, normalised_name from {departments} d
    where account_id = any(cast(string_to_array(:ids, chr(31)) as uuid[]))
    """
CONTACTS = """
    select id::text, account_id::text, department_id::text, full_name, family_name, given_name, kana, title,
        seniority, job_function, email, phone, phone_typed, memo, last_contacted_on,
        coalesce(import_id = cast(:own as uuid), false) as is_new
    from {contacts} c where archived_at is null and id = any(array(
        select id from {contacts} c where archived_at is null
            and email = any(cast(string_to_array(:emails, chr(31)) as citext[]))
        union all
        select unnest(cast(string_to_array(:seen, chr(31)) as uuid[]))
        union all
        select id from {contacts} c where email is null
            and account_id = any(cast(string_to_array(:ids, chr(31)) as uuid[]))
    ))
    order by is_pending
    """
ADDRESSES = text(
    """
    select email, account_id::text from contacts
    where email = any(cast(string_to_array(:emails, chr(31)) as citext[])) and archived_at is null
    """
)
# People who were merged into another record are still met under the address they had.
FORMER = text(
    """
    select f.email, c.account_id::text, c.id::text
    from contacts f join contacts c on c.id = f.merged_into_id and c.archived_at is null
    where f.merged_into_id is not null and f.email = any(cast(string_to_array(:emails, chr(31)) as citext[]))
    """
)
PHONES = """
    select account_id::text, phone from {contacts} c
    where phone = any(string_to_array(:phones, chr(31))) and archived_at is null
    and account_id = any(cast(string_to_array(:ids, chr(31)) as uuid[]))
    """
NOTES = """
    select contact_id::text, account_id::text, body from {timeline_items} t
    where kind = :note and body is not null
    and contact_id = any(cast(string_to_array(:contacts, chr(31)) as uuid[]))
    union all
    select null, account_id::text, body from {timeline_items} t
    where kind = :note and body is not null and contact_id is null
    and account_id = any(cast(string_to_array(:accounts, chr(31)) as uuid[]))
    """
CONSENTS = """
    select contact_id::text, bool_or(granted) as granted, bool_or(not granted) as refused from {consents} c
    where purpose = :mail and contact_id = any(cast(string_to_array(:contacts, chr(31)) as uuid[]))
    group by contact_id
    """
SUPPRESSED = text(
    "select email from suppressions where email = any(cast(string_to_array(:emails, chr(31)) as citext[]))"
)


@dataclass(frozen=True)
class Own:
    """The import that asks: what rows above have made of it counts as known, though it is not committed."""

    import_id: str | None
    pending: Pending


class _View:
    """Asks about the real records and what an import has beside them."""

    def __init__(self, session: Session, own: Own) -> None:
        self.session = session
        self._own = own

    def rows(self, template: str, **given: Any) -> Result[*tuple[Any, ...]]:
        return self.session.execute(self._own.pending.query(template), {"own": self._own.import_id, **given})


def load_facts(
    session: Session,
    rows: Sequence[CustomerRow],
    shared: SharedDomains,
    own: Own | None = None,
    also: Iterable[str] = (),
) -> Facts:
    """Everything the plan may need to know of these rows, and nothing of firms that they do not touch.

    `also` are accounts that the rows mean in another way than by what they say of firm and person.
    """
    view = _View(session, own or Own(None, Pending(session)))
    facts = Facts()
    used = [row for row in rows if not row.is_rejected]
    seen = _load_seen(view, used)
    former = _load_former(session, _packed(row.email for row in used))
    told = [*seen.values(), *former.values(), *((account, None) for account in also)]
    _load_accounts(view, used, shared, told, facts)
    _load_contacts(view, used, told, facts)
    _know_former(former, facts)
    known = {print_: pair for print_, pair in seen.items() if _still_there(pair, facts)}
    facts.seen.update(known)
    return facts


def load_matching(session: Session, firms: Sequence[Company]) -> KnownAccounts:
    """The accounts that share a key with one of these firms; each finds the same as if it were asked for alone."""
    keys = {
        "cores": _packed(core_name(firm.company) for firm in firms),
        "numbers": _packed(firm.corporate_number for firm in firms),
        "phones": _packed(firm.phone for firm in firms),
        "postcodes": _packed(firm.postcode for firm in firms),
        "domains": _packed(firm.domain for firm in firms),
        "emails": _packed(firm.email for firm in firms),
    }
    facts = Facts(KnownAccounts(by_prefecture=False))
    former = _load_former(session, keys["emails"])
    alike = find_alike(session, [(firm.prefecture, core_name(firm.company)) for firm in firms if firm.prefecture])
    _load_keyed(
        _View(session, Own(None, Pending(session))),
        keys,
        {account for account, _ in former.values()}.union(*alike.values()),
        facts,
    )
    for (prefecture, core), ids in alike.items():
        facts.matching.add_alike(prefecture, core, ids)
    for address, (account_id, _) in former.items():
        facts.matching.add_address(address, account_id)
    for address, account_id in session.execute(ADDRESSES, {"emails": keys["emails"]}):
        facts.matching.add_address(address.casefold(), account_id)
    return facts.matching


def _load_seen(view: _View, rows: Iterable[CustomerRow]) -> dict[bytes, tuple[str, str | None]]:
    prints = _packed(row.fingerprint.hex() for row in rows)
    found = view.rows(SEEN, prints=prints, applied=ImportState.APPLIED)
    return {bytes(p): (str(account), str(contact) if contact else None) for p, account, contact in found}


def _load_former(session: Session, emails: str) -> dict[str, tuple[str, str | None]]:
    """(account, contact) that somebody is known as now, by the address of a record that was merged."""
    return {
        email.casefold(): (account, contact) for email, account, contact in session.execute(FORMER, {"emails": emails})
    }


def _know_former(former: dict[str, tuple[str, str | None]], facts: Facts) -> None:
    for address, (account, contact) in former.items():
        if contact in facts.contacts and address not in facts.by_address:
            facts.by_address[address] = contact
            facts.matching.add_address(address, account)


def _still_there(pair: tuple[str, str | None], facts: Facts) -> bool:
    account, contact = pair
    return account in facts.accounts and (contact is None or contact in facts.contacts)


def _load_accounts(
    view: _View,
    rows: Sequence[CustomerRow],
    shared: SharedDomains,
    told: Iterable[tuple[str, str | None]],
    facts: Facts,
) -> None:
    keys = {
        "cores": _packed(core_name(row.company) for row in rows if row.company),
        "numbers": _packed(row.corporate_number for row in rows),
        "phones": _packed(row.phone for row in rows),
        "postcodes": _packed(row.postcode for row in rows),
        "domains": _packed(shared.own_domain(row.email) for row in rows),
        "emails": _packed(row.email for row in rows),
    }
    alike = find_alike(view.session, {(row.prefecture, core_name(row.company)) for row in rows if row.prefecture})
    known = {account for account, _ in told}
    _load_keyed(view, keys, known.union(*alike.values()), facts)
    for department_id, account_id, key in view.rows(DEPARTMENTS, ids=_packed(facts.accounts)):
        facts.departments[account_id, key] = department_id


def _load_keyed(view: _View, keys: dict[str, str], known: set[str], facts: Facts) -> None:
    """The accounts that have one of these keys, and those known already."""
    ids = {str(found) for found in view.rows(ACCOUNT_IDS, **keys).scalars()} | known
    if not ids:
        return
    for row in view.rows(ACCOUNTS, ids=_packed(ids)).mappings():
        fields = dict(row)
        account_id, is_new, domains = fields.pop("id"), fields.pop("is_new"), set(fields.pop("domains"))
        facts.accounts[account_id] = AccountRecord(account_id, fields, domains, is_new=is_new)
    phones = view.rows(PHONES, ids=_packed(facts.accounts), phones=keys["phones"])
    _know_accounts(facts, [(account, phone) for account, phone in phones])
    _know_merged(view.session, ids, facts)


def _know_accounts(facts: Facts, phones: Iterable[tuple[str, str]]) -> None:
    known = {account.id: _known(account) for account in facts.accounts.values()}
    for account_id, phone in phones:
        known[account_id].phones.add(phone)
    for one in known.values():
        facts.matching.add(one)


def _know_merged(session: Session, ids: Iterable[str], facts: Facts) -> None:
    for row in session.execute(text(MERGED), {"ids": _packed(ids)}).mappings():
        if row["merged_into_id"] in facts.accounts:
            place = (row["corporate_number"], row["postcode"], row["prefecture"])
            phones = {row["phone"]} if row["phone"] else set()
            former = KnownAccount(row["id"], row["name"], *place, set(row["domains"]), phones, row["merged_into_id"])
            facts.matching.add(former)


def _known(account: AccountRecord) -> KnownAccount:
    fields = account.fields
    phones = {fields["phone"]} if fields["phone"] else set()
    return KnownAccount(
        account.id,
        fields["name"],
        fields["corporate_number"],
        fields["postcode"],
        fields["prefecture"],
        set(account.domains),
        phones,
    )


def _load_contacts(
    view: _View, rows: Sequence[CustomerRow], told: Iterable[tuple[str, str | None]], facts: Facts
) -> None:
    emails, accounts = _packed(row.email for row in rows), _packed(facts.accounts)
    wanted = {"emails": emails, "ids": accounts, "seen": _packed(contact for _, contact in told)}
    for row in view.rows(CONTACTS, **wanted).mappings():
        _know_contact(facts, dict(row))
    contacts = _packed(facts.contacts)
    if accounts:
        for contact_id, account_id, body in view.rows(NOTES, contacts=contacts, accounts=accounts, note=ItemKind.NOTE):
            (facts.contacts[contact_id] if contact_id else facts.accounts[account_id]).notes.add(body)
    if contacts:
        for contact_id, granted, refused in view.rows(CONSENTS, contacts=contacts, mail=ConsentPurpose.MAIL):
            facts.contacts[contact_id].consented, facts.contacts[contact_id].refused = granted, refused
        for email in view.session.scalars(SUPPRESSED, {"emails": emails}):
            if contact := facts.contacts.get(facts.by_address.get(email.casefold(), "")):
                contact.refused = True


def _know_contact(facts: Facts, fields: dict[str, Any]) -> None:
    contact_id, account_id, is_new = fields.pop("id"), fields.pop("account_id"), fields.pop("is_new")
    facts.know_contact(ContactRecord(contact_id, account_id, fields, is_new=is_new))


def _packed(values: Iterable[str | None]) -> str:
    """Many values as one parameter: an array of a million texts takes the driver longer than the query."""
    return "\x1f".join({value for value in values if value})
