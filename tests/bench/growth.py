"""`growth.account_page`: what the page of an account costs when its history is ten times as long."""

import statistics
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from abm import users
from abm.db import make_engine
from abm.engines import Addresses
from abm.models import Account
from abm.tokens import Signer
from abm.web.access import COOKIE
from abm.web.app import create_app
from abm.words import Role
from abm.work import Installation, use_installation
from tests.bench import Context, Figure, benchmark, timed

ITEMS = 5_000
PEOPLE = 20
ROUNDS = 15
# A long-standing customer: most lines are mails and what machines did with them, some are what people did.
FILL = (
    """
    insert into contacts (account_id, full_name, email)
    select :account, '担当 ' || n, n || '.' || :account || '@firm.example' from generate_series(1, :people) n
    """,
    """
    insert into timeline_items (account_id, contact_id, kind, happened_at, body, detail, by_user_id)
    select :account, p.id, k.kind, cast(:now as timestamptz) - n * (interval '1100 days' / :items), k.body,
        cast(k.detail as jsonb), case when k.body is null then null else cast(:user as uuid) end
    from generate_series(1, :items) n
    join (select id, row_number() over (order by id) as place from contacts where account_id = :account) p
        on p.place = 1 + n % :people
    join (values
        (0, 'mail_sent', null, '{"subject": "導入事例のご紹介", "sequence": "s"}'),
        (1, 'mail_sent', null, '{"subject": "ウェビナーのご案内", "sequence": "s"}'),
        (2, 'mail_withheld', null, '{"reasons": ["contacted_lately"], "sequence": "s"}'),
        (3, 'event', null, '{"event": "open", "verdict": "unknown"}'),
        (4, 'event', null, '{"event": "click", "verdict": "machine"}'),
        (5, 'event', null, '{"event": "open", "verdict": "machine"}'),
        (6, 'event', null, '{"event": "click", "verdict": "likely"}'),
        (7, 'mail_sent', null, '{"subject": "価格表の更新", "sequence": "s"}'),
        (8, 'call', '見積の件で電話', '{}'),
        (9, 'note', '来期の予算に計上予定とのこと', '{}')
    ) as k (place, kind, body, detail) on k.place = n % 10
    """,
    """
    insert into events (id, kind, happened_at, account_id, contact_id, verdict, folded_at)
    select id, detail ->> 'event', happened_at, account_id, contact_id, detail ->> 'verdict', :now
    from timeline_items where account_id = :account and kind = 'event'
    """,
    """
    insert into score_entries (event_id, account_id, contact_id, kind, happened_at, base, seniority, verdict, factor,
        half_life_days, entry, model_version)
    select id, account_id, contact_id, kind, happened_at, 1, 0.75, verdict,
        case verdict when 'likely' then 1 else 0 end, 7, case verdict when 'likely' then 0.75 else 0 end, 1
    from events where account_id = :account
    """,
)


@benchmark("growth.account_page")
def measure_account_page(context: Context) -> Iterator[Figure]:
    """Both pages in turn: nothing of either is kept between two requests."""
    engine = make_engine(context.addresses.database_url)
    where = Addresses(context.addresses.database_url, context.addresses.redis_url)
    use_installation(Installation(context.settings, where, engine, Signer([b"a key for benchmarks, long enough"])))
    with Session(engine) as session:
        now = session.scalar(text("select now()")) or datetime.now(UTC)
        rep = users.add_user(session, "rep@firm.example", Role.SALES, now, name="営業", password="correct horse")
        token = users.open_session(session, rep)
        short, long = (
            fill(session, name, items, rep.id, now) for name, items in (("short", ITEMS), ("long", 10 * ITEMS))
        )
        session.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
    app = create_app(replace(context.settings, secret_key="a secret of a benchmark that is long enough"), engine)
    client = app.test_client()
    client.set_cookie(COOKIE, token)
    pages = [page_of(client, account) for account in (short, long)]
    for page in pages:
        page()
    rounds = [tuple(timed(page) for page in pages) for _ in range(ROUNDS)]
    engine.dispose()
    ours, reference = (statistics.median(column) for column in zip(*[(b, a) for a, b in rounds], strict=True))
    yield Figure(
        name="growth.account_page",
        value=ours,
        unit="s",
        better="lower",
        reference="tenth_of_the_history",
        reference_value=reference,
        rows=10 * ITEMS,
        seconds=ours,
    )


def fill(session: Session, name: str, items: int, user_id: uuid.UUID, now: datetime, people: int = PEOPLE) -> uuid.UUID:
    """An account with so many people, and so many lines in three years; answers its id."""
    account = Account(name=name, normalised_name=name)
    session.add(account)
    session.flush()
    values = {"account": account.id, "items": items, "people": people, "user": user_id, "now": now - timedelta(hours=1)}
    for statement in FILL:
        session.execute(text(statement), {key: one for key, one in values.items() if f":{key}" in statement})
    return account.id


def page_of(client: FlaskClient, account_id: uuid.UUID) -> Callable[[], None]:
    """Asks for the whole page."""

    def ask() -> None:
        answer = client.get(f"/accounts/{account_id}")
        assert answer.status_code == 200, answer.status

    return ask
