"""Where settings come from, and what is said about wrong ones."""

from pathlib import Path

import pytest

from abm.config import load_settings
from abm.errors import BadConfiguration


def file_with(folder: Path, text: str) -> Path:
    """A settings file."""
    file = folder / "abm.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_environment_goes_before_the_file_and_the_file_before_the_defaults(tmp_path: Path) -> None:
    file = file_with(tmp_path, 'port = 8100\nlanguage = "en"\n')

    settings = load_settings({"ABM_PORT": "8200"}, file)

    assert (settings.port, settings.language, settings.time_zone) == (8200, "en", "Asia/Tokyo")


def test_the_plain_names_of_other_tools_are_read_and_ours_goes_before_them(tmp_path: Path) -> None:
    plain = {"DATABASE_URL": "postgresql://plain", "REDIS_URL": "redis://plain"}

    settings = load_settings(plain | {"ABM_REDIS_URL": "redis://ours"}, tmp_path / "none.toml")

    assert (settings.database_url, settings.redis_url) == ("postgresql://plain", "redis://ours")


def test_the_usual_file_may_be_missing_but_one_that_is_named_may_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    missing = str(tmp_path / "other.toml")

    assert load_settings({}).port == 8000
    with pytest.raises(BadConfiguration, match=r"ABM_CONFIG names .*other\.toml"):
        load_settings({"ABM_CONFIG": missing})


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"ABM_PORT": "many"}, "ABM_PORT.*whole number"),
        ({"ABM_PORT": "70000"}, "port must be between"),
        ({"ABM_API_REQUESTS": "0"}, "api_requests must be 1 or more"),
        ({"ABM_DEMO": "perhaps"}, "ABM_DEMO.*yes or no"),
        ({"ABM_TIME_ZONE": "Mars"}, "Mars.*Asia/Tokyo"),
        ({"ABM_LANGUAGE": "fr"}, "fr.*ja, en"),
        ({"ABM_MAIL_PROVIDER": "pigeon"}, "smtp, ses, sendgrid, postmark"),
        ({"ABM_MAIL_PROVIDER": "ses"}, "mail_key or mail_key_file"),
    ],
)
def test_a_wrong_value_is_named_with_what_would_be_right(tmp_path: Path, environ: dict[str, str], says: str) -> None:
    with pytest.raises(BadConfiguration, match=says):
        load_settings(environ, tmp_path / "none.toml")


@pytest.mark.parametrize(("text", "says"), [("prt = 1", "unknown setting 'prt'"), ("port = ", "cannot be read")])
def test_a_file_that_is_wrong_is_named(tmp_path: Path, text: str, says: str) -> None:
    file = file_with(tmp_path, text)

    with pytest.raises(BadConfiguration, match=f"{file}.*{says}"):
        load_settings({}, file)
