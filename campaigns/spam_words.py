"""Words that mail filters and readers take for advertising of the worse sort, in both languages; lists of our own."""

import re

from abm.words import Language

WORDS = {
    Language.JAPANESE: (
        "今すぐクリック",
        "クリックするだけ",
        "必ず儲かる",
        "絶対に儲かる",
        "簡単に稼げる",
        "楽して稼",
        "高収入",
        "副業",
        "在宅ワークで",
        "当選しました",
        "ご当選",
        "おめでとうございます！",
        "無料プレゼント",
        "完全無料",
        "全員無料",
        "激安",
        "超特価",
        "最安値",
        "大放出",
        "在庫一掃",
        "今だけ特別",
        "本日限り",
        "先着順で無料",
        "返金保証",
        "効果を保証",
        "100%保証",
        "融資",
        "借金",
        "ご融資",
        "出会い",
        "至急ご確認",
        "緊急のお知らせ",
        "アカウントが停止",
        "重要なお知らせです！",
        "このメールは迷惑メールではありません",
    ),
    Language.ENGLISH: (
        "act now",
        "buy now",
        "click here",
        "click below",
        "order now",
        "limited time offer",
        "once in a lifetime",
        "while supplies last",
        "100% free",
        "absolutely free",
        "free gift",
        "free money",
        "risk-free",
        "risk free",
        "no obligation",
        "no strings attached",
        "money back",
        "satisfaction guaranteed",
        "lowest price",
        "best price",
        "cheap",
        "cash bonus",
        "double your",
        "earn money",
        "make money",
        "extra income",
        "work from home",
        "you have won",
        "congratulations!",
        "you are a winner",
        "dear friend",
        "urgent",
        "this is not spam",
        "act immediately",
        "your account is suspended",
    ),
}
SHOUTED = re.compile(r"[!！]{2,}|[?？!！]{3,}|[¥$€]{2,}|[★☆]{3,}")
CAPITALS = re.compile(r"\b[A-Z]{4,}(?:\W+[A-Z]{4,}){2,}\b")


def find_spam(text: str, language: Language) -> list[tuple[int, str]]:
    """The words of the list that stand in a text, each once, with where it stands."""
    found: list[tuple[int, str]] = []
    for word in WORDS[language]:
        edge = r"\b" if word[0].isascii() and word[0].isalpha() else ""
        if match := re.search(f"{edge}{re.escape(word)}", text, re.IGNORECASE):
            found.append((match.start(), match.group()))
    for pattern in (SHOUTED, CAPITALS):
        if match := pattern.search(text):
            found.append((match.start(), match.group()))
    return sorted(found)
