"""What a mail says of itself to servers: whatever its names and subjects, its lines fit and its headers are whole."""

from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st

from abm.connectors.mail.dkim import DkimKey
from abm.connectors.mail.return_path import find_message_key
from abm.work import Installation
from campaigns.compile import MailSource
from campaigns.feedback import feedback_id
from campaigns.mime import is_usable, one_line
from campaigns.render import make_skeleton, render
from tests.campaigns.test_render import ANNA, SENT_AT, SETTINGS, SIGNER, letter, read, stored
from tests.campaigns.worlds import make_post, messages, prepare_claimed, real_people

JAPANESE = st.text(st.characters(min_codepoint=0x3041, max_codepoint=0x9FFF), max_size=300)
NAMES = st.one_of(JAPANESE, st.text(max_size=300), st.text("ab c\t\"'=?<>@,", max_size=1500))
FEEDBACK = feedback_id("冬のご案内", "first_steps", "guide", SETTINGS.sender_mail)


@trying(max_examples=60, deadline=None)
@given(name=NAMES, firm=NAMES, subject=NAMES.filter(lambda text: "{" not in text))
def test_no_line_is_longer_than_servers_take(name: str, firm: str, subject: str) -> None:
    who = replace(ANNA, full_name=name, family_name=name, account_name=firm)
    source = MailSource("{{contact.family_name}}", "<p>{{account.name}}</p>", "{{account.name}} {{contact.addressee}}")
    skeleton = make_skeleton(stored(source), replace(SETTINGS, sender_name=firm))
    fixed = make_skeleton(replace(stored(source), subject=subject), SETTINGS)

    for made in (skeleton, fixed):
        raw = render(made, letter(who, feedback_id=FEEDBACK), SIGNER, SENT_AT)

        assert max(map(len, raw.split(b"\r\n"))) <= 998
        head = raw.partition(b"\r\n\r\n")[0]
        assert head.isascii()
        assert b"\n" not in head.replace(b"\r\n", b"")
    assert read(render(fixed, letter(who), SIGNER, SENT_AT))["To"].addresses[0].addr_spec == ANNA.email
    if subject.isprintable():
        assert str(read(raw)["Subject"]).split() == one_line(subject).split()


@given(st.integers(0, 4_000_000_000), st.sampled_from(["Asia/Tokyo", "America/New_York"]))
def test_the_date_carries_the_offset_of_its_zone(second: int, zone: str) -> None:
    at = datetime.fromtimestamp(second, ZoneInfo(zone))
    skeleton = make_skeleton(stored(MailSource("Hi", "<p>x</p>", "x")), SETTINGS)

    said = parsedate_to_datetime(str(read(render(skeleton, letter(), SIGNER, at))["Date"]))

    assert (said, said.utcoffset()) == (at, at.utcoffset())


def test_complaints_are_counted_by_campaign_sequence_step_and_sender_and_name_nobody() -> None:
    campaign, sequence, step, sender = FEEDBACK.split(":")

    assert (sequence, step) == ("first_steps", "guide")
    assert campaign.isascii()
    assert "@" not in feedback_id("anna@acme.example", "a:b", "", SETTINGS.sender_mail)
    assert feedback_id("x", "y", "z", "other@Sender.example").endswith(sender)


def test_an_address_longer_than_smtp_takes_is_not_mailed() -> None:
    domain = ".".join(["a" * 60] * 4)

    assert is_usable(f"anna@{domain}")
    assert not is_usable(f"anna{'a' * 20}@{domain}")


def test_a_mail_is_signed_and_comes_back_to_an_address_of_its_own(installation: Installation) -> None:
    real_people()
    settings = replace(installation.settings, smtp_url="smtp://127.0.0.1:1", bounce_domain="bounce.sender.example")
    key = DkimKey("sender.example", "spring", Ed25519PrivateKey.generate())
    post = replace(make_post(installation, settings), dkim=key)

    (parcel,) = prepare_claimed(post)

    mailbox, _, domain = parcel.envelope.mail_from.partition("@")
    assert domain == "bounce.sender.example"
    assert find_message_key(installation.signer, mailbox.encode() + b"@") == messages(installation.engine)[0].key
    assert "list-unsubscribe-post:feedback-id" in "".join(read(parcel.envelope.raw)["DKIM-Signature"].split())
    assert read(parcel.envelope.raw)["Feedback-ID"].split(":")[1] == parcel.outgoing.sequence
