"""The daemon's configuration file."""

import json
from pathlib import Path

import msgspec
import pytest

from cinestreamd.config import Settings
from cinestreamd.config_file import load_settings, render_example
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


TEXTS = [
    f"{table.name}.{field.name}"
    for table in msgspec.structs.fields(Settings)
    for field in msgspec.structs.fields(table.type)
    if isinstance(field.default, str | tuple)
]
HOSTILE = {
    "newline": "a\nb",
    "trailing newline": "a.example\n",
    "nul": "a\x00b",
    "right to left": "\u202ea",
    "semicolon": ";",
    "brace": "{",
    "parent": "../x",
    "long": "a" * 300,
    "false punycode": "xn--zzzzzz99999999.example",
}
HARMLESS = {"fetch.user_agent": {"semicolon", "brace", "parent", "false punycode"}}
"""What is sent as it stands, in a header: any visible line of 200 characters."""


def test_there_are_texts_to_try() -> None:
    assert {"daemon.bind", "daemon.trusted_proxies", "discovery.overpass_endpoints", "alerts.smtp_host"} <= set(TEXTS)


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("setting", TEXTS)
def test_hostile_text_is_refused_with_its_line(tmp_path: Path, setting: str, value: str) -> None:
    table, _, field = setting.partition(".")
    is_list = isinstance(getattr(getattr(Settings(), table), field), tuple)
    word = f"x@{HOSTILE[value]}" if setting in {"alerts.mail_to", "alerts.mail_from"} else HOSTILE[value]
    text = f"[{table}]\n{field} = {json.dumps([word] if is_list else word)}\n"
    if setting == "alerts.mail_to":
        text += "mail_from = 'x@kino.example'\nsmtp_host = 'kino.example'\n"
    if value in HARMLESS.get(setting, set()):
        load_settings(written(tmp_path, text))
        return
    with pytest.raises(ConfigurationError, match=rf"config\.toml:2: {table}\.{field}"):
        load_settings(written(tmp_path, text))


def test_usable_addresses_are_taken(tmp_path: Path) -> None:
    text = (
        "[daemon]\nbind = '::1'\n[supervisor]\ncontrol_group = 'www-data'\n"
        "[discovery]\noverpass_endpoints = ['http://127.0.0.1:12345/api/interpreter', 'https://overpass.example/']\n"
        "[alerts]\nmail_to = ['x@kino.example']\nmail_from = 'y@xn--h1alffa9f.xn--j1amh'\nsmtp_host = 'localhost'\n"
        "[tracing]\nendpoint = 'http://127.0.0.1:4318/v1/traces'\n"
    )
    assert load_settings(written(tmp_path, text)).daemon.bind == "::1"
