"""What a server refused for good is reported as if it had come back as a mail: it is read by the same words, once."""

import re
import uuid
from collections.abc import Iterable

from sqlalchemy.dialects.postgresql import insert

from abm.connectors.mail.smtp import Fate, Outcome
from abm.models import InboundPost
from abm.queue import enqueue
from abm.words import SendReason
from abm.work import Work
from campaigns.mime import one_line
from campaigns.parcels import Parcel

SOURCE = "mail"
STATUS = re.compile(r"\b5\.\d{1,3}\.\d{1,3}\b")
# A delivery status notification (RFC 3464) with what the reader of bounces looks at.
REPORT = """\
From: <>
Subject: Undelivered mail
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="report"

--report
Content-Type: message/delivery-status

Reporting-MTA: dns; {host}

Final-Recipient: rfc822; {address}
Action: failed
Status: {status}
Diagnostic-Code: smtp; {code} {said}

--report
Content-Type: text/rfc822-headers

Message-ID: {message_id}

--report--
"""


def report_refusals(work: Work, outcomes: Iterable[tuple[Parcel, Outcome | None]]) -> None:
    """Keep what refused mails were told, for whoever judges whether their addresses are of use.

    A service that refuses a mail speaks of the mail; of addresses it tells by its webhooks.
    """
    told = [(parcel, outcome) for parcel, outcome in outcomes if outcome and outcome.fate is Fate.REFUSED]
    refused = [(parcel, outcome) for parcel, outcome in told if outcome.reason is SendReason.SMTP_REFUSED]
    for parcel, outcome in refused:
        _keep(work, parcel, make_report(parcel, outcome))
    if refused:
        enqueue(work.session, "read_posts")


def make_report(parcel: Parcel, outcome: Outcome) -> bytes:
    """The refusal in the form in which servers send theirs."""
    said = one_line(outcome.said)
    status = STATUS.search(said)
    report = REPORT.format(
        host=one_line(parcel.route.host),
        address=parcel.envelope.rcpt_to,
        status=status[0] if status else "5.0.0",
        code=outcome.code,
        said=said,
        message_id=parcel.outgoing.message_id,
    )
    return report.replace("\n", "\r\n").encode("ascii", "replace")


def _keep(work: Work, parcel: Parcel, report: bytes) -> None:
    values = {
        "hit_id": uuid.uuid5(uuid.NAMESPACE_URL, f"refusal:{parcel.outgoing.id}"),
        "source": SOURCE,
        "received_at": work.at,
        "body": report,
    }
    work.session.execute(insert(InboundPost).values(**values).on_conflict_do_nothing())
