"""Which engines are refused, and what is said about them."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import redis

from abm.engines import Addresses, check_engines, find_problems
from abm.engines.check import judge_postgres
from abm.errors import BadConfiguration, ServiceDown


@pytest.fixture
def evicting(engines: Addresses) -> Iterator[Addresses]:
    """Engines whose Valkey throws keys away when it is full."""
    with redis.Redis.from_url(engines.redis_url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        yield engines
        client.config_set("maxmemory-policy", "noeviction")


def test_our_own_engines_fit(engines: Addresses) -> None:
    assert find_problems(engines) == []


def test_a_valkey_that_throws_keys_away_is_refused_with_the_remedy(evicting: Addresses) -> None:
    with pytest.raises(BadConfiguration, match=r"allkeys-lru.*CONFIG SET maxmemory-policy noeviction"):
        check_engines(evicting, "en")


def test_the_refusal_is_said_in_japanese_too(evicting: Addresses) -> None:
    with pytest.raises(BadConfiguration, match=r"allkeys-lru のため.*noeviction」を実行"):
        check_engines(evicting, "ja")


def test_a_postgres_below_the_floor_is_named_with_its_version() -> None:
    problem = judge_postgres(170_004)

    assert problem is not None
    assert "PostgreSQL 17.4 is too old; use 18 or newer" in problem.message("en")


def test_the_floor_itself_and_what_comes_after_it_fit() -> None:
    assert judge_postgres(180_000) is None
    assert judge_postgres(190_001) is None


def test_a_postgres_that_does_not_answer_is_down(engines: Addresses) -> None:
    away = replace(engines, database_url="postgresql+psycopg://nobody@127.0.0.1:1/nothing")

    with pytest.raises(ServiceDown, match="DATABASE_URL"):
        check_engines(away, "en")


def test_a_valkey_that_does_not_answer_is_down(engines: Addresses) -> None:
    with pytest.raises(ServiceDown, match="REDIS_URL"):
        check_engines(replace(engines, redis_url="redis://127.0.0.1:1/0"), "en")


def test_a_redis_url_that_is_none_is_said_to_be_wrong(engines: Addresses) -> None:
    with pytest.raises(ServiceDown, match="REDIS_URL"):
        check_engines(replace(engines, redis_url="valkey.example"), "en")
