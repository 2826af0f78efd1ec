"""The sending domain as settings: what the DNS said when somebody asked last, and asking again."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from abm.errors import BadConfiguration
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.web.i18n import current_language
from abm.web.security import limiter
from abm.words import DomainPart, FindingState, Role
from campaigns.domain.check import keep_check, last_check, look_over, sender_of
from campaigns.domain.texts import said

bp = Blueprint("domain_checks", __name__, url_prefix="/settings/domain")


@bp.get("")
@requires(Role.ADMIN)
def index() -> ResponseReturnValue:
    """What was found last, by part; nothing is asked for when the page is looked at."""
    with work() as act:
        kept = last_check(act.session)
    check, findings = kept or (None, [])
    parts = [
        (part, [(one, *said(one, current_language())) for one in findings if one.part is part]) for part in DomainPart
    ]
    return render_template(
        "settings/domain.html",
        check=check,
        parts=[(part, ones) for part, ones in parts if ones],
        sender=sender_of(settings()),
        is_local=settings().local_mailbox,
        is_well=not any(one.state is FindingState.BAD for one in findings),
    )


@bp.post("")
@requires(Role.ADMIN)
@limiter.limit("20 per 5 minutes")
def check() -> ResponseReturnValue:
    """Ask now, for some seconds at most, and keep what was found."""
    try:
        findings = look_over(settings())
    except BadConfiguration as error:
        flash(_("The domains cannot be checked: %(why)s", why=error), "danger")
        return redirect(url_for("domain_checks.index"), 303)
    with work() as act:
        keep_check(act.session, findings, by=current_user().id, at=act.at)
    flash(_("The domains were checked."), "success")
    return redirect(url_for("domain_checks.index"), 303)
