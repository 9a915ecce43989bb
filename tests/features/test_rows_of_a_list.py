"""The rows of a list as templates get them: every field a text, escaped once, whatever it holds."""

from typing import Any

import pytest
from msgspec.structs import astuple, replace

from cinestreamd.features.guide.listing import Head, Part
from cinestreamd.features.guide.showing import Showing


def showing(**changes: str) -> Showing:
    fields = dict.fromkeys(Showing.__struct_fields__, "") | {"id": "one", "clock": "18:40"} | changes
    return Showing(**fields)


@pytest.mark.parametrize("quote", ["<b>&'\"", "\x1f", "a\x1fb<", ""])
def test_each_field_is_escaped_and_stays_in_its_place(quote: str) -> None:
    part = Part(head=Head(name="x"), fields=[astuple(showing(quote=quote)), astuple(showing(id="two"))])
    first, second = part.rows
    place = Showing.__struct_fields__.index("quote")
    assert first[place] == quote.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace(
        "'", "&#39;"
    ).replace('"', "&#34;")
    assert (first[0], second[0]) == ("one", "two")
    assert [each.quote for each in part.showings] == [quote, ""]
    assert {len(first), len(second)} == {len(Showing.__struct_fields__)}
    assert all(type(field) is str for field in (*first, *second))


def test_a_part_without_showings_has_no_rows() -> None:
    assert Part(head=Head(name="x"), fields=[]).rows == []


async def test_a_start_is_told_with_the_offset_of_its_own_day(world: Any, client: Any) -> None:
    """In November Kyiv is two hours ahead of UTC; the clock after midnight is the next day's."""
    await world.publish(
        world.showtime("21 20:30"), world.showtime("22 00:30", id="late", business_day=world.now.date())
    )
    page = await (await client.get("/uk/city/kyiv")).text()
    assert '<time class="show-time" datetime="2026-11-21T20:30+02:00">20:30</time>' in page
    assert '<time class="show-time" datetime="2026-11-22T00:30+02:00">00:30</time>' in page


@pytest.mark.parametrize(
    ("quote", "shown"),
    [
        ('<time datetime="2026-11-22T12:00">12:00</time> <div class="film"><img alt=""> <h3>Дюна</h3>', "12:00 Дюна"),
        ('2026-11-22T12:00+02:00">12:00</time> <h3 itemprop="name">Дюна', "12:00 Дюна"),
        ('Дюна</h3><span class="when">12:00</span><a href="/buy', "Дюна 12:00"),
        ("12:00 <!-- hall 2 --> Дюна", "12:00 Дюна"),
        ("I <3 Paris, 12:00", "I <3 Paris, 12:00"),
        ("Дюна > Арракіс 12:00", "Дюна > Арракіс 12:00"),
        ('Дюна", "startDate": "2026-11-22T12:00', 'Дюна", "startDate": "2026-11-22T12:00'),
        ("\\u0414\\u044e\\u043d\\u0430 12:00", "Дюна 12:00"),
    ],
)
async def test_a_quote_is_shown_as_people_read_it(world: Any, page: Any, client: Any, quote: str, shown: str) -> None:
    """Without the markup of the page; the API has it word for word."""
    evidence = replace(world.showtime("21 20:30").evidence, quote=quote)
    await world.publish(world.showtime("21 20:30", evidence=evidence))
    assert (await page("/uk/city/kyiv")).css_first("blockquote").text() == shown
    answer = await (await client.get("/api/showtimes?city=kyiv")).json()
    assert answer["showtimes"][0]["evidence"]["quote"] == quote
