"""``cinestreamd alerts``: what is wrong, and whether notices arrive."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from command_line import cinestreamd
from webhook_server import webhook_server

from cinestreamd.alerts.model import Condition
from cinestreamd.alerts.watch import Known, encode_known
from cinestreamd.sites.env import write_env

THEN = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CITY = Condition("city_failing", "kino", "kyiv", "kino: kyiv could not be read 3 times in a row")


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    with webhook_server("/hook") as served:
        yield served


def test_what_was_told_and_is_not_over_is_listed(tmp_path: Path) -> None:
    assert json.loads(cinestreamd(tmp_path, "alerts", "list", "--json").output) == []
    (tmp_path / "alerts.json").write_bytes(encode_known([Known(CITY, THEN, THEN, THEN)]))
    assert json.loads(cinestreamd(tmp_path, "alerts", "list", "--json").output) == [
        {
            "since": "2026-11-21T12:00:00Z",
            "alert": "city_failing",
            "site": "kino",
            "subject": "kyiv",
            "text": CITY.text,
        }
    ]
    shown = cinestreamd(tmp_path, "alerts", "list").output
    assert "2026-11-21 12:00" in shown
    assert CITY.text in shown


def test_a_test_notice_arrives(tmp_path: Path, webhook: tuple[str, list[dict[str, Any]]]) -> None:
    url, kept = webhook
    write_env(tmp_path / "alerts.env", {"ALERT_WEBHOOK": url})
    ended = cinestreamd(tmp_path, "alerts", "test")
    assert (ended.code, ended.output) == (0, "sent by webhook\n")
    assert "This is a test: nothing is wrong." in kept[0]["text"]


def test_where_no_way_is_set_up_it_is_told_how(tmp_path: Path) -> None:
    ended = cinestreamd(tmp_path, "alerts", "test")
    assert ended.code == 78
    assert f"ALERT_WEBHOOK in {tmp_path}/alerts.env" in ended.error


def test_secrets_that_others_can_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "alerts.env").write_text("ALERT_WEBHOOK=https://chat.example/secret-word\n")
    (tmp_path / "alerts.env").chmod(0o644)
    ended = cinestreamd(tmp_path, "alerts", "test")
    assert ended.code == 78
    assert "secret-word" not in ended.error
