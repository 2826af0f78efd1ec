"""What notes and memos propose: confirmed, changed or dismissed on the account's page, or worked off as a list."""

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from abm.clock import local_day
from abm.customers.hear import hear
from abm.customers.hearing import people_of_account, products_and_topics
from abm.customers.keep import Writing
from abm.customers.named import find_person
from abm.customers.rights import editable_accounts, may_edit_people
from abm.customers.sheets import DEAL
from abm.customers.suggestions import (
    AT_ONCE,
    Choice,
    confirm,
    confirm_all,
    dismiss,
    dismiss_all,
    put_need_away,
)
from abm.errors import NotFound
from abm.models import Account, Need, Suggestion
from abm.reports.heard import (
    Card,
    Want,
    cards_of_import,
    deals_to_lose,
    get_card,
    open_cards,
    products_to_choose,
    waiting_by_kind,
    wants_of_account,
    wants_of_contact,
)
from abm.reports.imports import get_summary
from abm.reports.paging import Page
from abm.web.access import current_user, requires
from abm.web.activities import working_here
from abm.web.acts import settings, work
from abm.web.asked import asked_page, asked_word, fragment, read_day, read_id
from abm.web.forms import refused
from abm.web.i18n import number
from abm.web.records import check_right
from abm.words import HeardKind, LostReason, Role
from abm.work import Work

bp = Blueprint("heard", __name__)


@dataclass(frozen=True)
class Said:
    """What an account's page shows of what was said: what they want, and what waits to be confirmed."""

    wants: list[Want]
    cards: Page[Card]
    products: list[tuple[str, str]]
    deals: list[tuple[str, str]]
    contact_id: uuid.UUID | None
    may_put_away: bool


def said_here(session: Session, account_id: uuid.UUID, today: date, contact_id: uuid.UUID | None = None) -> Said:
    """What the people of this account said, or one of them."""
    cards = open_cards(session, account_id, contact_id, by=current_user().id, today=today)
    wants = wants_of_contact(session, contact_id) if contact_id else wants_of_account(session, account_id)
    products = products_to_choose(session)
    deals = deals_to_lose(session, account_id)
    return Said(wants, cards, products, deals, contact_id, _may_put_away(session, account_id))


@bp.post("/accounts/<uuid:account_id>/hear")
@requires(Role.SALES)
def listen(account_id: uuid.UUID) -> ResponseReturnValue:
    """What a line that is being typed will be taken for; nothing is kept."""
    text = request.form.get("what", "")[:2000]
    with work() as act:
        account = act.session.get(Account, account_id)
        if account is None:
            raise NotFound("no such account")
        people = people_of_account(act.session, account_id)
        products, topics = products_and_topics(act.session)
        heard = hear(
            text,
            on=_today(act),
            closing_month=account.closing_month,
            people=people,
            products=products,
            topics=topics,
        )
    names = {one.id: one.name for one in (*people, *products)}
    person = find_person(text, people) if request.form.get("with") == "auto" else None
    return render_template("heard/_hint.html", heard=heard, names=names, person=names.get(person or ""))


@bp.get("/suggestions/<uuid:suggestion_id>")
@requires(Role.SALES)
def show(suggestion_id: uuid.UUID) -> ResponseReturnValue:
    """One suggestion on a page of its own, to be changed before it is confirmed."""
    return _card_page(suggestion_id, {})


@bp.post("/suggestions/<uuid:suggestion_id>/confirm")
@requires(Role.SALES)
def accept(suggestion_id: uuid.UUID) -> ResponseReturnValue:
    """Make of it what the form says."""
    problems = {
        name: "unknown"
        for name in ("first", "last", "due_on")
        if request.form.get(name) and read_day(request.form[name]) is None
    }

    def save(act: Work) -> None:
        said = act.session.get(Suggestion, suggestion_id)
        if said and said.kind == HeardKind.LOST_REASON:
            # What comes of it is a deal: who may not write those here writes none in this way either.
            check_right(act.session, DEAL, said.account_id)
        confirm(act.session, suggestion_id, _choice(request.form), _writing(act))

    return _decided(suggestion_id, problems, save, _("Confirmed."))


@bp.post("/suggestions/<uuid:suggestion_id>/dismiss")
@requires(Role.SALES)
def decline(suggestion_id: uuid.UUID) -> ResponseReturnValue:
    """Nothing comes of it."""

    def save(act: Work) -> None:
        said = act.session.get(Suggestion, suggestion_id)
        _check_right(act.session, said.account_id if said else None)
        dismiss(act.session, suggestion_id, _writing(act))

    return _decided(suggestion_id, {}, save, _("Dismissed."))


@bp.post("/needs/<uuid:need_id>/archive")
@requires(Role.SALES)
def forget(need_id: uuid.UUID) -> ResponseReturnValue:
    """They want it no longer."""
    with work() as act:
        need = act.session.get(Need, need_id)
        _check_right(act.session, need.account_id if need else None)
        account_id = put_need_away(act.session, need_id, _writing(act)).account_id
    return _said_fragment(account_id) if fragment() else _to_page(account_id)


@bp.get("/imports/<uuid:import_id>/heard")
@requires(Role.SALES)
def of_import(import_id: uuid.UUID) -> ResponseReturnValue:
    """What an import's memos say, to be worked off."""
    kind = asked_word("kind", HeardKind)
    with work() as act:
        summary = get_summary(act.session, import_id)
        waiting = waiting_by_kind(act.session, import_id)
        cards = cards_of_import(act.session, import_id, kind, asked_page(), by=current_user().id, today=_today(act))
        mine = _put_away_at(act.session, {card.account_id for card in cards.rows})
    shown: dict[str, Any] = {"summary": summary, "waiting": waiting, "kind": kind, "cards": cards, "mine": mine}
    return render_template("heard/index.html", at_once=AT_ONCE, today=_today(act), **shown)


@bp.post("/imports/<uuid:import_id>/heard/<kind>")
@requires(Role.MARKETER)
def decide_all(import_id: uuid.UUID, kind: str) -> ResponseReturnValue:
    """Confirm or dismiss everything of one kind that an import's memos say."""
    if kind not in set(HeardKind):
        raise NotFound("no such kind of suggestion")
    with work() as act:
        if request.form.get("act") == "confirm":
            done = confirm_all(act.session, import_id, HeardKind(kind), _writing(act))
            told = _("%(count)s suggestions were confirmed.", count=number(done))
        else:
            done = dismiss_all(act.session, import_id, HeardKind(kind), _writing(act))
            told = _("%(count)s suggestions were dismissed.", count=number(done))
        left = waiting_by_kind(act.session, import_id).get(kind, 0)
    flash(told, "success")
    if left and request.form.get("act") == "confirm":
        flash(_("%(count)s are left; what asks for a person stays on the list.", count=number(left)), "warning")
    return redirect(url_for("heard.of_import", import_id=import_id, kind=kind if left else None), 303)


def _decided(
    suggestion_id: uuid.UUID, problems: Mapping[str, str], save: Callable[[Work], None], told: str
) -> ResponseReturnValue:
    """Save, and show what is left where the reader was: on the account's page, or on the list of an import."""

    def act_once() -> None:
        with work() as act:
            save(act)

    errors, status = refused(problems, act_once)
    if fragment() and status != 409:
        with work() as act:
            account_id = get_card(act.session, suggestion_id, by=current_user().id, today=_today(act)).account_id
        # htmx shows the part anew also when something was missing: its card says what.
        return _said_fragment(account_id, {suggestion_id: errors} if errors else {}), status
    if errors and status != 409:
        return _card_page(suggestion_id, errors), status
    flash(errors[""] if errors else told, "warning" if errors else "success")
    return _back(suggestion_id)


def _back(suggestion_id: uuid.UUID) -> ResponseReturnValue:
    with work() as act:
        account_id = get_card(act.session, suggestion_id, by=current_user().id, today=_today(act)).account_id
    if import_id := read_id(request.form.get("list", "")):
        kind = request.form.get("kind") or None
        return redirect(url_for("heard.of_import", import_id=import_id, kind=kind), 303)
    return _to_page(account_id)


def _to_page(account_id: uuid.UUID) -> ResponseReturnValue:
    """The page on which the reader decided: a person's, or the account's."""
    if contact_id := read_id(request.form.get("back", "")):
        return redirect(url_for("contacts.show", contact_id=contact_id) + "#heard", 303)
    return redirect(url_for("accounts.show", account_id=account_id) + "#heard", 303)


def _said_fragment(account_id: uuid.UUID, errors: Mapping[uuid.UUID, Mapping[str, str]] | None = None) -> str:
    with work() as act:
        contact_id = read_id(request.form.get("back", ""))
        said = said_here(act.session, account_id, _today(act), contact_id)
        working = working_here(act.session, account_id, act.at, contact_id=contact_id)
    known = {"said": said, "working": working, "card_errors": errors or {}, "typed": request.form}
    return render_template("heard/_changed.html", today=_today(act), **known)


def _card_page(suggestion_id: uuid.UUID, errors: Mapping[str, str]) -> str:
    with work() as act:
        card = get_card(act.session, suggestion_id, by=current_user().id, today=_today(act))
        working = working_here(act.session, card.account_id, act.at)
        products = products_to_choose(act.session)
        deals = deals_to_lose(act.session, card.account_id)
        may_put_away = _may_put_away(act.session, card.account_id)
    known: dict[str, Any] = {"card": card, "working": working, "products": products, "deals": deals}
    known |= {"may_put_away": may_put_away, "errors": errors, "typed": request.form}
    return render_template("heard/show.html", today=_today(act), **known)


def _put_away_at(session: Session, account_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these accounts at which the user may say that nothing comes of what was said."""
    me = current_user()
    return editable_accounts(session, account_ids, by=me.id, role=me.role)


def _may_put_away(session: Session, account_id: uuid.UUID) -> bool:
    me = current_user()
    return may_edit_people(session, account_id, by=me.id, role=me.role)


def _check_right(session: Session, account_id: uuid.UUID | None) -> None:
    """What others were told is not put away by who may not write that account's records; what is not there, later."""
    if account_id and not _may_put_away(session, account_id):
        abort(403)


def _choice(form: Mapping[str, str]) -> Choice:
    reason = form.get("reason", "")
    return Choice(
        what=form.get("what", "").replace("\x00", "").strip()[:500] or None,
        product_id=read_id(form.get("product_id", "")),
        contact_id=read_id(form.get("contact_id", "")),
        first=read_day(form.get("first", "")),
        last=read_day(form.get("last", "")),
        due_on=read_day(form.get("due_on", "")),
        owner_id=read_id(form.get("owner_id", "")),
        reason=LostReason(reason) if reason in set(LostReason) else None,
        deal_id=read_id(form.get("deal_id", "")),
    )


def _writing(act: Work) -> Writing:
    return Writing(current_user().id, act.at, _today(act))


def _today(act: Work) -> date:
    return local_day(act.at, settings().zone)
