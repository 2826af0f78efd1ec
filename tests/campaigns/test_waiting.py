"""Whoever waits costs nothing until they are due, and two workers fold or advance nobody twice."""

import threading
from collections import Counter
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.models import Contact
from abm.words import EventKind
from abm.work import Installation, unit_of_work
from campaigns.enrollments import HAS_DUE, has_due_enrollments
from campaigns.starting_actors import fold_everything
from tests.campaigns.test_occasions import DOWNLOADS, listening
from tests.campaigns.worlds import enrollments, make_people, publish
from tests.worlds import NOON, make_event

DAY = timedelta(days=1)
MANY_WAIT = """
    insert into enrollments (sequence_version_id, account_id, step, step_since, due_at, enrolled_at, subject_account_id)
    select e.sequence_version_id, e.account_id, 'rest', e.enrolled_at,
        cast(:at as timestamptz) + n * interval '1 minute', e.enrolled_at, uuidv7()
    from enrollments e, generate_series(1, 20000) n
"""


def test_asking_who_is_due_reads_nobody_who_waits_whatever_the_plan(session: Session) -> None:
    publish(session, make_people(session), NOON)
    session.execute(text(MANY_WAIT), {"at": NOON + DAY})
    session.execute(text("update enrollments set due_at = due_at + interval '1 day' where due_at <= :at"), {"at": NOON})
    session.execute(text("analyze enrollments"))
    assert not has_due_enrollments(session, NOON)

    session.execute(text(f"prepare asking (timestamptz) as {HAS_DUE.text.replace(':at', '$1')}"))
    plans = []
    for mode in ("force_generic_plan", "force_custom_plan"):
        session.execute(text(f"set local plan_cache_mode = {mode}"))
        plans.append("\n".join(session.scalars(text("explain execute asking ('2026-11-13')"))))
    session.execute(text("deallocate asking"))

    for plan in plans:
        assert "Index Scan using ix_enrollments_due" in plan
        assert "Index Cond: (due_at <=" in plan
        assert "Seq Scan" not in plan


def test_two_workers_take_a_person_on_once(installation: Installation) -> None:
    with unit_of_work() as work:
        people = make_people(work.session, 5)
        listening(work.session, DOWNLOADS)
        for who in people * 3:
            make_event(work.session, work.session.get_one(Contact, who.id), EventKind.DOWNLOAD, work.at)
    workers = [threading.Thread(target=fold_everything) for _ in range(3)]

    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert Counter(one.contact_id for one in enrollments(installation.engine)) == Counter(who.id for who in people)
