"""Files of many pieces: what one piece made or changed, the next ones know, be it planned, applied or undone."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from abm.config import Settings
from abm.importers import kinds
from abm.importers.apply import apply_import, import_now, plan_import
from abm.importers.request import Request, Upload
from abm.importers.undo import undo_import
from abm.models import Import
from abm.words import ConsentBasis

AT = datetime(2026, 11, 13, 3, tzinfo=UTC)
HEADER = "会社名,担当者名,メールアドレス,役職,郵便番号,決算月,部署,メモ\n"
KIMURA = "株式会社甲,木村 一,k@ko.example,"
# Each comes back after other rows: the person with more, the row itself, the firm by name alone, the person by name.
ROWS = (
    f"{KIMURA}課長,,,購買部,一",
    "株式会社甲,林 二,h@ko.example,,100-0001,,購買部,",
    "有限会社匿名,田中 太郎,,,,,,電話で",
    "有限会社匿名 仙台支店,佐藤 花子,,,,,,",
    f"{KIMURA}課長,,,購買部,一",
    f"{KIMURA}部長,,3,,二",
    "有限会社匿名 仙台支店,鈴木 健,,,,,,",
    "有限会社匿名,田中 太郎,,主任,,,,",
    f"{KIMURA}本部長,,,情報システム部,",
)
# What of these three nobody has seen before is new; the repeated row brings nothing; the rest changes somebody.
ACTIONS = ["create"] * 4 + ["unchanged", "update", "create", "update", "update"]
TOLD = (
    "select c.full_name, c.email, c.title, c.memo, d.name, a.name, a.postcode, a.closing_month from contacts c"
    " join accounts a on a.id = c.account_id left join departments d on d.id = c.department_id"
    " where c.archived_at is null",
    "select name, normalised_name from accounts where archived_at is null",
    "select body, contact_id is null from timeline_items",
    "select count(*) from consents where granted",
)


@pytest.fixture(params=[1, 2, 3, 100])
def piece(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many rows are decided about together."""
    monkeypatch.setattr(kinds, "PIECE", request.param)
    return int(request.param)


def upload(*rows: str) -> Upload:
    return Upload("a.csv", BytesIO((HEADER + "\n".join(rows) + "\n").encode()))


def take(session: Session, *rows: str) -> Import:
    return import_now(session, upload(*rows), Request(consent=ConsentBasis.OPT_IN), Settings(), AT)


def records(session: Session) -> list[Any]:
    return [sorted(session.execute(text(query)).all(), key=repr) for query in TOLD]


def actions(session: Session, record: Import) -> list[str]:
    query = text("select action from import_rows where import_id = :id order by line")
    return list(session.scalars(query, {"id": record.id}))


def test_a_file_comes_to_the_same_however_it_is_cut(session: Session, piece: int) -> None:
    record = take(session, *ROWS)

    people, firms, notes, consents = records(session)
    kimura = next(tuple(person) for person in people if person[0] == "木村 一")
    assert actions(session, record) == ACTIONS
    assert kimura[1:] == ("k@ko.example", "本部長", "二", "情報システム部", "株式会社甲", "100-0001", 3)
    # The branch was typed otherwise and tells nothing else of its firm: that is for a person to decide.
    assert [name for name, _ in firms] == ["有限会社匿名", "有限会社匿名", "株式会社甲"]
    assert (sorted(body for body, _ in notes), len(people), consents) == (["一", "二", "電話で"], 5, [(2,)])


def test_a_plan_shows_what_applying_does(session: Session, piece: int) -> None:
    planned = plan_import(session, upload(*ROWS), Request(), Settings(), AT)
    shown = (actions(session, planned), dict(planned.counts))
    seen = records(session)

    apply_import(session, planned.id, AT)

    assert seen == [[], [], [], [(0,)]]
    assert (actions(session, planned), planned.counts) == shown
    assert shown[0] == ACTIONS


def test_undo_puts_back_what_several_pieces_changed(session: Session, piece: int) -> None:
    take(session, f"{KIMURA}係長,,,経理部,", "有限会社匿名,田中 太郎,,,,,,")
    before = records(session)
    second = take(session, *ROWS)
    changed = records(session)

    undo_import(session, second.id, AT)

    assert changed != before
    assert records(session) == before


def test_the_same_file_again_changes_nothing(session: Session, piece: int) -> None:
    take(session, *ROWS)
    before = records(session)

    again = take(session, *ROWS)

    assert set(actions(session, again)) == {"unchanged"}
    assert records(session) == before


def test_a_plan_over_known_records_knows_what_its_own_rows_change(session: Session, piece: int) -> None:
    take(session, f"{KIMURA}係長,,,経理部,")

    planned = plan_import(session, upload(*ROWS), Request(), Settings(), AT)

    assert actions(session, planned) == ["update", *ACTIONS[1:]]
