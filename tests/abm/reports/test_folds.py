"""A timeline folds what machines did and what befell several people at once, never what people did."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from abm.reports.folds import Fold, fold_lines
from abm.reports.timeline import Line
from abm.words import EnrollmentState, EventKind, ItemKind, Verdict

TOKYO = ZoneInfo("Asia/Tokyo")
ACME = uuid.UUID(int=1)
# 23:00 in Tokyo: two hours later it is tomorrow there, and still today in Greenwich.
EVENING = datetime(2026, 11, 13, 14, tzinfo=UTC)


def line(
    person: str, kind: ItemKind, *, later: timedelta = timedelta(0), account: uuid.UUID = ACME, **detail: Any
) -> Line:
    return Line(
        uuid.uuid4(),
        kind,
        EVENING + later,
        None,
        detail,
        None,
        account,
        "アクメ",
        uuid.uuid4(),
        person,
        None,
        None,
        None,
    )


def click(person: str, verdict: Verdict) -> Line:
    return line(person, ItemKind.EVENT, event=EventKind.CLICK, verdict=verdict)


def sent(person: str, step: str = "guide", **over: Any) -> Line:
    return line(person, ItemKind.MAIL_SENT, sequence="first_steps", step=step, subject="ガイドのご案内", **over)


def people(folds: list[Fold]) -> list[tuple[str, ...]]:
    return [fold.people for fold in folds]


def test_machines_in_a_row_become_one_fold() -> None:
    verdicts = [Verdict.MACHINE, Verdict.LIKELY, Verdict.MACHINE, Verdict.MACHINE]

    folds = fold_lines([click("安奈", verdict) for verdict in verdicts], TOKYO)

    assert [(fold.is_machine, len(fold.lines)) for fold in folds] == [(True, 1), (False, 1), (True, 2)]


def test_one_mail_to_several_people_on_one_day_is_one_fold_whatever_happens_between() -> None:
    lines = [sent("安奈"), click("安奈", Verdict.LIKELY), sent("文雄", later=timedelta(minutes=-50))]

    assert people(fold_lines(lines, TOKYO)) == [("安奈", "文雄"), ("安奈",)]


def test_another_mail_another_day_and_another_company_stand_apart() -> None:
    tomorrow = sent("安奈", later=timedelta(hours=2))

    lines = [tomorrow, sent("安奈"), sent("文雄", "summary"), sent("千代", account=uuid.UUID(int=2))]

    assert len(fold_lines(lines, TOKYO)) == 4


def test_people_taken_on_in_the_same_moment_are_one_fold() -> None:
    active = {"sequence": "first_steps", "state": EnrollmentState.ACTIVE}
    lines = [line(person, ItemKind.ENROLLMENT_CHANGED, **active) for person in ("安奈", "文雄")]
    later = line("千代", ItemKind.ENROLLMENT_CHANGED, later=timedelta(minutes=-5), **active)

    assert people(fold_lines([*lines, later], TOKYO)) == [("安奈", "文雄"), ("千代",)]


def test_what_people_did_themselves_is_never_folded() -> None:
    attended = [
        line(person, ItemKind.EVENT, event=EventKind.WEBINAR_ATTENDED, verdict=Verdict.PROVEN)
        for person in ("安奈", "文雄")
    ]

    assert len(fold_lines(attended, TOKYO)) == 2
