"""Files of rows: nothing in them runs, and numbers and days stay what they are."""

import io
from datetime import date
from decimal import Decimal

import pytest
from flask import Flask
from openpyxl import load_workbook

from abm.web.downloads import csv_cell, excel_answer
from abm.web.tables import Plain

RISKY = ["=1+1", "+81-3", "-2", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "＝1+1", "＠SUM(A1)"]


@pytest.mark.parametrize("text", RISKY)
def test_a_text_that_would_run_is_marked_as_text(text: str) -> None:
    assert csv_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (-5, "-5"),
        (Decimal("-1200.50"), "-1200.5"),
        (Decimal("1200000.00"), "1200000"),
        (Decimal("100"), "100"),
        (0.8, "0.8"),
        (date(2026, 1, 2), "2026-01-02"),
        ("株式会社=", "株式会社="),
        ("", ""),
    ],
)
def test_numbers_and_days_stay_what_they_are(value: Plain, written: str) -> None:
    assert csv_cell(value) == written


def test_a_workbook_holds_texts_numbers_and_days(app: Flask) -> None:
    rows: list[list[Plain]] = [["=1+1", 5, Decimal("1.5"), date(2026, 1, 2), None, "a\x00b"]]
    with app.test_request_context():
        answer = excel_answer("[名]/前", ["a", "b", "c", "d", "e", "f"], rows)

    sheet = load_workbook(io.BytesIO(answer.data)).active

    assert sheet is not None
    cells = list(sheet.iter_rows())[1]
    assert [cell.data_type for cell in cells[:4]] == ["s", "n", "n", "d"]
    assert (cells[0].value, cells[1].value, cells[5].value) == ("=1+1", 5, "ab")
    assert sheet.title == "-名--前"
