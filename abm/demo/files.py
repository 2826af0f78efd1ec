"""The sample company's files, with their dates moved to the demo's own calendar."""

import csv
import io
import re
from datetime import date, datetime, timedelta
from pathlib import Path

DATA = Path(__file__).parent / "data"
CUSTOMERS_CSV = "customers-cp932.csv"
CUSTOMERS_XLSX = "customers.xlsx"
WEBINAR = "webinar.csv"

# The day on which the sample webinar was held, as its file says.
WEBINAR_HELD_ON = date(2026, 11, 12)
DAY_IN_FILE = re.compile(r"\b[A-Z][a-z]{2} \d{1,2}, \d{4}\b")

# Cards collected at a fair: new people, two of them at accounts we know.
BOOTH_CARDS = (
    ("会社名", "部署", "役職", "担当者名", "メールアドレス", "最終対応日", "メモ"),
    (
        "みなと物流株式会社",
        "購買部",
        "課長",
        "橋本 直子",
        "hashimoto.85@minato-butsuryu.example",
        "",
        "展示会で名刺交換。",
    ),
    (
        "合同会社ノースリンク",
        "技術部",
        "主任",
        "小川 徹",
        "ogawa.86@northlink.example",
        "",
        "展示会で製品Xの実演を見学。",
    ),
    ("株式会社白樺工業", "情報システム部", "部長", "白石 浩", "shiraishi.87@shirakaba.example", "", "原価管理に課題。"),
    ("株式会社白樺工業", "経理部", "課長", "森 千夏", "mori.88@shirakaba.example", "", "来期導入検討中。"),
    (
        "瀬戸内樹脂株式会社",
        "生産管理部",
        "係長",
        "岡田 悠",
        "okada.89@setouchi-jushi.example",
        "",
        "展示会で名刺交換。",
    ),
)


def sample_file(name: str) -> bytes:
    """One of the sample company's files as it is."""
    return (DATA / name).read_bytes()


def webinar_file(held_on: date) -> bytes:
    """The webinar's attendance report as if it had been held on this day."""
    shift = held_on - WEBINAR_HELD_ON
    return DAY_IN_FILE.sub(lambda found: _moved(found.group(), shift), sample_file(WEBINAR).decode()).encode()


def booth_cards_file(collected_on: date) -> bytes:
    """Cards of a fair held on this day, as a CP932 table."""
    out = io.StringIO(newline="")
    header, *rows = BOOTH_CARDS
    day = collected_on.strftime("%Y/%m/%d")
    csv.writer(out).writerows([header, *((*row[:5], day, row[6]) for row in rows)])
    return out.getvalue().encode("cp932")


def _moved(day: str, shift: timedelta) -> str:
    moved = datetime.strptime(day, "%b %d, %Y").date() + shift  # noqa: DTZ007 a day has no zone
    return f"{moved:%b} {moved.day}, {moved.year}"
