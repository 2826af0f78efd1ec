"""`import.rows`: a CP932 customer list to committed records, beside the same reading and cleaning and one COPY."""

import csv
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from pathlib import Path

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from abm.db import Base, make_engine
from abm.importers.columns import find_columns
from abm.importers.rows import CustomerRow, RowReader
from abm.importers.sheet import read_sheet
from abm.importers.write import copy_rows
from abm.models import Account
from abm.users import add_user, open_session
from abm.web.access import COOKIE
from abm.web.app import create_app
from abm.words import Role
from abm.work import business_time
from abm.worker import spare_collector
from tests.bench import Context, Figure, benchmark, timed
from tests.bench.import_worker import import_file

ROWS, ROWS_FULL = 20_000, 1_000_000
ROUNDS = 3
# How often the page is asked for while nothing else happens, and the reader's pause between two looks.
LOOKS, PAUSE = 100, 0.02
CHECKOUT = Path(__file__).parents[2]
PASSWORD = "measured by nobody but us"
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
    """Every round imports the same file into an empty database, ours and the reference in turn.

    Once more it is imported in a process of its own, as a worker does, which tells the most memory it took; the account
    page is asked for before and meanwhile.
    """
    # Both ways run as in a worker.
    spare_collector()
    rows = context.rows(ROWS, ROWS_FULL)
    path = customer_list(context.folder / "customers.csv", rows)
    engine = make_engine(context.addresses.database_url)
    with engine.begin() as connection:
        connection.execute(text(CLEAN_TABLE))
    ours, plain = [], []
    for _ in range(ROUNDS):
        _empty(engine)
        ours.append(timed(lambda: import_file(engine, path, context.settings)))
        plain.append(timed(lambda: copy_clean(engine, path)))
    more = _beside_the_page(context, engine, path)
    engine.dispose()
    seconds, reference = statistics.median(ours), statistics.median(plain)
    value, copied = rows / seconds, rows / reference
    yield Figure("import.rows", value, "rows/s", "higher", "clean_copy", copied, rows, seconds, more=more)


def _beside_the_page(context: Context, engine: Engine, path: Path) -> dict[str, float]:
    """p95 of the account page in milliseconds, idle and during an import, and the import's largest memory in MB."""
    _empty(engine)
    look = _account_page(context, engine)
    idle = [timed(look) for _ in range(LOOKS)]
    given = [str(path), context.addresses.database_url]
    told = context.folder / "memory"
    during: list[float] = []
    command = [sys.executable, "-m", "tests.bench.import_worker", *given]
    with told.open("w") as out, subprocess.Popen(command, stdout=out, cwd=CHECKOUT) as worker:
        while worker.poll() is None:
            during.append(timed(look))
            time.sleep(PAUSE)
    return {
        "account_page_p95_ms_idle": _p95(idle) * 1_000,
        "account_page_p95_ms_during": _p95(during) * 1_000,
        "peak_memory_mb": float(told.read_text()),
    }


def _account_page(context: Context, engine: Engine) -> Callable[[], None]:
    """Asks for the page of an account with a few people, as somebody who is logged in."""
    import_file(engine, customer_list(context.folder / "known.csv", PEOPLE * 10), context.settings)
    app = create_app(context.settings, engine)
    with Session(engine) as session:
        user = add_user(session, "bench@acme.example", Role.ADMIN, business_time(session), password=PASSWORD)
        token = open_session(session, user)
        account_id = session.scalar(select(Account.id).limit(1))
        session.commit()
    browser = app.test_client()
    browser.set_cookie(COOKIE, token)

    def look() -> None:
        status = browser.get(f"/accounts/{account_id}").status_code
        assert status == HTTPStatus.OK, status

    return look


def _p95(seconds: Sequence[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


def copy_clean(engine: Engine, path: Path) -> None:
    """The barest way that reads and cleans the same: one COPY into one table, commit."""
    with path.open("rb") as file, Session(engine) as session:
        sheet = read_sheet(file, path.name)
        reader = RowReader(sheet, find_columns(sheet.header))
        copy_rows(session, "clean_rows", CLEAN_COLUMNS, (_cells(reader.read(line)) for line in sheet.rows))
        session.commit()


def customer_list(path: Path, rows: int) -> Path:
    """A customer list as Excel writes it in Japan; the same for every run, however long."""
    chance = random.Random(7)
    with path.open("w", encoding="cp932", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADER)
        writer.writerows(_person(number, chance) for number in range(rows))
    return path


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
