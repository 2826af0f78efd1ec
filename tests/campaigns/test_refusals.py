"""What a server refuses for good has the effects of a mail that came back."""

import pytest
from sqlalchemy import select

from abm.models import Suppression
from abm.words import MessageState
from abm.work import Installation, unit_of_work
from campaigns.refusals import make_report
from tests.campaigns.worlds import messages, post_to, prepare_claimed, real_people, send_all
from tests.smtp_server import scripted
from tracking.bounce import read_bounce
from tracking.report_reading import Reader, read_next_posts


@pytest.mark.parametrize(
    ("reply", "reasons"),
    [("550 5.1.1 no such user here", ["bounced"]), ("554 5.7.1 message looks like spam", [])],
    ids=["nobody there", "our mail's fault"],
)
def test_an_address_that_is_refused_for_good_is_not_mailed_again(
    installation: Installation, reply: str, reasons: list[str]
) -> None:
    real_people()
    with scripted(rcpt=reply) as server:
        send_all(post_to(installation, server))

    reader = Reader(installation.engine, installation.settings.state_dir)
    while read_next_posts(reader):
        pass

    with unit_of_work() as work:
        assert list(work.session.scalars(select(Suppression.reason))) == reasons
    assert messages(installation.engine)[0].state == MessageState.FAILED


def test_a_refusal_reads_like_a_report_of_a_server(installation: Installation) -> None:
    real_people()
    with scripted(rcpt="550 5.2.2 full") as server:
        post = post_to(installation, server)
        (parcel,) = prepare_claimed(post)
        outcome = post.pool.send(parcel.route, parcel.envelope)

        reading = read_bounce(make_report(parcel, outcome))

    assert reading.message_id == parcel.outgoing.message_id
    assert [(one.address, one.status) for one in reading.recipients] == [("p0@acme.co.jp", "5.2.2")]
