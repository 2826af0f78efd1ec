"""mail.render: mails per second, personalised with the MIME built, beside Jinja alone and beside the plain way."""

import statistics
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from zoneinfo import ZoneInfo

from bs4 import BeautifulSoup
from jinja2 import Environment

from abm.tokens import Signer, Token, TokenKind
from abm.words import Language
from campaigns.addressing import Recipient, merge_values
from campaigns.compile import Compiled
from campaigns.mail_templates import FOLDER, read_source
from campaigns.mails import TOKEN_KINDS, compile_folder
from campaigns.render import Letter, Stored, make_skeleton, render
from tests.bench import Context, Figure, benchmark, timed

MAIL = "first_steps_costing"
ROUNDS = 5
AT = datetime(2026, 11, 13, 12, tzinfo=ZoneInfo("Asia/Tokyo"))


@benchmark("mail.render")
def mail_render(context: Context) -> Iterator[Figure]:
    """The library's mail to many people; `compiled_render` gets the values and tokens of each ready-made."""
    settings = replace(context.settings, sender_name="株式会社サンプル", sender_address="東京都千代田区1-1-1")
    signer = Signer([b"a secret for benchmarks, long enough"])
    compiled = next(mail.compiled for mail in compile_folder(MAIL) if mail.language == Language.JAPANESE)
    stored = _stored(compiled)
    letters = _letters(context.rows(4_000, 40_000))
    few = letters[: context.rows(40, 200)]
    skeleton = make_skeleton(stored, settings)
    compiled_render = _compiled_render(compiled)
    prepared = [_values(letter, stored, signer, settings.public_url) for letter in letters]
    per_recipient = _per_recipient(signer, settings.public_url, stored)

    ours, bare, plain = _interleaved(
        lambda: [render(skeleton, letter, signer, AT) for letter in letters],
        lambda: [compiled_render(values) for values in prepared],
        lambda: [per_recipient(letter) for letter in few],
    )
    speed = len(letters) / ours
    for reference, value in (("compiled_render", len(letters) / bare), ("per_recipient", len(few) / plain)):
        yield Figure("mail.render", speed, "mails/s", "higher", reference, value, len(letters), ours)


def _interleaved(*ways: Callable[[], object]) -> list[float]:
    """The median seconds of each way, all of them taking turns."""
    times = [[timed(way) for way in ways] for _ in range(ROUNDS)]
    return [statistics.median(column) for column in zip(*times, strict=True)]


def _stored(compiled: Compiled) -> Stored:
    keys = {f"link.{link.n}": (TOKEN_KINDS[link.kind], bytes([link.n] * 5)) for link in compiled.links}
    texts = (compiled.subject, compiled.html, compiled.text)
    return Stored(uuid.uuid4(), Language.JAPANESE, *texts, links=keys, honeypot=b"honey")


def _letters(count: int) -> Sequence[Letter]:
    return [
        Letter(
            Recipient(
                f"p{n}@acme{n % 97}.example",
                f"株式会社アクメ{n % 97}",
                f"安奈 花子{n}",
                "安奈",
                f"花子{n}",
                "課長",
                "購買部",
            ),
            n.to_bytes(8, "big"),
            f"<{n:032x}@sender.example>",
        )
        for n in range(count)
    ]


def _values(letter: Letter, stored: Stored, signer: Signer, base: str) -> dict[str, object]:
    """What a template is filled with: names and this recipient's own addresses, as ours gets them too."""

    def token(kind: TokenKind, key: bytes | None = None) -> str:
        return signer.write(Token(kind, stored.language, letter.key, key))

    merge = merge_values(letter.who, stored.language)
    nested: dict[str, object] = {
        "contact": {name.removeprefix("contact."): value for name, value in merge.items()},
        "account": {"name": merge["account.name"]},
        "link": {name.removeprefix("link."): token(kind, key) for name, (kind, key) in stored.links.items()},
    }
    own = {
        "stop_url": f"{base}/u/{token(TokenKind.STOP)}",
        "why_url": f"{base}/why/{token(TokenKind.WHY)}",
        "honeypot": token(TokenKind.CLICK, stored.honeypot),
    }
    sender = {"name": "株式会社サンプル", "mail": "marketing@sender.example", "address": "東京都千代田区1-1-1"}
    return {**nested, **own, "base": base, "pixel": "", "sender": sender}


def _compiled_render(compiled: Compiled) -> Callable[[dict[str, object]], object]:
    """Jinja alone: the same mail as templates compiled once, no MIME, no headers, no encoding."""

    def prepared(text: str) -> str:
        for n in range(len(compiled.links), 0, -1):
            text = text.replace(f"{{{{link.{n}}}}}", f'{{{{link["{n}"]}}}}')
        return text

    subject = Environment(autoescape=False).from_string(compiled.subject)
    text = Environment(autoescape=False).from_string(prepared(compiled.text))
    html = Environment(autoescape=True).from_string(prepared(compiled.html))

    def fill(values: dict[str, object]) -> object:
        return subject.render(values), text.render(values), html.render(values)

    return fill


def _per_recipient(signer: Signer, base: str, stored: Stored) -> Callable[[Letter], bytes]:
    """The plain way: template, BeautifulSoup over the links and EmailMessage for each recipient."""
    compiled = next(mail.compiled for mail in compile_folder(MAIL) if mail.language == Language.JAPANESE)
    source = read_source(FOLDER / MAIL / "ja")
    urls = {
        f"{{{{base}}}}/{'d' if link.kind == 'file' else 'c'}/{{{{link.{link.n}}}}}": link.url for link in compiled.links
    }
    raw_html = compiled.html
    for ours, url in urls.items():
        raw_html = raw_html.replace(ours, url)
    environment = Environment(autoescape=True)

    def fill(letter: Letter) -> bytes:
        values = _values(letter, stored, signer, base)
        soup = BeautifulSoup(environment.from_string(raw_html).render(values), "lxml")
        for n, anchor in enumerate(soup("a"), start=1):
            if str(anchor.get("href", "")).startswith("https://www"):
                key = bytes([n % 256] * 5)
                token = signer.write(Token(TokenKind.CLICK, stored.language, letter.key, key))
                anchor["href"] = f"{base}/c/{token}"
        message = EmailMessage(policy=SMTP)
        message["Subject"] = source.subject.strip()
        message["From"] = "株式会社サンプル <marketing@sender.example>"
        message["To"] = letter.who.email
        message["Date"] = AT
        message["Message-ID"] = letter.message_id
        message["List-Unsubscribe"] = f"<{values['stop_url']}>"
        message.set_content(Environment(autoescape=False).from_string(source.text).render(values))
        message.add_alternative(str(soup), subtype="html")
        return message.as_bytes()

    return fill
