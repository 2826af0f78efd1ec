"""`matching.rows`: companies of a stream matched against the records, beside the same against a tenth of them."""

import random
import statistics
from collections.abc import Iterator

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from abm.customers.domains import SharedDomains
from abm.db import make_engine
from abm.importers.firms import Firm, match_stored, read_firm
from tests.bench import Context, Figure, benchmark, timed

ROUNDS = 5
ROWS, ROWS_FULL = 5_000, 20_000
# Lines that are asked for together, as `abm match` does.
TOGETHER = 500
# One account in so many bears a name that others bear too, all over the country: 株式会社アシスト exists often.
COMMON_EVERY, COMMON_NAMES = 500, 50

# Half of the accounts know their prefecture, postcode and phone, half their domain, one in five a corporate number.
# Names are made of signs that firms' names are made of, and differ where a common one is not meant.
FILL = """
insert into accounts (name, normalised_name, prefecture, postcode, phone, corporate_number, evaluate_at)
select '株式会社' || core, core, case when n % 2 = 0 then prefecture end,
    case when n % 2 = 0 then lpad((n * 7919 % 9999999)::text, 7, '0') end,
    case when n % 2 = 0 then '0' || (300000000 + n) end,
    case when n % 5 = 0 then (1000000000000 + n)::text end, null
from (
    select n, prefectures[1 + n % 47] as prefecture,
        case when n % :common_every = 0 then '共通' || n / :common_every % :common_names
        else places[1 + n / 20 % 40] || signs[1 + n / 800 % 100] || signs[1 + n / 80000] || trades[1 + n % 20]
        end as core
    from generate_series(cast(:first as bigint), :last) n, (
        select string_to_array(:prefectures, ' ') as prefectures, string_to_array(:places, ' ') as places,
            string_to_array(:signs, ' ') as signs, string_to_array(:trades, ' ') as trades
    ) words
) named
"""
DOMAINS = """
insert into account_domains (account_id, domain)
select id, 'firm' || row_number() over (order by id) || '.co.jp' from accounts a
where phone is null and not exists (select from account_domains d where d.account_id = a.id)
"""
PEOPLE = """
insert into contacts (account_id, full_name, email)
select id, '担当', 'person' || row_number() over (order by id) || '@mail' || id || '.example' from accounts a
where not exists (select from contacts c where c.account_id = a.id)
"""
PLACES = (
    "青葉 瀬戸 白樺 北斗 若狭 大和 武蔵 阿蘇 十和 筑紫 日高 富士 浅間 鳥海 岩木 磐梯 赤城 榛名 妙義 筑波 "
    "秩父 丹沢 箱根 伊豆 駿河 遠州 三河 尾張 伊勢 熊野 紀州 吉野 播磨 但馬 出雲 石見 安芸 周防 讃岐 土佐"
)
TRADES = "精機 樹脂 工業 電機 物流 設計 商事 製薬 食品 建設 化学 鋼業 紙業 印刷 運輸 機工 製作 産業 技研 興業"
SIGNS = " ".join(chr(sign) for sign in range(ord("倉"), ord("倉") + 100))
PREFECTURES = (
    "北海道 青森県 岩手県 宮城県 秋田県 山形県 福島県 茨城県 栃木県 群馬県 埼玉県 千葉県 東京都 神奈川県 新潟県 "
    "富山県 石川県 福井県 山梨県 長野県 岐阜県 静岡県 愛知県 三重県 滋賀県 京都府 大阪府 兵庫県 奈良県 和歌山県 "
    "鳥取県 島根県 岡山県 広島県 山口県 徳島県 香川県 愛媛県 高知県 福岡県 佐賀県 長崎県 熊本県 大分県 宮崎県 "
    "鹿児島県 沖縄県"
)
FORMS = ("株式会社{}", "{}株式会社", "(株){}", "{} 大阪支店", "㈱{}")


@benchmark("matching.rows")
def measure_matching(context: Context) -> Iterator[Figure]:
    """The same lines against both databases in turn."""
    accounts, lines = context.rows(100_000, 1_000_000), context.rows(ROWS, ROWS_FULL)
    small, large = filled(context.addresses.database_url, accounts)
    with Session(small) as few, Session(large) as many:
        firms = read_firms(few, lines)
        rounds = [(timed(lambda: match_all(many, firms)), timed(lambda: match_all(few, firms))) for _ in range(ROUNDS)]
    for engine in (small, large):
        engine.dispose()
    ours, tenth = (statistics.median(column) for column in zip(*rounds, strict=True))
    yield Figure(
        "matching.rows", lines / ours, "rows/s", "higher", "a_tenth_of_the_accounts", lines / tenth, accounts, ours
    )


def filled(database_url: str, accounts: int) -> tuple[Engine, Engine]:
    """A database with a tenth of the accounts, and a copy of it with all of them."""
    small = make_engine(database_url)
    fill(small, 1, accounts // 10)
    small.dispose()
    large = make_engine(small.url.set(database="matching_large").render_as_string(hide_password=False))
    admin = make_engine(small.url.set(database="postgres").render_as_string(hide_password=False))
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'create database matching_large template "{small.url.database}"'))
    admin.dispose()
    fill(large, accounts // 10 + 1, accounts)
    return small, large


def fill(engine: Engine, first: int, last: int) -> None:
    """Accounts of these numbers, each with what half of them are known by, and a person."""
    values = {
        "first": first,
        "last": last,
        "prefectures": PREFECTURES,
        "places": PLACES,
        "signs": SIGNS,
        "trades": TRADES,
        "common_every": COMMON_EVERY,
        "common_names": COMMON_NAMES,
    }
    with engine.begin() as connection:
        connection.execute(text(FILL), values)
        for statement in (DOMAINS, PEOPLE):
            connection.execute(text(statement))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))


def read_firms(session: Session, lines: int) -> list[Firm]:
    """Lines as they come: a third known by name and place, a third by domain, a third nearly or not at all."""
    chance, shared = random.Random(7), SharedDomains()
    known = text(
        "select name, normalised_name, prefecture, phone,"
        " (select min(domain) from account_domains where account_id = a.id)"
        " from accounts a order by md5(name) limit :lines"
    )
    rows = session.execute(known, {"lines": lines}).all()
    return [_firm(number, chance, shared, *row) for number, row in enumerate(rows)]


def _firm(
    number: int,
    chance: random.Random,
    shared: SharedDomains,
    name: str,
    core: str,
    prefecture: str | None,
    phone: str | None,
    domain: str | None,
) -> Firm:
    told: dict[str, str | None] = {"ref": str(number), "company": chance.choice(FORMS).format(core)}
    if number % 3 == 2:
        # One sign typed wrongly: known only by what it is similar to, in its prefecture.
        told |= {"company": f"株式会社{core[:-1]}機", "prefecture": prefecture or chance.choice(PREFECTURES.split())}
    elif domain:
        told["email"] = f"someone@{domain}"
    else:
        told |= {"prefecture": prefecture, "phone": phone if number % 2 else None}
    line = "{" + ", ".join(f'"{key}": "{value}"' for key, value in told.items() if value) + "}"
    return read_firm(line, shared)


def match_all(session: Session, firms: list[Firm]) -> None:
    """As `abm match` does it."""
    for start in range(0, len(firms), TOGETHER):
        for _ in match_stored(session, firms[start : start + TOGETHER]):
            pass
    session.rollback()
