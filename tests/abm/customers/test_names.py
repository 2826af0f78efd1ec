"""Company names: spellings of one firm are equal, other firms are not, branches come off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.customers.names import core_name, legal_kind, person_key, read_company


@pytest.mark.parametrize(
    "spelling",
    [
        "株式会社青葉精機",
        "(株)青葉精機",
        "（株）青葉精機",
        "㈱青葉精機",
        "㍿青葉精機",
        "青葉精機株式会社",
        "青葉精機 ㈱",
        "株式会社　青葉精機",
    ],
)
def test_legal_forms_do_not_make_another_firm(spelling: str) -> None:
    assert core_name(spelling) == core_name("青葉精機")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("キヤノン株式会社", "キャノン(株)"),
        ("ｷﾔﾉﾝ", "キヤノン"),
        ("株式会社髙﨑電子", "株式会社高崎電子"),
        ("コンピューター・サービス", "コンピュータサービス"),
        ("エヌ・ティ・ティ", "エヌティティ"),
        ("ＡＢＣソリューションズ株式会社", "ABCソリューションズ"),
        ("Blue Harbor Trading Co., Ltd.", "BLUE HARBOR TRADING"),
        ("Nordlicht Maschinenbau GmbH", "Nordlicht Maschinenbau"),
        ("Acme, Inc.", "ACME K.K."),
        ("医療法人社団 さくら会", "さくら会"),
        ("トヨタ－テック", "トヨタ‐テック"),
        ("日本アイ・ビー・エム株式会社", "日本IBM"),
        ("日本アイビーエム", "日本ＩＢＭ㈱"),
        ("株式会社エヌ・ティ・ティ・データ", "NTTデータ"),
        ("エヌティティデータ(株)", "ＮＴＴデータ"),
        ("ディー・エイチ・エル・ジャパン", "DHLジャパン"),
        ("キリンＨＤ", "キリンホールディングス株式会社"),
        ("Aoba Holdings Co., Ltd.", "AOBA HD"),
        ("すかいらーく", "スカイラーク"),
        ("ブリヂストン", "ブリジストン"),
        ("ジョンソン・エンド・ジョンソン", "ジョンソン＆ジョンソン"),
        ("セブンアンドアイ", "セブン&アイ"),
        ("株式會社靑葉精機", "青葉精機"),
        ("三菱UFJ銀行(旧三菱東京UFJ銀行)", "三菱UFJ銀行"),
        ("青葉精機株式会社 御中", "青葉精機"),
    ],
)
def test_spellings_of_one_name_are_equal(one: str, other: str) -> None:
    assert core_name(one) == core_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("東雲化学", "東雲ホールディングス"),
        ("ビール商会", "ビル商会"),
        ("みなと物流", "ミナトロジ"),
        ("エスエス製薬", "SS製薬"),
        ("アイシン", "IShiン"),
        ("斉藤工務店", "斎藤工務店"),
        ("株式会社アンドロイド", "株式会社ロイド"),
    ],
)
def test_other_names_stay_different(one: str, other: str) -> None:
    assert core_name(one) != core_name(other)


@pytest.mark.parametrize(
    ("typed", "firm", "branch"),
    [
        ("Fresh Robotics, Osaka Branch", "Fresh Robotics", "Osaka Branch"),
        ("Fresh Robotics Co., Ltd. - Osaka Branch", "Fresh Robotics Co., Ltd.", "Osaka Branch"),
        ("Fresh Robotics Co., Ltd., Nagoya Plant", "Fresh Robotics Co., Ltd.", "Nagoya Plant"),
        ("The Box Office", "The Box Office", ""),
        ("(株)青葉精機 仙台支店", "(株)青葉精機", "仙台支店"),
        ("青葉精機株式会社仙台支店", "青葉精機株式会社", "仙台支店"),
        ("株式会社青葉精機　本社", "株式会社青葉精機", "本社"),
        ("青葉精機 仙台営業所", "青葉精機", "仙台営業所"),
        ("株式会社 さくら医療機器", "株式会社 さくら医療機器", ""),
        ("株式会社山田研究所", "株式会社山田研究所", ""),
        ("山田会計事務所", "山田会計事務所", ""),
        ("Blue Harbor Trading Co., Ltd.", "Blue Harbor Trading Co., Ltd.", ""),
        ("青葉精機株式会社 関西システムラボラトリ", "青葉精機株式会社", "関西システムラボラトリ"),
        ("青葉精機株式会社 (仮)", "青葉精機株式会社 (仮)", ""),
        ("青葉精機株式会社 Aoba", "青葉精機株式会社 Aoba", ""),
        ("有限会社 田中 酒店", "有限会社 田中 酒店", ""),
        ("株式会社 佐藤 工務店", "株式会社 佐藤 工務店", ""),
        ("株式会社 山田 設計事務所", "株式会社 山田 設計事務所", ""),
        ("株式会社山田 日本橋店", "株式会社山田", "日本橋店"),
    ],
)
def test_a_branch_comes_off_where_its_border_is_plain(typed: str, firm: str, branch: str) -> None:
    name = read_company(typed)

    assert (name.firm, name.branch) == (firm, branch)


@pytest.mark.parametrize("typed", ["株式会社", "支店", "(株)", "Inc."])
def test_a_name_of_nothing_but_a_form_keeps_it(typed: str) -> None:
    assert core_name(typed)


@given(st.text(max_size=30))
def test_any_text_has_a_name(typed: str) -> None:
    assert read_company(typed).firm in typed


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("㈱青葉", "株"),
        ("青葉（有）", "有"),
        ("カ）アオバ", "株"),
        ("合同会社青葉", "同"),
        ("学校法人青葉", "他"),
        ("青葉", ""),
    ],
)
def test_the_kind_of_firm_is_read_from_its_form(typed: str, kind: str) -> None:
    assert legal_kind(typed) == kind


def test_people_are_compared_without_spaces() -> None:
    assert person_key("髙橋　亮") == person_key("高橋亮")
