"""What a marketer says of a verdict wins over the rules until it is withdrawn, and scores follow."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from abm.errors import Conflict, Invalid, NotFound
from abm.models import Account, AuditEntry, Event, Hit, Refold
from abm.tokens import Signer
from abm.words import HitKind, Verdict
from tests.tracking.world import Sent, did, make_mail, make_message, send_mail
from tests.worlds import NOON, make_contact, make_user
from tracking import hit as hits
from tracking import overrules
from tracking.copying import copy_hits
from tracking.judging import make_places
from tracking.overrules import (
    Said,
    follow_next_overrule,
    has_overrules_to_follow,
    overrule_hit,
    overrule_visitor,
    withdraw_overrule,
)
from tracking.record import record_batch

PLACES = make_places()
GATEWAY = {"ip": "185.66.1.9", "user_agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/130 Safari/537.36"}
HOUR = 3600


@pytest.fixture
def sent(session: Session) -> Sent:
    return send_mail(session, Signer([b"a secret for tests that is long enough"]), delivered_at=NOON)


def record(session: Session, *arrived: hits.Hit) -> list[hits.Hit]:
    copy_hits(session, arrived)
    while record_batch(session):
        pass
    session.expire_all()
    return list(arrived)


def said(session: Session, verdict: Verdict = Verdict.LIKELY, reason: str = "She told me so") -> Said:
    return Said(verdict, reason, make_user(session, email=f"{verdict}@us.example").id, NOON + timedelta(days=1))


def verdicts(session: Session, *judged: hits.Hit) -> list[str]:
    session.expire_all()
    return [session.get_one(Hit, hit.id).verdict for hit in judged]


def follow(session: Session) -> int:
    """What workers do after something was said of a domain; in so many pieces."""
    pieces = 0
    while follow_next_overrule(session, PLACES):
        pieces += 1
    return pieces


def test_one_hit_is_what_somebody_says_and_scores_and_audit_follow(session: Session, sent: Sent):
    click = record(session, did(sent, HitKind.CLICK, 5))[0]
    session.execute(text("delete from refolds"))

    overrule_hit(session, click.id, said(session), PLACES)

    assert verdicts(session, click) == ["likely"]
    assert session.get_one(Hit, click.id).reasons == ["overruled"]
    assert set(session.scalars(select(Event.verdict))) == {"likely"}
    assert session.scalars(select(Refold.contact_id)).all() == [sent.contact.id]
    audit = session.scalars(select(AuditEntry).where(AuditEntry.act == "verdict.overruled")).one()
    assert (str(audit.subject_id), audit.detail["reason"]) == (click.id, "She told me so")


def test_what_was_said_wins_in_later_judgings_too(session: Session, sent: Sent):
    click = record(session, did(sent, HitKind.CLICK, HOUR))[0]
    overrule_hit(session, click.id, said(session), PLACES)

    record(session, did(sent, HitKind.CLICK, HOUR + 1, link_key=sent.honeypot.key, honeypot=True))

    assert verdicts(session, click) == ["likely"]


def test_withdrawn_the_rules_speak_again(session: Session, sent: Sent):
    click = record(session, did(sent, HitKind.CLICK, 5))[0]
    one = overrule_hit(session, click.id, said(session), PLACES)

    withdraw_overrule(session, one.id, by=one.said_by, at=NOON, places=PLACES)

    assert verdicts(session, click) == ["machine"]
    with pytest.raises(Conflict):
        withdraw_overrule(session, one.id, by=one.said_by, at=NOON, places=PLACES)


def test_a_machine_that_was_a_person_frees_what_was_judged_by_it(session: Session, sent: Sent):
    trap, click = record(
        session,
        did(sent, HitKind.CLICK, HOUR, link_key=sent.honeypot.key, honeypot=True),
        did(sent, HitKind.CLICK, HOUR + 30),
    )
    assert verdicts(session, click) == ["machine"]

    overrule_hit(session, trap.id, said(session), PLACES)

    assert verdicts(session, trap, click) == ["likely", "likely"]


def test_all_that_a_gateway_did_and_will_do_at_a_firm_is_what_somebody_says(session: Session, sent: Sent):
    account = session.get_one(Account, sent.contact.account_id)
    other = make_message(
        session, make_contact(session, account, "別人 太郎", "b@acme.example"), make_mail(session), delivered_at=NOON
    )
    first, second, elsewhere = record(
        session,
        did(sent, HitKind.CLICK, HOUR, **GATEWAY),
        did(sent, HitKind.CLICK, 2 * HOUR, message_key=other.key, **GATEWAY),
        did(sent, HitKind.CLICK, 3 * HOUR, ip="203.0.113.9"),
    )

    overrule_visitor(session, first.id, said(session, Verdict.MACHINE, "Their scanner"), PLACES)
    follow(session)

    assert verdicts(session, first, second, elsewhere) == ["machine", "machine", "likely"]
    assert verdicts(session, *record(session, did(sent, HitKind.DOWNLOAD, 9 * HOUR, **GATEWAY))) == ["machine"]


def test_a_domain_is_followed_piece_by_piece_and_again_when_it_is_withdrawn(
    session: Session, sent: Sent, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(overrules, "MESSAGES_AT_ONCE", 1)
    other = make_message(session, sent.contact, make_mail(session), delivered_at=NOON)
    clicks = record(
        session,
        did(sent, HitKind.CLICK, HOUR, **GATEWAY),
        did(sent, HitKind.CLICK, 2 * HOUR, message_key=other.key, **GATEWAY),
    )
    one = overrule_visitor(session, clicks[0].id, said(session, Verdict.MACHINE, "Their scanner"), PLACES)
    assert has_overrules_to_follow(session)

    follow_next_overrule(session, PLACES)
    half = verdicts(session, *clicks), one.judging["judged"]
    rest = follow(session)
    all_of_them = verdicts(session, *clicks)
    withdraw_overrule(session, one.id, by=one.said_by, at=NOON, places=PLACES)
    follow(session)

    assert half == (["machine", "likely"], 1)
    assert (rest, all_of_them, has_overrules_to_follow(session)) == (2, ["machine", "machine"], False)
    assert verdicts(session, *clicks) == ["likely", "likely"]


@pytest.mark.parametrize(
    ("verdict", "reason", "field"),
    [(Verdict.LIKELY, " ", "reason"), (Verdict.PROVEN, "because", "verdict"), (Verdict.MACHINE, "x" * 1001, "reason")],
)
def test_it_takes_a_verdict_that_can_be_said_and_a_reason(
    session: Session, sent: Sent, verdict: Verdict, reason: str, field: str
):
    click = record(session, did(sent, HitKind.CLICK, HOUR))[0]

    with pytest.raises(Invalid) as refused:
        overrule_hit(session, click.id, said(session, verdict, reason), PLACES)

    assert refused.value.field == field


def test_of_a_shared_domain_only_one_hit_can_be_said(session: Session, sent: Sent):
    session.execute(text("update messages set email = 'anna@gmail.com'"))
    click = record(session, did(sent, HitKind.CLICK, HOUR))[0]

    with pytest.raises(Invalid, match="many firms"):
        overrule_visitor(session, click.id, said(session), PLACES)


def test_of_a_hit_that_is_not_there_nothing_can_be_said(session: Session, sent: Sent):
    with pytest.raises(NotFound):
        overrule_hit(session, hits.new_hit_id(), said(session), PLACES)
