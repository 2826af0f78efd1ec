"""Retention periods: what has outlived its time goes, the rest stays."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.asked import DONE, WAITING
from abm.customers.erased import refuse_erased
from abm.customers.retention import DEFAULT_DAYS, drop_outlived, has_outlived, list_retentions, set_retention
from abm.errors import Invalid
from abm.models import Consent, Event, Hit, Import, Simulation, User
from abm.tokens import Signer
from abm.words import ConsentPurpose, EventKind, FileGone, ImportState, Kept, Verdict
from tests.worlds import NOON, make_account, make_contact, make_event, make_user

DAY = timedelta(days=1)
DIGESTS = Signer([b"k" * 32]).digests


@pytest.fixture
def user(session: Session) -> User:
    return make_user(session)


def test_the_network_address_of_a_hit_goes_after_its_period(session: Session) -> None:
    kept_days = DEFAULT_DAYS[Kept.NETWORK_ADDRESSES]
    old = make_hit(session, NOON - (kept_days + 1) * DAY)
    young = make_hit(session, NOON - (kept_days - 1) * DAY)

    drop_outlived(session, DIGESTS, NOON)

    session.expire_all()
    assert (old.ip, young.ip) == (None, "192.0.2.7")


def test_the_file_of_an_import_goes_but_what_it_did_stays_known(session: Session) -> None:
    imported = make_import(session, NOON - 200 * DAY, ImportState.APPLIED)

    drop_outlived(session, DIGESTS, NOON)

    session.expire_all()
    assert (imported.content, imported.filename, imported.file_gone) == (b"", "list.csv", FileGone.OUTLIVED)


def test_a_file_under_way_stays(session: Session) -> None:
    imported = make_import(session, NOON - 200 * DAY, ImportState.APPLYING)

    drop_outlived(session, DIGESTS, NOON)

    session.expire_all()
    assert imported.content == b"x"


def test_a_simulation_goes_unless_it_still_waits(session: Session) -> None:
    asked = NOON - (DEFAULT_DAYS[Kept.SIMULATIONS] + 1) * DAY
    span = {"sequence": "first", "document": {}, "since": NOON, "until": NOON}
    for state, at in ((DONE, asked), (WAITING, asked), (DONE, asked + 2 * DAY)):
        session.add(Simulation(state=state, asked_at=at, **span))
    session.flush()

    drop_outlived(session, DIGESTS, NOON)

    left = session.execute(select(Simulation.state, Simulation.asked_at)).all()
    assert sorted(map(tuple, left)) == sorted([(WAITING, asked), (DONE, asked + 2 * DAY)])


def test_what_was_looked_through_rests_for_a_day(session: Session) -> None:
    assert has_outlived(session, NOON)
    drop_outlived(session, DIGESTS, NOON)

    assert not has_outlived(session, NOON + timedelta(hours=23))
    assert has_outlived(session, NOON + DAY)


def test_dropping_twice_drops_nothing_more(session: Session) -> None:
    make_hit(session, NOON - 90 * DAY)

    assert drop_outlived(session, DIGESTS, NOON)[Kept.NETWORK_ADDRESSES] == 1
    assert drop_outlived(session, DIGESTS, NOON + DAY)[Kept.NETWORK_ADDRESSES] == 0


def test_silent_people_are_kept_unless_somebody_says_otherwise(session: Session) -> None:
    anna = make_contact(session, make_account(session), created_at=NOON - 3000 * DAY)

    drop_outlived(session, DIGESTS, NOON)

    session.expire_all()
    assert anna.erased_at is None


def test_silent_people_are_erased_after_their_period_and_the_others_stay(session: Session, user: User) -> None:
    account = make_account(session)
    silent = make_contact(session, account, "古川 静", email="s@acme.example", created_at=NOON - 3000 * DAY)
    active = make_contact(session, account, "安奈 花子", email="a@acme.example", created_at=NOON - 3000 * DAY)
    make_event(session, active, EventKind.CLICK, NOON - 10 * DAY)
    set_retention(session, Kept.SILENT_CONTACTS, 1000, by=user.id, at=NOON)

    drop_outlived(session, DIGESTS, NOON)

    session.expire_all()
    assert (silent.erased_at, active.erased_at) == (NOON, None)
    assert session.scalar(select(Event.contact_id)) == active.id


def test_who_had_refused_mail_is_known_again_after_silence(session: Session, user: User) -> None:
    account, mail = make_account(session), ConsentPurpose.MAIL
    silent = make_contact(session, account, "古川 静", email="s@acme.example", created_at=NOON - 3000 * DAY)
    session.add(Consent(contact_id=silent.id, purpose=mail, granted=False, evidence="phone", at=NOON - 2900 * DAY))
    set_retention(session, Kept.SILENT_CONTACTS, 1000, by=user.id, at=NOON)

    drop_outlived(session, DIGESTS, NOON)

    assert refuse_erased(session, ["s@acme.example"], DIGESTS, NOON) == 1


def test_a_period_that_was_set_is_listed(session: Session, user: User) -> None:
    set_retention(session, Kept.IMPORT_FILES, 7, by=user.id, at=NOON)

    assert list_retentions(session) == {**DEFAULT_DAYS, Kept.IMPORT_FILES: 7}


def test_a_period_of_nought_keeps_for_good(session: Session, user: User) -> None:
    set_retention(session, Kept.NETWORK_ADDRESSES, 0, by=user.id, at=NOON)
    hit = make_hit(session, NOON - 3000 * DAY)

    drop_outlived(session, DIGESTS, NOON)

    session.expire_all()
    assert hit.ip == "192.0.2.7"


@pytest.mark.parametrize("days", [-1, 36_501])
def test_a_period_that_makes_no_sense_is_refused(session: Session, user: User, days: int) -> None:
    with pytest.raises(Invalid) as refused:
        set_retention(session, Kept.IMPORT_FILES, days, by=user.id, at=NOON)

    assert refused.value.field == Kept.IMPORT_FILES


def make_hit(session: Session, at: Any) -> Hit:
    hit = Hit(
        id=uuid.uuid4(), kind="click", at=at, method="GET", user_agent="x", ip="192.0.2.7",
        verdict=Verdict.UNKNOWN, reasons=[], rules="1",
    )  # fmt: skip
    session.add(hit)
    session.flush()
    return hit


def make_import(session: Session, at: Any, state: ImportState) -> Import:
    imported = Import(kind="customers", state=state, filename="list.csv", content=b"x", created_at=at)
    session.add(imported)
    session.flush()
    return imported
