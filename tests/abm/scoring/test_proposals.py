"""Proposals: what answers of sales speak for, and that too few of them speak for nothing."""

from collections.abc import Sequence

from abm.scoring.live import default_document
from abm.scoring.model import read_model
from abm.scoring.proposals import Handed, propose, sum_up
from abm.scoring.score import base_points
from abm.words import AnswerCode, EventKind, ProposalKind, Tier

DOCUMENT = default_document()


def handed(
    answer: AnswerCode, times: int, kind: str = EventKind.CLICK, tier: Tier = Tier.ONE_TO_MANY, industry: str = "製造業"
) -> list[Handed]:
    """So many hand-offs that rested on one kind of event and got this answer."""
    return [Handed(answer, tier, industry, {kind: 0.8, EventKind.OPEN: 0.2})] * times


def kinds_of(answers: Sequence[Handed]) -> list[tuple[ProposalKind, str]]:
    """What is proposed, in short."""
    return [(one.kind, one.subject) for one in propose(answers, DOCUMENT)]


def test_few_answers_speak_for_nothing() -> None:
    assert propose(handed(AnswerCode.FALSE_SIGNAL, 4), DOCUMENT) == []


def test_a_kind_behind_false_signals_is_to_earn_half() -> None:
    answers = handed(AnswerCode.FALSE_SIGNAL, 6) + handed(AnswerCode.MEETING, 8, EventKind.INQUIRY)

    proposal = propose(answers, DOCUMENT)[0]

    assert (proposal.kind, proposal.subject) == (ProposalKind.LOWER_POINTS, EventKind.CLICK)
    assert (proposal.old, proposal.new, proposal.turned_down) == (1.0, 0.5, 6)
    assert read_model(proposal.document).kinds["click"].base == 0.5


def test_a_kind_that_is_paid_by_the_minute_is_to_earn_half_for_each() -> None:
    answers = handed(AnswerCode.NO_NEED, 6, EventKind.WEBINAR_ATTENDED)

    proposal = propose(answers, DOCUMENT)[0]

    assert (proposal.kind, proposal.subject) == (ProposalKind.LOWER_POINTS, EventKind.WEBINAR_ATTENDED)
    assert (proposal.old, proposal.new) == (20, 10)
    model = read_model(proposal.document)
    assert [base_points("webinar_attended", minutes, model) for minutes in (30.0, 60.0, 90.0)] == [5, 10, 10]


def test_the_document_in_force_is_left_as_it_is() -> None:
    before = default_document()

    propose(handed(AnswerCode.FALSE_SIGNAL, 6), DOCUMENT)

    assert before == DOCUMENT


def test_a_kind_that_gave_little_is_not_blamed() -> None:
    assert (ProposalKind.LOWER_POINTS, EventKind.OPEN) not in kinds_of(handed(AnswerCode.FALSE_SIGNAL, 9))


def test_hand_offs_that_come_too_early_speak_for_a_higher_threshold() -> None:
    answers = handed(AnswerCode.NOT_NOW, 6, tier=Tier.ONE_TO_FEW) + handed(AnswerCode.MEETING, 5, tier=Tier.ONE_TO_FEW)

    proposal = propose(answers, DOCUMENT)[0]

    assert (proposal.kind, proposal.subject, proposal.new) == (ProposalKind.RAISE_THRESHOLD, Tier.ONE_TO_FEW, 37.5)


def test_companies_that_do_not_fit_speak_for_a_rule_of_fit() -> None:
    answers = handed(AnswerCode.NOT_FIT, 6, industry="学校") + handed(AnswerCode.MEETING, 9)

    proposal = next(one for one in propose(answers, DOCUMENT) if one.kind is ProposalKind.FIT_RULE)

    fit = read_model(proposal.document).fit
    assert not fit.passes({"account.industry": "学校"})
    assert fit.passes({"account.industry": "製造業"})
    assert fit.passes({"account.industry": None})


def test_answers_are_summed_by_rule() -> None:
    answers = handed(AnswerCode.FALSE_SIGNAL, 3) + handed(AnswerCode.MEETING, 2)

    rule = sum_up(answers)["kinds"][0]

    assert (rule.name, rule.answered, rule.turned_down, rule.won) == ("click", 5, 3, 2)
    assert rule.by_answer == {"false_signal": 3, "meeting": 2}
