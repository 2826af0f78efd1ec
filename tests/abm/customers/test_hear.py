"""What is heard in notes as Japanese sales reps write them, on Friday, 13 November 2026."""

from datetime import date

import pytest

from abm.customers.hear import Heard, hear
from abm.customers.named import Named
from abm.words import HeardKind, LostReason

FRIDAY = date(2026, 11, 13)
PRODUCTS = (Named("x", "製品X"), Named("y", "製品Y"), Named("yp", "製品Y プラス"))
PEOPLE = (
    Named("tanaka", "田中 太郎", ("田中",)),
    Named("sato", "佐藤 花子", ("佐藤",)),
    Named("sato-2", "佐藤 次郎", ("佐藤",)),
    Named("meyer", "Jana Meyer", ("Meyer",)),
)


def heard(text: str, closing_month: int | None = None) -> list[Heard]:
    return hear(text, on=FRIDAY, closing_month=closing_month, people=PEOPLE, products=PRODUCTS)


def kinds(text: str) -> list[str]:
    return [one.kind.value for one in heard(text)]


def only(text: str) -> Heard:
    found = heard(text)
    assert len(found) == 1, found
    return found[0]


def test_the_line_of_a_visit_is_an_interest_and_what_comes_next() -> None:
    interest, following = heard("○○社のAさん、製品Yに興味あり。次回は価格説明を希望")

    assert (interest.kind, interest.product, interest.said) == (HeardKind.INTEREST, "y", "製品Yに興味あり")
    assert (following.kind, following.what, following.due_on) == (HeardKind.NEXT_ACTION, "価格説明", None)


def test_the_memo_of_a_lost_customer_is_interest_horizon_reason_and_reminder() -> None:
    interest, horizon, lost, reminder = heard("製品Xに関心。来期導入検討中。価格面で見送り。来年度再アプローチ予定。")

    assert (interest.kind, interest.product) == (HeardKind.INTEREST, "x")
    assert (horizon.kind, horizon.product, horizon.first, horizon.last) == (
        HeardKind.HORIZON,
        "x",
        date(2027, 4, 1),
        date(2028, 3, 31),
    )
    assert (lost.kind, lost.reason, lost.product) == (HeardKind.LOST_REASON, LostReason.PRICE, "x")
    assert (reminder.kind, reminder.what, reminder.due_on) == (HeardKind.REMINDER, "再アプローチ", date(2027, 4, 1))


def test_a_fiscal_time_says_when_march_is_only_assumed() -> None:
    assert only("来期導入検討中").assumes_march
    assert not heard("来期導入検討中", closing_month=12)[0].assumes_march
    assert not only("来年4月に導入予定").assumes_march


def test_fiscal_times_follow_the_accounts_closing_month() -> None:
    assert heard("来期導入検討中", closing_month=12)[0].first == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("BCP対策に関心あり", "BCP対策"),
        ("田中様、IoT化に強い関心を示される。", "IoT化"),
        ("ｸﾗｳﾄﾞ移行に興味有", "クラウド移行"),
        ("脱炭素への関心は高い", "脱炭素"),
        ("先方は遠隔監視が気になっているとのこと", "遠隔監視"),
        ("図面管理ツールの導入を検討中", "図面管理ツール"),
        ("He is keen on remote monitoring", "remote monitoring"),
        ("They are interested in remote monitoring, not in hardware.", "remote monitoring"),
    ],
)
def test_an_interest_is_heard_with_its_topic(text: str, topic: str) -> None:
    one = only(text)

    assert (one.kind, one.topic, one.product) == (HeardKind.INTEREST, topic, None)


def test_the_longest_name_of_a_product_wins() -> None:
    assert only("製品Ｙプラスに興味あり").product == "yp"


@pytest.mark.parametrize(
    "text",
    [
        "興味なし",
        "製品Xに興味なし",
        "製品Xには興味がない",
        "製品Xにはあまり興味がない様子",
        "製品Xへの関心は薄い",
        "製品Xに関心を示さず",
        "製品Xに興味を持っていない",
        "製品Xに興味があるか不明",
        "製品Xに興味があるかどうか聞く",
        "製品Xに興味はありますか？",
        "興味があれば連絡をもらう",
        "関心を引く資料を用意",
        "製品Xの検討は中止",
        "製品Xは検討せず",
        "社内で検討しますとのこと",
        "他社製品も検討中",
        "Not interested in product X",
        "They lost interest in product X",
        "He may be interested in product X",
    ],
)
def test_an_interest_denied_doubted_or_asked_for_is_none(text: str) -> None:
    assert HeardKind.INTEREST not in kinds(text)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("紙の図面管理が課題", "紙の図面管理"),
        ("課題は在庫の見える化", "在庫の見える化"),
        ("在庫管理に課題があり", "在庫管理"),
        ("人手不足で困っている", "人手不足"),
        ("先方はデータ入力に追われている", "データ入力"),
        ("夜間の監視に手が回らない", "夜間の監視"),
        ("価格がネック", "価格"),
        ("現行システムに不満", "現行システム"),
        ("They are struggling with manual data entry", "manual data entry"),
    ],
)
def test_a_problem_is_heard_with_what_it_is_about(text: str, topic: str) -> None:
    one = only(text)

    assert (one.kind, one.topic) == (HeardKind.PROBLEM, topic)


@pytest.mark.parametrize(
    "text",
    [
        "課題は特になし",
        "課題は解決済み",
        "特に困っていることはない",
        "困っていない",
        "現行システムに不満はない",
        "人手不足ではない",
        "問題なし",
        "納期に問題なし",
        "特に問題ありません",
        "No problem with delivery",
    ],
)
def test_a_problem_they_have_not_is_none(text: str) -> None:
    assert kinds(text) == []


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("クラウド化を希望", "クラウド化"),
        ("見積が必要", "見積"),
        ("早急にデモを見たいとのこと", "デモを見たい"),
        ("倉庫を自動化したいとのこと", "倉庫を自動化"),
        ("後継機を探している", "後継機"),
        ("効率化が求められている", "効率化"),
        ("They need a faster scanner", "faster scanner"),
        ("Looking for a new supplier", "new supplier"),
    ],
)
def test_a_need_is_heard_with_what_is_needed(text: str, topic: str) -> None:
    one = only(text)

    assert (one.kind, one.topic) == (HeardKind.NEED, topic)


@pytest.mark.parametrize(
    "text",
    [
        "見積は不要",
        "必要性を感じていない",
        "必要に応じて連絡",
        "必要書類を受領",
        "追加の説明は必要ない",
        "ニーズなし",
        "提案したい",
        "They do not need a scanner",
        "No need for a quote",
    ],
)
def test_what_is_not_needed_is_no_need(text: str) -> None:
    assert kinds(text) == []


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("予算取りは9月", date(2027, 9, 1), date(2027, 9, 30)),
        ("下期に稟議を上げる予定", date(2026, 10, 1), date(2027, 3, 31)),
        ("上期に導入予定", date(2027, 4, 1), date(2027, 9, 30)),
        ("第2四半期に更新予定", date(2027, 7, 1), date(2027, 9, 30)),
        ("来期、基幹システムを刷新", date(2027, 4, 1), date(2028, 3, 31)),
        ("リース満了が2027年9月", date(2027, 9, 1), date(2027, 9, 30)),
        ("導入は再来年4月", date(2028, 4, 1), date(2028, 4, 30)),
        ("Budget will be decided in September.", date(2027, 9, 1), date(2027, 9, 30)),
        ("Decision in Q2", date(2027, 7, 1), date(2027, 9, 30)),
    ],
)
def test_when_they_mean_to_act_is_a_horizon(text: str, first: date, last: date) -> None:
    one = only(text)

    assert (one.kind, one.first, one.last) == (HeardKind.HORIZON, first, last)


@pytest.mark.parametrize(
    "text",
    [
        "今期の導入はなし",
        "来期は導入しない",
        "来年度予算には計上しない",
        "導入時期は未定",
        "昨年10月に導入",
        "2024年4月に導入済み",
        "来期の売上は10億円の見込み",
        "10月に異動あり",
        "来期は見送らない方針",
    ],
)
def test_a_time_without_a_plan_of_theirs_is_no_horizon(text: str) -> None:
    assert kinds(text) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("価格面で見送り", LostReason.PRICE),
        ("コストが見合わず断念", LostReason.PRICE),
        ("価格が高く、見送り", LostReason.PRICE),
        ("見送りの理由は価格", LostReason.PRICE),
        ("予算オーバーで失注", LostReason.PRICE),
        ("予算がつかず", LostReason.BUDGET),
        ("予算が取れず見送り", LostReason.BUDGET),
        ("今期予算なし", LostReason.BUDGET),
        ("他社採用", LostReason.COMPETITOR),
        ("他社に決定とのこと", LostReason.COMPETITOR),
        ("競合に決まり、失注", LostReason.COMPETITOR),
        ("コンペで敗退", LostReason.COMPETITOR),
        ("時期尚早", LostReason.TIMING),
        ("タイミングが合わず見送り", LostReason.TIMING),
        ("機能不足", LostReason.FUNCTION),
        ("機能面で見送り", LostReason.FUNCTION),
        ("内製", LostReason.IN_HOUSE),
        ("内製で対応することに", LostReason.IN_HOUSE),
        ("自社開発することに", LostReason.IN_HOUSE),
        ("音信不通", LostReason.SILENCE),
        ("連絡つかず自然消滅", LostReason.SILENCE),
        ("トップの判断で白紙になった", LostReason.OTHER),
        ("失注", LostReason.OTHER),
        ("予算はあるが価格面で見送り", LostReason.PRICE),
        ("興味はあったが、時期尚早と判断", LostReason.TIMING),
        ("Lost to a competitor", LostReason.COMPETITOR),
        ("Decided against it: too expensive", LostReason.PRICE),
        ("No budget this year", LostReason.BUDGET),
        ("They went silent", LostReason.SILENCE),
    ],
)
def test_why_nothing_came_of_it_is_heard(text: str, reason: LostReason) -> None:
    lost = [one.reason for one in heard(text) if one.kind == HeardKind.LOST_REASON]

    assert lost == [reason]


@pytest.mark.parametrize(
    "text",
    [
        "見送りではない",
        "見送りにはなっていない",
        "見送らず継続検討",
        "見送りの可能性あり",
        "見送りかもしれない",
        "失注しないよう来週フォロー",
        "失注を回避",
        "予算はあるが…",
        "予算あり",
        "予算がついた",
        "予算がつかないわけではない",
        "予算がつかない可能性あり",
        "他社採用はしないとのこと",
        "他社の採用を見送り",
        "他社製品と比較中",
        "内製化を支援してほしい",
        "内製から切り替えたい",
        "機能不足ではない",
        "時期尚早ではない",
        "音信不通ではない",
        "We have not lost the deal",
        "They lost interest",
        "We lost contact",
        "They went with us",
    ],
)
def test_what_was_not_lost_has_no_lost_reason(text: str) -> None:
    assert HeardKind.LOST_REASON not in kinds(text)


@pytest.mark.parametrize(
    ("text", "what", "due_on"),
    [
        ("来月中旬に再訪", "再訪", date(2026, 12, 11)),
        ("3月末までに見積提出", "見積提出", date(2027, 3, 31)),
        ("12/5 14時に電話", "14時に電話", date(2026, 12, 5)),
        ("来週火曜に訪問", "訪問", date(2026, 11, 17)),
        ("来週火曜、14時に訪問", "14時に訪問", date(2026, 11, 17)),
        ("年明けに連絡", "連絡", date(2027, 1, 1)),
        ("11/20までに資料を送る", "資料を送る", date(2026, 11, 20)),
        ("本日中に見積送付", "見積送付", date(2026, 11, 13)),
        ("次回：12/3 訪問", "訪問", date(2026, 12, 3)),
        ("訪問は来月に延期", "訪問は延期", date(2026, 12, 1)),
        ("次回は導入事例を紹介", "導入事例を紹介", None),
        ("宿題：カタログを送る", "カタログを送る", None),
        ("Call next Tuesday.", "Call", date(2026, 11, 17)),
        ("Send the quote by end of March", "Send the quote", date(2027, 3, 31)),
        ("Follow up in two weeks", "Follow up", date(2026, 11, 27)),
        ("Next: send the brochure", "send the brochure", None),
    ],
)
def test_what_we_do_next_is_heard_with_its_day(text: str, what: str, due_on: date | None) -> None:
    one = only(text)

    assert (one.kind, one.what, one.due_on) == (HeardKind.NEXT_ACTION, what, due_on)


@pytest.mark.parametrize(
    ("text", "what", "due_on"),
    [
        ("来年度再アプローチ予定", "再アプローチ", date(2027, 4, 1)),
        ("半年後に再提案", "再提案", date(2027, 5, 13)),
        ("来期に改めて訪問", "改めて訪問", date(2027, 4, 1)),
        ("半年後に電話", "電話", date(2027, 5, 13)),
        ("来年10月にフォロー", "フォロー", date(2027, 10, 1)),
        ("Try again next fiscal year", "Try again", date(2027, 4, 1)),
    ],
)
def test_what_lies_far_ahead_is_a_reminder(text: str, what: str, due_on: date) -> None:
    one = only(text)

    assert (one.kind, one.what, one.due_on) == (HeardKind.REMINDER, what, due_on)


@pytest.mark.parametrize(
    "text",
    [
        "連絡不要",
        "来週の訪問はキャンセル",
        "来週は訪問できず",
        "先週電話した",
        "10/5 14時に電話",
        "本日訪問",
        "昨年10月に訪問",
        "来週は先方社内で打ち合わせ",
        "来週先方から返答をいただく予定",
        "必要であれば来月訪問",
        "次回訪問未定",
        "来週訪問？",
        "No need to call next week",
        "Had a call on Nov 12",
        "Might meet in December",
    ],
)
def test_what_is_over_cancelled_or_theirs_is_nothing_to_do(text: str) -> None:
    assert kinds(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "。",
        "特になし",
        "展示会で名刺交換。",
        "担当変更。",
        "電話つながらず",
        "メール返信なし",
        "製品Xを3台購入済み",
        "03-1234-5678",
        "第1営業部",
        "現状で満足しているとのこと",
        "Exchanged business cards at the fair.",
        "http://acme.example/2026/11/20/demo",
    ],
)
def test_a_note_that_says_none_of_it_proposes_nothing(text: str) -> None:
    assert heard(text) == []


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("田中様は製品Xに興味あり", "tanaka"),
        ("田中部長、製品Xに興味あり", "tanaka"),
        ("田中　太郎、製品Xに興味あり", "tanaka"),
        ("佐藤様は製品Xに興味あり", None),
        ("佐藤花子様は製品Xに興味あり", "sato"),
        ("田中町の工場が製品Xに興味あり", None),
        ("山田中様は製品Xに興味あり", None),
        ("Ms. Meyer is interested in product X", "meyer"),
        ("田中様に同席。佐藤次郎様は製品Xに興味あり", "sato-2"),
    ],
)
def test_the_person_is_who_is_named_last_and_nobody_in_doubt(text: str, person: str | None) -> None:
    assert heard(text)[-1].person == person


def test_words_are_given_back_as_they_were_typed() -> None:
    text = "㈱アクメ　ｱﾝﾅ様。　製品Ｘに興味あり。"

    one = only(text)

    assert (one.said, text[one.start : one.end].strip(), one.product) == ("製品Ｘに興味あり", "製品Ｘに興味あり", "x")


def test_several_things_in_one_breath_are_heard_apart() -> None:
    text = "製品Xは価格面で見送り、代わりに製品Yを検討したいとのこと。来月上旬に見積提出。"

    found = [(one.kind, one.product, one.due_on) for one in heard(text)]

    assert found == [
        (HeardKind.LOST_REASON, "x", None),
        (HeardKind.INTEREST, "y", None),
        (HeardKind.NEXT_ACTION, None, date(2026, 12, 1)),
    ]


def test_a_note_as_long_as_a_book_is_read_in_bounded_time() -> None:
    assert len(heard("製品Xに興味あり、" * 5_000)) <= 5_000 // 9
