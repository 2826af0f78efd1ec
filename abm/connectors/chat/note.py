"""What a chat message says, before a provider's words are put around it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Note:
    """A message about one task: finished sentences in the channel's language, and one link."""

    headline: str
    # The company, with department.
    subject: str
    # (name, value), shown side by side.
    facts: Sequence[tuple[str, str]]
    lines: Sequence[str]
    link: str
    link_title: str


def cut(text: str, longest: int) -> str:
    """A text that is at most this long, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
