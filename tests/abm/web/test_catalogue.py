"""The merge of new texts into the Japanese catalogue."""

from pathlib import Path

import pytest
from babel.messages.mofile import read_mo

from abm.web.catalogue import merge, read_catalogue, used_texts


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ja" / "LC_MESSAGES" / "messages.po"


def test_a_new_text_is_added_and_named_as_missing(file: Path) -> None:
    missing = merge(file, {"Save", "Cancel"}, {"Save": "保存"})

    assert missing == ["Cancel"]
    assert read_catalogue(file)["Save"].string == "保存"


def test_a_second_merge_keeps_what_the_first_brought(file: Path) -> None:
    merge(file, {"Save"}, {"Save": "保存"})

    merge(file, {"Cancel"}, {"Cancel": "取消"})

    assert {str(message.id): message.string for message in read_catalogue(file) if message.id} == {
        "Save": "保存",
        "Cancel": "取消",
    }


def test_pages_can_read_the_result(file: Path) -> None:
    merge(file, {"Hello %(name)s"}, {"Hello %(name)s": "%(name)sさん"})

    with file.with_suffix(".mo").open("rb") as compiled:
        assert read_mo(compiled)["Hello %(name)s"].string == "%(name)sさん"


def test_texts_come_from_code_and_templates(tmp_path: Path) -> None:
    for folder in ("abm/web/ui/node_modules", "tracking", "campaigns", "templates/pages"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "abm" / "web" / "page.py").write_text('_("from code")\n_l("lazily")\nprint("not this")\n')
    (tmp_path / "abm" / "web" / "ui" / "node_modules" / "other.py").write_text('_("of others")\n')
    (tmp_path / "templates" / "pages" / "show.html").write_text(
        '{{ _("from %(x)s", x=1) }} {{ several(n, "one", "many") }}'
    )

    assert used_texts(tmp_path) == {"from code", "lazily", "from %(x)s", "one", "many"}
