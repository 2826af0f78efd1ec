"""Logging: one line an event on stderr, as JSON when wanted, and never with a mail address or password in it."""

import logging
import re
import sys
import time
from collections.abc import Callable

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from abm.config import Settings

# Whatever stands around an @ goes: mail addresses, and the user:password@host of URLs.
ADDRESS = re.compile(r"[^\s\"'<>()\[\],;=/@\\]+@[^\s\"'<>()\[\],;@\\]+")
MASK = "…@…"
# One thread per queue, each of which tells of every try to reach a queue that is away.
CHORUS = "dramatiq.worker.ConsumerThread"
SAY_AGAIN_AFTER = 60.0
# Libraries that tell every small step at the level we want to hear ourselves at.
QUIET = ("alembic", "asyncio", "mail.log", "urllib3", "dramatiq.broker")


def set_up_logging(settings: Settings, process: str) -> None:
    """Send everything this process and its libraries log to stderr, one masked line each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(settings, process))
    handler.addFilter(Seldom())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*_steps(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


class Seldom(logging.Filter):
    """Lets a line of the queue's many listeners through once a minute: they all say the same when the queue is away."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this line is worth writing."""
        if not record.name.startswith(CHORUS):
            return True
        now, said = self._clock(), str(record.msg)
        if now - self._said.get(said, float("-inf")) < SAY_AGAIN_AFTER:
            return False
        self._said[said] = now
        return True


def mask_addresses(text: str) -> str:
    """The text without mail addresses and without the credentials of URLs."""
    return ADDRESS.sub(MASK, text)


def _steps() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _formatter(settings: Settings, process: str) -> logging.Formatter:
    def name_process(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        return {**event, "process": process}

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_steps(),
        processors=[
            name_process,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            *_renderers(settings.log_json),
        ],
    )


def _renderers(as_json: bool) -> list[Processor]:
    # Masked twice: values before, because rendering could break an address apart with its escapes, and the finished
    # line after, because keys and the texts of nested objects appear only there.
    render: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    return [_mask_values, render, _mask_line]


def _mask_values(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    return {key: mask_addresses(value) if isinstance(value, str) else value for key, value in event.items()}


def _mask_line(logger: WrappedLogger, method: str, line: object) -> str:
    return mask_addresses(str(line))
