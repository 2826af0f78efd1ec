"""What gives a person away, and what is somebody or something else."""

import pytest

from abm.customers.traces import Named, Traces

TARO = Named("田中 太郎", "田中", "タナカ タロウ", "taro@acme.example", ("0312345678",), "東京都港区芝公園4-2-8")


@pytest.mark.parametrize(
    ("said", "masked"),
    [
        ("田中 太郎様に送付", "＊様に送付"),
        ("田中太郎 氏", "＊ 氏"),
        ("田中　太郎の後任", "＊の後任"),
        ("タナカタロウ", "＊"),
        ("担当田中様へ", "担当＊様へ"),
        ("田中さんは不在", "＊さんは不在"),
        ("田中部長同席、田中(課長)", "＊部長同席、＊(課長)"),
        ("タナカ様より入電", "＊様より入電"),
        ("TEL 03-1234-5678", "TEL ＊"),
        ("０３（１２３４）５６７８", "＊"),
        ("+81 3-1234-5678", "＊"),
        ("Taro@ACME.example へ", "＊ へ"),
        ("東京都港区芝公園4-2-8の別館", "＊の別館"),
        ("田中商店と田中町", "田中商店と田中町"),
        ("100312345678", "100312345678"),
        ("ataro@acme.example", "ataro@acme.example"),
    ],
)
def test_a_person_is_masked_and_nothing_else(said: str, masked: str) -> None:
    assert Traces(TARO).mask(said) == masked


@pytest.mark.parametrize(
    ("said", "masked"),
    [
        ("Mr. Tanaka called", "Mr. ＊ called"),
        ("Ms.Tanaka, Dr Tanaka", "Ms.＊, Dr ＊"),
        ("Tanaka-san and tanaka san", "＊-san and ＊ san"),
        ("Taro  Tanaka", "＊"),
        ("Mr. Tanakas; Tanaka Ltd.", "Mr. Tanakas; Tanaka Ltd."),
    ],
)
def test_latin_names_are_addressed_in_their_own_way(said: str, masked: str) -> None:
    assert Traces(Named("Taro Tanaka")).mask(said) == masked


def test_a_family_name_of_one_sign_is_no_end_of_a_longer_one() -> None:
    assert Traces(Named("林 一郎", "林")).mask("小林さんと林さん、森林部長") == "小林さんと＊さん、森林部長"


def test_a_name_written_in_one_piece_is_addressed_by_its_first_part() -> None:
    assert Traces(Named("鈴木花子", "鈴木花子")).mask("鈴木さんと鈴木 花子") == "＊さんと＊"


def test_a_colleague_of_that_name_may_be_meant() -> None:
    assert Traces(TARO).mask("田中様、田中太郎様", addressed=False) == "田中様、＊様"


def test_documents_keep_their_keys() -> None:
    assert Traces(Named("people")).mask({"people": ["people", {"n": 1}]}) == {"people": ["＊", {"n": 1}]}


@pytest.mark.parametrize("said", ["田中様", "タナカ部長", "田中 太郎", "03-1234-5678", "（５６７８）"])
def test_every_text_with_a_trace_fits_a_pattern_of_the_database(said: str) -> None:
    parts = [pattern.strip("%").split("%") for pattern in Traces(TARO).likes]

    assert any(all(part in said for part in one) for one in parts)
