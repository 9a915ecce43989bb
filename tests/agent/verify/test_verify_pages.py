"""Candidates held against their page: what is let through and what is refused, and why."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from cinestreamd.agent.model import Candidate, Page, ReadContext, Reading
from cinestreamd.agent.verify import Verified, verify
from cinestreamd.agent.verify.presence import prints_clock
from cinestreamd.store.base import Cinema, Price

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
KYIV = ReadContext(now=NOW, timezone=ZoneInfo("Europe/Kyiv"), country="UA")
CINEMA = Cinema(
    id="kyiv-zirka", city_id="kyiv", name="Кінотеатр «Зірка»", url="https://zirka.example/", source="config"
)
SOURCE = (
    '<!doctype html><html lang="uk"><head><title>Розклад</title></head><body><h2>Дюна: Частина&nbsp;друга '
    "<b>(16+)</b></h2>"
    "<p>субота <time>19:30</time> 150 грн</p><h2>Чужий &amp; друзі</h2><p>00:15</p><p>19:30 Зал 2</p>"
    '<script>var x = {"t": "\\u0406\\u0436\\u0430\\u043a", "s": "2026-11-22T18:00:00"}</script></body>'
)
CANDIDATE = Candidate(
    title="Дюна: Частина друга (16+)", day=date(2026, 11, 21), clock=time(19, 30), quote="субота 19:30 150 грн"
)


def page(source: str = SOURCE) -> Page:
    return Page(url="https://zirka.example/rozklad", content_type="text/html", text=source, fetched_at=NOW)


def check(*candidates: Candidate, cinema: Cinema | None = CINEMA, confidence: float = 1.0) -> Verified:
    reading = Reading(reader="test", candidates=candidates, confidence=confidence)
    return verify(page(), reading, cinema, KYIV)


def changed(**fields: Any) -> Candidate:
    return msgspec.structs.replace(CANDIDATE, **fields)


def reasons(verified: Verified) -> list[str]:
    return [refusal.reason for refusal in verified.refusals]


def test_a_candidate_that_stands_on_the_page_becomes_a_showing() -> None:
    (showing,) = check(changed(price_text="150 грн", link="https://zirka.example/buy/1", room=" Зал  2 ")).showings
    assert showing.title == "Дюна: Частина друга"
    assert showing.raw_title == "Дюна: Частина друга (16+)"
    assert showing.start_time == datetime(2026, 11, 21, 17, 30, tzinfo=UTC)
    assert showing.business_day == date(2026, 11, 21)
    assert showing.price == Price(min=15_000, max=15_000, currency="UAH", text="150 грн")
    assert showing.link == "https://zirka.example/buy/1"
    assert showing.room == "Зал 2"
    assert showing.reader == "test"
    assert showing.evidence.url == "https://zirka.example/rozklad"
    assert showing.evidence.quote == "субота 19:30 150 грн"
    assert showing.evidence.fetched_at == NOW
    assert showing.page_language == "uk"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"title": ""}, "title_missing"),
        ({"title": "   "}, "title_missing"),
        ({"title": "Матриця"}, "title_not_on_page"),
        ({"title": "юна"}, "title_not_on_page"),
        ({"title": "Дюна: Частина третя"}, "title_not_on_page"),
        ({"clock": time(19, 31)}, "time_not_on_page"),
        ({"clock": time(7, 30)}, "time_not_on_page"),
        ({"quote": "субота 19:30 250 грн"}, "time_not_on_page"),
        ({"quote": ""}, "time_not_on_page"),
        ({"quote": "субота"}, "time_not_on_page"),
        ({"day": None}, "date_assumed"),
        ({"day": date(2026, 11, 20)}, "in_the_past"),
        ({"day": date(2026, 11, 21), "clock": time(0, 15), "quote": "00:15"}, "in_the_past"),
        ({"day": date(2027, 12, 31)}, "too_far_ahead"),
        ({"day": date(2027, 3, 28), "clock": time(3, 30)}, "time_not_on_page"),
    ],
)
def test_what_speaks_against_a_candidate_is_said(fields: dict[str, Any], reason: str) -> None:
    verified = check(changed(**fields))
    assert verified.showings == ()
    assert reasons(verified) == [reason]


def test_a_time_that_the_clock_change_skips_is_refused() -> None:
    source = "<h1>Дюна</h1><p>03:30</p>"
    candidate = Candidate(title="Дюна", day=date(2027, 3, 28), clock=time(3, 30), quote="03:30")
    reading = Reading(reader="test", candidates=(candidate,))
    assert reasons(verify(page(source), reading, CINEMA, KYIV)) == ["no_such_local_time"]


@pytest.mark.parametrize(
    ("title", "quote", "clock"),
    [
        ("Дюна: Частина друга", "субота <time>19:30</time>", time(19, 30)),
        ("ДЮНА — ЧАСТИНА ДРУГА", "19:30  150 ГРН", time(19, 30)),
        ("Чужий & друзі", "19:30 Зал 2", time(19, 30)),
        ("Їжак", "2026-11-22T18:00:00", time(18, 0)),
        ("\u0406жак", '"s": "2026-11-22T18:00:00"', time(18, 0)),
    ],
)
def test_spaces_case_entities_and_escapes_do_not_hide_what_is_there(title: str, quote: str, clock: time) -> None:
    title = title.replace("Їжак", "Іжак")
    assert len(check(changed(title=title, quote=quote, clock=clock, day=date(2026, 11, 22))).showings) == 1


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("19:30", time(19, 30)),
        ("19.30", time(19, 30)),
        ("19h30", time(19, 30)),
        ("19 30", time(19, 30)),
        ("1930", time(19, 30)),
        ("7:30 PM", time(19, 30)),
        ("7.30pm", time(19, 30)),
        ("7:30 p.m.", time(19, 30)),
        ("7:30", time(19, 30)),
        ("7pm", time(19, 0)),
        ("19 Uhr", time(19, 0)),
        ("19h", time(19, 0)),
        ("2026-11-21T19:30:00+02:00", time(19, 30)),
        ("20261121T193000", time(19, 30)),
        ("9:05", time(9, 5)),
        ("09:05", time(9, 5)),
        ("12:15 AM", time(0, 15)),
        ("0:15", time(0, 15)),
        ("24:15", time(0, 15)),
        ("25:30", time(1, 30)),
        ("19：30", time(19, 30)),
    ],
)
def test_a_clock_is_found_in_every_form(text: str, clock: time) -> None:
    assert prints_clock(text, clock)


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("19:30", time(19, 31)),
        ("19:30", time(9, 30)),
        ("119:30", time(19, 30)),
        ("19:305", time(19, 30)),
        ("21930", time(19, 30)),
        ("19 грн", time(19, 0)),
        ("зал 7", time(19, 0)),
        ("", time(0, 0)),
    ],
)
def test_another_number_is_no_such_clock(text: str, clock: time) -> None:
    assert not prints_clock(text, clock)


def test_a_price_that_is_not_on_the_page_is_dropped_and_the_showing_stays() -> None:
    (showing,) = check(changed(price_text="990 грн")).showings
    assert showing.price is None


def test_a_link_elsewhere_is_dropped_and_the_showing_stays() -> None:
    (showing,) = check(changed(link="https://evil.example/")).showings
    assert showing.link is None


def test_an_original_title_that_is_not_on_the_page_is_dropped() -> None:
    assert check(changed(original_title="Dune: Part Two")).showings[0].original_title is None
    assert check(changed(original_title="Чужий & друзі")).showings[0].original_title == "Чужий & друзі"


def test_after_midnight_belongs_to_the_evening_before_unless_the_source_says_otherwise() -> None:
    late = changed(title="Дюна", day=date(2026, 11, 22), clock=time(0, 15), quote="00:15")
    assert check(late).showings[0].business_day == date(2026, 11, 21)
    said = msgspec.structs.replace(late, business_day=date(2026, 11, 22))
    assert check(said).showings[0].business_day == date(2026, 11, 22)


def test_an_offset_that_the_page_states_is_honoured() -> None:
    (showing,) = check(changed(utc_offset=timedelta(0))).showings
    assert showing.start_time == datetime(2026, 11, 21, 19, 30, tzinfo=UTC)


def test_the_same_showing_seen_twice_is_one_with_all_that_is_known() -> None:
    verified = check(
        changed(room="Зал 2"), changed(link="https://zirka.example/1"), changed(title="Дюна: Частина друга")
    )
    (showing,) = verified.showings
    assert (showing.room, showing.link) == ("Зал 2", "https://zirka.example/1")
    assert reasons(verified) == ["duplicate", "duplicate"]


@pytest.mark.parametrize("fields", [{"room": "Зал 1"}, {"format": "IMAX"}, {"language": "en"}, {"subtitles": "uk"}])
def test_rooms_formats_and_languages_tell_twins_apart(fields: dict[str, str]) -> None:
    other = {name: {"room": "Зал 2", "format": "2D"}.get(name, "fr") for name in fields}
    assert len(check(changed(**fields), changed(**other)).showings) == 2


def test_a_reading_below_the_line_publishes_nothing() -> None:
    verified = check(CANDIDATE, confidence=0.3)
    assert verified.showings == ()
    assert reasons(verified) == ["low_confidence"]


def test_of_a_page_of_several_cinemas_only_the_own_one_is_kept() -> None:
    verified = check(changed(venue="Зірка"), changed(venue="Кінопалац"), changed(venue="Кінопалац", clock=time(0, 15)))
    assert len(verified.showings) == 1
    assert reasons(verified) == ["other_venue", "other_venue"]


def test_when_none_of_several_cinemas_has_the_name_none_is_taken() -> None:
    assert reasons(check(changed(venue="Аврора"), changed(venue="Кінопалац"))) == ["other_venue", "other_venue"]


def test_one_venue_whatever_its_name_is_the_cinema_itself() -> None:
    assert len(check(changed(venue="Zirka Cinema LLC")).showings) == 1


def test_without_a_cinema_all_venues_count() -> None:
    assert len(check(changed(venue="Аврора"), changed(venue="Палац", room="1"), cinema=None).showings) == 1


def test_characters_that_no_store_holds_do_not_get_through() -> None:
    candidate = changed(room="Зал \ud800", format="\x00XL", link="https://zirka.example/\ud83d")
    (showing,) = check(candidate).showings
    assert showing.room == "Зал ?"
    msgspec.json.encode(showing).decode()
