"""Offer forms for questions, demonstrations, quotes and files, and find who took back that opens are counted."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

CONSENT = {
    "ja": "製品やセミナーなどのご案内メールの受信に同意します（いつでも停止できます）",
    "en": "You may send me mail about products and events; I can stop it at any time",
}
WHO = [("company", True), ("department", False), ("name", True), ("mail", True), ("phone", False)]
ASKED = [*WHO, ("message", True)]
FORMS = (
    ("contact", "inquiry", {"ja": "お問い合わせ", "en": "Contact us"}, ASKED),
    ("demo", "demo", {"ja": "デモのお申し込み", "en": "Ask for a demonstration"}, [*WHO, ("message", False)]),
    ("quote", "quote", {"ja": "お見積りのご依頼", "en": "Ask for a quote"}, ASKED),
    (
        "download",
        "download",
        {"ja": "資料ダウンロード", "en": "Download"},
        [("company", True), ("department", False), ("name", True), ("mail", True)],
    ),
)


def upgrade() -> None:
    # Looked at each second by every tracking process, for a mark of change.
    opens = sa.text("purpose = 'open_tracking'")
    op.create_index("ix_consents_open_tracking", "consents", ["contact_id", "at"], postgresql_where=opens)
    statement = sa.text(
        "insert into forms (key, kind, title, fields, consent)"
        " values (:key, :kind, cast(:title as jsonb), cast(:fields as jsonb), cast(:consent as jsonb))"
    )
    for key, kind, title, fields in FORMS:
        asked = [{"name": name, "required": required} for name, required in fields]
        values = {"title": title, "fields": asked, "consent": CONSENT}
        op.execute(
            statement.bindparams(
                key=key, kind=kind, **{name: json.dumps(one, ensure_ascii=False) for name, one in values.items()}
            )
        )
