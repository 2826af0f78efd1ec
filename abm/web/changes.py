"""How changes of records, next actions and notices are said."""

from typing import Any

from flask import Flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from abm.reports.history import FieldChange, RecordChange
from abm.reports.working import NoticeRow
from abm.web.labels import label
from abm.words import NoticeKind

ACTS = {
    ("account", "created"): _l("Account created"),
    ("account", "changed"): _l("Account changed"),
    ("account", "archived"): _l("Account archived"),
    ("account", "restored"): _l("Account restored"),
    ("department", "created"): _l("Department created"),
    ("department", "changed"): _l("Department changed"),
    ("department", "archived"): _l("Department archived"),
    ("department", "restored"): _l("Department restored"),
    ("contact", "created"): _l("Contact created"),
    ("contact", "changed"): _l("Contact changed"),
    ("contact", "archived"): _l("Contact archived"),
    ("contact", "restored"): _l("Contact restored"),
    ("contact", "erased"): _l("Contact erased"),
    ("next_action", "created"): _l("Next action planned"),
    ("next_action", "done"): _l("Next action done"),
    ("next_action", "dropped"): _l("Next action dropped"),
    ("next_action", "replaced"): _l("Next action replaced"),
}
FIELDS = {
    "name": _l("Name of the record"),
    "full_name": _l("Full name"),
    "kana": _l("Kana"),
    "corporate_number": _l("Corporate number"),
    "postcode": _l("Postcode"),
    "prefecture": _l("Prefecture"),
    "address": _l("Address"),
    "phone": _l("Phone"),
    "industry": _l("Industry"),
    "closing_month": _l("Closing month"),
    "tier": _l("Tier"),
    "owner_id": _l("Owner"),
    "department_id": _l("Department"),
    "title": _l("Title"),
    "seniority": _l("Seniority"),
    "buying_role": _l("Buying role"),
    "email": _l("Mail address"),
    "language": _l("Language"),
    "memo": _l("Memo"),
    "people": _l("People"),
}
# Fields whose values are words of an enum.
WORDS = {"tier": "Tier", "seniority": "Seniority", "buying_role": "BuyingRole", "language": "Language"}
NOTHING = "–"


def tell_changes(app: Flask) -> None:
    """Give templates the filters that say changes and notices."""
    app.jinja_env.filters.update(
        tell_change=tell_change, field_name=field_name, field_value=field_value, tell_notice=tell_notice
    )


def tell_change(change: RecordChange) -> str:
    """What was done."""
    return str(ACTS.get((change.subject, change.act), f"{change.subject}.{change.act}"))


def field_name(name: str) -> str:
    """The word for a field."""
    return str(FIELDS.get(name, name))


def field_value(change: FieldChange, side: str) -> str:
    """The old or the new value as the reader knows it."""
    value: Any = change.old if side == "old" else change.new
    if value in (None, ""):
        return NOTHING
    return label(str(value), WORDS[change.field]) if change.field in WORDS else str(value)


def tell_notice(notice: NoticeRow) -> str:
    """What a user should know."""
    if notice.kind == NoticeKind.FIRST_HERE:
        return _("%(name)s was here before you: please talk to each other.", name=notice.about or NOTHING)
    return _("%(name)s now works here too: please talk to each other.", name=notice.about or NOTHING)
