"""Imports that wait: asked for once, applied by a worker, set aside when they cannot be."""

import uuid
from io import BytesIO

import pytest
from sqlalchemy import func, select, update

from abm.due import SWEEPS
from abm.errors import Conflict
from abm.importers.actors import apply_imports, undo_imports
from abm.importers.apply import plan_import
from abm.importers.request import Request, Upload
from abm.importers.waiting import apply_next, ask_to_apply, ask_to_undo
from abm.models import Contact, Import
from abm.words import ConsentBasis, ImportState
from abm.work import Installation, unit_of_work

LIST = "会社名,担当者名,メールアドレス\n株式会社アクメ,安奈 花子,anna@acme.example\n".encode()


def plan(installation: Installation, content: bytes = LIST) -> uuid.UUID:
    with unit_of_work() as work:
        upload = Upload("list.csv", BytesIO(content))
        return plan_import(work.session, upload, Request(), installation.settings, work.at).id


def ask(import_id: uuid.UUID) -> bool:
    with unit_of_work() as work:
        return ask_to_apply(work.session, import_id, ConsentBasis.OPT_IN)


def ask_back(import_id: uuid.UUID) -> bool:
    with unit_of_work() as work:
        return ask_to_undo(work.session, import_id)


def state_of(import_id: uuid.UUID) -> str:
    with unit_of_work() as work:
        return work.session.scalars(select(Import.state).where(Import.id == import_id)).one()


def is_due(sweep: str = "apply_import") -> bool:
    with unit_of_work() as work:
        return SWEEPS[sweep](work.session, work.at)


def people() -> int:
    with unit_of_work() as work:
        return work.session.scalar(select(func.count()).select_from(Contact)) or 0


def test_an_import_asked_for_waits_until_a_worker_has_applied_it(installation: Installation) -> None:
    import_id = plan(installation)

    ask(import_id)
    waiting = (state_of(import_id), is_due(), people())
    apply_imports()

    assert waiting == (ImportState.APPLYING, True, 0)
    assert (state_of(import_id), is_due(), people()) == (ImportState.APPLIED, False, 1)


def test_asking_again_and_ringing_again_changes_nothing(installation: Installation) -> None:
    import_id = plan(installation)

    asked = [ask(import_id), ask(import_id)]
    apply_imports()
    asked.append(ask(import_id))
    apply_imports()

    assert asked == [True, False, False]
    assert (state_of(import_id), people()) == (ImportState.APPLIED, 1)


def test_an_import_in_another_worker_s_hand_is_left_to_it(installation: Installation) -> None:
    import_id = plan(installation)
    ask(import_id)

    with unit_of_work() as other:
        other.session.execute(select(Import.id).where(Import.id == import_id).with_for_update())
        found = apply_next()

    assert found is False
    assert state_of(import_id) == ImportState.APPLYING


def test_an_undo_asked_for_waits_until_a_worker_has_done_it(installation: Installation) -> None:
    import_id = plan(installation)
    ask(import_id)
    apply_imports()

    asked = [ask_back(import_id), ask_back(import_id)]
    waiting = (state_of(import_id), is_due("undo_import"), people())
    undo_imports()
    undo_imports()

    assert asked == [True, False]
    assert waiting == (ImportState.UNDOING, True, 1)
    assert (state_of(import_id), is_due("undo_import"), people()) == (ImportState.UNDONE, False, 0)


def test_what_was_never_applied_cannot_be_asked_back(installation: Installation) -> None:
    with pytest.raises(Conflict, match="never applied"):
        ask_back(plan(installation))


def test_one_that_cannot_be_applied_is_set_aside_and_the_next_goes_on(installation: Installation) -> None:
    broken, good = plan(installation), plan(installation)
    with unit_of_work() as work:
        work.session.execute(update(Import).where(Import.id == broken).values(content=b" "))
    ask(broken)
    ask(good)

    apply_imports()

    assert (state_of(broken), state_of(good), people()) == (ImportState.FAILED, ImportState.APPLIED, 1)
    with unit_of_work() as work:
        problem = work.session.scalars(select(Import.problem).where(Import.id == broken)).one()
    assert problem
    assert problem["code"] == "empty_file"
