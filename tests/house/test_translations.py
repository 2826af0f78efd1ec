"""Whatever a page says in English it also says in Japanese."""

import re

from abm.web.catalogue import ROOT, read_catalogue, texts_in_templates, untranslated, used_texts
from abm.web.labels import LABELS

NAMED = re.compile(r"%\(\w+\)s")
SIGN = re.compile(r"(?<!%)%(?!%|\(\w+\)s)")


def test_texts_are_found_in_code_and_templates() -> None:
    assert {"Mail address or password is not right.", "Skip to the content"} <= used_texts()


def test_every_text_has_a_japanese_one() -> None:
    assert untranslated(read_catalogue(), used_texts()) == [], "see abm/web/catalogue.py"


def test_every_translation_keeps_the_named_values() -> None:
    broken = [
        message.id
        for message in read_catalogue()
        if isinstance(message.id, str) and message.string and isinstance(message.string, str)
        if sorted(set(NAMED.findall(message.id))) != sorted(set(NAMED.findall(message.string)))
    ]

    assert broken == []


def test_no_text_of_a_template_holds_a_bare_percent_sign() -> None:
    texts = set(texts_in_templates(ROOT))

    read_as_a_place = [
        message.id
        for message in read_catalogue()
        if message.id in texts and SIGN.search(f"{message.id}{message.string}")
    ]

    assert read_as_a_place == []


def test_nothing_is_marked_as_unsure() -> None:
    assert [message.id for message in read_catalogue() if message.fuzzy and message.id] == []


def test_every_value_of_a_labelled_word_has_its_label() -> None:
    assert {kind.__name__: set(kind) - set(table) for kind, table in LABELS.items() if set(kind) - set(table)} == {}
