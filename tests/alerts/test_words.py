"""Notices in the operator's language, with the plural that the number asks for."""

from datetime import UTC, datetime

import msgspec
import pytest
from known_cinemas import zirka

from cinestreamd.alerts.model import Condition, Notice, condition, headline, in_language, lines
from cinestreamd.alerts.watch import Known, decode_known, encode_known
from cinestreamd.alerts.words import Words, say
from cinestreamd.config import AlertSettings
from cinestreamd.i18n import Language
from cinestreamd.master.alert_conditions import budget, failing_cinema

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def told(count: int) -> Condition:
    """A cinema that does not answer."""
    return failing_cinema("kino", zirka("unreachable", failures=count))


@pytest.mark.parametrize(
    ("language", "count", "text"),
    [
        ("en", 1, "kino: Зірка in kyiv could not be read 1 time in a row (unreachable)"),
        ("en", 3, "kino: Зірка in kyiv could not be read 3 times in a row (unreachable)"),
        ("uk", 1, "kino: Зірка (kyiv) не вдалося прочитати 1 раз поспіль (не відповідає)"),
        ("uk", 3, "kino: Зірка (kyiv) не вдалося прочитати 3 рази поспіль (не відповідає)"),
        ("uk", 11, "kino: Зірка (kyiv) не вдалося прочитати 11 разів поспіль (не відповідає)"),
        ("ru", 21, "kino: Зірка (kyiv) не удалось прочитать 21 раз подряд (не отвечает)"),
        ("ru", 22, "kino: Зірка (kyiv) не удалось прочитать 22 раза подряд (не отвечает)"),
        ("ru", 25, "kino: Зірка (kyiv) не удалось прочитать 25 раз подряд (не отвечает)"),
    ],
)
def test_the_number_chooses_the_form(language: Language, count: int, text: str) -> None:
    [notice] = in_language((Notice(told(count), "raised", NOW, NOW),), language)
    assert notice.condition.text == text
    assert notice.condition.words is None


def test_what_is_around_the_texts_is_told_in_the_language_as_well() -> None:
    [money, *_] = budget("", "month", 900_000, 1_000_000)
    notices = in_language((Notice(told(3), "over", NOW, NOW), Notice(money, "still", NOW, NOW)), "uk")
    assert headline(notices, "uk") == (
        "усунуто: kino: Зірка (kyiv) не вдалося прочитати 3 рази поспіль (не відповідає) (і ще 1)"
    )
    over = "усунуто: kino: Зірка (kyiv) не вдалося прочитати 3 рази поспіль (не відповідає)"
    still = "досі: усі сайти: витрачено або відкладено 90% місячної межі витрат на Claude ($1.0000)"
    assert lines(notices, "uk") == [f"2026-11-21 12:00 UTC  {text} (з 11-21 12:00)" for text in (over, still)]


def test_a_name_with_signs_of_a_template_stays_as_it_is() -> None:
    hostile = Words("{site} fails", fields={"site": "{count} {0} {reason.__class__}"}, reason="x")
    assert say(hostile, "en") == "{count} {0} {reason.__class__} fails"


def test_an_end_is_told_in_the_language_also_after_a_restart() -> None:
    [known] = decode_known(encode_known([Known(told(2), NOW, NOW, NOW)]), now=NOW)
    assert known.condition == told(2)
    former = (
        b'[{"condition":{"kind":"disk_nearly_full","site":"","subject":"","text":"5 % is free"},'
        b'"since":"2026-11-21T12:00:00Z","seen":"2026-11-21T12:00:00Z","told":"2026-11-21T12:00:00Z"}]'
    )
    [plain] = decode_known(former, now=NOW)
    assert in_language((Notice(plain.condition, "over", NOW, NOW),), "uk")[0].condition.text == "5 % is free"


def test_a_webhook_is_given_texts_alone() -> None:
    sent = msgspec.json.decode(msgspec.json.encode(in_language((Notice(told(2), "raised", NOW, NOW),), "en")))
    assert set(sent[0]["condition"]) == {"kind", "site", "subject", "text"}


def test_notices_are_in_english_unless_another_language_is_set() -> None:
    assert AlertSettings().language == "en"
    assert condition("city_failing", "kino", "kyiv", Words("it fails")).text == "it fails"
