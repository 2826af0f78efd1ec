"""Incoming webhooks as settings: which systems may post, what came of it, and trying again."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from abm.models import AuditEntry
from abm.reports.inbound import DAYS, read_inbound
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.words import Role
from tracking.effects import standards_of
from tracking.report_reading import retry_inbound
from tracking.webhooks import READERS

bp = Blueprint("inbound", __name__, url_prefix="/settings/webhooks")


@bp.get("")
@requires(Role.ADMIN)
def index() -> ResponseReturnValue:
    """Each source with its address, and what could not be read."""
    with work() as act:
        found = read_inbound(act.session, settings(), act.at)
    return render_template("settings/inbound.html", found=found, days=DAYS)


@bp.post("/retry")
@requires(Role.ADMIN)
def retry() -> ResponseReturnValue:
    """Try again what failed, of one source or of all."""
    source = request.form.get("source", "")
    with work() as act:
        known = source if source in READERS else None
        posts, people = retry_inbound(act.session, known, standards_of(settings()))
        detail = {"source": source, "posts": posts, "people": people}
        by = current_user().id
        act.session.add(AuditEntry(at=act.at, user_id=by, act="inbound.retried", subject="inbound", detail=detail))
    said = _("Being read again: %(posts)s. Reports that found their person: %(people)s.", posts=posts, people=people)
    flash(said, "success")
    return redirect(url_for("inbound.index"), 303)
