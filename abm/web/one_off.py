"""One-off mail as a page: which mail, when, under which campaign; whose people and what the guard says come next."""

import uuid
from collections.abc import Mapping
from datetime import time
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from abm.reports.campaigns import list_campaigns
from abm.reports.offers import read_subjects
from abm.segments.segments import list_segments
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.web.asked import read_day, read_id
from abm.web.forms import refused
from abm.web.i18n import current_language
from abm.web.sentences import titled
from abm.words import Role
from campaigns.one_off import OneOff, draft_one_off

bp = Blueprint("one_off", __name__, url_prefix="/campaigns/mail")


@bp.get("")
@requires(Role.MARKETER)
def new() -> ResponseReturnValue:
    """The empty form; a campaign may be given."""
    return _page({"campaign_id": request.args.get("campaign", "")}, {})


@bp.post("")
@requires(Role.MARKETER)
def create() -> ResponseReturnValue:
    """Keep it as a draft and go on to whom it is sent, where the guard's answers are shown before anything leaves."""
    form = request.form
    on, at = read_day(form.get("on", "").strip()), _read_time(form.get("at", "").strip())
    problems = {"on": "date_unreadable"} if form.get("on", "").strip() and on is None else {}
    if form.get("at", "").strip() and at is None:
        problems["at"] = "hour_unreadable"
    texts = {name: form.get(name, "").replace("\0", "") for name in ("title", "mail")}
    made: list[str] = []

    def save() -> None:
        with work() as act:
            asked = OneOff(**texts, on=on, at=at, campaign_id=read_id(form.get("campaign_id", "")))
            by = current_user().id
            made.append(draft_one_off(act.session, asked, at=act.at, by=by, zone=settings().zone))

    errors, status = refused(problems, save)
    if errors:
        return _page(form, errors), status
    return redirect(url_for("sequences.choose", name=made[0], segment=read_id(form.get("segment", ""))), 303)


def _page(values: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    with work() as act:
        subjects = read_subjects(act.session)
        segments = [(segment.id, segment.name) for segment in list_segments(act.session)]
        campaigns: list[tuple[uuid.UUID, str]] = [
            (row.id, titled(row.title, row.name)) for row in list_campaigns(act.session) if row.closed_at is None
        ]
    return render_template(
        "campaigns/mail.html",
        values=values,
        errors=errors,
        mails=_titled(subjects),
        segments=segments,
        campaigns=campaigns,
    )


def _titled(subjects: Mapping[tuple[str, str], str]) -> list[tuple[str, str]]:
    """Each mail once, under its subject in the reader's language where it has one."""
    mine = current_language().value
    first: dict[str, str] = {}
    for (name, _language), text in subjects.items():
        first.setdefault(name, text)
    return [(name, f"{subjects.get((name, mine)) or text} ({name})") for name, text in first.items()]


def _read_time(text: str) -> time | None:
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None
