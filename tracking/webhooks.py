"""Reports that other systems post to us: who may, how each proves itself, and what of a request is kept."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from abm.config import Settings
from abm.connectors import generic
from abm.connectors.mail import mailgun, postmark, resend, sendgrid, ses
from abm.connectors.provider_event import ProviderEvent
from abm.connectors.webinar import zoom

# The largest batches of the providers are a few hundred kilobytes.
LONGEST_POST = 1_048_576
LONGEST_HEADER = 1_000
# What a reader may need of the headers once the door has checked the signature; never what authorises.
KEPT_HEADERS = ("content-type", "user-agent", "webhook-id", "webhook-timestamp", "svix-id", "x-amz-sns-message-type")


class Post(NamedTuple):
    """A report as it came in; `at` is this host's clock, for signatures that grow old."""

    source: str
    headers: Mapping[str, str]
    body: bytes
    at: datetime


class Refused(NamedTuple):
    """It does not prove to be from whom it says; answered 401 and counted by reason."""

    reason: str


class Challenge(NamedTuple):
    """A question of the sender's whether we are here; answered at once, nothing is stored."""

    body: bytes
    content_type: str = "application/json"


# None: it is genuine. Neither the database nor the network is asked here.
Verify = Callable[[Post, Settings], Refused | Challenge | None]


class Source(NamedTuple):
    """A system we know to read: by which setting it proves itself, and how."""

    name: str
    # The setting that holds its secrets, newest first; without one nothing of it comes in.
    setting: str
    is_genuine: Callable[[Mapping[str, str], bytes, Sequence[str], datetime], bool]
    read: Callable[[Mapping[str, str], bytes], list[ProviderEvent]]
    answer: Callable[[Mapping[str, str], bytes, Sequence[str], datetime], bytes | None] | None = None

    def secrets(self, settings: Settings) -> tuple[str, ...]:
        """Everything this source may prove itself with."""
        found: tuple[str, ...] = getattr(settings, self.setting)
        return found

    def verify(self, post: Post, settings: Settings) -> Refused | Challenge | None:
        """Whether this post is genuine, or a question that wants an answer."""
        secrets = self.secrets(settings)
        if not secrets:
            return Refused("no_secret")
        if self.answer and (said := self.answer(post.headers, post.body, secrets, post.at)):
            return Challenge(said)
        return None if self.is_genuine(post.headers, post.body, secrets, post.at) else Refused("not_genuine")


READERS: dict[str, Source] = {
    source.name: source
    for source in (
        Source("ses", "webhook_ses_topics", ses.verify, ses.read_webhook),
        Source("sendgrid", "webhook_sendgrid_keys", sendgrid.verify, sendgrid.read_webhook),
        Source("postmark", "webhook_postmark_logins", postmark.verify, postmark.read_webhook),
        Source("mailgun", "webhook_mailgun_keys", mailgun.verify, mailgun.read_webhook),
        Source("resend", "webhook_resend_secrets", resend.verify, resend.read_webhook),
        Source("zoom", "webhook_zoom_tokens", zoom.verify, zoom.read_webhook, zoom.answer_question),
        Source("generic", "webhook_generic_secrets", generic.verify, generic.read_webhook),
    )
}
# Each source by the word in its address, /hook/<source>.
SOURCES: dict[str, Verify] = {name: source.verify for name, source in READERS.items()}


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The few headers a reader needs, at a length that a row can hold."""
    return {name: headers[name][:LONGEST_HEADER] for name in KEPT_HEADERS if name in headers}
