"""Renewals and next actions in one's own calendar: as a file, or by a private address that can be taken back."""

import uuid
from collections.abc import Iterator
from datetime import date, datetime
from hashlib import sha256

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from abm import users
from abm.clock import local_day
from abm.errors import NotFound
from abm.reports.renewals import renewal_calendar
from abm.reports.tasks import open_cards
from abm.reports.working import list_actions
from abm.web.access import current_user, public, requires
from abm.web.acts import settings, work
from abm.web.i18n import money
from abm.web.ical import CALENDAR_TYPE, Day, Moment, calendar_file
from abm.web.security import limiter
from abm.web.task_files import task_day
from abm.words import Role, TaskKind

bp = Blueprint("calendars", __name__, url_prefix="/calendar")

TASKS_SHOWN = 500


@bp.get("")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """What can be put into one's calendar, and the address to subscribe to."""
    with work() as act:
        key = users.find_calendar_key(act.session, current_user().id)
    link = settings().public_url + url_for("calendars.feed", token=_signer().dumps(key.hex())) if key else None
    return render_template("settings/calendar.html", link=link)


@bp.post("/link")
@requires(Role.VIEWER)
def make() -> ResponseReturnValue:
    """A new private address; the one before answers no longer."""
    with work() as act:
        me = users.get_user(act.session, current_user().id)
        users.make_calendar_link(act.session, me, act.at)
    flash(_("The address of your calendar was made."), "success")
    return redirect(url_for("calendars.index"), 303)


@bp.post("/link/revoke")
@requires(Role.VIEWER)
def revoke() -> ResponseReturnValue:
    """Take the address back."""
    with work() as act:
        users.revoke_calendar_link(act.session, users.get_user(act.session, current_user().id), act.at)
    flash(_("The address was taken back; calendars that used it are told nothing any more."), "success")
    return redirect(url_for("calendars.index"), 303)


@bp.get("/feed/<token>.ics")
@public
@limiter.limit("60 per minute")
def feed(token: str) -> ResponseReturnValue:
    """What its owner looks after, for a calendar that knows the private address."""
    with work() as act:
        user = users.find_calendar_user(act.session, _key(token))
        if user is None:
            raise NotFound("this calendar is not published any more")
        with force_locale(user.language or settings().language):
            return _answer(act.session, act.at, _("Tasks, renewals and next actions"), owner_id=user.id)


@bp.get("/<what>.ics")
@requires(Role.VIEWER)
def download(what: str) -> ResponseReturnValue:
    """The same as a file, of oneself or of everybody."""
    titles = {
        "renewals": _("Renewals"),
        "actions": _("Next actions"),
        "tasks": _("Tasks"),
        "everything": _("Tasks, renewals and next actions"),
    }
    if what not in titles:
        raise NotFound("no such calendar")
    owner_id = current_user().id if request.args.get("mine", "1") == "1" else None
    with work() as act:
        answer = _answer(act.session, act.at, titles[what], owner_id=owner_id, what=what)
    answer.headers["Content-Disposition"] = f'attachment; filename="{what}.ics"'
    return answer


def _answer(
    session: Session, at: datetime, name: str, *, owner_id: uuid.UUID | None, what: str = "everything"
) -> Response:
    days = [
        *(_renewals(session, at, owner_id) if what in ("renewals", "everything") else ()),
        *(_actions(session, owner_id) if what in ("actions", "everything") else ()),
        *(_tasks(session, owner_id) if what in ("tasks", "everything") else ()),
    ]
    return Response(calendar_file(name, days, at), content_type=CALENDAR_TYPE)


def _renewals(session: Session, at: datetime, owner_id: uuid.UUID | None) -> Iterator[Day]:
    """The days on which a decision must have fallen; who is said to end has none."""
    calendar = renewal_calendar(session, local_day(at, settings().zone), owner_id=owner_id)
    for row in calendar.rows:
        if row.ends_because is None:
            summary = _("Renewal: %(account)s (%(contract)s)", account=row.account, contract=row.name)
            itself = _("Renews by itself") if row.renews_itself else ""
            said = [row.product, money(row.amount, row.currency), itself, row.owner]
            link = url_for("contracts.show", record_id=row.id)
            yield _day(f"renewal-{row.id}", row.renews_on, summary, link, said)


def _actions(session: Session, owner_id: uuid.UUID | None) -> Iterator[Day]:
    for action in list_actions(session, owner_id=owner_id):
        summary = _("Next action: %(account)s – %(what)s", account=action.account, what=action.what)
        link = url_for("accounts.show", account_id=action.account_id)
        yield _day(f"action-{action.id}", action.due_on, summary, link, [action.contact, action.deal, action.owner])


def _tasks(session: Session, owner_id: uuid.UUID | None) -> Iterator[Moment]:
    for card in open_cards(session, owner_id=owner_id, limit=TASKS_SHOWN):
        # A task that lasts as long as its contract is a day of the renewals already.
        if card.due_at is not None and card.kind != TaskKind.RENEWAL:
            yield task_day(card)


def _day(key: str, on: date, summary: str, path: str, said: list[str | None]) -> Day:
    description = "\n".join(one for one in said if one)
    return Day(f"{key}@abm", on, summary, settings().public_url + path, description)


def _signer() -> URLSafeSerializer:
    # The oldest secret first, as the library wants them: it signs with the last and reads all.
    secrets = [*current_app.config["SECRET_KEY_FALLBACKS"][::-1], current_app.config["SECRET_KEY"]]
    return URLSafeSerializer(secrets, salt="abm-calendar", signer_kwargs={"digest_method": sha256})


def _key(token: str) -> bytes:
    """What the address carries; nothing that any row has when it is not one of ours."""
    try:
        return bytes.fromhex(str(_signer().loads(token)))
    except (BadSignature, ValueError):
        return b""
