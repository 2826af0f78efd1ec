"""Labels that pages share with mails and chats: the same words, in the reader's language."""

from collections.abc import Mapping

from flask_babel import LazyString

from abm.web.i18n import current_language


def in_both(words: Mapping[str, Mapping[str, str]]) -> dict[str, LazyString]:
    """A label for each of these, chosen by the language of the page being made."""
    return {code: LazyString(_choose, spoken) for code, spoken in words.items()}


def _choose(spoken: Mapping[str, str]) -> str:
    return spoken[current_language()]
