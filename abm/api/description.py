"""The routes as OpenAPI 3.1, for whoever writes the other side."""

from typing import Any

from abm.words import StartAnswer

_ERROR: dict[str, Any] = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "code": {"type": "string"},
                "field": {"type": ["string", "null"]},
                "message": {"type": "string"},
            },
            "required": ["code", "field", "message"],
        }
    },
    "required": ["error"],
}
_ENROLLED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "sequence": {"type": "string"},
        "contact": {"type": "string"},
        "answer": {"type": "string", "enum": [str(answer) for answer in StartAnswer]},
    },
    "required": ["sequence", "contact", "answer"],
}


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


_TOO_OFTEN: dict[str, Any] = {
    **_answer("This token asked too often within a minute; nothing was done.", _ERROR),
    "headers": {
        "Retry-After": {"description": "Seconds to wait before asking again.", "schema": {"type": "integer"}},
    },
}


_ENROLL: dict[str, Any] = {
    "summary": "Take a person on into a published sequence that has the trigger api.",
    "operationId": "enroll",
    "security": [{"token": ["sequences:enroll"]}],
    "parameters": [
        {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}},
        {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "The same key of the same token begins at most once, also after the sequence was finished.",
            "schema": {"type": "string", "maxLength": 200},
        },
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {"contact": {"type": "string", "description": "Id or mail address of the contact."}},
                    "required": ["contact"],
                }
            }
        },
    },
    "responses": {
        "200": _answer("Not begun: already under way, been before, held out, or never mailed.", _ENROLLED),
        "201": _answer("Begun.", _ENROLLED),
        "401": _answer("No good token.", _ERROR),
        "403": _answer("The token lacks the scope.", _ERROR),
        "404": _answer("No such sequence or contact.", _ERROR),
        "409": _answer("The sequence is not published.", _ERROR),
        "422": _answer("The body lacks a contact, or the sequence lets nobody begin by the API.", _ERROR),
        "429": _TOO_OFTEN,
    },
}
DESCRIPTION: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "abm", "version": "1", "description": "What other systems may ask of this installation."},
    "servers": [{"url": "/api"}],
    "paths": {"/sequences/{name}/enrollments": {"post": _ENROLL}},
    "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
}
