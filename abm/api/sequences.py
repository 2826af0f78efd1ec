"""Sequences as other systems see them: taking a person on whose sequence says that it lets them."""

import uuid
from collections.abc import Mapping
from http import HTTPStatus

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from abm.api.access import current_token, needs, work
from abm.customers.find import find_contact
from abm.errors import Invalid
from abm.words import ApiScope, StartAnswer
from campaigns.starting import start_by_api

bp = Blueprint("sequences", __name__, url_prefix="/sequences")

LONGEST_KEY = 200


@bp.post("/<name>/enrollments")
@needs(ApiScope.ENROLL)
def enroll(name: str) -> ResponseReturnValue:
    """Take a person on; one key, or one person under way, begins once however often this is sent."""
    text, cause = _asked_contact(), _cause(request.headers.get("Idempotency-Key", ""))
    with work() as act:
        contact = find_contact(act.session, text)
        answer = start_by_api(act.session, name, contact.id, cause, act.at)
        found = {"sequence": name, "contact": str(contact.id), "answer": answer}
    return jsonify(found), HTTPStatus.CREATED if answer is StartAnswer.TAKEN_ON else HTTPStatus.OK


def _asked_contact() -> str:
    asked = request.get_json(silent=True)
    contact = asked.get("contact") if isinstance(asked, Mapping) else None
    if not isinstance(contact, str) or not contact.strip() or "\0" in contact:
        raise Invalid('send {"contact": ID or MAIL ADDRESS} as JSON', field="contact", code="missing")
    return contact


def _cause(key: str) -> uuid.UUID | None:
    """What tells a repeated request: the same key of the same token."""
    if len(key) > LONGEST_KEY:
        raise Invalid(f"a key has at most {LONGEST_KEY} signs", field="Idempotency-Key", code="too_long")
    return uuid.uuid5(current_token().id, key) if key else None
