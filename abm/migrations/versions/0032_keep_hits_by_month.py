"""Keep hits by month.

Their ids begin with the moment of acceptance (UUID version 7, RFC 9562), so a month is a range of ids and the id alone
stays the key: a hit that is stored twice meets itself in whichever month it lies. What was there before becomes the
first part, as it is: its indexes are taken over, not built again.
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

AHEAD = 2
# The first id of a month: milliseconds since 1970 in 48 bits, the version and the variant, nothing else.
FIRST_ID = """
create or replace function first_id_of(month date) returns uuid language sql immutable parallel safe as $$
    select cast(lpad(to_hex(cast(extract(epoch from month::timestamp at time zone 'UTC') * 1000 as bigint)), 12, '0')
        || '70008000000000000000' as uuid)
$$
"""
NEXT_MONTH = "cast(date_trunc('month', clock_timestamp() at time zone 'UTC') + interval '1 month' as date)"


def upgrade() -> None:
    op.execute(FIRST_ID)
    with context.get_context().autocommit_block():
        connection = op.get_bind()
        until = connection.scalar(sa.text(f"select first_id_of({NEXT_MONTH})"))
        # Checked while hits keep coming in: what follows then only has to look at this.
        op.execute("alter table hits drop constraint if exists ck_hits_before")
        op.execute(f"alter table hits add constraint ck_hits_before check (id < '{until}') not valid")
        op.execute("alter table hits validate constraint ck_hits_before")
    _take_over(str(until))


def _take_over(until: str) -> None:
    connection = op.get_bind()
    op.execute("lock table hits in access exclusive mode")
    indexes = connection.execute(
        sa.text("select indexname, indexdef from pg_indexes where tablename = 'hits' and schemaname = current_schema()")
    ).all()
    op.execute("alter table hits rename to hits_before")
    for name, _definition in indexes:
        op.execute(f"alter index {name} rename to {name.replace('hits', 'hits_before', 1)}")
    op.execute(
        "create table hits (like hits_before including defaults including storage including comments)"
        " partition by range (id)"
    )
    op.execute("alter table hits add constraint pk_hits primary key (id)")
    for name, definition in indexes:
        if name != "pk_hits":
            op.execute(definition)
    op.execute(f"alter table hits attach partition hits_before for values from (minvalue) to ('{until}')")
    op.execute("alter table hits_before drop constraint ck_hits_before")
    op.execute("create table hits_odd partition of hits default")
    for month in range(1, AHEAD + 1):
        op.execute(_a_month(month))


def _a_month(ahead: int) -> str:
    """A statement that makes the part of the month that is so many months ahead."""
    return f"""
    do $$
    declare
        month date := cast({NEXT_MONTH} + interval '{ahead - 1} months' as date);
    begin
        execute format('create table %I partition of hits for values from (%L) to (%L)',
            to_char(month, '"hits_"YYYY_MM'), first_id_of(month),
            first_id_of(cast(month + interval '1 month' as date)));
    end $$
    """
