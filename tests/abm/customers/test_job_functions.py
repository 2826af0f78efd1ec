"""What a person's work is about, proposed from title and department."""

import pytest

from abm.customers.job_functions import job_function_of
from abm.words import JobFunction


@pytest.mark.parametrize(
    ("title", "department", "function"),
    [
        ("部長", "購買部", JobFunction.PURCHASING),
        ("課長", "情報システム部", JobFunction.INFORMATION),
        ("リーダー", "ＤＸ推進室", JobFunction.INFORMATION),
        ("課長", "営業企画部", JobFunction.SALES),
        (None, "経営企画室", JobFunction.MANAGEMENT),
        ("主任", "品質保証部", JobFunction.QUALITY),
        ("主任", "生産技術部", JobFunction.PRODUCTION),
        ("工場長", None, JobFunction.PRODUCTION),
        ("担当", "技術研究所", JobFunction.RESEARCH),
        ("設計課長", "", JobFunction.ENGINEERING),
        ("経理部長", None, JobFunction.FINANCE),
        ("Head of Procurement", None, JobFunction.PURCHASING),
        ("Sales Manager", "", JobFunction.SALES),
        ("CFO", None, JobFunction.FINANCE),
        ("部長", "人事総務部", JobFunction.PEOPLE),
        ("部長", "管理本部", JobFunction.GENERAL),
        ("センター長", "物流センター", JobFunction.LOGISTICS),
        (None, "広報室", JobFunction.MARKETING),
        ("代表取締役社長", None, JobFunction.MANAGEMENT),
    ],
)
def test_title_and_department_propose_a_function(
    title: str | None, department: str | None, function: JobFunction
) -> None:
    assert job_function_of(title, department) is function


def test_the_department_says_more_than_the_rank() -> None:
    assert job_function_of("取締役", "製造本部") is JobFunction.PRODUCTION


@pytest.mark.parametrize(("title", "department"), [(None, None), ("部長", ""), ("担当", "第一部"), ("Manager", None)])
def test_what_says_nothing_proposes_nothing(title: str | None, department: str | None) -> None:
    assert job_function_of(title, department) is None
