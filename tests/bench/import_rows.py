"""`import.rows`: a CP932 customer list to committed records, beside the same reading and cleaning and one COPY."""

import csv
import io
import random
import statistics
from collections.abc import Iterator

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.db import Base, make_engine
from abm.importers.apply import import_now
from abm.importers.columns import find_columns
from abm.importers.request import Request, Upload
from abm.importers.rows import CustomerRow, RowReader
from abm.importers.sheet import read_sheet
from abm.importers.write import copy_rows
from abm.words import ConsentBasis
from abm.work import business_time
from tests.bench import Context, Figure, benchmark, timed

ROWS, ROWS_FULL = 20_000, 200_000
ROUNDS = 3
HEADER = ("会社名", "部署", "役職", "担当者名", "電話番号", "メールアドレス", "郵便番号", "最終対応日", "メモ")
FORMS = ("株式会社{}", "{}株式会社", "有限会社{}", "(株){}", "合同会社{}")
PLACES = ("青葉", "瀬戸", "白樺", "北斗", "若狭", "大和", "武蔵", "阿蘇", "十和田", "筑紫")
TRADES = ("精機", "樹脂", "工業", "電機", "物流", "設計", "商事", "製薬", "食品", "建設")
DEPARTMENTS = ("購買部", "技術部", "情報システム部", "経理部", "")
TITLES = ("部長", "課長", "係長", "主任", "代表取締役", "")
FAMILIES = ("佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村", "小林", "加藤")
GIVEN = ("一郎", "花子", "健", "美和", "直子", "徹", "浩", "千夏", "悠", "翔")
# People per company: a customer list names a few of each.
PEOPLE = 4

CLEAN_TABLE = """
create table clean_rows (
    line bigint, company text, person text, kana text, department text, title text, seniority text, email text,
    phone text, corporate_number text, postcode text, prefecture text, address text, industry text,
    closing_month bigint, last_contacted_on date, memo text
)
"""
CLEAN_COLUMNS = (
    "line",
    "company",
    "person",
    "kana",
    "department",
    "title",
    "seniority",
    "email",
    "phone",
    "corporate_number",
    "postcode",
    "prefecture",
    "address",
    "industry",
    "closing_month",
    "last_contacted_on",
    "memo",
)


@benchmark("import.rows")
def measure_import(context: Context) -> Iterator[Figure]:
    """Every round imports the same file into an empty database, ours and the reference in turn."""
    rows = context.rows(ROWS, ROWS_FULL)
    content = customer_list(rows)
    engine = make_engine(context.addresses.database_url)
    with engine.begin() as connection:
        connection.execute(text(CLEAN_TABLE))
    ours, plain = [], []
    for _ in range(ROUNDS):
        _empty(engine)
        ours.append(timed(lambda: import_file(engine, content, context.settings)))
        plain.append(timed(lambda: copy_clean(engine, content)))
    engine.dispose()
    seconds, reference = statistics.median(ours), statistics.median(plain)
    yield Figure("import.rows", rows / seconds, "rows/s", "higher", "clean_copy", rows / reference, rows, seconds)


def import_file(engine: Engine, content: bytes, settings: Settings) -> None:
    """The product's way: read, match, plan, write records, rows, consents and notes, commit."""
    with Session(engine) as session:
        upload = Upload("customers.csv", io.BytesIO(content))
        import_now(session, upload, Request(consent=ConsentBasis.BUSINESS_CARD), settings, business_time(session))
        session.commit()


def copy_clean(engine: Engine, content: bytes) -> None:
    """The barest way that reads and cleans the same: one COPY into one table, commit."""
    sheet = read_sheet(io.BytesIO(content), "customers.csv")
    reader = RowReader(sheet, find_columns(sheet.header))
    with Session(engine) as session:
        copy_rows(session, "clean_rows", CLEAN_COLUMNS, (_cells(reader.read(line)) for line in sheet.rows))
        session.commit()


def customer_list(rows: int) -> bytes:
    """A customer list as Excel writes it in Japan; the same for every run."""
    chance = random.Random(7)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADER)
    writer.writerows(_person(number, chance) for number in range(rows))
    return out.getvalue().encode("cp932")


def _person(number: int, chance: random.Random) -> tuple[str, ...]:
    company = number // PEOPLE
    name = f"{PLACES[company % 10]}{TRADES[company // 10 % 10]}{company // 100 or ''}"
    return (
        FORMS[company % len(FORMS)].format(name),
        chance.choice(DEPARTMENTS),
        chance.choice(TITLES),
        f"{chance.choice(FAMILIES)} {chance.choice(GIVEN)}",
        f"06-{chance.randrange(2000, 9999)}-{chance.randrange(10000):04}",
        f"person{number}@firm{company}.co.jp",
        f"{chance.randrange(100, 999)}-{chance.randrange(10000):04}",
        f"2025/{chance.randrange(1, 13)}/{chance.randrange(1, 29)}",
        chance.choice(("製品Xに関心。来期導入検討中。", "展示会で名刺交換。", "")),
    )


def _cells(row: CustomerRow) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in CLEAN_COLUMNS)


def _empty(engine: Engine) -> None:
    names = ", ".join(table.name for table in Base.metadata.sorted_tables)
    with engine.begin() as connection:
        connection.execute(text(f"truncate {names}, clean_rows restart identity cascade"))
        connection.execute(text("analyze"))
