"""Mails that strangers wrote: only links are touched, and only once; nothing takes long or hides the footer."""

import re
import time
from contextlib import suppress
from html import unescape

import pytest
from bs4 import BeautifulSoup
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from abm.errors import Invalid
from abm.words import Language
from campaigns.compile import Compiled, MailSource, compile_mail
from campaigns.footer import read_shown

# Pieces of mails as they are met: what a rewriting parser likes to mend, move or drop.
PIECES = (
    "<p>見積 &amp; &copy; &nbsp;&#xFA11;</p>",
    "<P CLASS=x>髙﨑</P >",
    "text < 5 && > 3",
    "<!-- a comment with <a href='https://no.example/'> -->",
    "<!--[if mso]><v:roundrect xmlns:v='urn:x' href='https://vml.example/'><![endif]-->",
    "<!--[if !mso]><!--><a href='https://ok.example/1'>a</a><!--<![endif]-->",
    "<![if !mso]><a href=https://ok.example/2>b</a><![endif]>",
    '<a href="https://ok.example/3?x=1&amp;y=%20&z">c</a>',
    "<a\n HREF = 'https://ok.example/4'\ttitle=\"a > b\">d</a\n>",
    "<a href=mailto:a@b.example>m</a><a href='tel:+81-6'>t</a><a href=#top>x</a><a href='sms:1'>s</a>",
    "<area shape=rect href=https://ok.example/5>",
    "<a href='*|UNSUB|*'>x</a> *|FNAME|* %%name%% [[x]] ${y} <% z %> {% if a %}",
    '<a href="https://ok.example/{{contact.title}}">p</a>',
    "{{ contact.family_name }} {{contact.title | 役職者 様}} {{unknown.thing}} {{#each x}}{{/each}}",
    "{{#when role=approver}}A{{#else topic=原価}}B{{#else}}C{{/when}}",
    "<table><tr><td>{{contact.title}}<tr><td>open<table>",
    "<b><i>crossed</b></i></div></td>",
    "<img src=x alt='a > b' width=1/><br/><hr>",
    "<style>p{color:red} .x>a{margin:0} @media print{p{color:blue}}</style>",
    "<style media=print>p{display:none}</style>",
    "<script>if (a<b) document.write('<a href=https://no.example/>')</script>",
    "<textarea><a href=https://no.example/></textarea>",
    "<title><a href='https://no.example/'></title>",
    "<a href=''>e</a><a href>f</a><a>g</a><a href='https://ok.example/6' href='https://no.example/'>h</a>",
    '<div style="display:none">hidden</div>',
    "<svg><a xlink:href='https://no.example/'/></svg>",
    "<p data-href='https://no.example/' title='href=https://no.example/'>q</p>",
    "<body bgcolor=white>",
    "</body>",
    "</html>\n\n",
    "\r\n\t\x0b",
    "<",
    "<!--",
    "<![CDATA[ x ]]>",
    "<?php echo 1 ?>",
    "&lt;a href=&quot;https://no.example/&quot;&gt;",
)
# What swallows half of the next piece, so that nobody can tell any more what was a link.
SWALLOWING = ("<a href='https://open.example/", "</", '<p title="', "<a ")
PAGES = st.lists(st.sampled_from(PIECES), max_size=14).map("".join).map("<p>x</p>".__add__)
TORN = st.lists(st.sampled_from((*PIECES, *SWALLOWING)), max_size=14).map("".join)
STYLES = re.compile(r'\s*style=(?:"[^"]*"|\'[^\']*\'|[^\s>]+)')
ADDED = re.compile(r'<div style="(?:padding|display)[^"]*"[^>]*>(?:(?!</div>).)*</div>|\{\{pixel\}\}', re.DOTALL)
OURS = re.compile(r"\{\{base\}\}/c/\{\{link\.\d+\}\}")


def compiled(html: str) -> Compiled:
    return compile_mail(MailSource("件名", html, "text\n"), Language.JAPANESE)


def sound(html: str) -> Compiled:
    """The mail compiled; a block that what stands before it tears apart is refused, and no subject here."""
    try:
        return compiled(html)
    except Invalid as error:
        if error.code in ("block_in_tag", "hidden_footer"):
            reject()
        raise


def compiled_again(made: Compiled) -> str:
    """The HTML that comes of compiling the result; its text is the same and it has no links of its own."""
    again = compile_mail(MailSource(made.subject, made.html, made.text), Language.JAPANESE)
    assert (again.text, again.links) == (made.text, ())
    return again.html


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PAGES)
def test_only_links_styles_and_what_is_added_differ_and_doing_it_again_changes_nothing(html: str) -> None:
    made = sound(html)

    assert compiled_again(made) == made.html
    # Everything between the rewritten places is what it was, and each of them was what is told about it.
    between = OURS.split(_bare(ADDED.sub("", made.html)))
    found = re.fullmatch("(.*?)".join(map(re.escape, between)), _bare(ADDED.sub("", html)), re.DOTALL)
    assert found
    assert [unescape(was).strip() for was in found.groups()] == [_bare(link.url) for link in made.links]
    assert all(link.url.startswith("https://ok.example/") for link in made.links)


def _bare(html: str) -> str:
    return STYLES.sub("", html).replace("'", "").replace('"', "")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TORN)
def test_the_footer_can_always_be_seen_by_everybody(html: str) -> None:
    made = sound(html)

    assert compiled_again(made) == made.html
    assert read_shown(made.html).has_footer
    # A browser's own way of reading agrees: neither comments nor tags that never end swallow the stop link.
    links = BeautifulSoup(made.html, "html.parser")("a")
    assert any("{{stop_url}}" in str(link.get("href")) and link.get_text(strip=True) for link in links)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet="<>!-[]{}#/='\" \nahrefstyl:;&|@().,%", max_size=200))
def test_whatever_signs_stand_there_it_is_compiled_or_refused_and_stays_the_same(html: str) -> None:
    try:
        made = compiled(html)
    except Invalid:
        return

    assert compile_mail(MailSource(made.subject, made.html, made.text), Language.JAPANESE).html == made.html


@pytest.mark.parametrize(
    "hiding",
    [
        "<div style='display: none'>{}</div>",
        "<!-- {} -->",
        "<div hidden>{}</div>",
        "<p style='font-size:0'>{}</p>",
        "<p style='visibility:hidden'>{}</p>",
        "<p style='opacity:0'>{}</p>",
        "<div style='max-height:0;overflow:hidden'>{}</div>",
        "<style>.f{{display:none}}</style><p class=f>{}</p>",
        "{{{{#when role=approver}}}}{}{{{{/when}}}}",
        "<template>{}</template>",
    ],
)
def test_a_footer_nobody_sees_is_none(hiding: str) -> None:
    footer = '{{sender.name}} {{sender.address}} <a href="{{stop_url}}">stop</a>'

    made = compiled(f"<body>{hiding.format(footer)}<p>hello</p></body>")

    assert {one.about for one in made.warnings if one.code == "footer_added"} == {"html", "text"}


@pytest.mark.parametrize("open_end", ["<!--", "<style>", "<div style='display:none'>", "<a href='", "<textarea>"])
def test_what_never_ends_cannot_swallow_the_footer(open_end: str) -> None:
    made = compiled(f"<html><body><p>hello</p>{open_end}")

    assert read_shown(made.html).has_footer


def test_a_page_that_hides_everything_is_refused() -> None:
    with pytest.raises(Invalid, match="hides everything"):
        compiled("<html><body style='display:none'><p>hello</p></body></html>")


@pytest.mark.parametrize("piece", ["<!", "<!--", "<a ", "<a href=", '<a href="', "</", "<![", "&", "{{", "{{a|", "@{"])
def test_no_mail_takes_long(piece: str) -> None:
    html = piece * (60_000 // len(piece))
    began = time.process_time()

    with suppress(Invalid):
        compiled(f"<style>{html}</style>{html}")

    assert time.process_time() - began < 20, "far above what it takes, far below what a pattern gone wild would"


@pytest.mark.parametrize("piece", ["<div>", "<mj-wrapper>", "<table><tr><td>"])
def test_a_mail_nested_without_end_is_refused_before_it_ends_us(piece: str) -> None:
    for source in (
        MailSource("x", piece * 10_000, "x"),
        MailSource("x", f"<mjml><mj-body><mj-text>{piece * 10_000}</mj-text></mj-body></mjml>", is_mjml=True),
    ):
        with pytest.raises(Invalid, match="500 tags"):
            compile_mail(source, Language.ENGLISH)
