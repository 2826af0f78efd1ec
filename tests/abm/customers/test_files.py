"""Names of files are made safe, and what a file is follows from its name alone."""

import pytest

from abm.customers.files import LONGEST_NAME, clean_name, type_of


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("見積書 v2.pdf", "見積書 v2.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\議事録.docx", "議事録.docx"),
        ('a"b<c>.txt', "a_b_c_.txt"),
        ("line\r\nbreak.csv", "linebreak.csv"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("  .hidden. ", "hidden"),
        ("", "file"),
        ("...", "file"),
    ],
)
def test_a_name_is_its_last_part_without_signs_that_mean_something(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


def test_a_long_name_keeps_its_end() -> None:
    name = clean_name("長" * 400 + ".pdf")

    assert (len(name), name.endswith("長.pdf")) == (LONGEST_NAME, True)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.PDF", "application/pdf"), ("a.html", "application/octet-stream"), ("a", "application/octet-stream")],
)
def test_only_harmless_kinds_are_named(name: str, kind: str) -> None:
    assert type_of(name) == kind
