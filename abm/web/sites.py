"""Our own site: the snippet with the notice its owner needs, key pages, forms, and files that ask who wants them."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from abm.errors import Invalid
from abm.models import Form
from abm.web.access import current_user, requires
from abm.web.acts import settings, work
from abm.web.forms import refused
from abm.words import FormField, FormKind, Language, PageKind, Role
from tracking.site import (
    FormDraft,
    change_form,
    drop_page_rule,
    get_form,
    keep_page_rule,
    list_files,
    list_forms,
    list_page_rules,
    set_gate,
)

bp = Blueprint("sites", __name__, url_prefix="/tracking/site")


@bp.get("")
@requires(Role.MARKETER)
def index() -> ResponseReturnValue:
    """Everything about our own site on one page."""
    return _page({}, {})


@bp.post("/pages")
@requires(Role.MARKETER)
def keep_rule() -> ResponseReturnValue:
    """Have pages count as key or careers pages."""
    form = request.form
    topics = [topic.strip() for topic in form.get("topics", "").replace("、", ",").split(",") if topic.strip()]

    def save() -> None:
        with work() as act:
            if form.get("kind", "") not in set(PageKind):
                raise Invalid("choose what the page says", "kind", "unknown")
            kind = PageKind(form["kind"])
            keep_page_rule(act.session, form.get("pattern", ""), kind, topics, by=current_user().id, at=act.at)

    errors, status = refused({}, save)
    if errors:
        return _page(form, errors), status
    flash(_("The pages are told apart from now on."), "success")
    return redirect(url_for("sites.index") + "#pages", 303)


@bp.post("/pages/<uuid:rule_id>/drop")
@requires(Role.MARKETER)
def drop_rule(rule_id: uuid.UUID) -> ResponseReturnValue:
    """Have these pages count as ordinary ones."""
    with work() as act:
        drop_page_rule(act.session, rule_id, by=current_user().id, at=act.at)
    return redirect(url_for("sites.index") + "#pages", 303)


@bp.post("/files/<uuid:asset_id>/form")
@requires(Role.MARKETER)
def gate(asset_id: uuid.UUID) -> ResponseReturnValue:
    """Have a file ask who wants it, or not."""
    chosen = request.form.get("form_id", "")
    with work() as act:
        form = next((one.id for one in list_forms(act.session) if str(one.id) == chosen), None)
        set_gate(act.session, asset_id, form, by=current_user().id, at=act.at)
    flash(_("Saved. It holds for every link within a few seconds."), "success")
    return redirect(url_for("sites.index") + "#files", 303)


@bp.get("/forms/<uuid:form_id>")
@requires(Role.MARKETER)
def form(form_id: uuid.UUID) -> ResponseReturnValue:
    """A form to be changed."""
    return _form_page(form_id, None, {})


@bp.post("/forms/<uuid:form_id>")
@requires(Role.MARKETER)
def change(form_id: uuid.UUID) -> ResponseReturnValue:
    """Change what a form asks for and says."""

    def save() -> None:
        with work() as act:
            change_form(act.session, form_id, _draft(), by=current_user().id, at=act.at)

    errors, status = refused({}, save)
    if errors:
        return _form_page(form_id, _draft(), errors), status
    flash(_("Saved. It holds for every link within a few seconds."), "success")
    return redirect(url_for("sites.index") + "#forms", 303)


def _draft() -> FormDraft:
    posted = request.form

    def texts(name: str) -> dict[str, str]:
        return {one.value: posted.get(f"{name}_{one}", "").strip() for one in Language}

    fields = {one: posted.get(one) == "required" for one in FormField if posted.get(one) in ("asked", "required")}
    return FormDraft(texts("title"), texts("intro"), texts("consent"), fields)


def _page(values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    with work() as act:
        rules, forms, files = list_page_rules(act.session), list_forms(act.session), list_files(act.session)
    return render_template(
        "tracking/site.html",
        base=settings().public_url,
        hosts=settings().own_hosts,
        sender=settings().sender_name,
        rules=rules,
        forms=forms,
        gates=[one for one in forms if one.kind == FormKind.DOWNLOAD],
        files=files,
        values=values,
        errors=errors,
    )


def _form_page(form_id: uuid.UUID, draft: FormDraft | None, errors: Mapping[str, str]) -> str:
    with work() as act:
        form = get_form(act.session, form_id)
    return render_template(
        "tracking/form.html", form=form, shown=draft or _as_draft(form), names=list(FormField), errors=errors
    )


def _as_draft(form: Form) -> FormDraft:
    asked: list[Mapping[str, Any]] = form.fields
    return FormDraft(
        form.title, form.intro, form.consent, {FormField(one["name"]): bool(one.get("required")) for one in asked}
    )
