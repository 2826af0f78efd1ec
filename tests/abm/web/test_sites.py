"""Marketers copy the snippet, say which pages matter, change forms and put them before files."""

import uuid

import pytest
from sqlalchemy import delete, select

from abm.models import Asset, AuditEntry, Form, PageRule
from abm.words import FormKind, PageKind, Role
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn
from tests.tracking.world import make_asset

TEXTS = {"title_ja": "資料請求", "title_en": "Guide", "consent_ja": "同意します", "consent_en": "I agree"}


@pytest.fixture
def form(installation: Installation) -> Form:
    return make_form(FormKind.DOWNLOAD)


def make_form(kind: FormKind) -> Form:
    with unit_of_work() as work:
        asked = [{"name": "mail", "required": True}]
        titles, consent = {"ja": "資料", "en": "File"}, {"ja": "同意", "en": "Agreed"}
        # Those that every installation begins with.
        work.session.execute(delete(Form))
        form = Form(key=kind.value, kind=kind, title=titles, fields=asked, consent=consent)
        work.session.add(form)
    return form


def stored(model: type) -> list:
    """All of them, the oldest first: ids follow the clock."""
    with unit_of_work() as work:
        return list(work.session.scalars(select(model).order_by(model.id)))


def test_the_page_has_the_snippet_and_the_notice_in_both_languages(log_in: LogIn, form: Form) -> None:
    page = log_in(Role.MARKETER).get("/tracking/site")

    assert page.status_code == 200
    assert "/abm.js" in page.text
    assert "当サイトでは、同意いただいた方に限り" in page.text
    assert "Only with your consent" in page.text
    assert "ABM_OWN_HOSTS" in page.text


def test_sales_do_not_set_up_the_site(log_in: LogIn, form: Form) -> None:
    assert log_in(Role.SALES).get("/tracking/site").status_code == 403


def test_pages_are_named_and_forgotten(log_in: LogIn, form: Form) -> None:
    client = log_in(Role.MARKETER)

    client.post("/tracking/site/pages", data={"pattern": "/price*", "kind": "key", "topics": "価格、 見積"})
    [rule] = stored(PageRule)
    assert (rule.pattern, rule.kind, rule.topics) == ("/price*", PageKind.KEY, ["価格", "見積"])

    client.post(f"/tracking/site/pages/{rule.id}/drop")
    assert stored(PageRule) == []
    assert [entry.act for entry in stored(AuditEntry)][-2:] == ["page_rule.kept", "page_rule.dropped"]


@pytest.mark.parametrize("wrong", [{"pattern": "price", "kind": "key"}, {"pattern": "/price", "kind": "other"}])
def test_what_is_no_path_is_refused_in_words(log_in: LogIn, form: Form, wrong: dict[str, str]) -> None:
    answer = log_in(Role.MARKETER).post("/tracking/site/pages", data=wrong)

    assert (answer.status_code, stored(PageRule)) == (422, [])


def test_another_text_of_consent_is_another_version(log_in: LogIn, form: Form) -> None:
    client, asked = log_in(Role.MARKETER), {"mail": "required", "company": "asked"}

    for consent in ("同意します", "同意します", "すべてに同意します"):
        client.post(f"/tracking/site/forms/{form.id}", data={**TEXTS, **asked, "consent_ja": consent})

    [changed] = stored(Form)
    assert changed.consent_version == 3
    assert changed.fields == [{"name": "company", "required": False}, {"name": "mail", "required": True}]
    assert log_in(Role.MARKETER).get(f"/tracking/site/forms/{form.id}").status_code == 200


@pytest.mark.parametrize("wrong", [{"title_en": ""}, {"consent_ja": "x" * 2_001}])
def test_a_form_needs_its_texts_in_both_languages(log_in: LogIn, form: Form, wrong: dict[str, str]) -> None:
    answer = log_in(Role.MARKETER).post(f"/tracking/site/forms/{form.id}", data={**TEXTS, "mail": "asked", **wrong})

    assert answer.status_code == 422


def test_a_question_needs_an_address_to_answer_to(log_in: LogIn, installation: Installation) -> None:
    inquiry = make_form(FormKind.INQUIRY)

    answer = log_in(Role.MARKETER).post(f"/tracking/site/forms/{inquiry.id}", data={**TEXTS, "mail": "asked"})

    assert answer.status_code == 422


def test_a_form_is_put_before_a_file_and_taken_away(log_in: LogIn, form: Form) -> None:
    with unit_of_work() as work:
        asset = make_asset(work.session)
    client, gate = log_in(Role.MARKETER), f"/tracking/site/files/{asset.id}/form"

    client.post(gate, data={"form_id": str(form.id)})
    assert [one.form_id for one in stored(Asset)] == [form.id]
    client.post(gate, data={"form_id": ""})
    assert [one.form_id for one in stored(Asset)] == [None]
    assert client.post(f"/tracking/site/files/{uuid.uuid4()}/form").status_code == 404
