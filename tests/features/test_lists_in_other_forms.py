"""A page's list as data, calendar and feed: the same showings, with ids that stay."""

from datetime import UTC, date, datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from icalendar import Calendar

from cinestreamd.features.guide.calendar import Event, render_calendar
from cinestreamd.store.base import Price, Titles

ATOM = "{http://www.w3.org/2005/Atom}"


async def calendar(client: Any, path: str) -> Calendar:
    response = await client.get(path)
    assert (response.status, response.content_type) == (200, "text/calendar")
    body = await response.read()
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    return Calendar.from_ical(body)


async def test_a_showing_is_one_event(world: Any, client: Any) -> None:
    row = world.showtime(
        "21 20:30",
        id="s1",
        format="3D",
        language="en",
        price=Price(min=18_000, max=18_000, currency="UAH", text="180 грн"),
        buy_link="https://zhovten.example/buy/1",
    )
    cinema = world.cinema(address="вул. Костянтинівська, 26; Поділ", lat=50.47, lon=30.51)
    await world.publish(row, cinemas=[cinema])
    events = (await calendar(client, "/uk/city/kyiv.ics")).events
    assert len(events) == 1
    event = events[0]
    assert str(event["UID"]) == "s1@main.invalid"
    assert event["DTSTART"].dt == datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
    assert event["DTEND"].dt == datetime(2026, 11, 21, 20, 34, tzinfo=UTC)
    assert event["DTSTAMP"].dt == datetime(2026, 11, 21, 15, 55, tzinfo=UTC)
    assert str(event["SUMMARY"]) == "Довбуш"
    assert str(event["LOCATION"]) == "Жовтень, вул. Костянтинівська, 26; Поділ"
    assert str(event["URL"]) == "http://localhost:8001/uk/city/kyiv/film/dovbush-2023"
    assert str(event["STATUS"]) == "CONFIRMED"
    assert event["GEO"].to_ical() == "50.47;30.51"
    assert str(event["DESCRIPTION"]).splitlines() == [
        "3D\N{NO-BREAK SPACE}· EN · 180\N{NO-BREAK SPACE}₴",
        "Квиток: https://zhovten.example/buy/1",
        "Джерело: “Довбуш — 20:30” https://zhovten.example/afisha",
    ]


async def test_a_showing_read_again_keeps_its_uid_and_tells_when_it_is_cancelled(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30", id="s1"))
    before = (await calendar(client, "/en/city/kyiv/film/dovbush-2023.ics")).events[0]
    await world.publish(world.showtime("21 20:30", id="s1", availability="cancelled"))
    after = (await calendar(client, "/en/city/kyiv/film/dovbush-2023.ics")).events[0]
    assert before["UID"] == after["UID"]
    assert (str(before["STATUS"]), str(after["STATUS"])) == ("CONFIRMED", "CANCELLED")
    assert str(after["SUMMARY"]) == "Dovbush (Cancelled)"


async def test_a_film_of_unknown_length_has_no_end(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"), films=[world.film(duration_minutes=None)])
    event = (await calendar(client, "/uk/city/kyiv/cinema/zhovten.ics")).events[0]
    assert "DTEND" not in event


def test_long_lines_are_folded_between_characters_and_come_back_whole() -> None:
    words = "Їжак, дорога; назад\\вперед " * 20
    event = Event(
        uid="s1@example.org",
        stamp=datetime(2026, 11, 21, 16, tzinfo=UTC),
        start=datetime(2026, 11, 21, 18, tzinfo=UTC),
        end=None,
        summary=words,
        location="",
        description="перший\nдругий",
        url="https://example.org/",
        point=None,
        availability="available",
    )
    body = render_calendar(words, [event])
    assert max(len(line) for line in body.split(b"\r\n")) == 75
    read = Calendar.from_ical(body)
    assert str(read.events[0]["SUMMARY"]) == words
    assert str(read.events[0]["DESCRIPTION"]) == "перший\nдругий"
    assert read["NAME"].to_ical().decode() == words.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")


async def publish_two_days(world: Any) -> None:
    """Three showings on Saturday, one of them begun and one after midnight, and one on Sunday."""
    await world.publish(
        world.showtime("21 17:00", id="begun"),
        world.showtime("21 20:30", id="evening", format="3D"),
        world.showtime("22 00:30", id="night", business_day=date(2026, 11, 21)),
        world.showtime("22 19:00", id="sunday", format="3D"),
        ago=world_ago,
    )


world_ago = datetime(2026, 11, 21, 16, tzinfo=UTC) - datetime(2026, 11, 21, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", ["begun", "evening", "night"]),
        ("?date=2026-11-22", ["sunday"]),
        ("?days=2", ["begun", "evening", "night", "sunday"]),
        ("?days=2&format=3D", ["evening", "sunday"]),
        ("?from=20:00&by=cinema&sort=price", ["evening", "night"]),
        ("?limit=1&offset=1", ["evening"]),
    ],
)
async def test_the_list_is_that_of_the_page(world: Any, client: Any, query: str, ids: list[str]) -> None:
    await publish_two_days(world)
    response = await client.get(f"/uk/city/kyiv.json{query}")
    assert [row["id"] for row in (await response.json())["showtimes"]] == ids
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    events = (await calendar(client, f"/uk/city/kyiv.ics{query}")).events
    assert [str(event["UID"]) for event in events] == [f"{each}@main.invalid" for each in ids]


async def test_film_and_cinema_have_their_own_lists_as_data(world: Any, client: Any) -> None:
    await publish_two_days(world)
    for path in ("/ru/city/kyiv/film/dovbush-2023.json", "/en/city/kyiv/cinema/zhovten.json"):
        answer = await (await client.get(path)).json()
        assert [row["id"] for row in answer["showtimes"]] == ["begun", "evening", "night", "sunday"]


async def test_a_page_of_rows_tells_how_many_there_are_and_where_the_next_is(world: Any, client: Any) -> None:
    await publish_two_days(world)
    response = await client.head("/uk/city/kyiv/film/dovbush-2023.json?limit=3")
    assert response.headers["X-Total-Count"] == "4"
    assert response.headers["Link"] == '</uk/city/kyiv/film/dovbush-2023.json?limit=3&offset=3>; rel="next"'


async def test_the_feed_is_atom(world: Any, client: Any) -> None:
    await world.publish(
        world.showtime("21 20:30", id="s1", buy_link="https://zhovten.example/buy?a=1&b=2"),
        films=[world.film(titles=Titles(original="Я <&> ти", uk="Я <&> ти"))],
    )
    response = await client.get("/uk/city/kyiv.atom?days=7")
    assert (response.status, response.content_type) == (200, "application/atom+xml")
    feed = ET.fromstring(await response.read())  # noqa: S314 - our own answer
    assert feed.tag == f"{ATOM}feed"
    assert feed.findtext(f"{ATOM}id") == "http://localhost:8001/uk/city/kyiv.atom?days=7"
    assert feed.findtext(f"{ATOM}updated") == "2026-11-21T16:00:00+00:00"
    entry = feed.find(f"{ATOM}entry")
    assert entry is not None
    assert entry.findtext(f"{ATOM}id") == "tag:main.invalid,2026:s1"
    assert entry.findtext(f"{ATOM}title") == "Я <&> ти · 21 листопада, 20:30"
    related = entry.find(f'{ATOM}link[@rel="related"]')
    assert related is not None
    assert related.get("href") == "https://zhovten.example/buy?a=1&b=2"


@pytest.mark.parametrize("control", ["\x00", "\x1b", "\ufffe", "\u202e"])
async def test_no_character_breaks_the_forms(world: Any, client: Any, control: str) -> None:
    words = f"До{control}вбуш"
    await world.publish(
        world.showtime("21 20:30", room=words, format=words),
        cinemas=[world.cinema(name=words, address=words)],
        films=[world.film(titles=Titles(original=words, uk=words))],
    )
    for page in ("/uk/city/kyiv", "/uk/city/kyiv/film/dovbush-2023", "/uk/city/kyiv/cinema/zhovten"):
        feed = ET.fromstring(await (await client.get(f"{page}.atom")).read())  # noqa: S314 - our own answer
        assert "До вбуш" in "".join(feed.itertext())
        assert control not in await (await client.get(f"{page}.ics")).text()
        assert (await calendar(client, f"{page}.ics")).events


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/uk/city/kyiv.ics?days=15", 400),
        ("/uk/city/kyiv.json?date=0001-01-01", 400),
        ("/uk/city/kyiv.atom?date=9999-12-31", 400),
        ("/uk/city/atlantis-under-the-sea.ics", 404),
        ("/uk/city/kyiv/film/nothing.ics", 404),
        ("/uk/city/kyiv/cinema/nothing.atom", 404),
        ("/uk/city/kyiv.pdf", 404),
    ],
)
async def test_what_cannot_be_given_is_refused(client: Any, path: str, status: int) -> None:
    assert (await client.get(path)).status == status


async def test_pages_name_their_other_forms(world: Any, page: Any) -> None:
    await world.publish(world.showtime("21 20:30", format="3D"))
    tree = await page("/uk/city/kyiv?format=3D&sort=price")
    links = {node.attributes["type"]: node.attributes["href"] for node in tree.css('link[rel="alternate"][type]')}
    assert links == {
        "application/atom+xml": "/uk/city/kyiv.atom?format=3D&sort=price&days=7",
        "text/calendar": "/uk/city/kyiv.ics?format=3D&sort=price&days=7",
        "application/json": "/uk/city/kyiv.json?format=3D&sort=price",
    }
    assert [node.attributes["href"] for node in tree.css(".feeds a")] == [
        "/uk/city/kyiv.ics?format=3D&sort=price&days=7",
        "/uk/city/kyiv.atom?format=3D&sort=price&days=7",
        "/uk/city/kyiv.json?format=3D&sort=price",
    ]
    tree = await page("/en/city/kyiv/cinema/zhovten")
    assert tree.css_first(".feeds a").attributes["href"] == "/en/city/kyiv/cinema/zhovten.ics"
