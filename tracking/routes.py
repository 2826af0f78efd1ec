"""The same doors as Flask routes, for whoever mounts tracking in an application of their own."""

from flask import Blueprint, Response, request

from tracking.desk import Desk
from tracking.wsgi import ROOMS, answer_at

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def make_blueprint(desk: Desk) -> Blueprint:
    """A blueprint that answers at every address of ROOMS; exempt it from CSRF, its tokens are the authority."""
    blueprint = Blueprint("tracking", __name__)

    def come_in(room: str, token: str) -> Response:
        """Ask the door and translate its answer."""
        answer = answer_at(ROOMS[room], desk, request.environ, token)
        return Response(answer.body, status=answer.status, headers=answer.headers)

    for room in ROOMS:
        blueprint.add_url_rule(
            f"{room}<path:token>" if room.endswith("/") else room,
            endpoint=room.strip("/").replace(".", "-"),
            view_func=come_in,
            defaults={"room": room} if room.endswith("/") else {"room": room, "token": ""},
            methods=METHODS,
            provide_automatic_options=False,
        )
    return blueprint
