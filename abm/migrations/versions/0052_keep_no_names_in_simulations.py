"""Keep no names in simulations: they are looked up when one is read."""

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

STRIP = """
update simulations set result = jsonb_set(result, '{path}', (
    select coalesce(jsonb_agg(line || '{{"account_name": null, "contact_name": null}}' order by place), '[]')
    from jsonb_array_elements(result #> '{path}') with ordinality as lines (line, place)
)) where jsonb_typeof(result #> '{path}') = 'array'
"""
LISTS = ("{rows}", "{difference,gained,rows}", "{difference,lost,rows}", "{difference,moved,rows}")


def upgrade() -> None:
    for path in LISTS:
        op.execute(STRIP.format(path=path))
