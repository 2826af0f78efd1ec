"""The REST application, under /api: routes under tokens, errors as JSON, and its own description."""

import structlog
from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter, RateLimitExceeded
from sqlalchemy import Engine
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException

from abm.api import sequences
from abm.api.access import NotAllowed, NoToken, guard_routes, is_open
from abm.api.brake import make_brake, seconds_to_wait
from abm.api.description import DESCRIPTION
from abm.config import Settings
from abm.engines.counters import count_in_valkey
from abm.errors import AbmError, Conflict, Invalid, NotFound, ServiceDown

log = structlog.get_logger(__name__)

LARGEST_BODY = 64 * 1024
STATUS: dict[type[AbmError], int] = {
    NoToken: 401,
    NotAllowed: 403,
    NotFound: 404,
    Conflict: 409,
    Invalid: 422,
    ServiceDown: 503,
}
CODES: dict[type[AbmError], str] = {
    NoToken: "no_token",
    NotAllowed: "not_allowed",
    NotFound: "not_found",
    ServiceDown: "service_down",
}


def create_api(settings: Settings, engine: Engine) -> Flask:
    """The routes of one installation."""
    app = Flask("abm.api", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_BODY, **count_in_valkey(settings))
    app.extensions["abm.engine"] = engine
    brake = make_brake(settings)
    guard_routes(app, brake)
    app.register_blueprint(sequences.bp)
    app.add_url_rule("/openapi.json", view_func=is_open(describe))
    app.register_error_handler(AbmError, _named)
    app.register_error_handler(RateLimitExceeded, lambda error: _too_often(brake, settings.api_requests))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DataError, lambda error: _problem(422, "invalid", "a sign in it cannot be kept"))
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(Exception, _unexpected)
    app.after_request(_add_headers)
    return app


def describe() -> ResponseReturnValue:
    """Every route as OpenAPI."""
    return jsonify(DESCRIPTION)


def _named(error: AbmError) -> Response:
    kind = next((kind for kind in STATUS if isinstance(error, kind)), None)
    if kind is None:
        return _unexpected(error)
    code = getattr(error, "code", "") or CODES.get(kind, "conflict")
    answer = _problem(STATUS[kind], code, str(error), getattr(error, "field", ""))
    if kind is NoToken:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _too_often(brake: Limiter, most: int) -> Response:
    wait = seconds_to_wait(brake)
    said = f"this token has asked {most} times within a minute; nothing was done, ask again in {wait} s"
    answer = _problem(429, "too_often", said)
    answer.headers["Retry-After"] = str(wait)
    return answer


def _http(error: HTTPException) -> Response:
    return _problem(error.code or 500, error.name.lower().replace(" ", "_"), error.description or error.name)


def _database_away(error: Exception) -> Response:
    log.error("database_away", endpoint=request.endpoint, error=type(error).__name__)
    return _problem(503, "service_down", "the database does not answer; try again in a minute")


def _unexpected(error: Exception) -> Response:
    # The last place before the caller: logged without the request's content, which may hold addresses.
    log.error("api_failed", endpoint=request.endpoint, error=type(error).__name__)
    return _problem(500, "failed", "the fault is ours and has been noted; nothing was changed")


def _problem(status: int, code: str, message: str, field: str = "") -> Response:
    answer = jsonify(error={"code": code, "field": field or None, "message": message})
    answer.status_code = status
    return answer


def _add_headers(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response
