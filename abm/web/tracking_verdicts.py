"""Verdicts: people and machines side by side, why, and what a marketer says otherwise."""

import uuid
from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from abm.reports.verdicts import (
    PERIODS,
    list_judged,
    list_overrules,
    read_judged,
    sides_by_domain,
    sides_by_sequence,
)
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.web.asked import asked_id, asked_page
from abm.web.forms import refused
from abm.words import HUMAN, Role, Verdict
from tracking.judging import places_of
from tracking.overrules import Said, overrule_hit, overrule_visitor, visitor_of, withdraw_overrule

bp = Blueprint("tracking_verdicts", __name__, url_prefix="/tracking/verdicts")

# What the columns of the counts are made of.
SIDES = {
    "people": HUMAN,
    "unknown": (Verdict.UNKNOWN,),
    "machines": (Verdict.MACHINE,),
}


@bp.get("")
@requires(Role.MARKETER)
def index() -> ResponseReturnValue:
    """Per sequence and per recipient domain, with the reasons."""
    days = _asked_days()
    with work() as act:
        sequences = sides_by_sequence(act.session, days, act.at)
        domains = sides_by_domain(act.session, days, asked_page(), act.at)
        overrules = list_overrules(act.session)
    return render_template(
        "tracking/verdicts/index.html",
        sequences=sequences,
        domains=domains,
        overrules=overrules,
        days=days,
        periods=PERIODS,
    )


@bp.get("/hits")
@requires(Role.MARKETER)
def hits() -> ResponseReturnValue:
    """The visits behind one count."""
    days, domain, side = _asked_days(), request.args.get("domain") or None, request.args.get("side", "")
    with work() as act:
        found = list_judged(
            act.session,
            days,
            asked_page(),
            act.at,
            domain=domain,
            sequence_id=asked_id("sequence"),
            verdicts=[verdict.value for verdict in SIDES.get(side, ())],
        )
    return render_template("tracking/verdicts/hits.html", found=found, days=days, domain=domain, side=side)


@bp.get("/hits/<uuid:hit_id>")
@requires(Role.MARKETER)
def show(hit_id: uuid.UUID) -> ResponseReturnValue:
    """One visit, why it was judged as it was, and the form to say otherwise."""
    return _page(hit_id, {}, {})


@bp.post("/hits/<uuid:hit_id>")
@requires(Role.MARKETER)
def overrule(hit_id: uuid.UUID) -> ResponseReturnValue:
    """Say what this visit was, or all that come from where it came."""
    form = request.form

    def save() -> None:
        with work() as act:
            verdict = form.get("verdict", "")
            known = Verdict(verdict) if verdict in set(Verdict) else Verdict.UNKNOWN
            said = Said(known, form.get("reason", ""), current_user().id, act.at)
            say = overrule_visitor if form.get("scope") == "visitor" else overrule_hit
            say(act.session, hit_id, said, places_of(settings()))

    errors, status = refused({}, save)
    if errors:
        return _page(hit_id, form, errors), status
    flash(_("Noted: what you said wins over the rules, and the scores follow within seconds."), "success")
    return redirect(url_for("tracking_verdicts.show", hit_id=hit_id), 303)


@bp.post("/overrules/<uuid:overrule_id>/withdraw")
@requires(Role.MARKETER)
def withdraw(overrule_id: uuid.UUID) -> ResponseReturnValue:
    """Let the rules speak again."""
    with work() as act:
        withdraw_overrule(act.session, overrule_id, by=current_user().id, at=act.at, places=places_of(settings()))
    flash(_("Withdrawn: the rules judge these visits again."), "success")
    return redirect(url_for("tracking_verdicts.index"), 303)


def _page(hit_id: uuid.UUID, form: Mapping[str, str], errors: Mapping[str, object]) -> str:
    with work() as act:
        hit = read_judged(act.session, hit_id)
        visitor = visitor_of(act.session, hit_id, places_of(settings()))
        overrules = list_overrules(act.session, hit_id)
    return render_template(
        "tracking/verdicts/show.html", hit=hit, visitor=visitor, overrules=overrules, form=form, errors=errors
    )


def _asked_days() -> int:
    days = request.args.get("days", PERIODS[1], type=int)
    return days if days in PERIODS else PERIODS[1]
