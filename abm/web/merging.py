"""Merging by hand: two accounts, or two records of a person, chosen, seen side by side and brought together."""

import uuid
from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from abm.customers.contact_merges import merge_contacts, undo_contact_merge
from abm.customers.merges import merge_accounts
from abm.errors import Conflict, Invalid
from abm.models import Account, Contact
from abm.reports.groups import possible_parents
from abm.reports.matches import compare_accounts
from abm.reports.same_people import colleagues_of, compare_people
from abm.web.access import current_user, requires
from abm.web.acts import work
from abm.web.asked import asked_id, read_id
from abm.web.labels import problem
from abm.words import Role

bp = Blueprint("merging", __name__)


@bp.get("/accounts/<uuid:account_id>/merge")
@requires(Role.MARKETER)
def account(account_id: uuid.UUID) -> ResponseReturnValue:
    """Find the other account; once it is chosen, both side by side."""
    other, typed = asked_id("other"), request.args.get("q", "").strip()[:200]
    with work() as act:
        sides = compare_accounts(act.session, account_id, other or account_id, act.at)
        found = possible_parents(act.session, account_id, typed) if typed and not other else []
    return render_template("merging/account.html", sides=sides, chosen=bool(other), search=typed, found=found)


@bp.post("/accounts/<uuid:account_id>/merge")
@requires(Role.MARKETER)
def merge_account(account_id: uuid.UUID) -> ResponseReturnValue:
    """Bring the other account to the main one, which stays."""

    def save(gone: uuid.UUID, stays: uuid.UUID) -> str:
        with work() as act:
            merge_accounts(act.session, gone, stays, by=current_user().id, at=act.at)
            name = act.session.get_one(Account, stays).name
        flash(_("Merged into %(name)s. In the history of changes it can be undone at any time.", name=name), "success")
        return url_for("accounts.show", account_id=stays)

    return _merge(account_id, save, url_for("merging.account", account_id=account_id))


@bp.get("/contacts/<uuid:contact_id>/merge")
@requires(Role.MARKETER)
def person(contact_id: uuid.UUID) -> ResponseReturnValue:
    """Choose the other record among the people of the account; once chosen, both side by side."""
    other = asked_id("other")
    with work() as act:
        found = compare_people(act.session, contact_id, other or contact_id, act.at)
        colleagues = [] if other else colleagues_of(act.session, contact_id)
    return render_template("merging/person.html", one=found, chosen=bool(other), colleagues=colleagues)


@bp.post("/contacts/<uuid:contact_id>/merge")
@requires(Role.MARKETER)
def merge_person(contact_id: uuid.UUID) -> ResponseReturnValue:
    """Bring the other record to the main one, which stays."""

    def save(gone: uuid.UUID, stays: uuid.UUID) -> str:
        with work() as act:
            merge_contacts(act.session, gone, stays, by=current_user().id, at=act.at)
        flash(_("The two records are one now. In the history of changes this can be undone at any time."), "success")
        return url_for("contacts.show", contact_id=stays)

    return _merge(contact_id, save, url_for("merging.person", contact_id=contact_id))


@bp.post("/contacts/merges/<uuid:merge_id>/undo")
@requires(Role.MARKETER)
def undo_person(merge_id: uuid.UUID) -> ResponseReturnValue:
    """Give both records back what was theirs."""
    with work() as act:
        made = undo_contact_merge(act.session, merge_id, by=current_user().id, at=act.at)
        name = act.session.get_one(Contact, made.contact_id).full_name
    flash(_("The merge was undone: %(name)s is a record of its own again.", name=name), "success")
    return redirect(url_for("contacts.show", contact_id=made.contact_id), 303)


def _merge(one: uuid.UUID, save: Callable[[uuid.UUID, uuid.UUID], str], page: str) -> ResponseReturnValue:
    """Merge what was chosen; what stands against it is told on the page where the choice is made."""
    other, main = read_id(request.form.get("other", "")), read_id(request.form.get("main", ""))
    try:
        return redirect(save(*_sides(one, other, main)), 303)
    except (Invalid, Conflict) as error:
        flash(problem(error), "danger")
        return redirect(f"{page}?other={other}" if other else page, 303)


def _sides(one: uuid.UUID, other: uuid.UUID | None, main: uuid.UUID | None) -> tuple[uuid.UUID, uuid.UUID]:
    """(who goes, who stays)."""
    if other is None or main not in (one, other):
        raise Invalid("choose which of the two is the main one", "main", "main_missing")
    assert main is not None
    return (one if main == other else other), main
