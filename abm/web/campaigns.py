"""Campaigns as pages: the list, what came of one, and the form of its aim."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from abm.reports.campaigns import FOLLOWS, CampaignReport, campaign_report, list_campaigns, parts_elsewhere
from abm.reports.working import owners
from abm.segments.segments import list_segments
from abm.web.access import current_user, requires
from abm.web.acts import work
from abm.web.asked import read_day, read_id
from abm.web.downloads import csv_answer
from abm.web.forms import refused, why_not
from abm.web.labels import label
from abm.web.sentences import titled
from abm.web.tables import Plain
from abm.words import CampaignPart, Role
from campaigns.campaign import (
    Aim,
    change_campaign,
    close_campaign,
    create_campaign,
    get_campaign,
    goal_of,
    put_in,
    reopen_campaign,
    take_out,
)

bp = Blueprint("campaigns", __name__, url_prefix="/campaigns")


@bp.get("")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """Every campaign with what was sent under it."""
    with work() as act:
        rows = list_campaigns(act.session)
    return render_template("campaigns/index.html", rows=rows)


@bp.get("/new")
@requires(Role.MARKETER)
def new() -> ResponseReturnValue:
    """The empty form."""
    return _form(None, {}, {})


@bp.post("")
@requires(Role.MARKETER)
def create() -> ResponseReturnValue:
    """Keep a campaign and show it."""
    made: list[uuid.UUID] = []

    def save(aim: Aim) -> None:
        with work() as act:
            made.append(create_campaign(act.session, aim, by=current_user().id, at=act.at).id)

    return _save(None, save) or redirect(url_for("campaigns.show", campaign_id=made[0]), 303)


@bp.get("/<uuid:campaign_id>")
@requires(Role.VIEWER)
def show(campaign_id: uuid.UUID) -> ResponseReturnValue:
    """What came of one campaign."""
    with work() as act:
        report = campaign_report(act.session, campaign_id)
        elsewhere = parts_elsewhere(act.session, campaign_id) if current_user().may(Role.MARKETER) else []
    return render_template("campaigns/show.html", report=report, elsewhere=elsewhere, follows=FOLLOWS)


@bp.get("/<uuid:campaign_id>/report.csv")
@requires(Role.VIEWER)
def download(campaign_id: uuid.UUID) -> ResponseReturnValue:
    """The numbers of one campaign as a table."""
    with work() as act:
        report = campaign_report(act.session, campaign_id)
    return csv_answer(report.row.name, (_("What"), _("Number")), _numbers(report))


@bp.get("/<uuid:campaign_id>/edit")
@requires(Role.MARKETER)
def edit(campaign_id: uuid.UUID) -> ResponseReturnValue:
    """The form with what is kept."""
    with work() as act:
        campaign = get_campaign(act.session, campaign_id)
        kept = {name: getattr(campaign, name) for name in Aim.__dataclass_fields__}
        kept["goal"] = titled(goal_of(act.session, campaign))
    return _form(campaign_id, kept, {})


@bp.post("/<uuid:campaign_id>")
@requires(Role.MARKETER)
def change(campaign_id: uuid.UUID) -> ResponseReturnValue:
    """Keep another aim."""

    def save(aim: Aim) -> None:
        with work() as act:
            change_campaign(act.session, campaign_id, aim, by=current_user().id, at=act.at)

    return _save(campaign_id, save) or _back(campaign_id)


@bp.post("/<uuid:campaign_id>/close")
@requires(Role.MARKETER)
def close(campaign_id: uuid.UUID) -> ResponseReturnValue:
    """It is over."""
    with work() as act:
        close_campaign(act.session, campaign_id, by=current_user().id, at=act.at)
    flash(_("The campaign was closed. Its sequences go on until somebody ends them."), "success")
    return _back(campaign_id)


@bp.post("/<uuid:campaign_id>/reopen")
@requires(Role.MARKETER)
def reopen(campaign_id: uuid.UUID) -> ResponseReturnValue:
    """It goes on."""
    with work() as act:
        reopen_campaign(act.session, campaign_id, by=current_user().id, at=act.at)
    return _back(campaign_id)


@bp.post("/<uuid:campaign_id>/parts")
@requires(Role.MARKETER)
def add_part(campaign_id: uuid.UUID) -> ResponseReturnValue:
    """Let a sequence, a webinar or a file serve it; the form sends `sequence:<id>`."""
    part, part_id = _read_part(request.form.get("part", ""))

    def save() -> None:
        with work() as act:
            assert part is not None
            assert part_id is not None
            put_in(act.session, campaign_id, part, part_id, by=current_user().id, at=act.at)

    problem = why_not(save) if part and part_id else _("Please choose one of the list.")
    if problem:
        flash(problem, "danger")
    return _back(campaign_id)


@bp.post("/<uuid:campaign_id>/parts/<part>/<uuid:part_id>/remove")
@requires(Role.MARKETER)
def remove_part(campaign_id: uuid.UUID, part: str, part_id: uuid.UUID) -> ResponseReturnValue:
    """Let it serve no campaign any more."""
    if part in set(CampaignPart):
        with work() as act:
            take_out(act.session, campaign_id, CampaignPart(part), part_id, by=current_user().id, at=act.at)
    return _back(campaign_id)


def _save(campaign_id: uuid.UUID | None, save: Callable[[Aim], object]) -> ResponseReturnValue | None:
    """Save what the form says; the form again when something is wrong with it."""
    form = request.form
    days = {name: read_day(form.get(name, "").strip()) for name in ("starts_on", "ends_on")}
    problems = {name: "date_unreadable" for name, day in days.items() if form.get(name, "").strip() and day is None}
    texts = {name: form.get(name, "").replace("\0", "") for name in ("name", "goal", "audience")}
    ids = {name: read_id(form.get(name, "")) for name in ("segment_id", "owner_id")}
    asked: dict[str, Any] = {**texts, **ids, **days}
    errors, status = refused(problems, lambda: save(Aim(**asked)))
    return (_form(campaign_id, form, errors), status) if errors else None


def _form(campaign_id: uuid.UUID | None, values: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    with work() as act:
        known = _known(act.session)
    return render_template("campaigns/edit.html", campaign_id=campaign_id, values=values, errors=errors, **known)


def _known(session: Session) -> dict[str, Any]:
    return {
        "owners": owners(session),
        "segments": [(segment.id, segment.name) for segment in list_segments(session)],
    }


def _read_part(text: str) -> tuple[CampaignPart | None, uuid.UUID | None]:
    word, _colon, given = text.partition(":")
    return CampaignPart(word) if word in set(CampaignPart) else None, read_id(given)


def _back(campaign_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for("campaigns.show", campaign_id=campaign_id), 303)


def _numbers(report: CampaignReport) -> list[list[Plain]]:
    funnel = report.funnel
    steps: list[list[Plain]] = [
        [_("Accounts reached"), funnel.reached],
        [_("People mailed"), funnel.people],
        [_("Accounts engaged"), funnel.engaged],
        [_("Accounts that rose a stage"), funnel.advanced],
        [_("Hand-offs"), funnel.tasks],
        [_("Hand-offs accepted"), funnel.accepted],
        [_("Deals won"), funnel.won],
    ]
    won: list[list[Plain]] = [
        [_("Won, %(currency)s", currency=word), float(sum)] for word, sum in funnel.amounts.items()
    ]
    mails: list[list[Plain]] = [
        [f"{_('Mails')}: {label(state, 'MessageState')}", count] for state, count in report.mails.items()
    ]
    withheld: list[list[Plain]] = [
        [f"{_('Withheld')}: {label(reason, 'GuardReason')}", count] for reason, count in report.withheld.items()
    ]
    acts: list[list[Plain]] = []
    for one in report.acts:
        acts += [
            [f"{label(one.kind, 'EventKind')}: {_('people')}", one.human],
            [f"{label(one.kind, 'EventKind')}: {_('machines')}", one.machine],
        ]
    return [*steps, *won, *mails, *withheld, *acts]
