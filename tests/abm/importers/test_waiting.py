"""Imports that wait: asked for once, applied by a worker, set aside when they cannot be."""

import uuid
from io import BytesIO

import pytest
from sqlalchemy import func, select, update

from abm.due import SWEEPS
from abm.errors import Conflict
from abm.importers.actors import apply_imports, plan_imports, undo_imports
from abm.importers.apply import plan_import
from abm.importers.request import Request, Upload
from abm.importers.sheet import Choices
from abm.importers.waiting import apply_next, ask_to_apply, ask_to_plan, ask_to_plan_again, ask_to_undo, plan_next
from abm.models import Contact, Import
from abm.words import ConsentBasis, ImportState
from abm.work import Installation, unit_of_work

LIST = "会社名,担当者名,メールアドレス\n株式会社アクメ,安奈 花子,anna@acme.example\n".encode()


def plan(installation: Installation, content: bytes = LIST) -> uuid.UUID:
    with unit_of_work() as work:
        upload = Upload("list.csv", BytesIO(content))
        return plan_import(work.session, upload, Request(), installation.settings, work.at).id


def hand_over(installation: Installation, content: bytes = LIST) -> uuid.UUID:
    """Ask for a plan of this file."""
    with unit_of_work() as work:
        upload = Upload("list.csv", BytesIO(content))
        return ask_to_plan(work.session, upload, Request(), installation.settings, work.at).id


def read_differently(installation: Installation, import_id: uuid.UUID, **mapping: str) -> bool:
    with unit_of_work() as work:
        choices = Choices(mapping=mapping)
        return ask_to_plan_again(work.session, import_id, None, choices, installation.settings)


def told(import_id: uuid.UUID) -> Import:
    with unit_of_work() as work:
        return work.session.scalars(select(Import).where(Import.id == import_id)).one()


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


def test_a_file_handed_over_waits_until_a_worker_has_read_it(installation: Installation) -> None:
    import_id = hand_over(installation)

    waiting = (state_of(import_id), is_due("plan_import"))
    plan_imports()
    plan_imports()

    assert waiting == (ImportState.PLANNING, True)
    assert (state_of(import_id), is_due("plan_import"), people()) == (ImportState.PLANNED, False, 0)
    assert told(import_id).counts["create"] == 1


def test_a_file_in_another_worker_s_hand_is_left_to_it_and_taken_over_when_that_dies(
    installation: Installation,
) -> None:
    import_id = hand_over(installation)

    with unit_of_work() as other:
        other.session.execute(select(Import.id).where(Import.id == import_id).with_for_update())
        found = plan_next()

    assert found is False
    assert plan_next() is True
    assert state_of(import_id) == ImportState.PLANNED


def test_a_file_that_cannot_be_read_says_why_keeps_its_header_and_holds_up_no_other(
    installation: Installation,
) -> None:
    broken, good = hand_over(installation, "あ,い\n1,2\n".encode()), hand_over(installation)

    plan_imports()

    assert (state_of(broken), state_of(good)) == (ImportState.UNREADABLE, ImportState.PLANNED)
    problem = told(broken).problem
    assert problem
    assert problem["code"] == "no_company_column"
    assert told(broken).found["header"] == ["あ", "い"]
    assert ask(broken) is False


def test_a_file_is_read_anew_as_somebody_says(installation: Installation) -> None:
    import_id = hand_over(installation, "あ,い\n株式会社アクメ,安奈 花子\n".encode())
    plan_imports()

    asked = [read_differently(installation, import_id, company="あ", person="い") for _ in range(2)]
    plan_imports()

    assert asked == [True, False]
    assert (state_of(import_id), told(import_id).problem) == (ImportState.PLANNED, None)
    assert told(import_id).counts["create"] == 1


def test_what_was_applied_is_not_read_anew(installation: Installation) -> None:
    import_id = plan(installation)
    ask(import_id)
    apply_imports()

    with pytest.raises(Conflict, match="has been applied"):
        read_differently(installation, import_id)


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
