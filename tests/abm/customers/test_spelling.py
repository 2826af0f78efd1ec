"""How searching folds what is typed: every writing of the same thing becomes the same words."""

import pytest

from abm.customers.names import core_name
from abm.customers.spelling import fold_record, patterns, read_query


def finds(typed: str, *fields: str) -> bool:
    record = fold_record(list(fields))
    return all(one.strip("%") in record for one in patterns(read_query(typed)))


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ("みなと", "みなと物流株式会社"),
        ("物流", "みなと物流株式会社"),
        ("ﾐﾅﾄ", "みなと物流"),
        ("ミナト", "みなと物流"),
        ("さとう", "サトウ タロウ"),
        ("安奈花子", "安奈　花子"),
        ("安奈 花子", "安奈花子"),
        ("高橋", "髙橋 一郎"),
        ("斎藤", "齋藤 次郎"),
        ("ＡＮＮＡ＠ＡＣＭＥ", "anna@acme.example"),
        ("anna@acme.example", "Anna@Acme.example"),
        ("03-1234-5678", "0312345678"),
        ("０３（１２３４）５６７８", "0312345678"),
        ("+81 3-1234-5678", "0312345678"),
        ("1234 5678", "0312345678"),
        ("T7123456789012", "7123456789012"),
        ("7-1234-5678-9012", "7123456789012"),
        ("c-2026-001", "C2026001"),
        ("林", "林 太郎"),
        ("acme 50%", "Our ACME 50"),
    ],
)
def test_every_writing_is_found(typed: str, field: str) -> None:
    assert finds(typed, field)


@pytest.mark.parametrize(
    "names",
    [
        "斎藤 斉藤 齋藤 齊藤",
        "渡辺 渡邊 渡邉",
        "沢田 澤田",
        "浜口 濱口 濵口",
        "広瀬 廣瀬 廣瀨",
        "島田 嶋田 嶌田",
        "高崎 髙﨑 高嵜",
    ],
)
def test_a_name_is_found_by_every_sign_that_is_written_for_another(names: str) -> None:
    assert all(finds(typed, f"{field} 太郎") for typed in names.split() for field in names.split())


def test_companies_of_names_that_differ_are_still_compared_as_two() -> None:
    assert core_name("斉藤商店") != core_name("斎藤商店")
    assert core_name("髙﨑商店") == core_name("高崎商店")


@pytest.mark.parametrize(
    ("typed", "field"), [("林", "小林 太郎"), ("ac", "the acme"), ("acme 100%", "ACME 50%"), ("流物", "みなと物流")]
)
def test_other_things_are_not_found(typed: str, field: str) -> None:
    assert not finds(typed, field)


def test_every_word_must_be_found_in_one_of_the_fields() -> None:
    assert finds("佐藤 acme", "佐藤 健", "sato@acme.example")
    assert not finds("佐藤 beta", "佐藤 健", "sato@acme.example")


def test_words_do_not_reach_over_two_fields() -> None:
    assert not finds("健佐藤", "佐藤 健", "佐藤")


@pytest.mark.parametrize("typed", ["", "  ", "%", "__", "・", "\0", "\ud800"[:0]])
def test_signs_alone_ask_nothing(typed: str) -> None:
    assert read_query(typed) == ()


def test_no_word_holds_a_sign_that_patterns_read() -> None:
    assert not set("%_\\") & set("".join(read_query("a%b _c \\d ％＿")))
