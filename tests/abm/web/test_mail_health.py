"""Mail health as a page, and the button that pauses all sending."""

from sqlalchemy import select

from abm.models import AuditEntry, Message
from abm.words import MessageState, Role, SendReason
from abm.work import Installation, unit_of_work
from tests.abm.web.conftest import LogIn
from tests.campaigns.worlds import messages, planned


def acts() -> list[str]:
    with unit_of_work() as work:
        mine = select(AuditEntry.act).where(AuditEntry.subject.in_(("sending", "message")))
        return list(work.session.scalars(mine.order_by(AuditEntry.id)))


def test_a_marketer_pauses_all_sending_with_a_reason_and_every_page_says_so_until_it_is_resumed(log_in: LogIn) -> None:
    marketer, viewer = log_in(Role.MARKETER), log_in(Role.VIEWER)
    assert 'action="/mail-health/pause"' not in viewer.get("/mail-health").text
    assert viewer.post("/mail-health/pause").status_code == 403

    marketer.post("/mail-health/pause", data={"why": "a wrong price"})
    again = marketer.post("/mail-health/pause", follow_redirects=True).text
    banner = viewer.get("/accounts").text
    page = viewer.get("/mail-health").text
    resumed = marketer.post("/mail-health/resume", follow_redirects=True).text
    twice = marketer.post("/mail-health/resume", follow_redirects=True).text

    assert "paused already" in again
    assert "All sending is paused since" in banner
    assert "a wrong price" in page
    assert "/mail-health/resume" not in page
    assert "Mails leave again" in resumed
    assert "Sending is not paused" in twice
    assert "All sending is paused since" not in viewer.get("/accounts").text
    assert acts() == ["sending.paused", "sending.resumed"]


def test_the_page_teaches_while_nothing_was_sent(log_in: LogIn) -> None:
    assert "No mail has left yet" in log_in(Role.VIEWER).get("/mail-health").text


def test_a_person_closes_a_mail_of_unknown_fate(log_in: LogIn, installation: Installation) -> None:
    planned(count=2)
    first, second = messages(installation.engine)
    with unit_of_work() as work:
        for message in work.session.scalars(select(Message)):
            message.state, message.reason = MessageState.UNKNOWN, SendReason.BROKEN_OFF
    marketer, viewer = log_in(Role.MARKETER), log_in(Role.VIEWER)

    shown = viewer.get("/mail-health?days=7").text
    assert viewer.post(f"/mail-health/messages/{first.id}/settle", data={"arrived": "1"}).status_code == 403
    marketer.post(f"/mail-health/messages/{first.id}/settle", data={"arrived": "1"})
    marketer.post(f"/mail-health/messages/{second.id}/settle", data={"arrived": "0"})
    twice = marketer.post(f"/mail-health/messages/{second.id}/settle", data={"arrived": "1"}, follow_redirects=True)

    assert "Fate unknown" in shown
    assert "said so already" in twice.text
    assert [message.state for message in messages(installation.engine)] == [MessageState.SENT, MessageState.FAILED]
