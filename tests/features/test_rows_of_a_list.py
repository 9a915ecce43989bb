"""The rows of a list as templates get them: every field a text, escaped once, whatever it holds."""

from typing import Any

import pytest
from msgspec.structs import astuple

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
