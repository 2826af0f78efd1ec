"""Files of accounts and deals: handing in and handing out; the rest of their pages are those of every sheet."""

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from abm.customers.files import LARGEST, NewFile, add_file, read_file
from abm.customers.sheets import DEAL_FILE
from abm.importers.typed_sheets import read_sheet
from abm.models import DealFile
from abm.reports.records import choices_for
from abm.web.access import requires
from abm.web.acts import work
from abm.web.forms import refused
from abm.web.records import BLUEPRINTS, check_right, home_of, living_account, writing
from abm.words import Role

bp = BLUEPRINTS[DEAL_FILE]


@bp.get("/accounts/<uuid:account_id>/files/new")
@requires(Role.SALES)
def new(account_id: uuid.UUID) -> ResponseReturnValue:
    """The form that takes a file."""
    return _page(account_id, request.args, {})


@bp.post("/accounts/<uuid:account_id>/files/new")
@requires(Role.SALES)
def create(account_id: uuid.UUID) -> ResponseReturnValue:
    """Keep a file."""
    typed = read_sheet(DEAL_FILE, {name: text for name, text in request.form.items() if name != "name"})
    upload = request.files.get("file")
    made: list[DealFile] = []

    def save() -> None:
        # One byte more than is allowed says enough of a file that is far larger.
        content = upload.stream.read(LARGEST + 1) if upload else b""
        values = typed.values
        name = upload.filename if upload and upload.filename else ""
        file = NewFile(name, content, values.get("deal_id"), values.get("phase"), values.get("note"))
        with work() as act:
            check_right(act.session, DEAL_FILE, account_id)
            made.append(add_file(act.session, account_id, file, writing(act)))

    errors, status = refused(typed.problems, save)
    if errors:
        return _page(account_id, request.form, errors), status
    flash(_("%(name)s was saved.", name=made[0].name), "success")
    return redirect(home_of(DEAL_FILE, made[0]), 303)


@bp.get("/files/<uuid:record_id>/content")
@requires(Role.VIEWER)
def download(record_id: uuid.UUID) -> ResponseReturnValue:
    """The file itself: to be saved, never to be run by the browser."""
    with work() as act:
        file = read_file(act.session, record_id)
        living_account(act.session, file.account_id)
    plain = file.name.encode("ascii", "ignore").decode().replace('"', "").replace("\\", "").strip(" .") or "file"
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}"
    headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
    return Response(file.content, content_type=file.content_type, headers=headers)


def _page(account_id: uuid.UUID, values: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    with work() as act:
        account = living_account(act.session, account_id)
        check_right(act.session, DEAL_FILE, account_id)
        choices = choices_for(act.session, DEAL_FILE, account_id)
    back = url_for("accounts.show", account_id=account_id)
    known = {"sheet": DEAL_FILE, "account": account, "choices": choices, "back": back}
    return render_template("records/upload.html", values=values, errors=errors, **known)
