"""Score receipts: of an account, a department or a person, at any day; as page, JSON and CSV; and striking rows."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from abm.reports.account import AccountView, read_account
from abm.scoring.report import Shown, score_report
from abm.scoring.strikes import strike_events, withdraw_strike
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.web.asked import asked_moment, asked_word, fragment, read_id
from abm.web.downloads import csv_answer
from abm.web.forms import refused
from abm.web.labels import label
from abm.web.tables import Plain
from abm.words import EventKind, Role, Verdict

bp = Blueprint("receipts", __name__, url_prefix="/accounts/<uuid:account_id>")

# Of what earned nothing, a page shows the newest; the files hold everything.
ON_THE_PAGE = Shown(without_points=100)

HEADS = (
    _l("When"),
    _l("Who"),
    _l("What"),
    _l("Verdict"),
    _l("Base points"),
    _l("Seniority"),
    _l("Verdict factor"),
    _l("Half-life in days"),
    _l("Points when it happened"),
    _l("Points at the moment"),
    _l("Shown points"),
    _l("Over the daily limit"),
    _l("Struck"),
    _l("Why struck"),
    _l("Struck by"),
    _l("Learnt later"),
    _l("Topics"),
    _l("Product"),
    _l("Event"),
)


@bp.get("/receipt")
@requires(Role.VIEWER)
def show(account_id: uuid.UUID) -> ResponseReturnValue:
    """The rows that add up to a score, and the form to strike some."""
    return _page(account_id, {}, {})


@bp.get("/receipt.json")
@requires(Role.VIEWER)
def as_json(account_id: uuid.UUID) -> ResponseReturnValue:
    """All of it unrounded, as `abm score --json` writes it."""
    with work() as act:
        return jsonify(_report(act.session, account_id, act.at))


@bp.get("/receipt.csv")
@requires(Role.VIEWER)
def as_csv(account_id: uuid.UUID) -> ResponseReturnValue:
    """All rows for a spreadsheet."""
    with work() as act:
        report = _report(act.session, account_id, act.at)
    rows = [_cells(entry) for entry in report["entries"] if _is_wanted(entry)]
    return csv_answer(_("Score receipt %(name)s", name=report["account_name"]), [str(head) for head in HEADS], rows)


@bp.post("/receipt/strikes")
@requires(Role.MARKETER)
def strike(account_id: uuid.UUID) -> ResponseReturnValue:
    """Let the chosen rows count nothing."""
    chosen = [found for text in request.form.getlist("event") if (found := read_id(text))]

    def save() -> None:
        with work() as act:
            strike_events(act.session, chosen, request.form.get("reason", ""), by=current_user().id, at=act.at)

    errors, status = refused({}, save)
    if errors:
        return _page(account_id, request.form, errors), status
    flash(_("Struck. The scores follow within seconds."), "success")
    return _back(account_id)


@bp.post("/receipt/strikes/<uuid:event_id>/withdraw")
@requires(Role.MARKETER)
def withdraw(account_id: uuid.UUID, event_id: uuid.UUID) -> ResponseReturnValue:
    """Let a struck row count again."""
    with work() as act:
        withdraw_strike(act.session, event_id, by=current_user().id, at=act.at)
    flash(_("The strike is withdrawn. The scores follow within seconds."), "success")
    return _back(account_id)


def _back(account_id: uuid.UUID) -> ResponseReturnValue:
    asked: dict[str, Any] = request.args.to_dict()
    return redirect(url_for("receipts.show", account_id=account_id, **asked), 303)


def _page(account_id: uuid.UUID, form: Mapping[str, str], errors: Mapping[str, object]) -> str:
    with work() as act:
        view = read_account(act.session, account_id, act.at)
        report = _report(act.session, account_id, act.at, most=ON_THE_PAGE)
    rows = [entry for entry in report["entries"] if _is_wanted(entry)]
    values = {
        "view": view,
        "score": report,
        "rows": rows,
        "shown": round(sum(entry["shown"] for entry in rows), 1),
        "subjects": _subjects(view),
        "at": asked_moment("as_of", act.at),
        "now": act.at,
        "kind": asked_word("kind", EventKind),
        "verdict": asked_word("verdict", Verdict),
        "chosen": set(request.form.getlist("event")),
    }
    template = "receipts/_receipt.html" if fragment() == "receipt" else "receipts/show.html"
    return render_template(template, form=form, errors=errors, **values)


def _report(session: Session, account_id: uuid.UUID, now: datetime, **over: Any) -> dict[str, Any]:
    """What was asked for: of one person, of one department, or of the whole account."""
    subject, _sep, key = request.args.get("of", "").partition(":")
    is_part = subject in ("department", "contact") and (found := read_id(key))
    wanted: dict[str, Any] = {f"{subject}_id": found} if is_part else {}
    return score_report(session, account_id, at=asked_moment("as_of", now), **wanted, **over)


def _is_wanted(entry: Mapping[str, Any]) -> bool:
    kind, verdict = asked_word("kind", EventKind), asked_word("verdict", Verdict)
    return entry["kind"] == (kind or entry["kind"]) and entry["verdict"] == (verdict or entry["verdict"])


def _subjects(view: AccountView) -> list[tuple[str, str]]:
    """Whose receipt there is, as (value, name) of a choice."""
    departments = [(f"department:{one.id}", one.name) for one in view.departments]
    return [("", view.account.name), *departments, *((f"contact:{one.id}", one.full_name) for one in view.people)]


def _cells(entry: Mapping[str, Any]) -> list[Plain]:
    strike = entry["strike"] or {}
    happened_at = datetime.fromisoformat(entry["happened_at"]).astimezone(settings().zone)
    numbers = ("base", "seniority", "factor", "half_life_days", "entry", "value", "shown")
    return [
        happened_at.strftime("%Y-%m-%d %H:%M"),
        entry["contact_name"],
        str(label(entry["kind"], "EventKind")),
        str(label(entry["verdict"], "Verdict")),
        *(entry[name] for name in numbers),
        *(_("Yes") if entry[flag] else "" for flag in ("capped", "struck")),
        strike.get("reason"),
        strike.get("by"),
        _("Yes") if entry["late"] else "",
        ", ".join(entry["topics"]),
        entry["product"],
        entry["event"],
    ]
