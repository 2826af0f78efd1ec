"""Whoever waits for something goes on as soon as it happens, and otherwise when the time is over."""

from datetime import timedelta

from abm.words import EventKind
from abm.work import Installation, unit_of_work
from campaigns.actors import advance_enrollments
from campaigns.occasions import fold_occasions
from tests.campaigns.test_effects import BOTH, chain
from tests.campaigns.worlds import enrollments, make_people, pass_time, publish
from tests.worlds import make_event

LOOKED = {"kind": "wait", "until": {"kinds": ["key_page"]}, "lasts": {"days": 5}, "if_late": "s2"}


def test_a_wait_ends_with_the_event_and_for_the_others_with_the_time(installation: Installation) -> None:
    task = {"kind": "task", "title": BOTH}
    with unit_of_work() as work:
        reader, other = make_people(work.session, 2)
        publish(work.session, [reader, other], work.at, chain(LOOKED, task, {"kind": "exit"}))
    advance_enrollments()
    pass_time(timedelta(days=1))
    with unit_of_work() as work:
        make_event(work.session, reader, EventKind.KEY_PAGE, work.at)

    with unit_of_work() as work:
        fold_occasions(work.session, work.at)
    advance_enrollments()

    steps = {one.contact_id: one.step for one in enrollments(installation.engine)}
    assert steps == {reader.id: "s2", other.id: "s0"}
    assert {one.contact_id: one.trail.get("branches") for one in enrollments(installation.engine)} == {
        reader.id: {"s0": "yes"},
        other.id: None,
    }
    pass_time(timedelta(days=4))
    advance_enrollments()
    assert enrollments(installation.engine)[1].trail["branches"] == {"s0": "no"}
