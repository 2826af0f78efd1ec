"""Drafts of sequences: kept change by change, never over somebody else's change, never over what is published."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from abm.errors import Conflict, Invalid, NotFound
from abm.models import Campaign, Sequence, SequenceVersion
from abm.words import StepKind
from abm.work import Installation, Work, unit_of_work
from campaigns.drafts import drop_draft, free_name, get_draft, last_change, open_sequence, save_draft
from campaigns.editing import add_step
from campaigns.sequences import publish_sequence
from tests.campaigns.worlds import make_people, publish
from tests.worlds import NOON, make_user

NAME = "first_steps"
EMPTY = {"name": "fresh", "title": {"ja": "新規", "en": "Fresh"}, "steps": []}


def test_an_incomplete_sequence_is_kept_and_told_by_whom(session: Session) -> None:
    by = make_user(session, name="企画 花子").id
    draft = open_sequence(session, EMPTY, at=NOON, by=by)
    document, _ = add_step(draft.document, StepKind.MAIL)

    saved = save_draft(session, "fresh", document, etag=draft.etag, at=NOON, by=by)

    assert get_draft(session, "fresh") == saved
    assert saved.number == 1
    assert (last := last_change(session, saved.sequence.id)) is not None
    assert (last.by, last.at) == ("企画 花子", NOON)


def test_the_second_of_two_editors_is_told_and_nothing_is_lost(session: Session) -> None:
    draft = open_sequence(session, EMPTY, at=NOON, by=None)
    first, _ = add_step(draft.document, StepKind.MAIL)
    second, _ = add_step(draft.document, StepKind.WAIT)
    save_draft(session, "fresh", first, etag=draft.etag, at=NOON, by=None)

    with pytest.raises(Conflict) as refused:
        save_draft(session, "fresh", second, etag=draft.etag, at=NOON, by=None)

    assert refused.value.code == "changed_meanwhile"
    assert get_draft(session, "fresh").document == first


def test_a_change_after_publication_opens_the_next_version(session: Session) -> None:
    publish(session, make_people(session), NOON)
    draft = get_draft(session, "first_steps")
    assert draft.is_published

    saved = save_draft(session, "first_steps", {**draft.document, "priority": 2}, etag=draft.etag, at=NOON, by=None)

    assert (saved.number, saved.is_published) == (2, False)
    versions = session.scalars(select(SequenceVersion).order_by(SequenceVersion.number)).all()
    assert [one.document.get("priority") for one in versions] == [None, 2]
    assert drop_draft(session, "first_steps", at=NOON, by=None)
    assert get_draft(session, "first_steps").number == 1
    with pytest.raises(Conflict):
        drop_draft(session, "first_steps", at=NOON, by=None)


def test_of_two_changes_and_a_publication_at_the_same_moment_none_is_lost(installation: Installation) -> None:
    with unit_of_work() as work:
        publish(work.session, make_people(work.session), work.at)
        draft = get_draft(work.session, NAME)
    together = Barrier(3)

    def attempt(act: Callable[[Work], object]) -> str:
        together.wait()
        try:
            with unit_of_work() as work:
                act(work)
        except Conflict as refused:
            return refused.code
        return "done"

    def change(work: Work, priority: int) -> None:
        document = {**draft.document, "priority": priority}
        save_draft(work.session, NAME, document, etag=draft.etag, at=work.at, by=None)

    with ThreadPoolExecutor(3) as pool:
        published = pool.submit(attempt, lambda work: publish_sequence(work.session, NAME, at=work.at, nobody_yet=True))
        changed = {n: pool.submit(attempt, partial(change, priority=n)) for n in (2, 3)}

    # Whoever comes behind the publication has not seen what is out now.
    kept = [n for n, one in changed.items() if one.result() == "done"]
    assert published.result() == "done"
    assert len(kept) < 2
    assert Counter(one.result() for one in changed.values())["changed_meanwhile"] == 2 - len(kept)
    with unit_of_work() as work:
        versions = work.session.scalars(select(SequenceVersion).order_by(SequenceVersion.number)).all()
    assert [one.document.get("priority") for one in versions] == [None, kept[0] if kept else None]
    assert all(one.published_at for one in versions)


def test_a_sequence_that_was_never_published_goes_with_its_draft(session: Session) -> None:
    open_sequence(session, EMPTY, at=NOON, by=None)

    assert not drop_draft(session, "fresh", at=NOON, by=None)

    assert session.scalars(select(Sequence)).all() == []
    assert session.scalars(select(Campaign)).all() == []
    assert free_name(session, "fresh") == "fresh"
    with pytest.raises(NotFound):
        get_draft(session, "fresh")


def test_names_are_free_once(session: Session) -> None:
    open_sequence(session, EMPTY, at=NOON, by=None)

    assert free_name(session, "fresh") == "fresh_2"
    with pytest.raises(Conflict):
        open_sequence(session, EMPTY, at=NOON, by=None)
    with pytest.raises(Invalid):
        open_sequence(session, {**EMPTY, "name": "../new"}, at=NOON, by=None)
