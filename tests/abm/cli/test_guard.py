"""`abm guard policy`: shown, checked with lines, published once, listed."""

from pathlib import Path

import pytest
from sqlalchemy import select

from abm.models import AuditEntry, Ownership, Product
from abm.work import unit_of_work
from tests.abm.cli.conftest import Command
from tests.campaigns.worlds import make_people, publish


@pytest.fixture
def shown(abm: Command, tmp_path: Path) -> Path:
    """The live policy as it is shown."""
    file = tmp_path / "policy.yaml"
    file.write_text(abm("guard", "policy", "show").out, "utf-8")
    return file


def change(file: Path, old: str, new: str) -> Path:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    return file


def test_the_guard_is_asked_about_the_mail_of_a_step(abm: Command) -> None:
    with unit_of_work() as work:
        (anna,) = make_people(work.session)
        publish(work.session, [anna], work.at)
        product = Product(code="製品X", name="製品X")
        work.session.add(product)
        work.session.flush()
        work.session.add(Ownership(account_id=anna.account_id, product_id=product.id))

    said = abm("guard", "p0@acme.example", "--step", "guide", "--json").json

    assert said == {"answer": "skip", "until": None, "reasons": ["product_owned"]}
    assert abm("guard", "p0@acme.example", "--step", "first_steps/guide", "--json").json == said
    assert abm("guard", "p0@acme.example", "--json").json["answer"] == "send"
    assert "first_steps/guide" in abm("guard", "p0@acme.example", "--step", "nowhere").err


def test_what_is_shown_is_sound_but_says_nothing_new(abm: Command, shown: Path) -> None:
    assert abm("guard", "policy", "validate", shown, "--json").json == {"valid": True, "faults": []}
    assert "nothing differs" in abm("guard", "policy", "publish", shown).err


def test_every_fault_is_told_with_its_line_and_published_it_is_not(abm: Command, shown: Path) -> None:
    change(shown, "days: 14", "days: ten")
    line = shown.read_text("utf-8").split("days: ten")[0].count("\n") + 1

    answer = abm("guard", "policy", "validate", shown, "--json")
    refused = abm("guard", "policy", "publish", shown)

    (fault,) = answer.json["faults"]
    assert (answer.code, fault["line"], fault["place"]) == (1, line, "contacted_lately.days")
    assert refused.code == 1
    assert f"line {line}: contacted_lately.days must be a number, not ten" in refused.err
    assert abm("guard", "policy", "show", "--json").json["version"] == 1


def test_a_published_policy_counts_and_the_one_before_stays_to_be_seen(abm: Command, shown: Path) -> None:
    change(shown, "days: 14", "days: 21")

    published = abm("guard", "policy", "publish", shown, "--note", "quieter", "--json")

    assert published.json == {"version": 2, "is_live": True}
    rows = abm("guard", "policy", "versions", "--json").json["versions"]
    assert [(row["version"], row["is_live"], row["note"]) for row in rows] == [(2, True, "quieter"), (1, False, None)]
    before = abm("guard", "policy", "show", "--version", "1", "--json").json["document"]
    assert before["contacted_lately"]["days"] == 14
    with unit_of_work() as work:
        acts = work.session.scalars(select(AuditEntry.act)).all()
    assert "guard_policy.published" in acts
