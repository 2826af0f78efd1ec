"""Titles: their class, and those that stand in the department column."""

import pytest

from abm.customers.titles import part_department, seniority_of
from abm.words import Seniority


@pytest.mark.parametrize(
    ("title", "seniority"),
    [
        ("代表取締役", Seniority.EXECUTIVE),
        ("取締役営業部長", Seniority.EXECUTIVE),
        ("執行役員", Seniority.EXECUTIVE),
        ("ＣＴＯ", Seniority.EXECUTIVE),
        ("Chief Marketing Officer", Seniority.EXECUTIVE),
        ("副社長", Seniority.EXECUTIVE),
        ("本部長", Seniority.DIVISION_HEAD),
        ("事業部長", Seniority.DIVISION_HEAD),
        ("Vice President", Seniority.DIVISION_HEAD),
        ("部長", Seniority.DEPARTMENT_HEAD),
        ("General Manager", Seniority.DEPARTMENT_HEAD),
        ("課長", Seniority.SECTION_HEAD),
        ("室長", Seniority.SECTION_HEAD),
        ("社長室長", Seniority.SECTION_HEAD),
        ("副部長", Seniority.SECTION_HEAD),
        ("係長", Seniority.OTHER),
        ("課長代理", Seniority.OTHER),
        ("社長秘書", Seniority.OTHER),
        ("Assistant to the CEO", Seniority.OTHER),
        ("", Seniority.OTHER),
        (None, Seniority.OTHER),
    ],
)
def test_a_title_has_a_class(title: str | None, seniority: Seniority) -> None:
    assert seniority_of(title) == seniority


@pytest.mark.parametrize(
    ("typed", "department", "title"),
    [
        ("代表取締役", "", "代表取締役"),
        ("購買部　部長", "購買部", "部長"),
        ("経営企画室", "経営企画室", ""),
        ("情報システム部", "情報システム部", ""),
        ("代表取締役社長 CEO", "", "代表取締役社長 CEO"),
        ("Vice President", "", "Vice President"),
        ("Sales", "Sales", ""),
        ("", "", ""),
    ],
)
def test_a_title_in_the_department_column_is_no_department(typed: str, department: str, title: str) -> None:
    assert part_department(typed) == (department, title)
