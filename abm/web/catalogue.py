"""The Japanese catalogue: collects every text of code and templates, merges translations, compiles.

    .venv/bin/python -m abm.web.catalogue              merge new texts, list what is untranslated
    .venv/bin/python -m abm.web.catalogue FILE.json    the same, taking translations from {"English": "日本語"}

Nothing is ever dropped and the file is locked meanwhile, so several people may run it at once.
"""

import fcntl
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
JAPANESE = Path(__file__).parent / "translations" / "ja" / "LC_MESSAGES" / "messages.po"
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "several": (2, 3)}
CODE = ("abm", "tracking", "campaigns")


def used_texts(root: Path = ROOT) -> set[str]:
    """Every text that code or a template asks to be translated."""
    return set(_in_code(root)) | set(texts_in_templates(root))


def untranslated(catalogue: Catalog, texts: set[str]) -> list[str]:
    """Texts without a sure translation."""
    return sorted(text for text in texts if not _is_translated(catalogue, text))


def read_catalogue(file: Path = JAPANESE) -> Catalog:
    """The catalogue as it is on disk."""
    if not file.exists():
        return Catalog(locale="ja", charset="utf-8")
    with file.open("rb") as text:
        return read_po(text, locale="ja")


def merge(file: Path, texts: set[str], translations: dict[str, str]) -> list[str]:
    """Add texts and translations to the catalogue and compile it; answers what is still untranslated."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with Path(f"{file}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        catalogue = read_catalogue(file)
        for text in sorted(texts | set(translations)):
            if text not in catalogue:
                catalogue.add(text)
            if text in translations:
                catalogue[text].string = translations[text]
        _write(file, catalogue)
    return untranslated(catalogue, texts)


def main(arguments: list[str]) -> int:
    """Merge and say what is missing; 1 when something is."""
    translations = json.loads(Path(arguments[0]).read_text(encoding="utf-8")) if arguments else {}
    missing = merge(JAPANESE, used_texts(), translations)
    sys.stdout.write("".join(f"{json.dumps(text, ensure_ascii=False)}\n" for text in missing))
    return 1 if missing else 0


def _in_code(root: Path) -> Iterator[str]:
    for folder in CODE:
        found = extract_from_dir(str(root / folder), [("**.py", "python")], {}, KEYWORDS, directory_filter=_is_ours)
        for _file, _line, text, _comments, _context in found:
            yield from _texts(text)


def texts_in_templates(root: Path) -> Iterator[str]:
    """Every text that a template asks to be translated; each is filled in, so a percent sign names a place."""
    options = {"**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
    found = extract_from_dir(str(root / "templates"), [("**.html", "jinja2")], options, KEYWORDS)
    for _file, _line, text, _comments, _context in found:
        yield from _texts(text)


def _texts(found: str | tuple[str, ...]) -> tuple[str, ...]:
    """A text, or both of a counted thing: one of it, and many."""
    return (found,) if isinstance(found, str) else tuple(filter(None, found))


def _is_ours(folder: str) -> bool:
    return Path(folder).name not in {"node_modules", "static", "ui", "__pycache__"}


def _is_translated(catalogue: Catalog, text: str) -> bool:
    message = catalogue.get(text)
    if message is None or message.fuzzy:
        return False
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


def _write(file: Path, catalogue: Catalog) -> None:
    # Sorted, without line numbers, dates and names: two people's additions then touch different lines.
    fresh = Path(f"{file}.new")
    with fresh.open("wb") as out:
        write_po(out, catalogue, sort_output=True, no_location=True, omit_header=True, width=120)
    fresh.replace(file)
    with file.with_suffix(".mo").open("wb") as binary:
        write_mo(binary, catalogue)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
