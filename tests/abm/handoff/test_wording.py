"""Tasks speak both languages, whatever happened."""

import pytest

from abm.handoff.wording import ACTS, DO_NOT_SAY, LINES, OPENING, say_opening, say_why
from abm.words import AnswerCode, BuyingRole, EventKind, Language
from abm.words.spoken import ANSWERS, ROLES
from tests.abm.scoring.ledgers import TOKYO

ANNA = {"name": "安奈 花子", "title": "部長"}


def test_every_phrase_exists_in_both_languages() -> None:
    phrases = [*ACTS.values(), *LINES.values(), *DO_NOT_SAY.values(), *ROLES.values(), *ANSWERS.values(), OPENING]

    assert all(set(phrase) == set(Language) for phrase in phrases)
    assert set(ACTS) == set(EventKind)
    assert (set(ROLES), set(ANSWERS)) == (set(BuyingRole), set(AnswerCode))


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", EventKind)
def test_any_act_can_be_told_without_knowing_what_it_was_about(kind: EventKind, language: Language) -> None:
    line = {"code": "last_act", "person": ANNA, "act": kind, "at": "2026-11-12T15:30:00Z", "about": None}

    (told,) = say_why([line], language, TOKYO)

    assert "{" not in told
    assert "None" not in told
    assert "安奈 花子" in told
    # Half past three in the afternoon of UTC is the next day in Tokyo.
    assert ("2026/11/13" if language is Language.JAPANESE else "2026-11-13") in told


def test_a_title_in_two_languages_is_told_in_the_readers() -> None:
    line = {"code": "request", "person": ANNA, "act": "download", "at": "2026-11-12T01:00:00Z"}
    line["about"] = {"ja": "導入ガイド", "en": "Starter guide"}

    (japanese,) = say_why([line], Language.JAPANESE, TOKYO)
    (english,) = say_why([line], Language.ENGLISH, TOKYO)

    assert japanese == "至急：2026/11/12 安奈 花子 様（部長）が資料「導入ガイド」をダウンロード"
    assert english == "At once: 安奈 花子 (部長) downloaded a document “Starter guide” on 2026-11-12"


def test_nothing_known_means_no_opening_line() -> None:
    assert say_opening({"topic": None}, Language.JAPANESE) is None
