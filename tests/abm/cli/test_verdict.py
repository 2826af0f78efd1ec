"""`abm verdict`: hits in, verdicts and reasons out, line by line, judged as one set."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from abm.cli.root import run_command
from tests.tracking.world import BROWSER, SCANNER

HIT = {
    "id": "h1",
    "at": "2026-11-13T03:05:00Z",
    "kind": "click",
    "method": "GET",
    "user_agent": BROWSER,
    "message": "m1",
    "contact": "c1",
    "domain": "acme.example",
    "link": "l1",
    "delivered_at": "2026-11-13T03:00:00Z",
}
Verdict = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def verdict(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Verdict:
    """Run the command without any installation."""
    monkeypatch.setenv("ABM_STATE_DIR", str(tmp_path / "nowhere"))

    def run(*lines: object) -> Any:
        given = "\n".join(line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
        try:
            code = run_command(["verdict"])
        except SystemExit as left:
            code = int(left.code or 0)
        assert not (tmp_path / "nowhere").exists()
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


def test_hits_are_judged_in_their_order_without_an_installation(verdict: Verdict) -> None:
    code, answers = verdict(HIT, {**HIT, "id": "h2", "message": "m2", "contact": "c2", "method": "head"})

    assert code == 0
    assert [(one["id"], one["verdict"], one["reasons"]) for one in answers] == [
        ("h1", "likely", ["browser"]),
        ("h2", "machine", ["head_request"]),
    ]
    assert all(set(one) == {"id", "verdict", "reasons", "rules"} and one["rules"] for one in answers)


def test_what_comes_later_says_who_came_before(verdict: Verdict) -> None:
    later = {**HIT, "id": "h2", "at": "2026-11-13T12:05:59+09:00", "user_agent": SCANNER}

    assert [one["verdict"] for one in verdict(HIT, later)[1]] == ["machine", "machine"]


def test_a_bad_line_is_answered_in_its_place_and_the_others_are_judged(verdict: Verdict) -> None:
    code, answers = verdict(
        "no json",
        HIT,
        "",
        {**HIT, "kind": "stare"},
        {**HIT, "at": "yesterday"},
        {**HIT, "at": None},
        {**HIT, "id": ""},
        {**HIT, "honeypot": "yes"},
        {**HIT, "minutes": "ten"},
        [1],
    )

    assert code == 1
    assert [(one["line"], one["error"]["code"], one["error"]["field"]) for one in answers if "error" in one] == [
        (1, "no_json", ""),
        (4, "unknown_kind", "kind"),
        (5, "time_unreadable", "at"),
        (6, "no_at", "at"),
        (7, "no_id", "id"),
        (8, "no_truth", "honeypot"),
        (9, "no_number", "minutes"),
        (10, "no_json", ""),
    ]
    assert [place for place, one in enumerate(answers) if "error" not in one] == [1]


def test_people_of_a_domain_that_firms_share_are_no_colleagues(verdict: Verdict) -> None:
    hits = [{**HIT, "id": name, "message": name, "contact": name} for name in "abc"]

    assert {one["verdict"] for one in verdict(*hits)[1]} == {"machine"}
    assert {one["verdict"] for one in verdict(*({**hit, "domain": "gmail.com"} for hit in hits))[1]} == {"likely"}


def test_the_networks_known_are_those_of_the_operators_file(
    verdict: Verdict, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "networks.txt"
    file.write_text("# ours\ngateway 192.0.2.0/24 the scanner\n", "utf-8")
    hit = {**HIT, "ip": "192.0.2.9"}

    assert verdict(hit)[1][0]["verdict"] == "likely"
    monkeypatch.setenv("ABM_NETWORKS_FILE", str(file))
    assert verdict(hit)[1][0]["reasons"] == ["gateway_network"]


def test_a_file_of_networks_that_cannot_be_read_is_named_with_its_line(
    verdict: Verdict, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "networks.txt"
    file.write_text("gateway 192.0.2.0/24\nperhaps 198.51.100.0/24\n", "utf-8")
    monkeypatch.setenv("ABM_NETWORKS_FILE", str(file))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))

    assert run_command(["verdict"]) == 78
    assert "line 2" in capsys.readouterr().err
