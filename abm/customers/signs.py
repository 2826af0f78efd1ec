"""Signs and spellings that people swap without meaning another name; for matching only, never shown."""

import re

# 髙 stays 髙 wherever a name is shown.
VARIANTS = str.maketrans(
    "髙﨑邊邉濵濱澤國廣瀨德櫻齋齊嶋嶌冨龍槗桒圓澁實榮學會眞惠淺條藏證醫藥靜氣鐵寶壽龜臺圖應發萬禮豐峯彌來關鑛曾檜穗總經藝傳團賣驛黑綠步增鉃舘埜嶽瀧籠蘆鷗顯釀鋪舖營螢嚴齡彥讓亞圍壹曉槇淨"
    "淸靑黃敎戶𠮷圡逹郞薗絲縣舊號衞觀變賴輕轉遙鑄鎭鹽麥麵黨乘假兒兩劍區參單奧姬寬寫將專對帶廳數曆權歐滿灣燈爐疊硏祕稻繪續纖罐聲莊處蟲蠶裝譯讀釋銳與栁桝曻緖勞勳價樂畫當爲狹獨獸盡禪粹絕緣"
    "繼肅譽豫貳鄕鍊隨雜靈顏餘驗體點齒ヱヰゑゐ",
    "高崎辺辺浜浜沢国広瀬徳桜斎斉島島富竜橋桑円渋実栄学会真恵浅条蔵証医薬静気鉄宝寿亀台図応発万礼豊峰弥来関鉱曽桧穂総経芸伝団売駅黒緑歩増鉄館野岳滝篭芦鴎顕醸舗舗営蛍厳齢彦譲亜囲壱暁槙浄"
    "清青黄教戸吉土達郎園糸県旧号衛観変頼軽転遥鋳鎮塩麦麺党乗仮児両剣区参単奥姫寛写将専対帯庁数暦権欧満湾灯炉畳研秘稲絵続繊缶声荘処虫蚕装訳読釈鋭与柳枡昇緒労勲価楽画当為狭独獣尽禅粋絶縁"
    "継粛誉予弐郷錬随雑霊顔余験体点歯エイえい",
)
# Beside these, signs that people write for each other in one name, each behind the one it is looked for as. For
# searching only: who compares companies keeps 斉 and 斎 apart.
LOOKED_FOR_AS_ONE = (
    "斎斉 淵渕渊 磯礒 崎碕嵜 杉椙 柳桺桞 松枩柗 梅楳 薮籔藪 野墅 鶴靍靏靎寉 鯵鰺 雁鴈 煕熈熙 尭堯 巌巖巗 "
    "凛凜 瑶瑤 萌萠 聡聰 慎愼 宜冝 涼凉 祢禰 兎莵菟 穎頴 歳歲 毎每 秋穐龝 喜㐂 橋𣘺 船舩 留畄畱 体躰軆體 "
    "礼禮 翠翆 島嶹 亘亙 恒恆 隣鄰 壷壺 蓑簑 竪豎 猪豬 砺礪 蝋蠟 頬頰 莱萊 侠俠 倶俱 蒋蔣 醤醬 焔焰 祷禱 "
    "箪簞 繍繡 蝉蟬 顛顚 騨驒 鹸鹼 麹麴 笹筿 嶺岺 館舘 靖靕 辺邉邊 渋澁澀"
)
VARIANTS_OF_NAMES = {ord(sign): ord(same[0]) for same in LOOKED_FOR_AS_ONE.split() for sign in same[1:]}
# キヤノン is read キャノン: big and small kana are one sign when names are compared; so are ジ and ヂ.
SMALL_KANA = str.maketrans("ァィゥェォッャュョヮヵヶヂヅ", "アイウエオツヤユヨワカケジズ")
# すかいらーく and スカイラーク are one word.
HIRAGANA = {sign: sign + 0x60 for sign in range(ord("ぁ"), ord("ゖ") + 1)}
DROPPED = dict.fromkeys(map(ord, "・･,.、。'’`\"“”&＆/／()（）[]【】「」『』!！?？:：;；_*+＋"))
# First what decides about long vowels, then the rest.
ALIKE = {**{sign: HIRAGANA.get(same, same) for sign, same in VARIANTS.items()}, **HIRAGANA}
COMPARED: dict[int, int | None] = {**SMALL_KANA, **DROPPED}
FOLDED = {**{sign: COMPARED.get(same, same) for sign, same in ALIKE.items()}, **COMPARED}
LONG_OR_VU = re.compile(r"[\-‐‑‒–—―−─━ｰーヴゔ]")
KATAKANA_DASH = re.compile(r"(?<=[ァ-ヺ])[\-‐‑‒–—―−─━ｰ](?=[ァ-ヺ]|\b|$)")
# コンピューター and コンピュータ are one word; a long vowel inside a word (ビール, ビル) is not dropped.
DROPPED_DASH = re.compile(r"ー+(?![ァ-ヺー])|(?<![ァ-ヺ])ー|[\-‐‑‒–—―−─━]")
VU = (("ヴァ", "バ"), ("ヴィ", "ビ"), ("ヴェ", "ベ"), ("ヴォ", "ボ"), ("ヴ", "ブ"))

# エヌ・ティ・ティ is NTT: registered names spell letters out, everybody else writes the letters.
SPELLED = {
    "a": "エー エイ",
    "b": "ビー",
    "c": "シー",
    "d": "ディー デー",
    "e": "イー",
    "f": "エフ",
    "g": "ジー",
    "h": "エイチ エッチ",
    "i": "アイ",
    "j": "ジェー ジェイ ジェ",
    "k": "ケー ケイ",
    "l": "エル",
    "m": "エム",
    "n": "エヌ",
    "o": "オー",
    "p": "ピー",
    "q": "キュー",
    "r": "アール",
    "s": "エス",
    "t": "ティー ティ テー",
    "u": "ユー",
    "v": "ブイ ヴイ ヴィ",
    "w": "ダブリュー ダブリュ ダブル",
    "x": "エックス",
    "y": "ワイ",
    "z": "ゼット",
}
LETTER_OF = {word: letter for letter, words in SPELLED.items() for word in words.split()}
ONE_LETTER = "|".join(sorted(LETTER_OF, key=len, reverse=True))
# Letters between points, three and more that are all of a katakana word (アイビーエム, but no エスエス), and what is
# so well known that a word may follow.
LETTERS = re.compile(
    rf"(?<![ァ-ヺー])(?:{ONE_LETTER})(?:・(?:{ONE_LETTER}))+(?![ァ-ヺー])"
    rf"|(?<![ァ-ヺー・])(?:{ONE_LETTER}){{3,}}(?![ァ-ヺー・])"
    r"|(?<![ァ-ヺー])(?:エヌティティ|ジェイアール|ジェーアール|ジェイエフイー|エスビーアイ)"
)
AND = re.compile(
    r"(?<=[ァ-ヺー])・?アンド・?(?=[ァ-ヺ])|(?<=[ァ-ヺー]{3})・?エンド・?(?=[ァ-ヺ]{3})|(?<=\w)\s+and\s+(?=\w)"
)
KATAKANA = re.compile("[ァ-ヺ]")
# Every spelling of letters holds one of these; looking for them is faster than reading every name by letters.
SPELLS = re.compile("・|アイ|エイ|エヌ|エス|エム|エル|エフ|エッ|ビー|シー|ディー|ティ|ジェ|ピー|アール")
HOLDINGS = ("ホールディング", "ホールディングス", "holding", "holdings", "hldgs", "hd")
HOLDING = re.compile(r"(?:ホールディングス?|\bholdings?|\bhldgs|(?<![a-z])hd)$")


def fold(text: str) -> str:
    """A name in small letters and full-width kana as it is compared."""
    if KATAKANA.search(text) or " and " in text:
        text = AND.sub("", LETTERS.sub(_letters, text) if SPELLS.search(text) else text)
    if text.endswith(HOLDINGS):
        text = HOLDING.sub("ホールディングス", text)
    if LONG_OR_VU.search(text):
        text = _without_dashes(text.translate(ALIKE))
    return "".join(text.translate(FOLDED).split())


def _without_dashes(text: str) -> str:
    text = DROPPED_DASH.sub("", KATAKANA_DASH.sub("ー", text))
    for old, new in VU:
        text = text.replace(old, new)
    return text


def _letters(spelled: re.Match[str]) -> str:
    return re.sub(ONE_LETTER, lambda one: LETTER_OF[one[0]], spelled[0]).replace("・", "")
