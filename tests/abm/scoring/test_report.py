"""The report adds up, for every subject and at every time."""

import uuid
from datetime import timedelta
from math import fsum

import pytest
from sqlalchemy.orm import Session

from abm.errors import NotFound
from abm.models import Contact
from abm.scoring.fold import fold_next_batch
from abm.scoring.live import default_document, get_version
from abm.scoring.publish import Publishing, publish_model
from abm.scoring.report import Shown, score_report, score_reports
from abm.words import BuyingRole, EventKind, Seniority, Stage, Verdict
from tests.abm.scoring.ledgers import MONDAY, TOKYO
from tests.worlds import make_account, make_contact, make_department, make_event

ASKED = MONDAY + timedelta(days=10)


@pytest.fixture
def anna(session: Session) -> Contact:
    """A department head in purchasing, with a colleague elsewhere; a week of acts, folded."""
    account = make_account(session)
    purchasing = make_department(session, account)
    anna = make_contact(session, account, department_id=purchasing.id, seniority=Seniority.DEPARTMENT_HEAD)
    anna.buying_role = BuyingRole.DECISION_MAKER
    bo = make_contact(session, account, "坊 太郎", "bo@acme.example")
    for hour in range(7):
        make_event(session, anna, EventKind.CLICK, MONDAY + timedelta(minutes=hour))
        make_event(session, bo, EventKind.DOWNLOAD, MONDAY + timedelta(days=hour), verdict=Verdict.PROVEN)
    make_event(session, anna, EventKind.WEBINAR_ATTENDED, ASKED, verdict=Verdict.PROVEN, minutes=60)
    make_event(session, anna, EventKind.OPEN, MONDAY, verdict=Verdict.UNKNOWN)
    while fold_next_batch(session, ASKED, TOKYO):
        pass
    return anna


def test_values_add_up_to_points_and_shown_rows_to_the_shown_total(session: Session, anna: Contact) -> None:
    for over in ({}, {"contact_id": anna.id}, {"department_id": anna.department_id}):
        report = score_report(session, anna.account_id, at=ASKED, **over)

        assert abs(fsum(row["value"] for row in report["entries"]) - report["points"]) <= 1e-9
        assert round(sum(row["shown"] for row in report["entries"]), 1) == report["shown"]


def test_an_entry_tells_how_it_came_about(session: Session, anna: Contact) -> None:
    report = score_report(session, anna.account_id, contact_id=anna.id, at=ASKED)

    newest = report["entries"][0]
    told = {key: newest[key] for key in ("kind", "base", "seniority", "verdict", "factor", "half_life_days", "entry")}
    assert told == {
        "kind": "webinar_attended",
        "base": 20,
        "seniority": 1.25,
        "verdict": "proven",
        "factor": 1,
        "half_life_days": 30,
        "entry": 25,
    }
    assert sum(row["capped"] for row in report["entries"]) == 2


def test_the_vector_describes_the_buying_group(session: Session, anna: Contact) -> None:
    vector = score_report(session, anna.account_id, at=ASKED)["vector"]

    assert vector["breadth"] == 2
    assert vector["coverage"] == pytest.approx(1 / 3)
    assert vector["recency"] == 0
    # Neither gives more than one and a half times the other.
    assert vector["depth"] == pytest.approx(vector["counted_depth"])
    # This week: 25 and three downloads of 3.75; before: five clicks of 1.25 and four downloads, over three weeks.
    assert vector["momentum"] == pytest.approx((25 + 3 * 3.75) / ((5 * 1.25 + 4 * 3.75) / 3))


def test_the_past_is_told_as_it_was(session: Session, anna: Contact) -> None:
    first_day = score_report(session, anna.account_id, at=MONDAY + timedelta(hours=1))

    # Five clicks of 1.25 and one download of 3.75, an hour or less old.
    assert first_day["points"] == pytest.approx(10, abs=0.05)
    assert (first_day["stage"], first_day["mqa"]) == (Stage.ALL_OTHERS, False)


def test_nobody_knows_an_unknown_account(session: Session) -> None:
    with pytest.raises(NotFound):
        score_report(session, uuid.uuid4(), at=ASKED)


def test_a_report_for_a_page_sums_up_what_it_leaves_out(session: Session, anna: Contact) -> None:
    for day in range(5):
        make_event(session, anna, EventKind.OPEN, MONDAY - timedelta(days=day), verdict=Verdict.MACHINE)
    while fold_next_batch(session, ASKED, TOKYO):
        pass

    whole = score_report(session, anna.account_id, at=ASKED)
    brief = score_report(session, anna.account_id, at=ASKED, most=Shown(without_points=2, with_points=1))

    others = brief["left_out"]
    counted = [entry["shown"] for entry in brief["entries"] if entry["shown"]]
    assert len(brief["entries"]) + others["with_points"] + others["without_points"] == len(whole["entries"])
    assert len(counted) == 1
    assert others["without_points"] > 0
    assert sum(counted) + others["shown"] == pytest.approx(brief["shown"])
    assert brief["entries"] == [entry for entry in whole["entries"] if entry in brief["entries"]]
    assert brief["points"] == pytest.approx(whole["points"], abs=1e-4)
    assert (brief["shown"], brief["vector"]) == (whole["shown"], pytest.approx(whole["vector"]))


def test_a_page_knows_the_last_human_act_also_where_it_gave_no_points(session: Session, anna: Contact) -> None:
    on_friday = MONDAY + timedelta(days=4)
    for minute in range(7):
        make_event(session, anna, EventKind.CLICK, on_friday + timedelta(minutes=minute))
    # Behind her last act, the seventh of its day, nothing but an open follows.
    make_event(session, anna, EventKind.OPEN, on_friday + timedelta(hours=1), verdict=Verdict.UNKNOWN)
    while fold_next_batch(session, ASKED, TOKYO):
        pass
    asked = on_friday + timedelta(hours=2)

    whole = score_report(session, anna.account_id, contact_id=anna.id, at=asked)
    page = score_report(session, anna.account_id, contact_id=anna.id, at=asked, most=Shown(without_points=1))

    assert whole["vector"]["recency"] == page["vector"]["recency"] == pytest.approx((2 - 0.1) / 24)


def test_topics_and_products_have_scores_of_their_own(session: Session, anna: Contact) -> None:
    about = {"topics": ["原価", "調達"], "product": "P1"}
    make_event(session, anna, EventKind.REPLY, ASKED, verdict=Verdict.PROVEN, **about)
    make_event(session, anna, EventKind.KEY_PAGE, ASKED, verdict=Verdict.PROVEN, topics=["調達"])
    make_event(session, anna, EventKind.REPLY, ASKED, verdict=Verdict.UNKNOWN, topics=["物流"], product="P2")
    fold_next_batch(session, ASKED, TOKYO)

    for over in ({}, {"contact_id": anna.id}, {"department_id": anna.department_id}):
        report = score_report(session, anna.account_id, at=ASKED, **over)

        # What is about two topics counts whole for both.
        assert list(report["topics"].items()) == [("調達", 25 + 6.25), ("原価", 25)]
        assert report["products"] == {"P1": 25}


def test_what_was_learnt_later_is_marked_in_the_receipt_of_an_earlier_moment(session: Session, anna: Contact) -> None:
    late = make_event(session, anna, EventKind.REPLY, MONDAY, verdict=Verdict.PROVEN)
    fold_next_batch(session, ASKED + timedelta(days=1), TOKYO)

    then = score_report(session, anna.account_id, at=ASKED)
    now = score_report(session, anna.account_id, at=ASKED + timedelta(days=1))

    assert [row["event"] for row in then["entries"] if row["late"]] == [str(late.id)]
    assert not any(row["late"] for row in now["entries"])


def test_reports_of_several_accounts_are_those_of_each(session: Session, anna: Contact) -> None:
    silent = make_account(session, "株式会社ゼータ")
    other = make_contact(session, make_account(session, "株式会社ベータ"), email="cho@beta.example")
    make_event(session, other, EventKind.DEMO_REQUEST, ASKED, verdict=Verdict.PROVEN)
    fold_next_batch(session, ASKED, TOKYO)
    ids = [anna.account_id, silent.id, other.account_id]

    assert score_reports(session, ids, ASKED) == {one: score_report(session, one, at=ASKED) for one in ids}
    assert {one: report["mqa"] for one, report in score_reports(session, ids, ASKED).items()}[other.account_id]


def test_a_model_that_weighs_by_role_and_fit_is_told_so_that_rows_still_add_up(session: Session) -> None:
    account = make_account(session, industry="製造")
    for number, role in enumerate((BuyingRole.DECISION_MAKER, BuyingRole.PRACTITIONER, None)):
        who = make_contact(session, account, f"人 {number}", f"{number}@acme.example", buying_role=role)
        make_event(session, who, EventKind.REPLY, MONDAY, verdict=Verdict.PROVEN)
    roles = {"decision_maker": 100, "practitioner": 60}
    is_maker = {"field": "account.industry", "op": "contains", "value": "製造"}
    document = {
        **default_document(),
        "weights": {"normalised_over": "roles_present", "roles": roles},
        "fit": {"rules": [{"name": "maker", "when": is_maker}, {"name": "not", "when": {"not": [is_maker]}}]},
    }
    publish_model(session, document, Publishing(get_version(session).version, MONDAY, None, despite="a test"))
    fold_next_batch(session, MONDAY, TOKYO)

    report = score_report(session, account.id, at=MONDAY)

    # Each reply is worth 20 × 0.75 = 15, and the two roles present weigh 100 and 60 of 160.
    assert report["points"] == pytest.approx(15)
    assert sorted(entry["value"] for entry in report["entries"]) == pytest.approx([0, 5.625, 9.375])
    assert report["vector"]["fit"] == 0.5
    session.refresh(account)
    vector = report["vector"]
    assert (vector["depth"], vector["counted_depth"]) == pytest.approx((account.depth, account.counted_depth))
