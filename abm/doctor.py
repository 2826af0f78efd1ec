"""Looks an installation over and says in words what is wrong and what to do about it."""

import secrets
import shutil
import socket
import ssl
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

import psycopg

from abm.clock import host_time
from abm.config import Settings
from abm.connectors.mail.connect import Broken, connect
from abm.connectors.mail.route import read_api, read_server
from abm.db import make_engine
from abm.engines import Addresses, Runtime, addresses, find_runtime
from abm.engines.place import place_of
from abm.errors import BadConfiguration
from abm.health import find_checks
from abm.tokens import Signer, read_secrets
from abm.words import MailProvider, SendReason
from abm.work import Installation

ENOUGH_DISK = 1_000_000_000
# Hits carry their host's clock; beyond this windows, delays and verdicts of different hosts no longer fit together.
CLOCKS_APART = timedelta(seconds=2)
ANSWER_WITHIN = 5

TEXTS = {
    "folder": {"ja": "データフォルダー", "en": "state folder"},
    "folder_ok": {"ja": "{detail} に書き込めます", "en": "{detail} can be written"},
    "folder_bad": {"ja": "{detail} に書き込めません ({reason})", "en": "{detail} cannot be written ({reason})"},
    "folder_remedy": {
        "ja": "書き込めるようにするか、ABM_STATE_DIR に別のフォルダーを指定してください",
        "en": "make it writable, or set ABM_STATE_DIR to another folder",
    },
    "disk": {"ja": "ディスクの空き", "en": "free disk"},
    "disk_ok": {"ja": "空き {detail} GB", "en": "{detail} GB free"},
    "disk_bad": {"ja": "空きが {detail} GB しかありません", "en": "only {detail} GB free"},
    "disk_remedy": {"ja": "1 GB 以上の空きを作ってください", "en": "free at least 1 GB"},
    "running": {"ja": "起動状態", "en": "running"},
    "running_ok": {"ja": "プロセス {detail} として起動中です", "en": "runs as process {detail}"},
    "running_bad": {"ja": "起動していません", "en": "not running"},
    "running_remedy": {
        "ja": "「make run」または「abm up」で起動してください",
        "en": "start it with `make run` or `abm up`",
    },
    "port": {"ja": "ポート", "en": "port"},
    "port_ours": {"ja": "{detail} で画面を表示しています", "en": "{detail} serves our pages"},
    "port_ok": {"ja": "{detail} は空いています", "en": "{detail} is free"},
    "port_bad": {"ja": "{detail} は別のプログラムが使用中です", "en": "{detail} is used by another program"},
    "port_remedy": {"ja": "ABM_PORT に別の番号を指定してください", "en": "set ABM_PORT to another number"},
    "key": {"ja": "秘密鍵", "en": "secret key"},
    "key_ok": {"ja": "設定済みです", "en": "is set"},
    "key_new": {"ja": "初回の起動時に自動で作成されます", "en": "is made at the first start"},
    "key_bad": {"ja": "使用できません ({detail})", "en": "cannot be used ({detail})"},
    "key_remedy": {
        "ja": "32 文字以上の鍵を ABM_SECRET_KEY か ABM_SECRET_KEY_FILE に設定してください",
        "en": "set ABM_SECRET_KEY or ABM_SECRET_KEY_FILE to a key of at least 32 characters",
    },
    "overdue": {"ja": "期限を過ぎたメール", "en": "overdue mail"},
    "overdue_bad": {
        "ja": "長時間の停止後のため保留しています (担当者 {people} 名、送信待ち {mails} 通)",
        "en": "is held back after a long silence ({people} people, {mails} planned mails)",
    },
    "overdue_remedy": {
        "ja": "画面の /overdue か「abm sequence release send|spread|skip」で判断してください",
        "en": "decide at /overdue or by `abm sequence release send|spread|skip`",
    },
    "mail": {"ja": "メールサーバー", "en": "mail server"},
    "mail_local": {
        "ja": "未設定のため、すべてのメールをローカルのメールボックスで受け取ります",
        "en": "none is set: the local mailbox catches all mail",
    },
    "mail_ok": {"ja": "{detail} に接続できます", "en": "{detail} answers"},
    "mail_bad": {"ja": "{detail} に接続できません ({reason})", "en": "{detail} does not answer ({reason})"},
    "mail_remedy": {
        "ja": "ABM_SMTP_URL を確認してください。例: smtp://user:password@mail.example:587。"
        "配信サービスを使う場合は ABM_MAIL_PROVIDER とその鍵を確認してください",
        "en": "check ABM_SMTP_URL, for example smtp://user:password@mail.example:587; or ABM_MAIL_PROVIDER and its key",
    },
    "tls": {"ja": "メールの暗号化", "en": "encryption of mail"},
    "tls_ok": {"ja": "{detail} へ暗号化して送信します", "en": "mails go to {detail} encrypted"},
    "tls_here": {
        "ja": "{detail} は同じサーバー上のため、暗号化せずに受け渡します",
        "en": "{detail} is on this host: mails are handed over in the clear",
    },
    "tls_clear_bad": {
        "ja": "{detail} が暗号化 (STARTTLS) に対応していないため、メールが平文で送信されます",
        "en": "{detail} offers no encryption (STARTTLS): mails leave in the clear",
    },
    "tls_clear_remedy": {
        "ja": "サーバーで STARTTLS を有効にし、ABM_SMTP_TLS を外すか required にしてください",
        "en": "turn STARTTLS on at the server, then unset ABM_SMTP_TLS or set it to required",
    },
    "tls_unsafe_bad": {
        "ja": "{detail} と安全に通信できないため、メールを送信しません ({reason})",
        "en": "no mail leaves, for {detail} cannot be spoken to safely ({reason})",
    },
    "tls_unsafe_remedy": {
        "ja": "サーバーで STARTTLS と有効な証明書を設定してください。"
        "信頼できる社内ネットワークで平文を許す場合だけ ABM_SMTP_TLS=offered を設定します",
        "en": "give the server STARTTLS and a valid certificate; ABM_SMTP_TLS=offered is for networks you trust only",
    },
    "tls_not_offered": {"ja": "暗号化に未対応です", "en": "it offers no encryption"},
    "sender": {"ja": "差出人", "en": "sender"},
    "sender_ok": {"ja": "{detail}", "en": "{detail}"},
    "sender_bad": {
        "ja": "所在地が未設定のため、外部へのメールを送信できません",
        "en": "has no postal address, so no mail leaves",
    },
    "sender_remedy": {
        "ja": "ABM_SENDER_ADDRESS に所在地を設定してください",
        "en": "set ABM_SENDER_ADDRESS; the law wants it in every mail",
    },
    "public": {"ja": "公開アドレス", "en": "public address"},
    "public_ok": {"ja": "{detail}", "en": "{detail}"},
    "public_bad": {
        "ja": "メールのリンクが {detail} を指すため、受信者は開けません",
        "en": "links in mails lead to {detail}, which recipients cannot open",
    },
    "public_remedy": {
        "ja": "ABM_BASE_URL に受信者が開けるアドレスを設定してください",
        "en": "set ABM_BASE_URL to what recipients can open",
    },
    "clock": {"ja": "時計", "en": "clock"},
    "clock_ok": {"ja": "データベースとの差は {detail} 秒です", "en": "{detail} s away from the database's"},
    "clock_bad": {"ja": "データベースと {detail} 秒ずれています", "en": "{detail} s away from the database's"},
    "clock_remedy": {"ja": "両方のサーバーで時刻同期 (NTP) を有効にしてください", "en": "turn on NTP on both machines"},
    "postgres": {"ja": "PostgreSQL", "en": "PostgreSQL"},
    "valkey": {"ja": "Valkey", "en": "Valkey"},
    "migrations": {"ja": "マイグレーション", "en": "migrations"},
    "tracking": {"ja": "トラッキングの取り込み", "en": "tracking"},
    "worker": {"ja": "ワーカー", "en": "worker"},
    "scheduler": {"ja": "スケジューラー", "en": "scheduler"},
}


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is well, what was found, and what to do if it is not."""

    ok: bool
    what: str
    message: str
    remedy: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Everything worth knowing, in the order in which to put it right; changes nothing."""
    return list(_look(settings, _Words(settings.language)))


class _Words:
    """Findings in one language."""

    def __init__(self, language: str) -> None:
        self._language = language

    def __call__(self, text: str, **values: object) -> str:
        return TEXTS[text][self._language].format(**values)

    def well(self, what: str, state: str = "ok", **values: object) -> Finding:
        """Something that is as it should be."""
        return Finding(True, self(what), self(f"{what}_{state}", **values))

    def wrong(self, what: str, state: str = "", **values: object) -> Finding:
        """Something to be put right."""
        found = f"{what}_{state}" if state else what
        return Finding(False, self(what), self(f"{found}_bad", **values), self(f"{found}_remedy"))


def _look(settings: Settings, words: _Words) -> Iterator[Finding]:
    runtime, where = find_runtime(settings), addresses(settings)
    yield from _folder(settings, words)
    yield _key(settings, words)
    yield _port(settings, runtime, words)
    yield from _mail(settings, words)
    if not settings.local_mailbox:
        yield from _outside(settings, words)
    if settings.embedded:
        yield words.well("running", detail=runtime.pid) if runtime else words.wrong("running")
        if not runtime:
            return  # embedded engines run with the installation only: seven findings more would say the same
    yield from _services(settings, where, words)
    yield from _clock(where, words)
    yield from _overdue(where, words)


def _folder(settings: Settings, words: _Words) -> Iterator[Finding]:
    folder = place_of(settings).state
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=existing) as probe:
            probe.write(b"x")
        yield words.well("folder", detail=folder)
    except OSError as error:
        yield words.wrong("folder", detail=folder, reason=error.strerror)
    free = shutil.disk_usage(existing).free
    gigabytes = f"{free / 1e9:.1f}"
    yield words.well("disk", detail=gigabytes) if free >= ENOUGH_DISK else words.wrong("disk", detail=gigabytes)


def _key(settings: Settings, words: _Words) -> Finding:
    # Reading the key of an embedded installation makes one; looking must not.
    own = settings.embedded and not settings.secret_key and not settings.secret_key_file
    if own and not (settings.state_dir / "secret.key").exists():
        return words.well("key", "new")
    try:
        read_secrets(settings)
    except BadConfiguration as error:
        return words.wrong("key", detail=error)
    return words.well("key")


def _port(settings: Settings, runtime: Runtime | None, words: _Words) -> Finding:
    if runtime:
        return words.well("port", "ours", detail=runtime.port)
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError:
            return words.wrong("port", detail=settings.port)
    return words.well("port", detail=settings.port)


def _mail(settings: Settings, words: _Words) -> Iterator[Finding]:
    if settings.local_mailbox:
        yield words.well("mail", "local")
    elif settings.mail_provider != MailProvider.SMTP:
        yield _mail_service(settings, words)
    else:
        yield from _mail_server(settings, words)


def _mail_server(settings: Settings, words: _Words) -> Iterator[Finding]:
    """Whether the server takes us, and whether mails would reach it in the clear; as a sender sees it."""
    try:
        route = read_server(settings)
    except BadConfiguration as error:
        yield words.wrong("mail", detail="ABM_SMTP_URL", reason=error)
        return
    # Never the whole address: it may hold a password.
    name = f"{route.host}:{route.port}"
    try:
        with connect(route, ANSWER_WITHIN) as server:
            is_encrypted = isinstance(server.sock, ssl.SSLSocket)
    except Broken as broken:
        cause = broken.__cause__
        if broken.reason is SendReason.SMTP_UNSAFE:
            yield words.wrong("tls", "unsafe", detail=name, reason=cause or words("tls_not_offered"))
        else:
            yield words.wrong("mail", detail=name, reason=str(cause) or type(cause).__name__)
        return
    yield words.well("mail", detail=name)
    if is_encrypted:
        yield words.well("tls", detail=name)
    else:
        yield words.well("tls", "here", detail=name) if route.is_loopback else words.wrong("tls", "clear", detail=name)


def _mail_service(settings: Settings, words: _Words) -> Finding:
    try:
        route = read_api(settings)
        socket.create_connection((route.host, route.port), ANSWER_WITHIN).close()
    except (BadConfiguration, OSError) as error:
        return words.wrong("mail", detail=settings.mail_provider, reason=error)
    return words.well("mail", detail=f"{settings.mail_provider}, {route.host}")


def _outside(settings: Settings, words: _Words) -> Iterator[Finding]:
    """What mail needs once it leaves the building."""
    named = settings.sender_address.strip()
    yield words.well("sender", detail=settings.sender_mail) if named else words.wrong("sender")
    url = settings.public_url
    yield (
        words.wrong("public", detail=url)
        if _is_here(urlsplit(url).hostname or "")
        else words.well("public", detail=url)
    )


def _is_here(host: str) -> bool:
    """Whether a host means this machine only."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _services(settings: Settings, where: Addresses, words: _Words) -> Iterator[Finding]:
    """What /readyz says, asked from here; the signer is never used, so any will do."""
    engine = make_engine(where.database_url, pool_size=1, application="abm-doctor")
    try:
        for check in find_checks(Installation(settings, where, engine, Signer([secrets.token_bytes(32)]))):
            yield Finding(check.ok, words(check.name), check.message)
    finally:
        engine.dispose()


def _clock(where: Addresses, words: _Words) -> Iterator[Finding]:
    try:
        difference = abs(_database_time(where) - host_time())
    except psycopg.Error:
        return  # said already
    seconds = f"{difference.total_seconds():.1f}"
    well = difference <= CLOCKS_APART
    yield words.well("clock", detail=seconds) if well else words.wrong("clock", detail=seconds)


def _overdue(where: Addresses, words: _Words) -> Iterator[Finding]:
    """Told only while it is so."""
    url = where.database_url.replace("+psycopg", "", 1)
    try:
        with psycopg.connect(url, connect_timeout=ANSWER_WITHIN) as connection:
            asked = "SELECT enrollments, messages FROM restarts WHERE answer IS NULL ORDER BY silent_from DESC LIMIT 1"
            row = connection.execute(asked).fetchone()
    except psycopg.Error:
        return  # said already
    if row:
        yield words.wrong("overdue", people=row[0], mails=row[1])


def _database_time(where: Addresses) -> datetime:
    url = where.database_url.replace("+psycopg", "", 1)
    with psycopg.connect(url, connect_timeout=ANSWER_WITHIN) as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment
