"""The mail about a task, compared with golden files; whatever somebody is called stays a name."""

import uuid
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from abm.channels.letters import make_letter
from abm.channels.told import Reader, Told
from abm.config import Settings
from abm.tokens import Signer
from abm.words import Language, TaskEvent, TaskKind, TaskState
from tests.conftest import SECRET
from tests.worlds import NOON

GOLDEN = Path(__file__).parents[2] / "data" / "golden"
OWNER = uuid.UUID(int=7)
WHY = [
    {"code": "score", "points": 48.2, "threshold": 40, "people": 3},
    {"code": "topics", "names": ["原価管理", "品質管理"]},
]


def told(**over: object) -> Told:
    values = {
        "id": uuid.UUID(int=1),
        "attempts": 1,
        "event": TaskEvent.ASSIGNED,
        "key": b"12345678",
        "created_at": NOON,
        "tried_since": None,
        "change_id": uuid.UUID(int=2),
        "happened_at": NOON,
        "old": None,
        "new": TaskState.ASSIGNED,
        "code": "opened",
        "by": None,
        "task_id": uuid.UUID(int=3),
        "kind": TaskKind.HAND_OFF,
        "state": TaskState.ASSIGNED,
        "account": "株式会社アクメ",
        "department": "購買部",
        "owner_id": OWNER,
        "owner": "営業 花子",
        "points": 48.2,
        "due_at": NOON,
        "why": WHY,
        "brief": {"topic": "原価管理", "do_not_say": ["opens"]},
        "reader": None,
        "target": None,
        **over,
    }
    return Told(**values)  # type: ignore[arg-type]


def letter(language: Language = Language.JAPANESE, name: str = "営業 花子", **over: object) -> EmailMessage:
    reader = Reader(OWNER, name, "hanako@firm.example", language, is_sample=False, is_disabled=False, wants_mails=True)
    settings = Settings(base_url="https://abm.example", sender_name="株式会社サンプル")
    made = make_letter(told(**over), reader, settings, Signer([SECRET.encode()]), NOON)
    found = message_from_bytes(made.raw, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("kind", ["plain", "html"])
def test_the_mail_reads_as_its_golden_file(language: Language, kind: str) -> None:
    mail = letter(language)
    ending = "txt" if kind == "plain" else "html"

    golden = (GOLDEN / f"task_notice.{language.value}.{ending}").read_text(encoding="utf-8")

    assert text_of(mail, kind).replace("\r\n", "\n") == golden


def test_nobody_s_out_of_office_answers_it_and_it_can_be_found_again() -> None:
    mail = letter()

    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == f"<task-{uuid.UUID(int=1).hex}@sender.example>"
    assert mail["Subject"] == "営業引き渡しが割り当てられました：株式会社アクメ 購買部"


def test_only_its_owner_may_answer_from_the_mail_and_only_while_it_waits() -> None:
    assert "/tasks/by-mail/" in text_of(letter())
    assert "/tasks/by-mail/" not in text_of(letter(owner_id=uuid.uuid4()))
    assert "/tasks/by-mail/" not in text_of(letter(state=TaskState.ACCEPTED))
    assert "/tasks/by-mail/" not in text_of(letter(kind=TaskKind.RENEWAL, state=TaskState.OPEN))


@pytest.mark.parametrize("name", ["<b>x</b>", "a\r\nBcc: evil@evil.example", '"quoted", <evil@evil.example>', ""])
def test_a_name_is_only_a_name(name: str) -> None:
    mail = letter(name=name, account=f"{name} 株式会社")

    assert mail["Bcc"] is None
    assert [one.addr_spec for one in mail["To"].addresses] == ["hanako@firm.example"]
    assert "<b>" not in text_of(mail, "html")
    assert "\n" not in mail["Subject"]


@pytest.mark.parametrize("event", list(TaskEvent))
@pytest.mark.parametrize("kind", list(TaskKind))
@pytest.mark.parametrize("language", list(Language))
def test_every_event_of_every_kind_has_a_headline(event: TaskEvent, kind: TaskKind, language: Language) -> None:
    assert letter(language, event=event, kind=kind)["Subject"]
