"""Let points decay in one place."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A single expression, immutable: the planner writes it into the statement that asks. A product too small to hold
    # is an error in PostgreSQL, so nothing decays over more than 600 half-lives.
    # A moment before `since` changes nothing.
    op.execute(
        """
        create function points_left(points float8, since timestamptz, half_life_days float8, at timestamptz)
        returns float8 language sql immutable parallel safe as $$
            select points * power(2::float8, greatest(-600::float8, least(0::float8,
                -extract(epoch from at - since)::float8 / 86400 / half_life_days)))
        $$
        """
    )
