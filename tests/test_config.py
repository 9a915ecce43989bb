"""The daemon's configuration file."""

from pathlib import Path

import pytest

from cinestreamd.config import Settings, load_settings, render_example
from cinestreamd.errors import ConfigurationError

ROOT = Path(__file__).parent.parent


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_are_the_documented_ones() -> None:
    settings = Settings()
    assert settings.daemon.bind == "127.0.0.1"
    assert (settings.scrape.lease_seconds, settings.scrape.deadline_seconds) == (300, 240)
    assert settings.scrape.stale_after_seconds == 24 * 3600
    assert settings.scrape.keep_showtimes_days == 90
    assert settings.store.write_timeout == 2.0


def test_example_file_is_what_the_types_say() -> None:
    assert (ROOT / "config.example.toml").read_text(encoding="utf-8") == render_example()


def test_example_file_with_every_setting_uncommented_is_all_defaults(tmp_path: Path) -> None:
    lines = render_example().splitlines()
    text = "\n".join(line[1:] if line.startswith("#") and not line.startswith("# ") else line for line in lines)
    assert load_settings(written(tmp_path, text)) == Settings()


def test_values_are_read(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, "[scrape]\nlease_seconds = 60\ndeadline_seconds = 30\n"))
    assert (settings.scrape.lease_seconds, settings.scrape.deadline_seconds) == (60, 30)
    assert settings.daemon == Settings().daemon


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[scrape]\n\nlease_seconds = 'long'\n", 3, "scrape.lease_seconds"),
        ("[scrape]\nlease_second = 5\n", 2, "lease_second"),
        ("[daemon]\nbind = '::1'\n[nonsense]\na = 1\n", 3, "nonsense"),
        ("[scrape]\nagents_per_site = 0\n", 2, "agents_per_site"),
        ("[scrape]\nlease_seconds = 100\ndeadline_seconds = 100\n", 3, "below scrape.lease_seconds"),
        ("[daemon]\n\n\ntrusted_proxies = ['10.0.0.0/33']\n", 4, "trusted_proxies"),
        ("[daemon]\ntrusted_proxies = ['::1/128', 5]\n", 2, "trusted_proxies"),
    ],
)
def test_unusable_file_is_refused_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        load_settings(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}: ")
    assert words in message
    assert "\n" not in message


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="line 2"):
        load_settings(written(tmp_path, "[scrape]\nlease_seconds = = 3\n"))


def test_missing_file_that_was_asked_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_settings(tmp_path / "none.toml")
