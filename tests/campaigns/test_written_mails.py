"""Mails as they were written, sent: blocks picked for each reader, fallbacks filled, and a test to oneself."""

import uuid
from dataclasses import replace
from email import message_from_bytes, policy

from sqlalchemy import select

from abm.connectors.mail.mailbox import list_caught
from abm.models import CaughtMail, Event, Message
from abm.words import EventKind, Language, MailKind, MessageState, SendReason, Verdict
from abm.work import Installation, unit_of_work, use_installation
from campaigns.actors import advance_enrollments
from campaigns.addressing import Recipient
from campaigns.blocks import chosen
from campaigns.compile import MailSource
from campaigns.mail_templates import MailText, create_mail, get_written, publish_mail
from campaigns.render import make_skeleton, render
from campaigns.trial import plan_trial
from campaigns.trial_sending import send_trial, send_trial_mail, trials_wait
from tests.campaigns.test_render import ANNA, SENT_AT, SETTINGS, SIGNER, letter, part, read, stored
from tests.campaigns.worlds import mailbox, publish, send_all
from tests.worlds import make_account, make_contact

BLOCKS = (
    "{{#when role=decision_maker, approver}}\n決裁者向け {{contact.title|役職不明}}\n"
    "{{#else topic=原価管理}}\n原価の話 https://www.example.com/cost\n{{#else department=購買}}\n購買の話\n"
    "{{#else}}\nみなさま\n{{/when}}\n締めの言葉\n"
)
NOBODY = replace(ANNA, department="", title="")


def said_to(who: Recipient, text: str = BLOCKS) -> tuple[str, str]:
    """Both parts of the mail as one person gets them, without the footer."""
    html = text.replace("\n", "<br>\n")
    raw = render(make_skeleton(stored(MailSource("x", f"<p>{html}</p>", text)), SETTINGS), letter(who), SIGNER, SENT_AT)
    message = read(raw)
    return part(message, "plain").partition("締めの言葉")[0], part(message, "html").partition("締めの言葉")[0]


def test_each_reader_gets_one_way_of_a_block_in_both_parts() -> None:
    boss = replace(NOBODY, role="approver")
    keen = replace(NOBODY, topics=frozenset({"原価管理", "x"}))
    buyer = replace(NOBODY, department="第一購買部")

    assert said_to(boss)[0].strip() == "決裁者向け 役職不明"
    assert said_to(replace(boss, title="部長"))[0].strip() == "決裁者向け 部長"
    assert said_to(keen)[0].startswith("原価の話 https://abm.sender.example/c/")
    assert said_to(buyer)[0].strip() == "購買の話"
    assert said_to(NOBODY)[0].strip() == "みなさま"
    for who in (boss, keen, buyer, NOBODY):
        plain, html = said_to(who)
        assert sum(word in html for word in ("決裁者向け", "原価の話", "購買の話", "みなさま")) == 1
        assert plain.split()[0] in html


def test_what_is_picked_when_sending_is_what_the_preview_picks() -> None:
    for who in (NOBODY, replace(NOBODY, role="decision_maker"), replace(NOBODY, topics=frozenset({"原価管理"}))):
        shown = chosen(BLOCKS, who).splitlines()[0].split()[0]

        assert said_to(who)[0].split()[0] == shown


def test_a_block_in_the_middle_of_a_line_leaves_the_line_whole() -> None:
    assert said_to(NOBODY, "前{{#when role=approver}}A{{#else}}B{{/when}}後 締めの言葉")[0] == "前B後 "


def test_words_stand_in_for_what_is_missing_and_only_then() -> None:
    nameless = Recipient("a@b.example", "株式会社アクメ")
    names = "{{contact.family_name|お客様}} {{contact.salutation|各位}} {{contact.addressee|x}} {{contact.given_name|}}"
    text = f"{names}締めの言葉"

    assert said_to(nameless, text)[0] == "お客様 各位 株式会社アクメ 御中 "
    assert said_to(ANNA, text)[0] == "安奈 安奈 様 株式会社アクメ 購買部 課長 安奈 花子 様 花子"


def test_words_that_stand_in_cannot_break_out_of_the_html_nor_be_escaped_twice() -> None:
    html = "<p>{{contact.title|A &amp; B \" '}}</p>"
    mail = make_skeleton(stored(MailSource("{{contact.title|A & B}}", html, "x")), SETTINGS)
    raw = render(mail, letter(NOBODY), SIGNER, SENT_AT)

    assert read(raw)["Subject"] == "A & B"
    assert "<p>A &amp; B &quot; &#x27;</p>" in part(read(raw), "html")


def test_a_published_mail_of_ones_own_is_sent_by_topic_and_role(installation: Installation) -> None:
    with unit_of_work() as work:
        text = MailText(MailKind.TEXT, "{{contact.salutation}}へ", text=BLOCKS)
        create_mail(work.session, "spring", Language.JAPANESE, text, at=work.at, by=None)
        publish_mail(work.session, "spring", Language.JAPANESE, at=work.at, by=None)
    document = {
        "name": "spring",
        "title": {"ja": "春", "en": "Spring"},
        "steps": [{"key": "hello", "kind": "mail", "mail": "spring"}],
    }
    with unit_of_work() as work:
        people = [make_contact(work.session, make_account(work.session), email=f"p{n}@acme.example") for n in range(3)]
        people[0].buying_role = "approver"
        used = {"kind": EventKind.CLICK, "verdict": Verdict.LIKELY, "topics": ["原価管理"], "happened_at": work.at}
        whose = {"id": uuid.uuid4(), "account_id": people[1].account_id, "contact_id": people[1].id}
        work.session.add(Event(**whose, **used))
        publish(work.session, people, work.at, document)
    advance_enrollments()

    with mailbox(installation) as post:
        send_all(post)

    with unit_of_work() as work:
        caught = {one.rcpt_to: one.raw for one in work.session.scalars(select(CaughtMail))}
    bodies = [message_from_bytes(caught[mail], policy=policy.default).get_body(("plain",)) for mail in sorted(caught)]
    assert [body.get_content().split()[0] for body in bodies if body] == ["決裁者向け", "原価の話", "みなさま"]


def planned_trial(to: str) -> uuid.UUID:
    """A test that somebody has asked for."""
    with unit_of_work() as work:
        contact_id = make_contact(work.session, make_account(work.session)).id
        mail = get_written(work.session, "first_steps_guide", Language.JAPANESE)
        plan_trial(work.session, mail, contact_id, to, "sender.example", work.at)
    with unit_of_work() as work:
        return work.session.scalars(select(Message.id)).one()


def test_a_test_whose_bell_was_lost_is_found_and_one_without_a_way_out_says_so(installation: Installation) -> None:
    message_id = planned_trial("me@sender.co.jp")
    settings = replace(installation.settings, smtp_url="mail.sender.co.jp")
    with unit_of_work() as work:
        assert trials_wait(work.session, work.at)

    use_installation(replace(installation, settings=settings))
    send_trial_mail()

    with unit_of_work() as work:
        message = work.session.get_one(Message, message_id)
        assert (message.state, message.reason) == (MessageState.FAILED, SendReason.SMTP_UNREACHABLE)
        assert not trials_wait(work.session, work.at)


def test_a_test_goes_out_once_to_oneself_and_leaves_no_trace_of_the_contact(installation: Installation) -> None:
    message_id = planned_trial("me@sender.example")

    with mailbox(installation) as post:
        send_trial(post, message_id)
        send_trial(post, message_id)

    with unit_of_work() as work:
        (caught,) = list_caught(work.session)
        message = work.session.get_one(Message, message_id)
        assert (caught.rcpt_to, caught.subject[:5]) == ("me@sender.example", "【テスト】")
        assert (message.state, message.is_test) == (MessageState.SENT, True)
