"""Columns: header words are understood, and a person's map wins."""

import pytest

from abm.errors import Invalid
from abm.importers.columns import check_columns, field_of, find_columns, kind_of
from abm.words import ImportField, ImportKind


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("会社名", ImportField.COMPANY),
        ("会社名（必須）", ImportField.COMPANY),
        ("貴社名 ※", ImportField.COMPANY),
        ("Company Name", ImportField.COMPANY),
        ("ＴＥＬ", ImportField.PHONE),
        ("E-mail", ImportField.EMAIL),
        ("E-Mail Address", ImportField.EMAIL),
        ("メール アドレス", ImportField.EMAIL),
        ("過去のやり取り・メモ", ImportField.MEMO),
        ("最終対応日", ImportField.LAST_CONTACTED_ON),
        ("Time in Session (minutes)", ImportField.MINUTES),
        ("好きな色", None),
    ],
)
def test_a_header_word_is_understood(header: str, field: ImportField | None) -> None:
    assert field_of(header) == field


def test_the_first_of_two_columns_with_one_meaning_is_taken() -> None:
    assert find_columns(["会社名", "TEL", "携帯"])[ImportField.PHONE] == 1


def test_a_persons_map_wins_over_the_words() -> None:
    columns = find_columns(["会社名", "グループ"], {"company": "グループ"})

    assert columns == {ImportField.COMPANY: 1}


@pytest.mark.parametrize("field", ["person", "given_name", "memo"])
def test_a_field_mapped_to_nothing_is_left_out(field: str) -> None:
    columns = find_columns(["会社名", "名", "メモ"], {field: ""})

    left = {ImportField.MEMO: 2} if field != "memo" else {ImportField.PERSON: 1}
    assert columns == {ImportField.COMPANY: 0, **left}


def test_a_column_whose_field_is_left_out_can_be_read_as_another() -> None:
    assert find_columns(["会社名", "メモ"], {"memo": "", "industry": "メモ"})[ImportField.INDUSTRY] == 1


@pytest.mark.parametrize(
    ("mapping", "code"), [({"colour": "会社名"}, "unknown_field"), ({"company": "色"}, "unknown_header")]
)
def test_a_map_that_fits_nothing_is_refused(mapping: dict[str, str], code: str) -> None:
    with pytest.raises(Invalid) as raised:
        find_columns(["会社名"], mapping)

    assert raised.value.code == code


def test_attendance_columns_make_a_webinar() -> None:
    assert kind_of(find_columns(["Email", "Join Time", "Time in Session (minutes)"])) == ImportKind.WEBINAR
    assert kind_of(find_columns(["会社名", "メール"])) == ImportKind.CUSTOMERS
    assert kind_of(find_columns(["色"])) is None


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (["会社名", "商談名", "フェーズ", "見込金額"], ImportKind.DEALS),
        (["会社名", "契約番号", "金額"], ImportKind.CONTRACTS),
        (["会社名", "チケット番号", "件名"], ImportKind.TICKETS),
        (["会社名", "注文番号", "注文日"], ImportKind.ORDERS),
        (["会社名", "担当者名", "メールアドレス", "更新日", "優先度"], ImportKind.CUSTOMERS),
    ],
)
def test_a_file_is_known_by_the_words_that_name_its_records(header: list[str], kind: ImportKind) -> None:
    assert kind_of(find_columns(header), header) == kind


def test_a_missing_company_column_is_told_with_the_remedy() -> None:
    header = ["色", "形"]

    with pytest.raises(Invalid, match=r"会社名.*'色', '形'.*map it") as raised:
        check_columns(find_columns(header), ImportKind.CUSTOMERS, header)

    assert raised.value.code == "no_company_column"
