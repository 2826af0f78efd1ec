"""Addresses of what the front-end build made, read from its manifest."""

import json
from functools import cache
from pathlib import Path

from flask import Flask, Response, request, url_for

from abm.errors import BadConfiguration

DIST = Path(__file__).parent / "static" / "dist"
# The build puts a hash of the content into each name, so a name's content never changes.
ONE_YEAR = 31_536_000


def serve_assets(app: Flask) -> None:
    """Give templates asset('app.js') and let browsers keep what it names."""
    app.jinja_env.globals["asset"] = asset
    app.after_request(_keep_hashed_files)


def asset(name: str) -> str:
    """The address of an entry of abm/web/ui/src/."""
    return url_for("static", filename=f"dist/{_manifest()[f'src/{name}']['file']}")


@cache
def _manifest() -> dict[str, dict[str, str]]:
    file = DIST / "manifest.json"
    if not file.exists():
        raise BadConfiguration(f"{file} is missing: the front end has not been built; run `make run` or `make test`")
    manifest: dict[str, dict[str, str]] = json.loads(file.read_text())
    return manifest


def _keep_hashed_files(response: Response) -> Response:
    if request.path.startswith("/static/dist/assets/") and response.status_code == 200:
        response.cache_control.max_age = ONE_YEAR
        response.cache_control.public = True
        response.cache_control.immutable = True
        response.cache_control.no_cache = None
    return response
