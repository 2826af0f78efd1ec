"""What a form of ours posted, as names and values; whatever is no such form is empty."""

from urllib.parse import parse_qs

MOST_FIELDS = 300


def posted_fields(body: bytes) -> dict[str, list[str]]:
    """The fields of a form without files; nothing when there are too many or it is no text."""
    try:
        text = body.decode()
        return parse_qs(text, keep_blank_values=False, max_num_fields=MOST_FIELDS, errors="replace")
    except ValueError:
        return {}


def first(fields: dict[str, list[str]], name: str) -> str:
    """The first value under a name; empty when there is none."""
    return fields[name][0] if fields.get(name) else ""
