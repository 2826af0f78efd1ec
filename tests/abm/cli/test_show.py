"""Output: people get tables, programs get JSON that keeps every value."""

import json
import uuid
from datetime import date, datetime, timedelta, timezone

import click
import pytest

from abm.cli.options import Moment
from abm.cli.show import dump, show_table
from abm.work import Installation
from tests.abm.cli.conftest import Command


def test_ids_are_strings_and_times_are_utc() -> None:
    tokyo = timezone(timedelta(hours=9))
    document = {"id": uuid.UUID(int=7), "at": datetime(2026, 11, 13, 12, tzinfo=tokyo), "on": date(2026, 11, 13)}

    assert json.loads(dump(document)) == {
        "id": "00000000-0000-0000-0000-000000000007",
        "at": "2026-11-13T03:00:00Z",
        "on": "2026-11-13",
    }


def test_japanese_stays_readable() -> None:
    assert dump({"name": "株式会社アクメ"}) == '{"name": "株式会社アクメ"}'


def test_a_long_value_is_not_cut_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    show_table([{"name": "長" * 300, "owner": None}], ("name", "owner"))

    assert "長" * 300 in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-11-13T03:00:00Z", "2026-11-13T03:00:00Z"),
        ("2026-11-13T12:00", "2026-11-13T03:00:00Z"),
        ("2026-11-13", "2026-11-12T15:00:00Z"),
    ],
)
def test_a_time_without_a_zone_is_in_the_installations(installation: Installation, typed: str, meant: str) -> None:
    with click.Context(click.Command("any"), obj=installation):
        assert dump(Moment().convert(typed, None, None)) == f'"{meant}"'


def test_a_time_nobody_can_read_is_wrong_usage(abm: Command) -> None:
    answer = abm("hits", "--since", "yesterday")

    assert answer.code == 2
    assert "2026-11-12T15:00" in answer.err
