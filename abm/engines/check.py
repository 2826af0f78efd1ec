"""Whether engines in use, our own or foreign ones, are what the product needs."""

from dataclasses import dataclass
from typing import cast

import psycopg
import redis

from abm.engines.place import Addresses
from abm.engines.texts import word
from abm.errors import BadConfiguration, ServiceDown
from abm.words import Language

OLDEST_POSTGRES = 18
NO_EVICTION = "noeviction"
ANSWER_WITHIN = 5


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an engine; `down` when it may come back by itself."""

    code: str
    detail: str

    @property
    def down(self) -> bool:
        """True when the engine does not answer, rather than being the wrong one."""
        return self.code.endswith("_down")

    def message(self, language: str = Language.ENGLISH) -> str:
        """What is wrong and what to do, in words."""
        return word(language, self.code, detail=self.detail, floor=OLDEST_POSTGRES)


def check_engines(found: Addresses, language: str = Language.ENGLISH) -> None:
    """Raise ServiceDown when an engine does not answer, BadConfiguration when it is not fit."""
    problems = find_problems(found)
    text = " / ".join(problem.message(language) for problem in problems)
    if any(not problem.down for problem in problems):
        raise BadConfiguration(text)
    if problems:
        raise ServiceDown(text)


def refuse_unfit(found: Addresses, language: str = Language.ENGLISH) -> None:
    """Raise BadConfiguration when an engine is not fit; one that does not answer may come back, and is waited for."""
    if unfit := [problem.message(language) for problem in find_problems(found) if not problem.down]:
        raise BadConfiguration(" / ".join(unfit))


def find_problems(found: Addresses) -> list[Problem]:
    """Everything wrong with the engines, nothing when they are fit."""
    problems = (_postgres_problem(found.database_url), _valkey_problem(found.redis_url))
    return [problem for problem in problems if problem]


def _postgres_problem(database_url: str) -> Problem | None:
    try:
        with psycopg.connect(database_url.replace("+psycopg", "", 1), connect_timeout=ANSWER_WITHIN) as connection:
            return judge_postgres(connection.info.server_version)
    except psycopg.Error as error:
        return Problem("postgres_down", _one_line(error))


def judge_postgres(version: int) -> Problem | None:
    """What is wrong with a server of this version number, as PostgreSQL counts them (180006 is 18.6)."""
    if version // 10_000 >= OLDEST_POSTGRES:
        return None
    return Problem("postgres_old", f"{version // 10_000}.{version % 10_000}")


def _valkey_problem(redis_url: str) -> Problem | None:
    try:
        with redis.Redis.from_url(redis_url, socket_timeout=ANSWER_WITHIN, decode_responses=True) as client:
            policy = cast(dict[str, str], client.config_get("maxmemory-policy")).get("maxmemory-policy", "")
    except redis.ResponseError as error:
        return Problem("valkey_closed", _one_line(error))
    except (redis.RedisError, ValueError) as error:
        return Problem("valkey_down", _one_line(error))
    return None if policy == NO_EVICTION else Problem("valkey_evicts", policy)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
