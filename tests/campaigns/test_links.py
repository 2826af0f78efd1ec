"""Links of a published mail: to a webinar they lead by its id or title, and say so where it is unknown."""

import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.errors import Invalid
from abm.models import Link, Webinar
from abm.tokens import TokenKind
from abm.words import Language, LinkKind
from campaigns.compile import MailSource, compile_mail
from campaigns.links import save_mail
from campaigns.mails import CompiledMail, load_stored
from tests.tracking.world import make_mail
from tests.worlds import NOON

TITLE = "原価管理 入門"


def make_webinar(session: Session, **over: Any) -> Webinar:
    webinar = Webinar(**{"title": TITLE, "held_at": NOON, "topics": ["原価管理"], **over})
    session.add(webinar)
    session.flush()
    return webinar


def publish(session: Session, url: str, topics: dict[str, list[str]] | None = None) -> uuid.UUID:
    """A mail with this link; answers its id."""
    compiled = compile_mail(MailSource("Hi", f'<p>\n<a href="{url}">Join</a></p>', "Hi"), Language.ENGLISH)
    version_id = make_mail(session).sequence_version_id
    return save_mail(session, version_id, CompiledMail("invite", Language.ENGLISH, compiled), {}, topics or {}).id


def webinar_link(session: Session, mail_id: uuid.UUID) -> Link:
    return session.scalars(select(Link).where(Link.mail_id == mail_id, Link.kind == LinkKind.WEBINAR)).one()


def test_a_webinar_is_found_by_its_title_however_it_is_spelled_and_by_its_id(session: Session) -> None:
    webinar = make_webinar(session)

    for name in (TITLE, quote(TITLE), str(webinar.id)):
        assert webinar_link(session, publish(session, f"webinar:{name}")).webinar_id == webinar.id


def test_its_link_is_about_what_the_webinar_is_about_and_carries_a_join_token(session: Session) -> None:
    make_webinar(session)

    mail_id = publish(session, f"webinar:{TITLE}", {f"webinar:{TITLE}": ["製品X", "原価管理"]})

    link = webinar_link(session, mail_id)
    stored = load_stored(session, mail_id)
    assert link.topics == ["原価管理", "製品X"]
    assert list(stored.links.values()) == [(TokenKind.WEBINAR, link.key)]


@pytest.mark.parametrize("name", ["未定の会", "00000000-0000-0000-0000-000000000000", ""])
def test_an_unknown_webinar_is_refused_with_its_place(session: Session, name: str) -> None:
    with pytest.raises(Invalid, match=r"mail invite \(en\), html:2, leads to webinar:") as refused:
        publish(session, f"webinar:{name}")

    assert (refused.value.field, refused.value.code) == ("mail.invite.html:2", "no_such_webinar")


def test_of_several_with_one_title_only_the_id_says_which(session: Session) -> None:
    first, second = (make_webinar(session, held_at=NOON + timedelta(days=days)) for days in (0, 7))

    with pytest.raises(Invalid, match=f"webinar:{first.id} .*webinar:{second.id}") as refused:
        publish(session, f"webinar:{TITLE}")

    assert refused.value.code == "several_webinars"
    assert webinar_link(session, publish(session, f"webinar:{second.id}")).webinar_id == second.id
