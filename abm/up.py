"""Runs a whole installation: engines, migrations and every process, and stops all of it again."""

import errno
import http.client
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import FrameType
from typing import Any

import psycopg
from rich.console import Console

from abm.children import Child, Fall, Runner, last_lines, stop_all
from abm.config import Settings
from abm.engines import (
    Engines,
    Runtime,
    check_engines,
    forget_runtime,
    start_engines,
    write_runtime,
)
from abm.engines.hold import await_free
from abm.engines.place import place_of
from abm.errors import AbmError, BadConfiguration, ServiceDown

EXIT_FAILED, EXIT_DOWN, EXIT_CONFIGURATION = 1, 69, 78
LOOK_EVERY = 0.1
PROBE_WITHIN = 5.0
SAY_AGAIN_AFTER = 30.0  # while it is not ready
SHOW_LOG_FROM = 2  # falls in a row: one may be bad luck
DEMO, FIRST_USER = "demo", "first-user"
# Keys travel by file or by the environment that already holds them, never further than needed.
NOT_PASSED_ON = ("secret_key", "demo")

TEXTS = {
    "starting": {"ja": "起動しています… ({detail})", "en": "Starting… ({detail})"},
    "not_ready": {"ja": "準備中です: {detail}", "en": "Not ready yet: {detail}"},
    "ready": {"ja": "準備ができました。Ctrl-C で停止します。", "en": "Ready. Ctrl-C stops everything."},
    "pages": {"ja": "  画面            {detail}", "en": "  Pages    {detail}"},
    "mailbox": {"ja": "  メールボックス  {detail}", "en": "  Mailbox  {detail}"},
    "log_in": {"ja": "  ログイン        {detail}", "en": "  Log in   {detail}"},
    "logs": {"ja": "  ログ            {detail}", "en": "  Logs     {detail}"},
    "overdue": {
        "ja": "  長時間停止していたため、送信期限を過ぎたメールを保留しています。 {detail} で判断してください。",
        "en": "  Overdue mail is held back after a long silence. Decide at {detail}",
    },
    "stopping": {"ja": "停止しています…", "en": "Stopping…"},
    "stopped": {"ja": "停止しました。", "en": "Stopped."},
    "fell": {
        "ja": "{name} が終了しました (コード {status})。{pause:.0f} 秒以内に再起動します。ログ: {log}",
        "en": "{name} ended with {status}; it is started again within {pause:.0f} s. Log: {log}",
    },
    "step_failed": {
        "ja": "「{name}」が失敗しました (コード {status})。ログ: {log}",
        "en": "“{name}” failed with {status}. Log: {log}",
    },
    "port_busy": {
        "ja": "ポート {port} は使用中です。ABM_PORT に別の番号を指定してください。例: ABM_PORT={other}",
        "en": "port {port} is in use; set ABM_PORT to another one, for example ABM_PORT={other}",
    },
    "port_refused": {
        "ja": "{host}:{port} で待ち受けできません ({detail})。ABM_HOST と ABM_PORT を確認してください。",
        "en": "cannot listen on {host}:{port} ({detail}); check ABM_HOST and ABM_PORT",
    },
    "engines_gone": {
        "ja": "データベースを見守るプロセスが終了したため、停止します。",
        "en": "the process that guards the engines ended, so everything is stopped",
    },
}


def abm(*words: str) -> tuple[str, ...]:
    """The command line of one of our own commands."""
    return (sys.executable, "-m", "abm", *words)


@dataclass(frozen=True)
class Steps:
    """The commands of one run; tests put small ones in their place."""

    migrate: tuple[str, ...] = abm("migrate")
    children: tuple[Child, ...] = (
        Child("mailbox", abm("mailbox", "serve")),
        Child("loader", abm("loader")),
        Child("worker", abm("worker")),
        Child("scheduler", abm("scheduler")),
        Child("front", abm("front")),
    )
    demo: tuple[str, ...] = abm("demo")
    first_user: tuple[str, ...] = abm("user", "first", "--link")
    demo_user: tuple[str, ...] = abm("user", "first", "--demo")


def run(settings: Settings, demo: bool, steps: Steps = Steps()) -> int:
    """Run everything until Ctrl-C or SIGTERM; the exit code. What went wrong is said on the screen."""
    screen = Screen(settings.language)
    try:
        # The folder before the port: whoever starts twice is told so, not sent to another port.
        await_free(place_of(settings).lock, settings.language)
        return Supervisor(_with_ports(settings), demo, steps, screen).run()
    except AbmError as error:
        screen.line(str(error))
        return EXIT_CONFIGURATION if isinstance(error, BadConfiguration) else EXIT_DOWN


class Screen:
    """Says things in the installation's language; colours only on a terminal."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)

    def say(self, text: str, **values: object) -> None:
        """One of our texts."""
        self.line(word(self._language, text, **values))

    def line(self, line: str) -> None:
        """A line as it is; written at once, because whoever reads along may be waiting for it."""
        self._console.print(line)
        self._console.file.flush()


def word(language: str, text: str, **values: object) -> str:
    """One of our texts in a language."""
    return TEXTS[text][language].format(**values)


class Supervisor:
    """One run: engines first, then migrations, then the processes; stopped the other way round."""

    def __init__(self, settings: Settings, demo: bool, steps: Steps, screen: Screen) -> None:
        self._settings, self._demo, self._steps, self._screen = settings, demo, steps, screen
        self._place = place_of(settings)
        self._leaving = False
        self._runners: list[Runner] = []

    def run(self) -> int:
        """Run until told to leave."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._leave)
        self._screen.say("starting", detail=self._place.state)
        with start_engines(self._settings) as engines:
            try:
                return self._run_on(engines)
            finally:
                self._screen.say("stopping")
                stop_all(self._runners)
                forget_runtime(self._settings)
                engines.stop()
                self._screen.say("stopped")

    def _leave(self, number: int, frame: FrameType | None) -> None:
        self._leaving = True

    def _run_on(self, engines: Engines) -> int:
        check_engines(engines.addresses, self._settings.language)
        plays = self._demo and self._demo_is_unfinished(is_new(engines.addresses.database_url))
        if not self._step("migrate", self._steps.migrate, engines):
            return 0 if self._leaving else EXIT_FAILED
        self._note()
        demo = (Child(DEMO, self._steps.demo, once=True),) if plays else ()
        for child in (*self._steps.children, *demo):
            self._runners.append(Runner(child, engines, self._environ(), self._place.logs))
        self._wait_until_ready(engines)
        if not self._leaving:
            self._welcome(engines)
        while not self._leaving:
            self._look(engines)
        return 0

    def _demo_is_unfinished(self, new: bool) -> bool:
        """A demo is begun on a new database only, but one that was interrupted goes on."""
        if new:
            self._demo_note.touch()
        return self._demo_note.exists()

    @property
    def _demo_note(self) -> Path:
        return self._place.state / "demo.unfinished"

    def _environ(self) -> Mapping[str, str]:
        return os.environ | as_environment(self._settings)

    def _note(self) -> None:
        settings = self._settings
        write_runtime(settings, Runtime(os.getpid(), settings.port, settings.mailbox_port, pages_url(settings)))

    def _step(self, name: str, argv: tuple[str, ...], engines: Engines) -> bool:
        """Run a command to its end; False when it failed or we are leaving."""
        runner = Runner(Child(name, argv, once=True), engines, self._environ(), self._place.logs)
        while runner.process.poll() is None and not self._leaving:
            time.sleep(LOOK_EVERY / 2)
        status = runner.process.poll()
        runner.stop()
        if status not in (0, None):
            self._screen.say("step_failed", name=name, status=status, log=runner.log)
            self._show(last_lines(runner.log))
        return status == 0

    def _wait_until_ready(self, engines: Engines) -> None:
        say_at = time.monotonic() + SAY_AGAIN_AFTER
        while not self._leaving:
            status, answer = probe(self._settings)
            if status == http.client.OK:
                return
            if time.monotonic() > say_at:
                self._screen.say("not_ready", detail=missing(answer))
                say_at += SAY_AGAIN_AFTER
            self._look(engines)

    def _look(self, engines: Engines) -> None:
        """One round of looking after everybody."""
        if not engines.alive:
            raise ServiceDown(word(self._settings.language, "engines_gone"))
        for runner in self._runners:
            if fall := runner.look():
                self._tell(fall)
            if runner.done and runner.child.name == DEMO:
                self._demo_note.unlink(missing_ok=True)
        time.sleep(LOOK_EVERY)

    def _tell(self, fall: Fall) -> None:
        self._screen.say("fell", name=fall.name, status=fall.status, pause=fall.pause, log=fall.log)
        if fall.count >= SHOW_LOG_FROM:
            self._show(fall.last_lines)

    def _show(self, lines: Sequence[str]) -> None:
        for line in lines:
            self._screen.line(f"    {line}")

    def _welcome(self, engines: Engines) -> None:
        url = pages_url(self._settings)
        self._screen.say("ready")
        self._screen.say("pages", detail=url)
        self._screen.say("mailbox", detail=f"{url}/mailbox")
        self._screen.say("logs", detail=self._place.logs)
        if is_held_back(engines.addresses.database_url):
            self._screen.say("overdue", detail=f"{url}/overdue")
        # It prints a log-in or a one-time link, or nothing once somebody has set a password.
        command = self._steps.demo_user if self._demo else self._steps.first_user
        if self._step(FIRST_USER, command, engines):
            log = self._place.logs / f"{FIRST_USER}.log"
            for line in last_lines(log):
                self._screen.say("log_in", detail=line.strip())
            log.unlink()  # a password or a one-time link is for the screen only


def _with_ports(settings: Settings) -> Settings:
    """The same settings with every free choice of port made; raises when the pages' port cannot be had."""
    port = _bindable(settings, settings.port)
    mailbox_port = settings.mailbox_port or free_port()
    return replace(settings, state_dir=settings.state_dir.absolute(), port=port, mailbox_port=mailbox_port)


def _bindable(settings: Settings, port: int) -> int:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        # As servers do it: connections of a run that just ended do not count as use.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, port))
            listener.listen()
        except PermissionError as error:
            raise BadConfiguration(_refused(settings, error)) from error
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise ServiceDown(word(settings.language, "port_busy", port=port, other=free_port())) from error
            raise BadConfiguration(_refused(settings, error)) from error
        return int(listener.getsockname()[1])


def _refused(settings: Settings, error: OSError) -> str:
    return word(settings.language, "port_refused", host=settings.host, port=settings.port, detail=error.strerror)


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def as_environment(settings: Settings) -> dict[str, str]:
    """The settings as children read them; addresses of embedded engines follow from the state folder."""
    values = {f"ABM_{field.name.upper()}": _as_text(getattr(settings, field.name)) for field in fields(settings)}
    return {name: value for name, value in values.items() if name.removeprefix("ABM_").lower() not in NOT_PASSED_ON}


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return ",".join(value) if isinstance(value, tuple) else str(value)


def is_new(database_url: str) -> bool:
    """True when no migration has ever run here."""
    with psycopg.connect(database_url.replace("+psycopg", "", 1)) as connection:
        row = connection.execute("SELECT to_regclass('alembic_version') IS NULL").fetchone()
    return bool(row and row[0])


def is_held_back(database_url: str) -> bool:
    """True while what a long silence has left overdue waits for an administrator."""
    with psycopg.connect(database_url.replace("+psycopg", "", 1)) as connection:
        # Programs of one's own in place of ours may leave a database without tables.
        known = connection.execute("SELECT to_regclass('restarts') IS NOT NULL").fetchone()
        if not known or not known[0]:
            return False
        row = connection.execute("SELECT EXISTS (SELECT FROM restarts WHERE answer IS NULL)").fetchone()
    return bool(row and row[0])


def pages_url(settings: Settings) -> str:
    """Where a browser on this machine finds the pages."""
    return f"http://{_reachable(settings.host)}:{settings.port}"


def _reachable(host: str) -> str:
    everywhere = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}
    return everywhere.get(host, f"[{host}]" if ":" in host else host)


def missing(answer: str) -> str:
    """What /readyz still waits for, in words; what it said when it is not our answer."""
    try:
        checks = json.loads(answer)["checks"]
        return " / ".join(f"{check['name']}: {check['message']}" for check in checks if not check["ok"])
    except (ValueError, KeyError, TypeError):
        return answer


def probe(settings: Settings) -> tuple[int, str]:
    """Status and text of /readyz; 0 when nobody answers."""
    connection = http.client.HTTPConnection(_reachable(settings.host).strip("[]"), settings.port, timeout=PROBE_WITHIN)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        return answer.status, answer.read(10_000).decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return 0, str(error)
    finally:
        connection.close()
