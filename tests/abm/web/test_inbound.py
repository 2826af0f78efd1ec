"""The page of incoming webhooks: what to copy, what came, and what is tried again."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.models import AuditEntry, InboundPost, ProviderReport
from abm.words import Role
from abm.work import Installation
from tests.abm.web.conftest import LogIn
from tests.contracts.senders import senders
from tests.worlds import make_account, make_contact
from tracking.hit import new_hit_id

SENDERS = senders()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, base_url="https://abm.sender.example", webhook_zoom_tokens=("a secret",))


def put(session: Session, source: str, state: str = "done", **over: object) -> InboundPost:
    post = InboundPost(
        **{
            "hit_id": new_hit_id(),
            "source": source,
            "received_at": datetime.now(UTC),
            "state": state,
            "body": b"",
            **over,
        }
    )
    session.add(post)
    session.flush()
    return post


def report(session: Session, source: str, applied: str, **over: object) -> None:
    now = datetime.now(UTC)
    told = {"source": source, "event_id": new_hit_id(), "hit_id": new_hit_id(), "kind": "did", "at": now}
    session.add(ProviderReport(**{**told, "received_at": now, "applied": applied, **over}))
    session.flush()


def commit(installation: Installation, *acts: object) -> None:
    with Session(installation.engine) as session:
        for act in acts:
            act(session)
        session.commit()


def test_a_page_without_posts_says_how_to_begin_and_shows_what_to_copy(log_in: LogIn) -> None:
    page = log_in(Role.ADMIN).get("/settings/webhooks").text

    assert ">https://abm.sender.example/hook/zoom</code>" in page
    assert "ABM_WEBHOOK_SENDGRID_KEYS" in page
    assert "ABM_WEBHOOK_ZOOM_TOKENS" not in page
    assert "a secret" not in page


def test_what_came_and_what_failed_is_counted_with_its_reason(log_in: LogIn, installation: Installation) -> None:
    commit(
        installation,
        lambda session: put(session, "zoom"),
        lambda session: put(session, "zoom", "failed", reason="unreadable", attempts=1, body=b"odd"),
        lambda session: report(session, "zoom", "taken"),
        lambda session: report(session, "zoom", "nobody", address="zoe@zeta.example"),
    )

    page = log_in(Role.ADMIN).get("/settings/webhooks").text

    for words in ("2 posts", "1 failed", "1 counted", "1 about nobody we know", "not what this provider sends"):
        assert words in page
    assert "zoe@zeta.example" not in page


def test_a_failed_post_is_tried_again_by_a_button(log_in: LogIn, installation: Installation) -> None:
    commit(
        installation,
        lambda session: put(session, "zoom", "failed", reason="unreadable"),
        lambda session: put(session, "sendgrid", "failed", reason="unreadable"),
    )

    answer = log_in(Role.ADMIN).post("/settings/webhooks/retry", data={"source": "zoom"})

    assert answer.status_code == 303
    with Session(installation.engine) as session:
        states = dict(session.execute(select(InboundPost.source, InboundPost.state)).all())
        [audit] = session.scalars(select(AuditEntry).where(AuditEntry.act == "inbound.retried"))
    assert states == {"zoom": "waiting", "sendgrid": "failed"}
    assert audit.detail == {"source": "zoom", "posts": 1, "people": 0}


def test_somebody_met_since_is_found_by_the_button(log_in: LogIn, installation: Installation) -> None:
    commit(
        installation,
        lambda session: make_contact(session, make_account(session)),
        lambda session: report(
            session, "generic", "nobody", address="anna@acme.example", detail={"kind": "inquiry", "event": "form"}
        ),
    )

    page = log_in(Role.ADMIN).post("/settings/webhooks/retry", follow_redirects=True).text

    assert "Reports that found their person: 1" in page


def test_amazons_question_is_a_link_until_other_reports_come(log_in: LogIn, installation: Installation) -> None:
    url = "https://sns.ap-northeast-1.amazonaws.com/?Action=ConfirmSubscription&Token=1"
    asked = {"kind": "asked_to_confirm", "detail": {"url": url}}
    commit(installation, lambda session: report(session, "ses", "evidence", **asked))
    client = log_in(Role.ADMIN)

    before = client.get("/settings/webhooks").text
    commit(installation, lambda session: report(session, "ses", "taken", kind="delivered"))
    after = client.get("/settings/webhooks").text

    assert url.replace("&", "&amp;") in before
    assert "ConfirmSubscription" not in after


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SALES, Role.MARKETER])
def test_only_administrators_see_the_page(log_in: LogIn, role: Role) -> None:
    client = log_in(role)

    assert client.get("/settings/webhooks").status_code == 403
    assert client.post("/settings/webhooks/retry").status_code == 403
