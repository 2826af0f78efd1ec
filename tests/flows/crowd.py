"""Recipients and other systems who never stop: many acts at once over HTTP, and what each was answered."""

import http.client
import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from urllib.parse import urlencode

from standardwebhooks import Webhook

from abm.tokens import Signer, Token, TokenKind
from abm.words import Language
from tests.abm.processes import until
from tests.tracking.world import BROWSER

HIT = "X-Hit"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PATIENCE = 60.0
# Between two acts of one of them: the machine should have time for those who answer.
PAUSE = 0.02
MEN = 4
STOPPED, STOP_RECEIVED = 200, 202


@dataclass(frozen=True)
class Mail:
    """A mail that somebody got: what its links are signed with."""

    email: str
    key: bytes
    page: bytes
    file: bytes


@dataclass(frozen=True)
class Act:
    """A request, and the statuses that are no error."""

    kind: str
    method: str
    path: str
    fine: tuple[int, ...]
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    email: str = ""
    leaves_hit: bool = True


class Crowd:
    """Acts by chance until told to stop; remembers what was accepted, what got no answer, and what was wrong."""

    def __init__(self, host: str, port: int, signer: Signer, mails: Sequence[Mail], secret: str, form: str) -> None:
        self._where, self._signer, self._mails, self._form = (host, port), signer, mails, form
        self._webhook = Webhook(secret)
        self._lock, self._leaving = threading.Lock(), threading.Event()
        self.accepted: dict[str, str] = {}
        self.answered = 0
        self.stopped: dict[str, int] = {}
        self.told: list[str] = []
        # When they began and ended, as the monotonic clock tells.
        self.unanswered: list[tuple[float, float]] = []
        self.wrong: Counter[str] = Counter()

    @contextmanager
    def acting(self, seed: int) -> Iterator[None]:
        """Let them act meanwhile."""
        men = [threading.Thread(target=self._act, args=(Random(f"{seed}-{number}"),)) for number in range(MEN)]
        for man in men:
            man.start()
        try:
            yield
        finally:
            self._leaving.set()
            for man in men:
                man.join(PATIENCE)

    def await_answers(self, count: int) -> None:
        """Until so many more were answered."""
        goal = self.answered + count
        until(lambda: self.answered >= goal, within=PATIENCE)

    def _act(self, random: Random) -> None:
        connection = http.client.HTTPConnection(*self._where, timeout=PATIENCE)
        while not self._leaving.wait(random.random() * 2 * PAUSE):
            act, began = self._choose(random), time.monotonic()
            try:
                connection.request(act.method, act.path, act.body.encode(), {"User-Agent": BROWSER, **act.headers})
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                with self._lock:
                    self.unanswered.append((began, time.monotonic()))
            else:
                self._note(act, answer.status, answer.headers.get(HIT))
        connection.close()

    def _note(self, act: Act, status: int, hit_id: str | None) -> None:
        with self._lock:
            self.answered += 1
            if status not in act.fine:
                self.wrong[f"{act.kind}: {status}"] += 1
            if act.leaves_hit and not hit_id:
                self.wrong[f"{act.kind}: {status} without a hit"] += 1
            if hit_id:
                self.accepted[hit_id] = act.kind
            if act.kind == "stop":
                self.stopped[act.email] = min(status, self.stopped.get(act.email, status))
            if act.kind == "webhook" and hit_id:
                self.told.append(act.headers["webhook-id"])

    def _choose(self, random: Random) -> Act:
        mail, kind = random.choice(self._mails), random.choices(*zip(*CHANCES.items(), strict=True))[0]
        return getattr(self, f"_{kind}")(random, mail)

    def _token(self, mail: Mail, kind: TokenKind, link: bytes | None = None) -> str:
        return self._signer.write(Token(kind, Language.JAPANESE, mail.key, link))

    def _open(self, random: Random, mail: Mail) -> Act:
        return Act("open", "GET", f"/o/{self._token(mail, TokenKind.OPEN)}.gif", (200,))

    def _click(self, random: Random, mail: Mail) -> Act:
        return Act("click", "GET", f"/c/{self._token(mail, TokenKind.CLICK, mail.page)}", (302,))

    def _download(self, random: Random, mail: Mail) -> Act:
        return Act("download", "GET", f"/d/{self._token(mail, TokenKind.DOWNLOAD, mail.file)}", (200,))

    def _look(self, random: Random, mail: Mail) -> Act:
        kind, door = random.choice([(TokenKind.STOP, "u"), (TokenKind.PREFERENCES, "p"), (TokenKind.WHY, "why")])
        return Act("look", "GET", f"/{door}/{self._token(mail, kind)}", (200,), leaves_hit=False)

    def _stop(self, random: Random, mail: Mail) -> Act:
        body = random.choice(["List-Unsubscribe=One-Click", ""])
        path = f"/u/{self._token(mail, TokenKind.STOP)}"
        return Act("stop", "POST", path, (STOPPED, STOP_RECEIVED), body, FORM, mail.email)

    def _wish(self, random: Random, mail: Mail) -> Act:
        body = urlencode({"pace": random.choice(["any", "weekly", "monthly"])})
        return Act("preferences", "POST", f"/p/{self._token(mail, TokenKind.PREFERENCES)}", (200, 202), body, FORM)

    def _ask(self, random: Random, mail: Mail) -> Act:
        body = urlencode({"name": "安奈 花子", "company": "株式会社アクメ", "mail": mail.email, "message": "資料請求"})
        return Act("form", "POST", f"/f/{self._form}", (200,), body, FORM)

    def _tell(self, random: Random, mail: Mail) -> Act:
        """Another system tells of a reply; one time in three it tells again what it told before."""
        again = random.random() < 1 / 3 and self.told
        id_ = random.choice(self.told) if again else f"msg_{uuid.UUID(int=random.getrandbits(128))}"
        now = datetime.now(UTC)
        body = json.dumps({"type": "reply", "timestamp": now.isoformat(), "data": {"email": mail.email}})
        headers = {
            "Content-Type": "application/json",
            "webhook-id": id_,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(id_, now, body),
        }
        return Act("webhook", "POST", "/hook/generic", (202,), body, headers)


CHANCES = {"open": 30, "click": 35, "download": 10, "look": 5, "stop": 6, "wish": 4, "ask": 4, "tell": 6}
