"""What the front-end build made is found and kept by browsers."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from abm.web.assets import asset


@pytest.mark.parametrize(("name", "kind"), [("app.js", "text/javascript"), ("app.css", "text/css")])
def test_an_asset_is_served_once_and_for_all(app: Flask, stranger: FlaskClient, name: str, kind: str) -> None:
    with app.test_request_context():
        address = asset(name)

    answer = stranger.get(address)

    assert answer.status_code == 200
    assert answer.content_type.startswith(kind)
    assert "immutable" in answer.headers["Cache-Control"]


def test_the_style_sheet_fetches_nothing_from_elsewhere(app: Flask, stranger: FlaskClient) -> None:
    with app.test_request_context():
        address = asset("app.css")

    text = stranger.get(address).text

    assert "url(http" not in text
    assert "@import" not in text
    assert "@font-face" not in text
