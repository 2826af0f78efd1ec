"""Accounts: the list, and one company with everything known about it."""

import uuid
from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from abm.clock import local_day
from abm.customers.absences import away_on
from abm.customers.custom import custom_inputs
from abm.customers.merges import find_successor
from abm.customers.sheets import DEAL
from abm.errors import NotFound
from abm.reports.account import AccountView, read_account
from abm.reports.accounts import AccountFilter, AccountSort, list_accounts, possible_matches
from abm.reports.acquaintance import who_knows
from abm.reports.buying_group import BuyingGroup, buying_group
from abm.reports.folds import fold_lines
from abm.reports.groups import group_of
from abm.reports.outlook import mail_outlook, under_way
from abm.reports.people import mail_answers
from abm.reports.sold import sold_of
from abm.reports.tasks import cards_of_account
from abm.reports.timeline import LINES_SHOWN, Channel, Line, TimelineFilter, list_lines
from abm.scoring.live import ensure_model
from abm.scoring.report import Shown, score_report
from abm.web.access import requires
from abm.web.activities import working_here
from abm.web.acts import settings, work
from abm.web.asked import asked_id, asked_moment, asked_page, asked_word, fragment
from abm.web.heard import said_here
from abm.web.records import may_write
from abm.words import CustomSubject, Role, Stage

bp = Blueprint("accounts", __name__, url_prefix="/accounts")

# The newest are enough to see why; the receipt has a page of its own.
ON_THE_PAGE = Shown(without_points=20, with_points=20)


@bp.get("")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """The accounts that fit, a page at a time."""
    wanted = AccountFilter(
        search=request.args.get("q", ""),
        stage=asked_word("stage", Stage),
        mqa=request.args.get("mqa") == "1",
        sort=asked_word("sort", AccountSort) or AccountSort.SCORE,
        page=asked_page(),
    )
    with work() as act:
        found = list_accounts(act.session, wanted, act.at)
    template = "accounts/_list.html" if fragment() else "accounts/index.html"
    return render_template(template, wanted=wanted, found=found, sorts=list(AccountSort))


@bp.get("/<uuid:account_id>")
@requires(Role.VIEWER)
def show(account_id: uuid.UUID) -> ResponseReturnValue:
    """One account: who, where it stands, why, what happened, what to do."""
    with work() as act:
        try:
            view = read_account(act.session, account_id, act.at)
        except NotFound:
            return _to_successor(act.session, account_id)
        if fragment() == "timeline":
            return render_template("accounts/_timeline.html", **_timeline(act.session, view))
        if fragment() == "receipt":
            return render_template("accounts/_receipt.html", **_receipt(act.session, view, act.at))
        return render_template("accounts/show.html", **_everything(act.session, view, act.at))


def _to_successor(session: Session, account_id: uuid.UUID) -> ResponseReturnValue:
    """An old link to an account that was merged leads to the one that stayed."""
    stays = find_successor(session, account_id)
    if stays is None:
        raise NotFound("no such account")
    return redirect(url_for("accounts.show", account_id=stays))


def _everything(session: Session, view: AccountView, at: datetime) -> dict[str, Any]:
    answers = mail_answers(session, view.people, at, settings().zone)
    return {
        **_timeline(session, view),
        **_receipt(session, view, at),
        "answers": answers,
        "outlook": mail_outlook(answers.values()),
        "under_way": under_way(session, view.account.id),
        "working": working_here(session, view.account.id, at),
        "tasks": cards_of_account(session, view.account.id),
        "matches": possible_matches(session, view.account.id),
        "sold": sold_of(session, view.account.id),
        "may_sell": may_write(session, DEAL, view.account.id),
        "today": local_day(at, settings().zone),
        "buyers": _buyers(session, view),
        "known_by_us": who_knows(session, view.account.id),
        "away": away_on(session, local_day(at, settings().zone)),
        "group": group_of(session, view.account.id),
        "inputs": custom_inputs(session, CustomSubject.ACCOUNT),
        "said": said_here(session, view.account.id, local_day(at, settings().zone)),
    }


def _buyers(session: Session, view: AccountView) -> BuyingGroup:
    model = ensure_model(session)
    return buying_group(view.people, model.required_roles, model.mqa.person_points)


def _receipt(session: Session, view: AccountView, now: datetime) -> dict[str, Any]:
    at = asked_moment("as_of", now)
    rule = ensure_model(session).mqa
    return {
        "view": view,
        "threshold": rule.thresholds[view.account.tier],
        "person_points": rule.person_points,
        "now": now,
        "at": at,
        "score": score_report(session, view.account.id, at=at, most=ON_THE_PAGE),
    }


def _timeline(session: Session, view: AccountView) -> dict[str, Any]:
    wanted = TimelineFilter(
        account_id=view.account.id,
        department_id=asked_id("department"),
        contact_id=asked_id("contact"),
        channel=asked_word("channel", Channel),
        before=asked_before(),
    )
    return {
        "view": view,
        "persons": [(person.id, person.full_name) for person in view.people],
        "departments": [(department.id, department.name) for department in view.departments],
        **timeline_values(session, wanted),
    }


def timeline_values(session: Session, wanted: TimelineFilter) -> dict[str, Any]:
    """What the timeline's template needs: folded lines, and where the next page begins."""
    lines = list_lines(session, wanted, LINES_SHOWN + 1)
    shown = lines[:LINES_SHOWN]
    return {
        "wanted": wanted,
        "folds": fold_lines(shown, settings().zone),
        "channels": list(Channel),
        "older": _cursor(shown[-1]) if len(lines) > LINES_SHOWN else "",
    }


def asked_before() -> tuple[datetime, uuid.UUID] | None:
    """Where the page before ended, as its link said."""
    time, _, key = request.args.get("before", "").partition("/")
    try:
        return datetime.fromisoformat(time), uuid.UUID(key)
    except ValueError:
        return None


def _cursor(line: Line) -> str:
    return f"{line.happened_at.isoformat()}/{line.id}"
