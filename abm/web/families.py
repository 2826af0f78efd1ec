"""Groups of companies as pages: the whole group, an account's parent, and its domains."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from abm.customers.domains import SharedDomains
from abm.customers.families import set_parent
from abm.customers.firm_domains import add_domain, remove_domain
from abm.errors import NotFound
from abm.models import Account
from abm.reports.groups import group_of, members_of, possible_parents
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.web.asked import read_id
from abm.web.forms import refused, why_not
from abm.words import Role

bp = Blueprint("families", __name__, url_prefix="/accounts/<uuid:account_id>")


@bp.get("/group")
@requires(Role.VIEWER)
def show(account_id: uuid.UUID) -> ResponseReturnValue:
    """The whole group: each company with stage, score, deals and owner."""
    with work() as act:
        account = _living(act.session.get(Account, account_id))
        members = members_of(act.session, group_of(act.session, account_id), act.at)
    return render_template("accounts/group.html", account=account, members=members)


@bp.get("/parent")
@requires(Role.MARKETER)
def search(account_id: uuid.UUID) -> ResponseReturnValue:
    """Find the parent by name."""
    return _search_page(account_id, "")


@bp.post("/parent")
@requires(Role.MARKETER)
def put_below(account_id: uuid.UUID) -> ResponseReturnValue:
    """Put the account below a parent; without one it stands alone."""
    parent_id = read_id(request.form.get("parent_id", ""))

    def save() -> None:
        with work() as act:
            set_parent(act.session, account_id, parent_id, by=current_user().id, at=act.at)

    errors, status = refused({}, save)
    if errors:
        return _search_page(account_id, next(iter(errors.values()))), status
    flash(_("The group of companies was saved."), "success")
    return redirect(url_for("accounts.show", account_id=account_id), 303)


@bp.post("/domains")
@requires(Role.MARKETER)
def keep_domain(account_id: uuid.UUID) -> ResponseReturnValue:
    """Add a domain to the account."""
    shared = SharedDomains(settings().shared_domains)

    def save() -> None:
        with work() as act:
            by = current_user().id
            add_domain(act.session, account_id, request.form.get("domain", ""), shared, by=by, at=act.at)

    if problem := why_not(save):
        flash(problem, "danger")
    else:
        flash(_("The domain was added."), "success")
    return redirect(url_for("accounts_edit.edit", account_id=account_id) + "#domains", 303)


@bp.post("/domains/remove")
@requires(Role.MARKETER)
def drop_domain(account_id: uuid.UUID) -> ResponseReturnValue:
    """Take a domain away."""
    with work() as act:
        remove_domain(act.session, account_id, request.form.get("domain", ""), by=current_user().id, at=act.at)
    flash(_("The domain was removed."), "success")
    return redirect(url_for("accounts_edit.edit", account_id=account_id) + "#domains", 303)


def _search_page(account_id: uuid.UUID, error: str) -> str:
    typed = request.args.get("q", "").strip()[:200]
    with work() as act:
        account = _living(act.session.get(Account, account_id))
        group = group_of(act.session, account_id)
        found = possible_parents(act.session, account_id, typed) if typed else []
    return render_template("accounts/parent.html", account=account, group=group, search=typed, found=found, error=error)


def _living(account: Account | None) -> Account:
    if account is None or account.archived_at is not None:
        raise NotFound("no such account")
    return account
