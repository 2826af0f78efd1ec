"""`abm match`: companies in, accounts and evidence out, line by line."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from abm.cli.root import run_command
from abm.work import Installation
from tests.worlds import make_account, make_contact

AOBA = {
    "id": "a1",
    "company": "株式会社青葉精機",
    "corporate_number": "5835678256246",
    "email": "kimura@aoba-seiki.co.jp",
    "phone": "022-111-2222",
    "prefecture": "宮城県",
}
Match = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def match(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Match:
    """Run the command without any installation, or on one."""

    def run(*lines: object, against: tuple[object, ...] | None = None, obj: object = None) -> Any:
        given = "\n".join(line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
        words = ["match"]
        if against is not None:
            known = tmp_path / "known.jsonl"
            known.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in against), "utf-8")
            words += ["--against", str(known)]
        try:
            code = run_command(words, obj=obj)
        except SystemExit as left:
            code = int(left.code or 0)
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


def test_a_stream_is_answered_in_its_order_without_an_installation(match: Match) -> None:
    rows = (
        {"ref": "r1", "company": "青葉精機㈱", "phone": "０２２－１１１－２２２２"},
        {"ref": "r2", "company": "東雲化学"},
    )

    code, answers = match(*rows, against=(AOBA,))

    assert code == 0
    assert answers[0] == {
        "ref": "r1",
        "match": "a1",
        "strength": "strong",
        "action": "auto",
        "evidence": [
            {"rule": "name_and_field", "ours": "青葉精機㈱ 0221112222", "theirs": "株式会社青葉精機 0221112222"}
        ],
        "candidates": [{"id": "a1", "strength": "strong"}],
    }
    assert answers[1] == {
        "ref": "r2",
        "match": None,
        "strength": "none",
        "action": "new",
        "evidence": [],
        "candidates": [],
    }


def test_weak_evidence_is_for_review(match: Match) -> None:
    code, [answer] = match({"ref": "r", "company": "青葉精機"}, against=(AOBA,))

    assert (code, answer["match"], answer["action"], answer["strength"]) == (0, None, "review", "weak")
    assert answer["candidates"] == [{"id": "a1", "strength": "weak"}]


def test_the_address_of_a_known_person_is_sure(match: Match) -> None:
    row = {"ref": "r", "company": "青葉", "email": "KIMURA@aoba-seiki.co.jp", "unknown": {"key": 1}}

    _, [answer] = match(row, against=(AOBA,))

    assert (answer["match"], answer["strength"], answer["evidence"][0]["rule"]) == ("a1", "sure", "address")


@pytest.mark.parametrize(
    ("line", "code", "field"),
    [
        ("{", "not_json", ""),
        ("[1]", "not_an_object", ""),
        ({"company": "甲"}, "no_ref", "ref"),
        ({"ref": "r"}, "no_company", "company"),
        ({"ref": "r", "company": ["甲"]}, "not_a_text", "company"),
        ({"ref": "r", "company": "甲", "email": "a@"}, "address_unusable", "email"),
        ({"ref": "r", "company": "甲" * 2_000}, "too_long", "company"),
    ],
)
def test_a_bad_line_is_told_and_stops_nothing(match: Match, line: object, code: str, field: str) -> None:
    exit_code, answers = match({"ref": "1", "company": "甲"}, "", line, {"ref": "4", "company": "乙"}, against=(AOBA,))

    assert exit_code == 1
    assert [answer.get("ref") for answer in answers] == ["1", None, "4"]
    assert (answers[1]["line"], answers[1]["error"]["code"], answers[1]["error"]["field"]) == (3, code, field)


def test_a_bad_line_of_the_known_is_named(match: Match, capsys: pytest.CaptureFixture[str]) -> None:
    code, answers = match({"ref": "1", "company": "甲"}, against=(AOBA, {"company": "甲"}))

    assert (code, answers) == (1, [])


def test_rows_do_not_influence_each_other(match: Match) -> None:
    row = {"company": "有限会社つばさ設計", "phone": "03-1111-2222", "prefecture": "東京都"}

    _, answers = match({"ref": "1", **row}, {"ref": "2", **row}, against=(AOBA,))

    assert [answer["action"] for answer in answers] == ["new", "new"]


def test_the_records_are_matched_each_row_as_if_it_were_alone(match: Match, installation: Installation) -> None:
    with Session(installation.engine) as session:
        known = make_account(session, "株式会社青葉精機", phone="0221112222", prefecture="宮城県")
        make_contact(session, known, full_name="木村 一", email="kimura@aoba-seiki.co.jp")
        account_id = str(known.id)
        session.commit()
    rows = (
        {"ref": "phone", "company": "青葉精機", "phone": "022-111-2222"},
        {"ref": "similar", "company": "青葉精器", "prefecture": "宮城県"},
        {"ref": "address", "company": "x", "email": "kimura@aoba-seiki.co.jp"},
    )

    code, together = match(*rows, obj=installation)
    alone = [match(row, obj=installation)[1][0] for row in rows]

    assert code == 0
    assert together == alone
    assert [answer["match"] for answer in together] == [account_id, None, account_id]
