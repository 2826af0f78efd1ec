"""The same doors as Flask routes, for whoever mounts tracking in an application of their own."""

from flask import Blueprint, Response, request

from tracking.doors import Desk
from tracking.intake import Asked
from tracking.wsgi import DOORS, LONGEST_BODY, answer_at, is_one_click

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


def make_blueprint(desk: Desk) -> Blueprint:
    """A blueprint that answers at /o/ /c/ /d/ /u/ /why/; exempt it from CSRF, its tokens are the authority."""
    blueprint = Blueprint("tracking", __name__)

    @blueprint.route("/<any(o, c, d, u, why):letter>/<path:token>", methods=METHODS)
    def come_in(letter: str, token: str) -> Response:
        """Translate, ask the door, translate back."""
        answer = answer_at(DOORS[f"/{letter}/"], desk, _asked(token))
        return Response(answer.body, status=answer.status, headers=answer.headers)

    return blueprint


def _asked(token: str) -> Asked:
    one_click = request.method == "POST" and is_one_click(request.get_data()[:LONGEST_BODY])
    return Asked(token, request.method, request.user_agent.string, request.remote_addr or "", one_click)
