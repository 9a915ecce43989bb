"""schema.org data as sites really print it, each case with what a careful person reads from it."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from stopwatch import best_of, processor_seconds

from cinestreamd.agent.model import Candidate, Page, ReadContext
from cinestreamd.agent.readers.json_ld import read_json_ld

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
KYIV = ReadContext(now=NOW, timezone=ZoneInfo("Europe/Kyiv"), country="UA")
DAY = date(2026, 11, 21)


def page(body: str, content_type: str = "text/html") -> Page:
    return Page(url="https://kino.example/rozklad/", content_type=content_type, text=body, fetched_at=NOW)


def block(json_text: str, around: str = "") -> str:
    return f'<!doctype html><body><script type="application/ld+json">{json_text}</script>{around}</body>'


def read(body: str, content_type: str = "text/html") -> list[Candidate]:
    reading = read_json_ld(page(body, content_type), KYIV)
    return list(reading.candidates) if reading else []


def rows(body: str, content_type: str = "text/html") -> list[tuple[str, str, str]]:
    return [(c.title, str(c.day), c.clock.isoformat("minutes")) for c in read(body, content_type)]


DUNE = [("Дюна", "2026-11-21", "19:30")]

# Each of these says one thing: «Дюна», on 21 November 2026 at 19:30.
ONE_SHOWING = {
    "plain": '{"@context":"https://schema.org","@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21T19:30"}',
    "seconds": '{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21T19:30:00"}',
    "with a space": '{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21 19:30"}',
    "type with its address": '{"@type":"http://schema.org/ScreeningEvent","name":"Дюна",'
    '"startDate":"2026-11-21T19:30"}',
    "type with a prefix": '{"@type":"schema:ScreeningEvent","name":"Дюна","startDate":"2026-11-21T19:30"}',
    "two types": '{"@type":["Event","ScreeningEvent"],"name":"Дюна","startDate":"2026-11-21T19:30"}',
    "list": '[{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21T19:30"}]',
    "graph": '{"@context":"https://schema.org","@graph":[{"@type":"WebPage","name":"Розклад"},'
    '{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21T19:30"}]}',
    "work inline": '{"@type":"ScreeningEvent","workPresented":{"@type":"Movie","name":"Дюна"},'
    '"startDate":"2026-11-21T19:30"}',
    "work by id": '{"@graph":[{"@type":"ScreeningEvent","workPresented":{"@id":"#f1"},"startDate":"2026-11-21T19:30"},'
    '{"@type":"Movie","@id":"#f1","name":"Дюна"}]}',
    "work as text": '{"@type":"ScreeningEvent","workPresented":"Дюна","startDate":"2026-11-21T19:30"}',
    "work in a list": '{"@type":"ScreeningEvent","workPresented":[{"@type":"Movie","name":"Дюна"}],'
    '"startDate":"2026-11-21T19:30"}',
    "work featured": '{"@type":"VisualArtsEvent","workFeatured":{"@type":"Movie","name":"Дюна"},'
    '"startDate":"2026-11-21T19:30"}',
    "visual arts": '{"@type":"VisualArtsEvent","name":"Дюна","startDate":"2026-11-21T19:30"}',
    "event about a film": '{"@type":"Event","name":"Вечір","about":{"@type":"Movie","name":"Дюна"},'
    '"startDate":"2026-11-21T19:30"}',
    "event at a cinema": '{"@type":"Event","name":"Дюна","location":{"@type":"MovieTheater","name":"Зірка"},'
    '"startDate":"2026-11-21T19:30"}',
    "film with events": '{"@type":"Movie","name":"Дюна","event":[{"@type":"Event","startDate":"2026-11-21T19:30"}]}',
    "film subject of": '{"@type":"Movie","name":"Дюна","subjectOf":{"@type":"ScreeningEvent",'
    '"startDate":"2026-11-21T19:30"}}',
    "film naming its event": '{"@graph":[{"@type":"ScreeningEvent","@id":"#s1","startDate":"2026-11-21T19:30"},'
    '{"@type":"Movie","name":"Дюна","event":[{"@id":"#s1"}]}]}',
    "cinema with events": '{"@type":"MovieTheater","name":"Зірка","event":[{"@type":"Event","name":"Дюна",'
    '"startDate":"2026-11-21T19:30"}]}',
    "item list": '{"@type":"ItemList","itemListElement":[{"@type":"ListItem","position":1,"item":'
    '{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21T19:30"}}]}',
    "sub-event": '{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-20",'
    '"subEvent":[{"@type":"ScreeningEvent",'
    '"startDate":"2026-11-21T19:30"}]}',
    "super-event": '{"@type":"ScreeningEvent","startDate":"2026-11-21T19:30","superEvent":{"@type":"EventSeries",'
    '"workPresented":{"@type":"Movie","name":"Дюна"}}}',
    "start in a list": '{"@type":"ScreeningEvent","name":"Дюна","startDate":["2026-11-21T19:30"]}',
    "start as a value": '{"@type":"ScreeningEvent","name":"Дюна","startDate":{"@type":"DateTime",'
    '"@value":"2026-11-21T19:30"}}',
    "day and time apart": '{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21","startTime":"19:30"}',
    "compact": '{"@type":"ScreeningEvent","name":"Дюна","startDate":"20261121T193000"}',
    "slashes": '{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026/11/21 19:30"}',
    "day first": '{"@type":"ScreeningEvent","name":"Дюна","startDate":"21.11.2026 19:30"}',
    "twelve hours": '{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21 7:30 PM"}',
    "script's own date": '{"@type":"ScreeningEvent","name":"Дюна","startDate":"Sat Nov 21 2026 19:30:00"}',
    "empty one beside it": '[{"@type":"ScreeningEvent","name":"Дюна","startDate":""},'
    '{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21T19:30"}]',
    "doors are not the start": '{"@type":"ScreeningEvent","name":"Дюна","doorTime":"2026-11-21T19:00",'
    '"startDate":"2026-11-21T19:30"}',
    "end is not the start": '{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21T19:30",'
    '"endDate":"2026-11-21T22:16"}',
    "escaped letters": r'{"@type":"ScreeningEvent","name":"\u0414\u044e\u043d\u0430","startDate":"2026-11-21T19:30"}',
    "entities in the name": '{"@type":"ScreeningEvent","name":"&#1044;юна","startDate":"2026-11-21T19:30"}',
    # Damage that is repaired.
    "trailing commas": '{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21T19:30",}',
    "missing comma": '{"@type":"ScreeningEvent"\n"name":"Дюна"\n"startDate":"2026-11-21T19:30"}',
    "doubled commas": '{"@type":"ScreeningEvent",,"name":"Дюна",,"startDate":"2026-11-21T19:30"}',
    "raw line breaks": '{"@type":"ScreeningEvent","name":"Дюна","description":"два\nрядки\tі таб",'
    '"startDate":"2026-11-21T19:30"}',
    "raw quotes": '{"@type":"ScreeningEvent","name":"Дюна","description":"фільм "року", кажуть",'
    '"startDate":"2026-11-21T19:30"}',
    "bad escapes": r'{"@type":"ScreeningEvent","name":"Дюна","description":"it\'s","startDate":"2026-11-21T19:30"}',
    "HTML comment around": '<!-- {"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21T19:30"} -->',
    "CDATA around": '//<![CDATA[\n{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21T19:30"}\n//]]>',
    "comments inside": '{"@type":"ScreeningEvent", /* film */ "name":"Дюна", // start\n"startDate":"2026-11-21T19:30"}',
    "entities for quotes": "{&quot;@type&quot;:&quot;ScreeningEvent&quot;,&quot;name&quot;:&quot;Дюна&quot;,"
    "&quot;startDate&quot;:&quot;2026-11-21T19:30&quot;}",
    "single quotes": "{'@type':'ScreeningEvent','name':'Дюна','startDate':'2026-11-21T19:30'}",
    "bare keys": '{"@type":"ScreeningEvent",name:"Дюна",startDate:"2026-11-21T19:30"}',
    "semicolon behind": '{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21T19:30"};',
    "two values in a row": '{"@type":"Organization","name":"Зірка"}{"@type":"ScreeningEvent","name":"Дюна",'
    '"startDate":"2026-11-21T19:30"}',
    "cut short": '[{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21T19:30"},'
    '{"@type":"ScreeningEvent","name":"Чу',
    "byte order mark": '\ufeff{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21T19:30"}',
}

# Each of these holds no showing.
NO_SHOWING = {
    "no data": "{}",
    "date only": '{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21"}',
    "empty start": '{"@type":"ScreeningEvent","name":"Дюна","startDate":""}',
    "no title": '{"@type":"ScreeningEvent","startDate":"2026-11-21T19:30"}',
    "midnights that are dates": '[{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21T00:00:00"},'
    '{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-22T00:00:00"}]',
    "a run of days": '{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21T10:00",'
    '"endDate":"2026-11-30T23:00"}',
    "a series": '{"@type":"EventSeries","name":"Ніч жахів","startDate":"2026-11-21T19:30"}',
    "a film's release": '{"@type":"Movie","name":"Дюна","datePublished":"2026-11-21T19:30"}',
    "a lecture at the cinema": '{"@type":"EducationEvent","name":"Лекція","location":{"@type":"MovieTheater",'
    '"name":"Зірка"},'
    '"startDate":"2026-11-21T19:30"}',
    "opening hours": '{"@type":"MovieTheater","name":"Зірка","openingHoursSpecification":{"opens":"09:00",'
    '"closes":"23:00"}}',
    "an impossible day": '{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-02-30T19:30"}',
    "an impossible time": '{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21T29:30"}',
    "a time with words": '{"@type":"ScreeningEvent","name":"Дюна","startDate":"субота, 19:30"}',
    "nonsense types": '{"@type":{"a":1},"name":["x"],"startDate":"2026-11-21T19:30"}',
}


@pytest.mark.parametrize("form", ONE_SHOWING)
def test_one_showing_in_its_many_forms(form: str) -> None:
    assert rows(block(ONE_SHOWING[form])) == DUNE


@pytest.mark.parametrize("form", NO_SHOWING)
def test_what_is_no_showing_is_not_read_as_one(form: str) -> None:
    assert rows(block(NO_SHOWING[form])) == []


@pytest.mark.parametrize("form", [name for name, text in ONE_SHOWING.items() if "apart" not in name])
def test_the_quote_is_one_piece_of_the_source_with_the_date_in_it(form: str) -> None:
    source = block(ONE_SHOWING[form])
    (candidate,) = read(source)
    assert candidate.quote in source
    assert "21" in candidate.quote
    assert "30" in candidate.quote


def test_the_quote_holds_the_name_too_when_it_is_near() -> None:
    (candidate,) = read(block('{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21T19:30"}'))
    assert candidate.quote == 'Дюна","startDate":"2026-11-21T19:30'


def test_the_quote_is_the_date_alone_when_the_name_is_far() -> None:
    text = (
        '{"@type":"Movie","name":"Дюна","description":"'
        + "x" * 500
        + '","event":{"@type":"Event","startDate":"2026-11-21T19:30"}}'
    )
    (candidate,) = read(block(text))
    assert candidate.quote == '"startDate":"2026-11-21T19:30'


def test_each_of_several_showings_at_one_time_has_its_own_quote() -> None:
    found = read(
        block(
            '[{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21T19:30"},'
            '{"@type":"ScreeningEvent","name":"Чужий","startDate":"2026-11-21T19:30"}]'
        )
    )
    assert [c.quote for c in found] == ['Дюна","startDate":"2026-11-21T19:30', 'Чужий","startDate":"2026-11-21T19:30']


@pytest.mark.parametrize(
    ("start", "offset"),
    [
        ("2026-11-21T19:30:00+02:00", timedelta(hours=2)),
        ("2026-11-21T19:30+0200", timedelta(hours=2)),
        ("2026-11-21T19:30:00 +02:00", timedelta(hours=2)),
        ("2026-11-21T19:30:00-03:00", timedelta(hours=-3)),
        ("2026-11-21T19:30:00.000Z-03:00", timedelta(hours=-3)),
        ("2026-11-21T19:30:00.000+05:30", timedelta(hours=5, minutes=30)),
        ("2026-11-21T19:30:00Z", timedelta(0)),
        ("2026-11-21T19:30:00.000Z", timedelta(0)),
        ("Sat Nov 21 2026 19:30:00 GMT+0200 (Eastern European Standard Time)", timedelta(hours=2)),
        ("Sat, 21 Nov 2026 19:30:00 +0200", timedelta(hours=2)),
        ("2026-11-21T19:30:00", None),
        ("2026-11-21T19:30:00[Europe/Kyiv]", None),
    ],
)
def test_offsets_are_kept_as_printed(start: str, offset: timedelta | None) -> None:
    (candidate,) = read(block('{"@type":"ScreeningEvent","name":"Дюна","startDate":"' + start + '"}'))
    assert (candidate.day, candidate.clock, candidate.utc_offset) == (DAY, time(19, 30), offset)


def test_a_z_that_the_visible_page_contradicts_is_no_offset() -> None:
    text = '{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21T19:30:00Z"}'
    assert read(block(text, "<p>Дюна 19:30</p>"))[0].utc_offset is None
    assert read(block(text, "<p>Дюна 21:30</p>"))[0].utc_offset == timedelta(0)
    assert read(block(text, "<p>Дюна</p>"))[0].utc_offset == timedelta(0)


def event(extra: str) -> Candidate:
    (candidate,) = read(block('{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21T19:30",' + extra + "}"))
    return candidate


@pytest.mark.parametrize(
    ("offers", "text", "currency"),
    [
        ('"offers":{"@type":"Offer","price":"150","priceCurrency":"UAH"}', "150", "UAH"),
        ('"offers":{"price":150.50,"priceCurrency":"UAH"}', "150.50", "UAH"),
        ('"offers":[{"price":"250","priceCurrency":"UAH"},{"price":"120"},{"price":"150"}]', "120–250", "UAH"),
        ('"offers":{"@type":"AggregateOffer","lowPrice":120,"highPrice":250,"priceCurrency":"UAH"}', "120–250", "UAH"),
        ('"offers":{"@type":"AggregateOffer","offers":[{"price":"9.50","priceCurrency":"GBP"}]}', "9.50", "GBP"),
        ('"offers":{"priceSpecification":{"price":"150","priceCurrency":"UAH"}}', "150", "UAH"),
        ('"offers":{"price":"від 120 до 250 грн"}', "від 120 до 250 грн", None),
        ('"offers":[{"price":"£8.00"},{"price":"£11.00"}]', "£8.00–£11.00", None),
        ('"offers":{"price":0,"priceCurrency":"UAH"}', None, "UAH"),
        ('"isAccessibleForFree":true,"offers":{"price":0,"priceCurrency":"UAH"}', "0", "UAH"),
        ('"offers":{"price":""}', None, None),
        ('"offers":"soon"', None, None),
    ],
)
def test_prices_are_taken_as_printed(offers: str, text: str | None, currency: str | None) -> None:
    candidate = event(offers)
    assert (candidate.price_text, candidate.price_currency) == (text, currency)


@pytest.mark.parametrize(
    ("extra", "link"),
    [
        ('"offers":{"url":"https://kino.example/buy/1"}', "https://kino.example/buy/1"),
        ('"offers":{"url":"/buy/1"},"url":"https://kino.example/film"', "https://kino.example/buy/1"),
        ('"url":"https://kino.example/buy/1"', "https://kino.example/buy/1"),
        ('"url":"https://kino.example/rozklad/"', None),
        ('"url":"https://kino.example/rozklad/#s1"', None),
        ('"workPresented":{"name":"Дюна","url":"https://kino.example/f"},"url":"https://kino.example/f"', None),
        (
            '"potentialAction":{"@type":"BuyAction","target":{"urlTemplate":"https://kino.example/buy/1"}}',
            "https://kino.example/buy/1",
        ),
        ('"url":"javascript:buy(1)"', None),
        ('"url":{"x":1}', None),
    ],
)
def test_booking_links_are_found(extra: str, link: str | None) -> None:
    assert event(extra).link == link


@pytest.mark.parametrize(
    ("extra", "availability"),
    [
        ('"offers":{"availability":"https://schema.org/SoldOut"}', "sold_out"),
        ('"offers":{"availability":"SoldOut"}', "sold_out"),
        ('"offers":{"availability":"http://schema.org/OutOfStock"}', "sold_out"),
        ('"offers":[{"availability":"SoldOut"},{"availability":"InStock"}]', "available"),
        ('"eventStatus":"https://schema.org/EventCancelled"', "cancelled"),
        ('"eventStatus":"EventPostponed"', "cancelled"),
        ('"eventStatus":["https://schema.org/EventRescheduled"]', "available"),
        ('"eventStatus":"https://schema.org/EventScheduled"', "available"),
    ],
)
def test_sold_out_and_cancelled_showings_are_told(extra: str, availability: str) -> None:
    assert event(extra).availability == availability


@pytest.mark.parametrize(
    ("extra", "field", "value"),
    [
        ('"inLanguage":"uk"', "language", "uk"),
        ('"inLanguage":"en-US"', "language", "en"),
        ('"inLanguage":"Ukrainian"', "language", "uk"),
        ('"inLanguage":{"@type":"Language","name":"English","alternateName":"en"}', "language", "en"),
        ('"inLanguage":"x"', "language", None),
        ('"subtitleLanguage":"uk-UA"', "subtitles", "uk"),
        ('"subtitleLanguage":"так"', "subtitles", "und"),
        ('"videoFormat":"IMAX 3D"', "format", "IMAX 3D"),
        ('"description":"мовою оригіналу (англійською), українські субтитри"', "original_language", True),
        ('"description":"мовою оригіналу (англійською), українські субтитри"', "subtitles", "uk"),
        ('"description":"Історія про пустелю, яку зняли мовою оригіналу"', "original_language", False),
        ('"location":{"@type":"MovieTheater","name":"Зірка"}', "room", None),
        ('"location":{"@type":"MovieTheater","name":"Зірка"}', "venue", "Зірка"),
        (
            '"location":{"@type":"Place","name":"Аврора","containedInPlace":{"@type":"MovieTheater","name":"Зірка"}}',
            "room",
            "Аврора",
        ),
        (
            '"location":{"@type":"Place","name":"Аврора","containedInPlace":{"@type":"MovieTheater","name":"Зірка"}}',
            "venue",
            "Зірка",
        ),
        ('"location":{"@type":"Place","name":"Зал 3"}', "room", "Зал 3"),
        ('"location":{"@type":"Place","name":"Screen 2"}', "room", "Screen 2"),
        ('"location":{"@type":"Place","name":"The Lantern Picture House"}', "room", None),
        ('"location":"Зал 5"', "room", "Зал 5"),
        ('"duration":"PT2H46M"', "duration_minutes", 166),
        ('"duration":"PT166M"', "duration_minutes", 166),
        ('"duration":"P0Y0M0DT2H46M0S"', "duration_minutes", 166),
        ('"duration":"166 хв"', "duration_minutes", 166),
        ('"duration":166', "duration_minutes", 166),
        ('"duration":""', "duration_minutes", None),
        ('"image":"/p/dune.jpg"', "poster_url", "https://kino.example/p/dune.jpg"),
        ('"image":["https://cdn.example/dune.jpg"]', "poster_url", "https://cdn.example/dune.jpg"),
        (
            '"image":{"@type":"ImageObject","url":"https://cdn.example/dune.jpg"}',
            "poster_url",
            "https://cdn.example/dune.jpg",
        ),
        ('"image":"data:image/png;base64,xx"', "poster_url", None),
        ('"workPresented":{"name":"Дюна","dateCreated":"2021-09-03"}', "year", 2021),
        ('"workPresented":{"name":"Дюна","dateCreated":2021}', "year", 2021),
        ('"workPresented":{"name":"Дюна","copyrightYear":"2021","datePublished":"2026"}', "year", 2021),
        ('"workPresented":{"name":"Дюна","datePublished":"2024-02-29"}', "year", 2024),
        ('"workPresented":{"name":"Дюна","alternateName":"Dune"}', "original_title", "Dune"),
        ('"workPresented":{"name":"Дюна","alternateName":["Dune","Дюна 1"]}', "original_title", "Dune"),
        ('"workPresented":{"name":"Дюна","alternateName":"ДЮНА"}', "original_title", None),
    ],
)
def test_what_else_an_event_says(extra: str, field: str, value: Any) -> None:
    assert getattr(event(extra), field) == value


@pytest.mark.parametrize(
    ("name", "work", "title", "form"),
    [
        ("Дюна (IMAX)", "Дюна", "Дюна (IMAX)", None),
        ("Вечірній сеанс", "Дюна", "Дюна", None),
        ("Дюна - показ з режисером", "Дюна", "Дюна", None),
    ],
)
def test_the_work_names_the_film_and_the_event_may_add_marks(
    name: str, work: str, title: str, form: str | None
) -> None:
    film = f'"name":"{name}","workPresented":{{"name":"{work}"}}'
    text = '{"@type":"ScreeningEvent",' + film + ',"startDate":"2026-11-21T19:30"}'
    (candidate,) = read(block(text))
    assert (candidate.title, candidate.format) == (title, form)


def test_a_real_midnight_among_other_times_is_a_showing() -> None:
    events = ",".join(
        f'{{"@type":"ScreeningEvent","name":"Дюна","startDate":"{start}"}}'
        for start in ("2026-11-21T18:00", "2026-11-21T21:00", "2026-11-22T00:00")
    )
    assert rows(block(f"[{events}]"))[2] == ("Дюна", "2026-11-22", "00:00")


def test_several_starts_of_one_event_are_several_showings() -> None:
    text = '{"@type":"ScreeningEvent","name":"Дюна","startDate":["2026-11-21T19:30","2026-11-22T21:00"]}'
    assert rows(block(text)) == [("Дюна", "2026-11-21", "19:30"), ("Дюна", "2026-11-22", "21:00")]


def test_one_bad_block_does_not_spoil_the_others() -> None:
    good = block(ONE_SHOWING["plain"])
    bad = '<script type="application/ld+json">{{{"@type" startDate</script>'
    assert rows(bad + good + bad) == DUNE


@pytest.mark.parametrize(
    "tag",
    [
        '<script type="application/ld+json">',
        "<script type='application/ld+json'>",
        "<script type=application/ld+json>",
        '<script type="application/ld+json; charset=utf-8">',
        '<SCRIPT id="x" class="y" TYPE = "Application/LD+JSON" data-x="1">',
    ],
)
def test_script_tags_in_every_spelling(tag: str) -> None:
    assert rows(tag + ONE_SHOWING["plain"] + "</script >") == DUNE


@pytest.mark.parametrize(
    "source",
    [
        "<!-- " + block(ONE_SHOWING["plain"]) + " -->",
        "<script>var x = '" + ONE_SHOWING["plain"] + "';</script>",
        '<script type="text/template">' + ONE_SHOWING["plain"] + "</script>",
    ],
)
def test_what_is_commented_out_or_no_data_is_not_read(source: str) -> None:
    assert rows(source) == []


def test_an_event_of_no_known_kind_is_uncertain() -> None:
    reading = read_json_ld(page(block('{"@type":"Event","name":"Ярмарок","startDate":"2026-11-21T19:30"}')), KYIV)
    assert reading is not None
    assert reading.confidence < 0.5


@pytest.mark.parametrize("content_type", ["application/ld+json", "application/json"])
def test_a_json_document_of_the_vocabulary_is_read(content_type: str) -> None:
    assert rows(ONE_SHOWING["plain"], content_type) == DUNE


MICRODATA = {
    "time element": '<div itemscope itemtype="https://schema.org/ScreeningEvent"><h3 itemprop="name">Дюна</h3>'
    '<time itemprop="startDate" datetime="2026-11-21T19:30">19:30</time></div>',
    "meta": '<div itemscope itemtype="http://schema.org/ScreeningEvent"><meta itemprop="name" content="Дюна">'
    '<meta itemprop="startDate" content="2026-11-21T19:30"></div>',
    "text": '<div itemscope itemtype="https://schema.org/ScreeningEvent"><span itemprop="name">Дюна</span>'
    '<span itemprop="startDate">2026-11-21T19:30</span></div>',
    "work inside": '<li itemscope itemtype="https://schema.org/ScreeningEvent"><time itemprop="startDate" '
    'datetime="2026-11-21T19:30">'
    '</time><div itemprop="workPresented" itemscope itemtype="https://schema.org/Movie"><h3 '
    'itemprop="name">Дюна</h3></div></li>',
    "film around": '<div itemscope itemtype="https://schema.org/Movie"><h2 itemprop="name">Дюна</h2><p '
    'itemprop="subjectOf" itemscope '
    'itemtype="https://schema.org/ScreeningEvent"><time itemprop="startDate" '
    'datetime="2026-11-21T19:30"></time></p></div>',
    "film around, relation not named": '<div itemscope itemtype="https://schema.org/Movie"><h2 '
    'itemprop="name">Дюна</h2><p itemscope '
    'itemtype="https://schema.org/Event"><time itemprop="startDate" datetime="2026-11-21T19:30"></time></p></div>',
    "unquoted": "<div itemscope itemtype=https://schema.org/ScreeningEvent><b itemprop=name>Дюна</b>"
    "<time itemprop=startDate datetime=2026-11-21T19:30></time></div>",
}


@pytest.mark.parametrize("form", MICRODATA)
def test_microdata_in_its_forms(form: str) -> None:
    source = f"<!doctype html><body>{MICRODATA[form]}</body>"
    (candidate,) = read(source)
    assert rows(source) == DUNE
    assert candidate.quote in source


def test_microdata_offers_and_rooms() -> None:
    (candidate,) = read(
        '<div itemscope itemtype="https://schema.org/ScreeningEvent"><b itemprop="name">Дюна</b>'
        '<time itemprop="startDate" datetime="2026-11-21T19:30+02:00">19:30</time>'
        '<div itemprop="offers" itemscope itemtype="https://schema.org/Offer"><meta itemprop="priceCurrency" '
        'content="UAH">'
        '<span itemprop="price" content="0">вхід вільний</span><a itemprop="url" href="/buy/1">квиток</a>'
        '<link itemprop="availability" href="https://schema.org/SoldOut"></div>'
        '<div itemprop="location" itemscope itemtype="https://schema.org/Place"><i itemprop="name">Зал '
        "2</i></div></div>"
    )
    assert candidate.price_text == "вхід вільний"
    assert candidate.price_currency == "UAH"
    assert candidate.link == "https://kino.example/buy/1"
    assert candidate.availability == "sold_out"
    assert candidate.room == "Зал 2"
    assert candidate.utc_offset == timedelta(hours=2)


HOSTILE = {
    "nested lists": lambda: block("[" * 500_000),
    "nested objects": lambda: block('{"a":' * 200_000),
    "nested events": lambda: block('{"@type":"ScreeningEvent","startDate":"2026-11-21T19:30","subEvent":' * 12_000),
    "unclosed texts": lambda: block('{"a":"' * 160_000),
    "comments never closed": lambda: block("{" + "/*," * 330_000),
    "lines": lambda: block('{"a":"b"' + "\n" * 900_000 + "x"),
    "quotes": lambda: block("{" + '"' * 900_000),
    "backslashes": lambda: block('{"a":"' + "\\" * 900_000 + '"'),
    "script tags never closed": lambda: '<script type="application/ld+json">' * 28_000,
    "comments in the page": lambda: "<!--" * 250_000,
    "events": lambda: block(
        "[" + ",".join(['{"@type":"ScreeningEvent","name":"A","startDate":"2026-11-21T19:30"}'] * 15_000) + "]"
    ),
    "events of other times": lambda: block(
        "["
        + ",".join(
            f'{{"@type":"ScreeningEvent","name":"A{i}","startDate":"2026-11-21T19:30:{i}"}}' for i in range(13_000)
        )
        + "]"
    ),
    "references in a circle": lambda: block(
        '{"@graph":[{"@id":"#a","@type":"ScreeningEvent","startDate":"2026-11-21T19:30","superEvent":{"@id":"#b"}},'
        '{"@id":"#b","@type":"ScreeningEvent","startDate":"2026-11-21T19:30","superEvent":{"@id":"#a"}}]}'
    ),
    "offers in offers": lambda: block(
        '{"@type":"ScreeningEvent","name":"A","startDate":"2026-11-21T19:30","offers":'
        + '{"offers":[' * 90
        + "]}" * 90
        + "}"
    ),
    "nested items": lambda: '<div itemscope itemprop="a">' * 35_000,
    "items": lambda: '<i itemscope itemtype="https://schema.org/ScreeningEvent"><b itemprop="name">A</b></i>' * 11_000,
    "digits": lambda: block('{"@type":"ScreeningEvent","name":"A","startDate":' + "1" * 900_000 + "}"),
}


@pytest.mark.parametrize("form", HOSTILE)
def test_no_hostile_page_costs_more_than_a_second(form: str) -> None:
    source = HOSTILE[form]()
    best_of(5, 1.0, lambda: processor_seconds(lambda: read(source)), what=form)
