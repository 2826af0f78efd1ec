"""Compiling a mail: what is rewritten, what is left alone, and that doing it again changes nothing."""

import re

import pytest

from abm.errors import Invalid
from abm.words import Language, LinkKind
from campaigns.compile import MailSource, compile_mail
from campaigns.document import mail_names
from campaigns.library import library_names, read_document
from campaigns.mails import compile_folder

FOOTER = '<p>{{sender.name}} {{sender.address}} <a href="{{stop_url}}">stop</a> <a href="{{why_url}}">why</a></p>'
TEXT_FOOTER = "{{sender.name}} {{sender.address}} {{stop_url}} {{why_url}}\n"


def mail(html: str, text: str = "Hello\n", subject: str = "Hello") -> MailSource:
    return MailSource(subject, f"<html><body>{html}{FOOTER}</body></html>", text + TEXT_FOOTER)


def test_web_links_and_files_become_ours_in_order() -> None:
    source = mail("<a href=\"https://www.example.com/a?x=1&amp;y=2\">A</a> <A HREF='asset:guide'>the <b>guide</b></A>")

    compiled = compile_mail(source, Language.ENGLISH)

    assert "<a href=\"{{base}}/c/{{link.1}}\">A</a> <A HREF='{{base}}/d/{{link.2}}'>" in compiled.html
    assert [(link.n, link.kind, link.url, link.label) for link in compiled.links] == [
        (1, LinkKind.URL, "https://www.example.com/a?x=1&y=2", "A"),
        (2, LinkKind.FILE, "asset:guide", "the guide"),
    ]


def test_everything_else_stays_byte_for_byte() -> None:
    rest = (
        '<!--[if mso]><v:roundrect href="https://www.example.com/vml"></v:roundrect><![endif]-->'
        "<p>&copy; &nbsp; 髙&#xFA11; <img src='https://www.example.com/i.png'>{{ contact.family_name }}</P>"
        '<a href="mailto:a@b.example">m</a><a href="tel:+8161">t</a><a href="#top">#</a><a name=x>n</a>'
    )

    compiled = compile_mail(mail(rest), Language.ENGLISH)

    assert rest in compiled.html
    assert compiled.left_alone == ("mailto:a@b.example", "tel:+8161", "#top")
    assert compiled.links == ()


def test_an_unquoted_address_gets_its_quotes() -> None:
    compiled = compile_mail(mail("<a href=https://www.example.com/a>A</a>"), Language.ENGLISH)

    assert '<a href="{{base}}/c/{{link.1}}">' in compiled.html


def test_the_plain_text_leads_to_the_same_links() -> None:
    source = mail(
        '<a href="https://www.example.com/a">A</a>',
        "詳しくは https://www.example.com/aをご覧ください。資料（https://www.example.com/b）とasset:guide。\n",
    )

    compiled = compile_mail(source, Language.JAPANESE)

    expected = "詳しくは {{base}}/c/{{link.1}}をご覧ください。資料（{{base}}/c/{{link.2}}）と{{base}}/d/{{link.3}}。"
    assert compiled.text.startswith(expected)


def test_a_webinar_is_led_to_by_title_or_id_in_both_parts() -> None:
    source = mail(
        '<a href="webinar:原価管理 入門&amp;実践">参加</a>',
        "参加はwebinar:原価管理 入門&実践からどうぞ。次回（webinar:%E5%8E%9F%E4%BE%A1）、webinar:未定の会\n",
    )

    compiled = compile_mail(source, Language.JAPANESE)
    again = compile_mail(MailSource(compiled.subject, compiled.html, compiled.text), Language.JAPANESE)

    assert '<a href="{{base}}/w/{{link.1}}">参加</a>' in compiled.html
    expected = "参加は{{base}}/w/{{link.1}}からどうぞ。次回（{{base}}/w/{{link.2}}）、webinar:未定の会"
    assert compiled.text.startswith(expected)
    assert [(link.kind, link.url) for link in compiled.links] == [
        (LinkKind.WEBINAR, "webinar:原価管理 入門&実践"),
        (LinkKind.WEBINAR, "webinar:%E5%8E%9F%E4%BE%A1"),
    ]
    assert [(one.code, "未定の会" in one.message) for one in compiled.warnings] == [("webinar_not_linked", True)]
    assert (again.html, again.text, again.links) == (compiled.html, compiled.text, ())


def test_compiling_the_result_again_changes_nothing() -> None:
    style = "<style>p{color:red}@media (max-width:400px){p{color:blue}}</style>"
    source = MailSource(
        "Hi", f'<html><head>{style}</head><body><p><a href="https://x.example/">x</a></p></body></html>'
    )
    first = compile_mail(source, Language.ENGLISH)

    again = compile_mail(MailSource(first.subject, first.html, first.text), Language.ENGLISH)

    assert (again.html, again.text) == (first.html, first.text)
    assert again.links == ()


@pytest.mark.parametrize("name", [name for one in library_names() for name in mail_names(read_document(one))])
def test_the_librarys_mails_compile_without_a_warning_in_every_language(name: str) -> None:
    mails = compile_folder(name)

    assert {mail.language for mail in mails} == set(Language)
    for compiled in (mail.compiled for mail in mails):
        again = compile_mail(MailSource(compiled.subject, compiled.html, compiled.text), Language.ENGLISH)
        assert compiled.warnings == ()
        assert again.html == compiled.html
        assert not re.search(r"""(href|src)=["'](https?:|asset:)""", compiled.html), (
            "only links of ours, no remote fonts"
        )


def test_a_missing_footer_is_added_with_a_warning() -> None:
    compiled = compile_mail(MailSource("Hi", "<p>Hello</p>", "Hello"), Language.JAPANESE)

    assert {warning.code for warning in compiled.warnings} == {"footer_added"}
    for part in (compiled.html, compiled.text):
        assert "{{sender.name}}" in part
        assert "{{sender.address}}" in part
        assert "{{stop_url}}" in part
        assert "このメールの配信停止はこちら" in part


def test_a_missing_why_link_is_added_quietly() -> None:
    bare = "<p>{{sender.name}} {{sender.address}} {{stop_url}}</p>"

    compiled = compile_mail(MailSource("Hi", bare, "{{sender.name}} {{sender.address}} {{stop_url}}"), Language.ENGLISH)

    assert "{{why_url}}" in compiled.html
    assert "{{why_url}}" in compiled.text
    assert compiled.warnings == ()


def test_the_honeypot_is_hidden_from_people() -> None:
    compiled = compile_mail(mail("<p>Hello</p>"), Language.ENGLISH)

    trap = compiled.html[compiled.html.index("<div style=") :]
    assert 'href="{{base}}/c/{{honeypot}}"' in trap
    assert "display:none" in trap
    assert 'aria-hidden="true"' in trap
    assert 'tabindex="-1"' in trap


def test_what_is_added_stands_inside_the_body() -> None:
    compiled = compile_mail(MailSource("Hi", "<html><body>Hello</body></html>\n", "Hello"), Language.ENGLISH)

    assert compiled.html.endswith("{{pixel}}</body></html>\n")


def test_an_unknown_placeholder_and_a_link_with_one_are_warned_about() -> None:
    source = mail('{{contact.shoe_size}}<a href="https://www.example.com/{{contact.family_name}}">x</a>')

    compiled = compile_mail(source, Language.ENGLISH)

    assert [warning.code for warning in compiled.warnings] == ["link_with_placeholder", "unknown_placeholder"]
    assert compiled.links == ()


def test_a_mail_without_text_gets_one() -> None:
    source = MailSource("Hi", f'<body><p>Hello</p><a href="https://www.example.com/a">A</a>{FOOTER}</body>')

    compiled = compile_mail(source, Language.ENGLISH)

    assert "Hello\nA\n{{base}}/c/{{link.1}}" in compiled.text
    assert [warning.code for warning in compiled.warnings] == ["text_missing"]


def test_a_mail_without_subject_or_with_broken_mjml_is_refused() -> None:
    with pytest.raises(Invalid, match="subject"):
        compile_mail(mail("Hello", subject=" \n"), Language.ENGLISH)
    with pytest.raises(Invalid, match="mjml"):
        compile_mail(MailSource("Hi", "<mjml><mj-bo", is_mjml=True), Language.ENGLISH)
