"""Errors as pages: each says what happened and offers a way on; fragments get the same as a short text."""

from urllib.parse import quote, urlencode

import structlog
from flask import Flask, Response, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException

from abm.errors import AbmError, Conflict, Invalid, NotFound, ProviderError, ServiceDown
from abm.web.i18n import current_language
from abm.web.labels import problem
from abm.words import Language

log = structlog.get_logger(__name__)

STATUS = {NotFound: 404, Invalid: 422, Conflict: 409, ProviderError: 502, ServiceDown: 503}


def answer_errors(app: Flask) -> None:
    """Translate every error into a page, once, here."""
    app.register_error_handler(AbmError, _named)
    app.register_error_handler(CSRFError, lambda error: error_page(400, _form_expired()))
    app.register_error_handler(401, lambda error: _to_log_in())
    app.register_error_handler(HTTPException, lambda error: error_page(error.code or 500))
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(DataError, lambda error: error_page(422, _not_kept()))
    app.register_error_handler(Exception, _unexpected)


def error_page(status: int, text: str = "") -> Response:
    """The page, or for a fragment the text, of one status."""
    title, usual = _words(status)
    text = text or usual
    if request.headers.get("HX-Request"):
        # Header values are ASCII; app.js reads this one back and shows it.
        return Response(text, status, {"X-Problem-Text": quote(text)}, content_type="text/plain; charset=utf-8")
    return make_response(render_template("errors/show.html", status=status, title=title, text=text), status)


def _named(error: AbmError) -> Response:
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
    if status == 500:
        log.error("page_failed", endpoint=request.endpoint, error=type(error).__name__)
    return error_page(status, "" if status in (404, 503) or _is_foreign(error) else problem(error))


def _is_foreign(error: AbmError) -> bool:
    """What a conflict says of itself is English, for commands and logs."""
    return isinstance(error, Conflict) and current_language() is not Language.ENGLISH


def _to_log_in() -> ResponseReturnValue:
    back = request.full_path.rstrip("?") if request.method == "GET" else ""
    if request.headers.get("HX-Request"):
        return Response("", 401, {"HX-Redirect": url_for("auth.log_in")})
    query = f"?{urlencode({'next': back})}" if back not in ("", "/") else ""
    return redirect(url_for("auth.log_in") + query, 303)


def _database_away(error: Exception) -> Response:
    log.error("database_away", endpoint=request.endpoint, error=type(error).__name__)
    return error_page(503)


def _unexpected(error: Exception) -> Response:
    # The last place before the reader: logged without the request's content, which may hold addresses.
    if current_app.testing and current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    log.exception("page_failed", endpoint=request.endpoint)
    return error_page(500)


def _not_kept() -> str:
    # A NUL in a text, a number without end: what no column can hold, wherever it was typed.
    return str(_("A sign or number in it cannot be kept. Go back, take it out and send it again."))


def _form_expired() -> str:
    return str(_("This form is too old to be sent. Go back, reload the page and send it again."))


def _words(status: int) -> tuple[str, str]:
    if status == 403:
        return _("Not allowed"), _("Your role does not include this. An administrator can change it under Settings.")
    if status == 404:
        return _("Not found"), _("There is nothing at this address, or it has been removed.")
    if status == 405:
        return _("Not possible here"), _("This address does not take this kind of request.")
    if status == 409:
        return _("Meanwhile changed"), _("Somebody or something was faster. Reload the page and look again.")
    if status == 413:
        return _("Too large"), _("The file is larger than this page takes.")
    if status == 422:
        return _("Please check the input"), _("Something in the input cannot be accepted.")
    if status == 429:
        return _("Too many tries"), _("Please wait a minute and try again.")
    if status in (502, 503):
        return _("Not available at the moment"), _("A service does not answer. Nothing is lost; try again in a minute.")
    if status < 500:
        return _("Request not understood"), _("The request could not be read. Go back and try again.")
    return _("Something went wrong"), _("The fault is ours and has been noted. Nothing was changed; try again.")
