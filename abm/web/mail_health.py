"""Mail health as a page: how mails arrive, what stands still, what nobody knows; and pausing all sending at once."""

import uuid
from collections.abc import Callable

from babel.numbers import format_percent
from flask import Blueprint, Flask, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from abm.models import SendingPause, User
from abm.reports.mail_health import BOUNCES, COMPLAINTS, FEWEST_SENT, MailHealth, mail_health
from abm.web.access import current_user, find_current_user, requires
from abm.web.acts import settings, work
from abm.web.asked import asked_number
from abm.web.charts import Chart, short_day
from abm.web.forms import why_not
from abm.web.i18n import current_language, day
from abm.words import Role
from abm.work import Work
from campaigns.pausing import LONGEST_WHY, find_pause, pause_sending, resume_sending, settle_unknown

bp = Blueprint("mail_health", __name__, url_prefix="/mail-health")

SPANS = (7, 30, 90)


@bp.get("")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """How mails went lately, and what stands still now."""
    days, lasting = asked_number("days", SPANS, SPANS[1]), sending_paused()
    with work() as act:
        found = mail_health(act.session, act.at, settings().zone, days)
        who = _who_paused(act.session, lasting)
    spans = [(span, _("Last %(days)s days", days=span)) for span in SPANS]
    shown = {"found": found, "chart": _chart(found), "days": days, "spans": spans, "who": who}
    limits = {"complaint_limits": COMPLAINTS, "bounce_limits": BOUNCES, "fewest": FEWEST_SENT}
    known = {"percent": _percent, "sender": settings().sender_mail, "printed": False}
    return render_template("mail_health/index.html", **known, **shown, **limits)


@bp.post("/pause")
@requires(Role.MARKETER)
def pause() -> ResponseReturnValue:
    """Let no mail leave until somebody resumes."""
    why = request.form.get("why", "").replace("\x00", "").strip()[:LONGEST_WHY]
    return _act(
        lambda act: pause_sending(act.session, act.at, current_user().id, why),
        _("All sending is paused. Only what is being handed over this second still leaves."),
    )


@bp.post("/resume")
@requires(Role.MARKETER)
def resume() -> ResponseReturnValue:
    """Let mails leave again, as far as the contact guard lets them."""
    return _act(
        lambda act: resume_sending(act.session, act.at, current_user().id),
        _("Mails leave again, as far as the contact guard lets them."),
    )


@bp.post("/messages/<uuid:message_id>/settle")
@requires(Role.MARKETER)
def settle(message_id: uuid.UUID) -> ResponseReturnValue:
    """Say what became of a mail that nobody knows about; it is never sent again."""
    arrived = request.form.get("arrived") == "1"
    return _act(
        lambda act: settle_unknown(act.session, message_id, arrived=arrived, at=act.at, by=current_user().id),
        _("Kept. The mail is not sent again."),
        anchor="unknown",
    )


def _act(do: Callable[[Work], object], said: str, *, anchor: str | None = None) -> ResponseReturnValue:
    """One act of a user; that somebody was faster is told on the page."""

    def save() -> None:
        with work() as act:
            do(act)

    if problem := why_not(save):
        flash(problem, "warning")
    else:
        flash(said, "success")
    return redirect(url_for("mail_health.index", _anchor=anchor), 303)


def show_pause(app: Flask) -> None:
    """Let every page say that all sending is paused."""
    app.jinja_env.globals.update(sending_paused=sending_paused)


def sending_paused() -> SendingPause | None:
    """The pause of all sending, for whoever is logged in; asked once a page."""
    if find_current_user() is None:
        return None
    if "sending_paused" not in g:
        with work() as act:
            g.sending_paused = find_pause(act.session)
    found: SendingPause | None = g.sending_paused
    return found


def _who_paused(session: Session, lasting: SendingPause | None) -> str:
    user = session.get(User, lasting.paused_by) if lasting and lasting.paused_by else None
    return user.name if user else ""


def _percent(share: float) -> str:
    """0.12 %, as exactly as limits of tenths need it."""
    return format_percent(share, "0.##%", locale=current_language())


def _chart(found: MailHealth) -> Chart:
    """A bar a day: what arrived as far as anybody knows, upon it what did not."""
    counted = [counted for _on, counted in found.days]
    # The shade is a place among the colours of the drawings.
    series = (
        (_("Delivery reported"), 2, [one.delivered for one in counted]),
        (_("Sent"), 0, [max(0, one.sent - one.delivered - one.hard - one.soft) for one in counted]),
        (_("Bounced, soft"), 1, [one.soft for one in counted]),
        (_("Bounced, hard"), 4, [one.hard for one in counted]),
        (_("Failed"), 3, [one.failed for one in counted]),
        (_("Fate unknown"), 7, [one.unknown for one in counted]),
    )
    return {
        "kind": "stack",
        "unit": _("Mails"),
        "whole": True,
        "x": [short_day(on) for on, _one in found.days],
        "titles": [day(on) for on, _one in found.days],
        "series": [{"name": name, "shade": shade, "values": values} for name, shade, values in series],
        "hrefs": [],
    }
