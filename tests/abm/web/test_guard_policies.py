"""The contact guard's policy as a page: by form and by YAML, faults beside the fields, by administrators only."""

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from abm.guard.live import get_version
from abm.scoring.document import write_yaml
from abm.words import Role
from abm.work import unit_of_work
from tests.abm.web.conftest import LogIn

INDEX = "/settings/guard"


def live() -> tuple[int, dict[str, object]]:
    with unit_of_work() as work:
        found = get_version(work.session)
        return found.version, found.document


def typed(page: str) -> dict[str, object]:
    """What a browser would send of the form as it is shown."""
    form = BeautifulSoup(page, "lxml").find("form", action=INDEX)
    fields: dict[str, object] = {}
    for one in form.find_all("input"):
        if one.get("type") != "checkbox":
            fields[one["name"]] = one.get("value", "")
        elif one.has_attr("checked"):
            fields.setdefault(one["name"], []).append(one["value"])  # type: ignore[attr-defined]
    for one in form.find_all("select"):
        fields[one["name"]] = one.find("option", selected=True)["value"]
    return fields


@pytest.fixture
def admin(log_in: LogIn) -> FlaskClient:
    return log_in(Role.ADMIN)


def test_a_form_sent_back_as_it_was_says_nothing_new(admin: FlaskClient) -> None:
    answer = admin.post(INDEX, data=typed(admin.get(INDEX).text))

    assert (answer.status_code, live()[0]) == (422, 1)


def test_what_is_changed_in_the_form_is_published_and_shown_beside_the_version_before(admin: FlaskClient) -> None:
    fields = typed(admin.get(INDEX).text)
    fields |= {
        "caps.account.day": "5",
        "caps.account.week": "",
        "contacted_lately.days": "２１",
        "stale.answer": "send",
        "note": "静かに",
    }

    assert admin.post(INDEX, data=fields).status_code == 303
    version, document = live()
    assert (version, document["caps"]) == (2, {"person": {}, "account": {"day": 5}})
    assert (document["contacted_lately"]["days"], document["stale"]["answer"]) == (21, "send")  # type: ignore[index]
    assert "caps.account" in admin.get(f"{INDEX}/versions/1").text


def test_a_fault_stands_beside_its_field_and_nothing_changes(admin: FlaskClient) -> None:
    fields = typed(admin.get(INDEX).text)
    fields |= {"caps.person.day": "many", "send_window.to": "07:00"}

    answer = admin.post(INDEX, data=fields)

    page = BeautifulSoup(answer.text, "lxml")
    assert (answer.status_code, live()[0]) == (422, 1)
    assert page.find(id="e-caps.person.day") is not None
    assert page.find(id="e-send_window.to") is not None
    assert page.find("input", attrs={"name": "caps.person.day"})["value"] == "many"


def test_a_fault_of_a_file_names_its_line(admin: FlaskClient) -> None:
    version, document = live()
    text = write_yaml(document).replace("days: 14", "days: ten")
    line = text.split("days: ten")[0].count("\n") + 1

    answer = admin.post(f"{INDEX}/yaml", data={"text": text, "based_on": version})

    assert (answer.status_code, f"{line}行" in answer.text or f"Line {line}" in answer.text) == (422, True)


def test_who_looked_at_an_older_version_looks_again(admin: FlaskClient) -> None:
    fields = typed(admin.get(INDEX).text)
    admin.post(INDEX, data={**fields, "contacted_lately.days": "7"})

    assert admin.post(INDEX, data={**fields, "contacted_lately.days": "9"}).status_code == 422
    assert live()[0] == 2


def test_others_read_but_do_not_change(log_in: LogIn) -> None:
    marketer = log_in(Role.MARKETER)

    assert marketer.get(INDEX).status_code == 200
    assert marketer.post(INDEX, data={}).status_code == 403
