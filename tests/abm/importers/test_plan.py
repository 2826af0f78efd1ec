"""Plans: what rows come to, decided without a database."""

from io import BytesIO

import pytest

from abm.customers.domains import SharedDomains
from abm.importers.columns import find_columns
from abm.importers.plan import Planner
from abm.importers.records import Facts, Plan
from abm.importers.rows import RowReader
from abm.importers.sheet import Choices, read_sheet
from abm.words import MatchStrength, RowAction

HEADER = "会社名,担当者名,メールアドレス,部署,役職,TEL,業種,最終対応日,メモ\n"
CREATE, UPDATE, UNCHANGED = RowAction.CREATE, RowAction.UPDATE, RowAction.UNCHANGED


def plan(facts: Facts, *rows: str, consent: bool = False) -> Plan:
    sheet = read_sheet(BytesIO((HEADER + "\n".join(rows) + "\n").encode()), "a.csv", Choices(delimiter=","))
    reader = RowReader(sheet, find_columns(sheet.header))
    return Planner(facts, SharedDomains(), consent=consent).decide(reader.read(line) for line in sheet.rows)


def actions(planned: Plan) -> list[RowAction]:
    return [row.action for row in planned.rows]


def test_two_rows_of_one_address_are_one_person() -> None:
    facts = Facts()

    planned = plan(facts, "甲,田中,t@ko.jp,,,,,,一", "甲,田中,T@KO.JP,,,,,,二")

    assert actions(planned) == [CREATE, UPDATE]
    assert len(facts.contacts) == 1
    assert [note.body for note in planned.notes] == ["一", "二"]


def test_the_same_row_twice_in_a_file_changes_nothing() -> None:
    assert actions(plan(Facts(), "甲,田中,t@ko.jp", "甲,田中,t@ko.jp")) == [CREATE, UNCHANGED]


def test_two_lists_that_disagree_do_not_swap_a_title_for_ever() -> None:
    facts = Facts()
    rows = ("甲,田中,t@ko.jp,,課長", "甲,田中,t@ko.jp,,部長")
    plan(facts, *rows)

    assert actions(plan(facts, *rows)) == [UNCHANGED, UNCHANGED]
    assert [contact.fields["title"] for contact in facts.contacts.values()] == ["部長"]


def test_people_without_address_are_told_apart_by_name() -> None:
    facts = Facts()

    planned = plan(facts, "甲,田中 太郎,,営業部", "甲,田中　太郎,,購買部", "甲,鈴木,")

    assert actions(planned) == [CREATE, UPDATE, CREATE]
    assert len(facts.accounts) == 1


def test_an_empty_cell_takes_nothing_away() -> None:
    facts = Facts()
    plan(facts, "甲,田中,t@ko.jp,営業部,課長,03-1111-2222,製造,2024/12/10")

    assert actions(plan(facts, "甲,田中,t@ko.jp,,,,,")) == [UNCHANGED]


@pytest.mark.parametrize(
    "row", ["甲,田中,t@ko.jp,,,06-6xxx", "甲,田中,t@ko.jp,,,,,2023/01/01", "甲,田中,t@ko.jp,,,,物流"]
)
def test_worse_knowledge_does_not_replace_better(row: str) -> None:
    facts = Facts()
    plan(facts, "甲,田中,t@ko.jp,営業部,課長,03-1111-2222,製造,2024/12/10")

    assert actions(plan(facts, row)) == [UNCHANGED]


def test_a_branch_alone_does_not_take_a_department_away() -> None:
    facts = Facts()
    plan(facts, "甲精機,佐藤,s@ko.jp", "甲精機 仙台支店,田中,t@ko.jp,営業部")

    assert actions(plan(facts, "甲精機 仙台支店,田中,t@ko.jp")) == [UNCHANGED]


def test_an_account_is_named_without_its_branch() -> None:
    facts = Facts()

    plan(facts, "(株)青葉精機 仙台支店,田中,t@aoba.jp", "青葉精機株式会社,佐藤,s@aoba.jp")

    assert [account.fields["name"] for account in facts.accounts.values()] == ["(株)青葉精機"]


def test_provider_addresses_do_not_join_firms() -> None:
    facts = Facts()

    planned = plan(facts, "有限会社甲,田中,t@ocn.ne.jp", "有限会社乙,鈴木,s@ocn.ne.jp", "有限会社甲,佐藤,k@ocn.ne.jp")

    assert len(facts.accounts) == 2
    assert [row.strength for row in planned.rows] == [MatchStrength.NONE, MatchStrength.NONE, MatchStrength.STRONG]


def test_consent_is_given_once_and_never_against_a_refusal() -> None:
    facts = Facts()
    first = plan(facts, "甲,田中,t@ko.jp", "甲,佐藤,s@ko.jp", "甲,無番地,", consent=True)
    for contact in facts.contacts.values():
        contact.consented, contact.refused = False, contact.fields["email"] == "t@ko.jp"

    second = plan(facts, "甲,田中,t@ko.jp", "甲,佐藤,s@ko.jp", consent=True)

    assert (len(first.consents), len(second.consents)) == (2, 1)
    assert actions(second) == [UNCHANGED, UPDATE]
