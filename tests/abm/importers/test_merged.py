"""Imports after a merge and after "not the same": a merged name is still recognised, a decision is not asked again."""

from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.customers.contact_merges import merge_contacts
from abm.customers.erase import NOBODY, erase_person
from abm.customers.merges import merge_accounts, undo_merge
from abm.customers.names import core_name
from abm.customers.pairs import part_pair
from abm.errors import Conflict
from abm.importers.apply import import_now
from abm.importers.request import Request, Upload
from abm.importers.undo import undo_import
from abm.models import Account, AccountDomain, AccountMerge, Contact, MatchPair
from abm.words import MatchStrength, PairState
from tests.worlds import NOON, make_account, make_contact

OLD, NEW = "株式会社青空電機", "あおぞらエレクトロ株式会社"


@pytest.fixture
def merged(session: Session) -> AccountMerge:
    """One firm that was known under two names."""
    goes, stays = (make_account(session, name, normalised_name=core_name(name)) for name in (OLD, NEW))
    goes.prefecture = "東京都"
    session.add(AccountDomain(account_id=goes.id, domain="aozora.example"))
    session.flush()
    return merge_accounts(session, goes.id, stays.id, by=None, at=NOON)


def take(session: Session, settings: Settings, *rows: str, header: str = "会社名,担当者名,メールアドレス") -> Any:
    content = "\n".join([header, *rows]).encode()
    return import_now(session, Upload("list.csv", BytesIO(content)), Request(), settings, NOON)


def home(session: Session, email: str) -> Any:
    return session.scalar(select(Contact.account_id).where(Contact.email == email))


def pairs(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(MatchPair)) or 0


def test_a_merged_name_with_its_domain_leads_to_the_account_that_stayed(
    session: Session, settings: Settings, merged: AccountMerge
) -> None:
    take(session, settings, f"{OLD},新田 一,ichi@aozora.example")

    assert home(session, "ichi@aozora.example") == merged.into_account_id
    assert pairs(session) == 0


def test_a_name_known_under_both_is_one_candidate(session: Session, settings: Settings, merged: AccountMerge) -> None:
    row = f"{OLD},新田 二,ni@gmail.com,東京都"

    take(session, settings, row, header="会社名,担当者名,メールアドレス,都道府県")

    assert home(session, "ni@gmail.com") == merged.into_account_id


def test_after_the_merge_is_undone_each_name_is_its_own_again(
    session: Session, settings: Settings, merged: AccountMerge
) -> None:
    undo_merge(session, merged.id, by=None, at=NOON)
    session.expire_all()

    take(session, settings, f"{OLD},新田 三,san@aozora.example")

    assert home(session, "san@aozora.example") == merged.account_id


def test_a_row_brought_before_a_merge_is_known_again_after_it(session: Session, settings: Settings) -> None:
    row = f"{OLD},新田 四,"
    take(session, settings, row)
    stays = make_account(session, NEW, normalised_name=core_name(NEW))
    goes = session.scalars(select(Account.id).where(Account.name == OLD)).one()
    merge_accounts(session, goes, stays.id, by=None, at=NOON)
    session.expire_all()

    again = take(session, settings, row)

    assert (again.counts["create"], again.counts["unchanged"]) == (0, 1)


def test_what_was_called_different_is_not_asked_again_by_the_same_list(session: Session, settings: Settings) -> None:
    make_account(session, OLD, normalised_name=core_name(OLD))
    rows = f"{OLD},新田 五,go@gmail.com"
    take(session, settings, rows)
    asked = session.scalars(select(MatchPair)).one()
    part_pair(session, asked.id, by=None, at=NOON)

    take(session, settings, rows)
    take(session, settings, rows.replace("新田 五", "新田　五"))

    assert asked.strength == MatchStrength.WEAK
    assert session.scalars(select(MatchPair.state)).all() == [PairState.DIFFERENT]


def gone_or_archived(session: Session, account_id: Any) -> bool:
    session.expire_all()
    account = session.get(Account, account_id)
    return account is None or account.archived_at is not None


@pytest.mark.parametrize("made_goes", [True, False], ids=["the import's goes", "the import's stays"])
def test_an_import_is_undone_also_while_its_account_is_merged(
    session: Session, settings: Settings, made_goes: bool
) -> None:
    known = make_account(session, NEW, normalised_name=core_name(NEW))
    old = make_contact(session, known, email="old@aozora.example")
    taken = take(session, settings, f"{OLD},新田 一,ichi@aozora.example")
    made = session.scalars(select(Account.id).where(Account.name == OLD)).one()
    pair = (made, known.id) if made_goes else (known.id, made)
    merge_accounts(session, *pair, by=None, at=NOON)
    session.expire_all()

    result = undo_import(session, taken.id, NOON)

    assert result["unmerged"] == 1
    assert gone_or_archived(session, made)
    assert home(session, "ichi@aozora.example") is None
    assert (old.account_id, known.archived_at, known.merged_into_id) == (known.id, None, None)


def test_an_account_that_has_gone_on_is_named_when_its_import_is_undone(session: Session, settings: Settings) -> None:
    taken = take(session, settings, f"{OLD},新田 一,ichi@aozora.example")
    made = session.scalars(select(Account.id).where(Account.name == OLD)).one()
    second, third = make_account(session, NEW), make_account(session, "第三株式会社")
    merge_accounts(session, made, second.id, by=None, at=NOON)
    merge_accounts(session, second.id, third.id, by=None, at=NOON)
    session.expire_all()

    with pytest.raises(Conflict, match=f"{NEW} has itself been merged"):
        undo_import(session, taken.id, NOON)


def test_a_person_is_met_again_under_the_address_of_the_merged_record(session: Session, settings: Settings) -> None:
    firm = make_account(session, OLD, normalised_name=core_name(OLD))
    gone, stays = (make_contact(session, firm, "新田 一", f"{name}@aozora.example") for name in ("old", "new"))
    merge_contacts(session, gone.id, stays.id, by=None, at=NOON)
    session.expire_all()

    taken = take(session, settings, f"{OLD},新田 一,old@aozora.example")

    assert taken.counts["create"] == 0
    assert session.scalar(select(func.count()).select_from(Contact)) == 2


def test_an_import_is_undone_also_when_somebody_of_a_merge_was_erased(session: Session, settings: Settings) -> None:
    taken = take(session, settings, f"{OLD},新田 一,old@aozora.example")
    made = session.scalars(select(Contact).where(Contact.email == "old@aozora.example")).one()
    known = make_contact(session, session.get_one(Account, made.account_id), "新田 一", "new@aozora.example")
    merge_contacts(session, made.id, known.id, by=None, at=NOON)
    erase_person(session, known.id, None, by=None, at=NOON)
    session.expire_all()

    result = undo_import(session, taken.id, NOON)

    assert (result["undone"], result["unmerged"]) == (True, 0)
    assert known.full_name == NOBODY
