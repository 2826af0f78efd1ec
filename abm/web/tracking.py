"""The room of tracking: the stream of hits, links and files, webinars, and how well all of it works."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.errors import Invalid
from abm.models import Product
from abm.reports.tracked.health import read_health
from abm.reports.tracked.links import list_files, list_links, read_file, read_link
from abm.reports.tracked.stream import LENGTH, list_stream
from abm.reports.tracked.webinars import list_webinars, read_webinar
from abm.web.access import current_user, requires
from abm.web.acts import work
from abm.web.asked import asked_page, asked_word, fragment, read_local_moment
from abm.web.forms import refused
from abm.web.i18n import current_language
from abm.words import HitKind, Role, Verdict
from tracking.contents import (
    FileDraft,
    LinkDraft,
    NewWebinar,
    WebinarDraft,
    add_webinar,
    describe_file,
    describe_link,
    describe_webinar,
    read_topics,
)

bp = Blueprint("tracking", __name__, url_prefix="/tracking")


@dataclass(frozen=True)
class Content:
    """A thing that people follow, download or attend: how its form is read, filled, understood and saved."""

    template: str
    read: Callable[[Session, Any], Any]
    values: Callable[[Any], Mapping[str, str]]
    draft: Callable[[Mapping[str, str]], Any]
    describe: Callable[..., None]
    # Where one goes once it is saved.
    back: str


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
    return _form_page(LINK, number)


@bp.post("/links/<int:number>")
@requires(Role.MARKETER)
def change_link(number: int) -> ResponseReturnValue:
    """Save what a link is called and about."""
    return _save(LINK, number)


@bp.get("/files/<uuid:file_id>")
@requires(Role.MARKETER)
def file(file_id: uuid.UUID) -> ResponseReturnValue:
    """What a file is about."""
    return _form_page(FILE, file_id)


@bp.post("/files/<uuid:file_id>")
@requires(Role.MARKETER)
def change_file(file_id: uuid.UUID) -> ResponseReturnValue:
    """Save what a file is about."""
    return _save(FILE, file_id)


@bp.get("/webinars")
@requires(Role.VIEWER)
def webinars() -> ResponseReturnValue:
    """Webinars with who registered and came."""
    with work() as act:
        found = list_webinars(act.session, asked_page())
    return render_template("tracking/webinars.html", found=found)


@bp.get("/webinars/new")
@requires(Role.MARKETER)
def new_webinar() -> ResponseReturnValue:
    """The form of a webinar that is to be held."""
    return _new_webinar_page({}, {})


@bp.post("/webinars")
@requires(Role.MARKETER)
def add() -> ResponseReturnValue:
    """Enter a webinar before anybody registered, so that mails can invite to it."""
    form, held_at = request.form, read_local_moment(request.form.get("held_at", ""))
    added: list[uuid.UUID] = []

    def save() -> None:
        if held_at is None:
            raise Invalid("say when it is held", "held_at", "moment_unreadable")
        with work() as act:
            new = NewWebinar(form.get("title", ""), held_at)
            added.append(add_webinar(act.session, new, WEBINAR.draft(form), by=current_user().id, at=act.at))

    errors, status = refused({}, save)
    if errors:
        return _new_webinar_page(form, errors), status
    flash(_("Saved. The link for your mails stands below."), "success")
    return redirect(url_for("tracking.webinar", webinar_id=added[0]), 303)


@bp.get("/webinars/<uuid:webinar_id>")
@requires(Role.MARKETER)
def webinar(webinar_id: uuid.UUID) -> ResponseReturnValue:
    """What a webinar is about and where it is joined."""
    return _form_page(WEBINAR, webinar_id)


@bp.post("/webinars/<uuid:webinar_id>")
@requires(Role.MARKETER)
def change_webinar(webinar_id: uuid.UUID) -> ResponseReturnValue:
    """Save what a webinar is about and where it is joined."""
    return _save(WEBINAR, webinar_id)


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


def _form_page(content: Content, key: Any, errors: Mapping[str, str] | None = None) -> str:
    """The form of one link, file or webinar: as it is, or as it was just typed where that cannot be saved."""
    with work() as act:
        row = content.read(act.session, key)
        products = _products(act.session, getattr(row, "product", None))
    values = request.form if errors else content.values(row)
    return render_template(content.template, row=row, values=values, errors=errors or {}, products=products)


def _new_webinar_page(values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template("tracking/webinar_new.html", values=values, errors=errors)


def _save(content: Content, key: Any) -> ResponseReturnValue:
    def save() -> None:
        with work() as act:
            content.describe(act.session, key, content.draft(request.form), by=current_user().id, at=act.at)

    errors, status = refused({}, save)
    if errors:
        return _form_page(content, key, errors), status
    flash(_("Saved. It counts for what people do from now on."), "success")
    return redirect(url_for(content.back), 303)


def _products(session: Session, present: str | None) -> list[tuple[str, str]]:
    """The products to choose from, with the present one even where it is archived or was never entered."""
    rows = session.execute(
        select(Product.code, Product.name).where(Product.archived_at.is_(None)).order_by(Product.name, Product.code)
    ).all()
    known = {row.code: row.name for row in rows}
    return [("", "–"), *({present: present} | known if present else known).items()]


def _topics(topics: Sequence[str]) -> str:
    return ", ".join(topics)


LINK = Content(
    "tracking/link.html",
    lambda session, key: read_link(session, key, current_language()),
    lambda row: {"label": row.label or "", "topics": _topics(row.topics), "product": row.product or ""},
    lambda form: LinkDraft(
        form.get("label", "").strip() or None, read_topics(form.get("topics", "")), form.get("product") or None
    ),
    describe_link,
    "tracking.links",
)
FILE = Content(
    "tracking/file.html",
    read_file,
    lambda row: {
        "topics": _topics(row.topics),
        "product": row.product or "",
        "is_premium": "1" * row.is_premium,
    },
    lambda form: FileDraft(
        read_topics(form.get("topics", "")), form.get("product") or None, bool(form.get("is_premium"))
    ),
    describe_file,
    "tracking.links",
)
WEBINAR = Content(
    "tracking/webinar.html",
    read_webinar,
    lambda row: {"topics": _topics(row.topics), "join_url": row.join_url or ""},
    lambda form: WebinarDraft(read_topics(form.get("topics", "")), form.get("join_url", "").strip() or None),
    describe_webinar,
    "tracking.webinars",
)
