"""The room of tracking: the stream of hits, links and files, webinars, and how well all of it works."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from abm.models import Product
from abm.reports.tracked.health import read_health
from abm.reports.tracked.links import list_files, list_links, read_file, read_link
from abm.reports.tracked.stream import LENGTH, list_stream
from abm.reports.tracked.webinars import list_webinars, read_webinar
from abm.web.access import current_user, requires
from abm.web.acts import work
from abm.web.asked import asked_page, asked_word, fragment
from abm.web.forms import refused
from abm.web.i18n import current_language
from abm.words import HitKind, Role, Verdict
from tracking.contents import (
    FileDraft,
    LinkDraft,
    WebinarDraft,
    describe_file,
    describe_link,
    describe_webinar,
    read_topics,
)

bp = Blueprint("tracking", __name__, url_prefix="/tracking")


@bp.get("")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """The newest hits; without an older moment asked for, the page keeps itself up to date."""
    kind, verdict = asked_word("kind", HitKind), asked_word("verdict", Verdict)
    with work() as act:
        until = _asked_until() or act.at
        rows = list_stream(act.session, until, kind=kind, verdict=verdict, language=current_language())
    older = rows[-1].at.isoformat() if len(rows) == LENGTH else None
    template = "tracking/_stream.html" if fragment() == "stream" else "tracking/index.html"
    return render_template(template, rows=rows, kind=kind, verdict=verdict, older=older, is_live=not _asked_until())


@bp.get("/links")
@requires(Role.VIEWER)
def links() -> ResponseReturnValue:
    """Files and links with what they are about and who followed them."""
    search = request.args.get("q", "")
    with work() as act:
        found = list_links(act.session, search, asked_page(), current_language())
        files = list_files(act.session)
    return render_template("tracking/links.html", found=found, files=files, search=search)


@bp.get("/links/<int:number>")
@requires(Role.MARKETER)
def link(number: int) -> ResponseReturnValue:
    """What a link is called and about."""
    with work() as act:
        row = read_link(act.session, number, current_language())
    return _link_page(row, {"label": row.label or "", "topics": ", ".join(row.topics), "product": row.product or ""})


@bp.post("/links/<int:number>")
@requires(Role.MARKETER)
def change_link(number: int) -> ResponseReturnValue:
    """Save what a link is called and about."""
    form = request.form

    def save() -> None:
        draft = LinkDraft(form.get("label", "").strip() or None, read_topics(form.get("topics", "")), _product(form))
        with work() as act:
            describe_link(act.session, number, draft, by=current_user().id, at=act.at)

    errors, status = refused({}, save)
    if errors:
        with work() as act:
            row = read_link(act.session, number, current_language())
        return _link_page(row, form, errors), status
    return _saved("links")


@bp.get("/files/<uuid:file_id>")
@requires(Role.MARKETER)
def file(file_id: uuid.UUID) -> ResponseReturnValue:
    """What a file is about."""
    with work() as act:
        row = read_file(act.session, file_id)
    values = {
        "topics": ", ".join(row.topics),
        "product": row.product or "",
        "is_premium": "1" * row.is_premium,
    }
    return _file_page(row, values)


@bp.post("/files/<uuid:file_id>")
@requires(Role.MARKETER)
def change_file(file_id: uuid.UUID) -> ResponseReturnValue:
    """Save what a file is about."""
    form = request.form

    def save() -> None:
        draft = FileDraft(read_topics(form.get("topics", "")), _product(form), bool(form.get("is_premium")))
        with work() as act:
            describe_file(act.session, file_id, draft, by=current_user().id, at=act.at)

    errors, status = refused({}, save)
    if errors:
        with work() as act:
            row = read_file(act.session, file_id)
        return _file_page(row, form, errors), status
    return _saved("links")


@bp.get("/webinars")
@requires(Role.VIEWER)
def webinars() -> ResponseReturnValue:
    """Webinars with who registered and came."""
    with work() as act:
        found = list_webinars(act.session, asked_page())
    return render_template("tracking/webinars.html", found=found)


@bp.get("/webinars/<uuid:webinar_id>")
@requires(Role.MARKETER)
def webinar(webinar_id: uuid.UUID) -> ResponseReturnValue:
    """What a webinar is about and where it is joined."""
    with work() as act:
        row = read_webinar(act.session, webinar_id)
    return _webinar_page(row, {"topics": ", ".join(row.topics), "join_url": row.join_url or ""})


@bp.post("/webinars/<uuid:webinar_id>")
@requires(Role.MARKETER)
def change_webinar(webinar_id: uuid.UUID) -> ResponseReturnValue:
    """Save what a webinar is about and where it is joined."""
    form = request.form

    def save() -> None:
        draft = WebinarDraft(read_topics(form.get("topics", "")), form.get("join_url", "").strip() or None)
        with work() as act:
            describe_webinar(act.session, webinar_id, draft, by=current_user().id, at=act.at)

    errors, status = refused({}, save)
    if errors:
        with work() as act:
            row = read_webinar(act.session, webinar_id)
        return _webinar_page(row, form, errors), status
    return _saved("webinars")


@bp.get("/health")
@requires(Role.VIEWER)
def health() -> ResponseReturnValue:
    """Whether hits are accepted, loaded and recorded, now."""
    with work() as act:
        found = read_health(act.session)
    return render_template("tracking/_health.html" if fragment() == "health" else "tracking/health.html", health=found)


def _asked_until() -> datetime | None:
    """The moment before which hits are asked for, if one is."""
    try:
        until = datetime.fromisoformat(request.args.get("before", ""))
    except ValueError:
        return None
    return until if until.tzinfo else None


def _product(form: Mapping[str, str]) -> str | None:
    return form.get("product", "") or None


def _products() -> list[tuple[str, str]]:
    with work() as act:
        rows = act.session.execute(
            select(Product.code, Product.name).where(Product.archived_at.is_(None)).order_by(Product.name)
        ).all()
    return [("", "–"), *((row.code, row.name) for row in rows)]


def _link_page(row: Any, values: Mapping[str, str], errors: Mapping[str, str] | None = None) -> str:
    return render_template(
        "tracking/link.html", row=row, values=values, errors=errors or {}, products=_known(_products(), row.product)
    )


def _file_page(row: Any, values: Mapping[str, str], errors: Mapping[str, str] | None = None) -> str:
    return render_template(
        "tracking/file.html", row=row, values=values, errors=errors or {}, products=_known(_products(), row.product)
    )


def _webinar_page(row: Any, values: Mapping[str, str], errors: Mapping[str, str] | None = None) -> str:
    return render_template("tracking/webinar.html", row=row, values=values, errors=errors or {})


def _known(products: list[tuple[str, str]], code: str | None) -> list[tuple[str, str]]:
    """The products to choose from, with the present one even where it is archived or was never entered."""
    return products if not code or code in dict(products) else [*products, (code, code)]


def _saved(page: str) -> ResponseReturnValue:
    flash(_("Saved. It counts for what people do from now on."), "success")
    return redirect(url_for(f"tracking.{page}"), 303)
