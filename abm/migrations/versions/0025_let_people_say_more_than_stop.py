"""Let people say more than stop: preferences, forms and visits of our own site."""

import uuid

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

JSON = postgresql.JSONB(astext_type=sa.Text())
TEXTS = postgresql.ARRAY(sa.Text())
MOMENT = sa.DateTime(timezone=True)


def _key() -> sa.Column[uuid.UUID]:
    return sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False)


def upgrade() -> None:
    now, none = sa.text("now()"), sa.text("'{}'")
    empty = none
    op.create_table(
        "preferences",
        _key(),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("pace", sa.Text(), server_default="any", nullable=False),
        sa.Column("paused_until", MOMENT, nullable=True),
        sa.Column("muted_topics", TEXTS, server_default=empty, nullable=False),
        sa.Column("said_at", MOMENT, nullable=False),
        sa.Column("hit_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_preferences_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preferences")),
    )
    op.create_index("uq_preferences_contact", "preferences", ["contact_id"], unique=True)
    op.create_table(
        "forms",
        _key(),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.Column("intro", JSON, server_default=none, nullable=False),
        sa.Column("fields", JSON, nullable=False),
        sa.Column("consent", JSON, nullable=False),
        sa.Column("consent_version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("topics", TEXTS, server_default=empty, nullable=False),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=now, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forms")),
        sa.UniqueConstraint("key", name=op.f("uq_forms_key")),
    )
    op.create_table(
        "visitors",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("first_seen_at", MOMENT, nullable=False),
        sa.Column("identified_at", MOMENT, nullable=True),
        sa.Column("identified_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_visitors_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visitors")),
    )
    op.create_index(op.f("ix_visitors_contact_id"), "visitors", ["contact_id"])
    op.create_table(
        "page_rules",
        _key(),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("topics", TEXTS, server_default=empty, nullable=False),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=now, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_rules")),
        sa.UniqueConstraint("pattern", name=op.f("uq_page_rules_pattern")),
    )
    op.add_column("assets", sa.Column("form_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_assets_form_id"), "assets", "forms", ["form_id"], ["id"])
    op.add_column("links", sa.Column("webinar_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_links_webinar_id"), "links", "webinars", ["webinar_id"], ["id"])
    op.add_column("webinars", sa.Column("join_url", sa.Text(), nullable=True))
    op.add_column("hits", sa.Column("contact_id", sa.Uuid(), nullable=True))
    some = sa.text("contact_id is not null")
    op.create_index("ix_hits_contact", "hits", ["contact_id"], postgresql_where=some)
    op.create_index(
        "ix_hits_visitor",
        "hits",
        [sa.text("(detail ->> 'visitor')")],
        postgresql_where=sa.text("(detail ->> 'visitor') is not null"),
    )
    op.create_index("ix_hits_unknown_person", "hits", ["id"], postgresql_where=sa.text("set_aside = 'unknown_person'"))
    # A visit of an ordinary page is recorded and never scored; models that were written before know no such kind.
    op.execute(
        """
        update score_models set document = jsonb_set(document, '{kinds,page}', '{"base": 0, "half_life_days": 10}')
        where document -> 'kinds' is not null and document -> 'kinds' -> 'page' is null
        """
    )
