"""Correcting a showing: it counts at once, outlives the next reading, is told to visitors, and can be taken back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from cinestreamd.store.base import Titles

FORM = {"start": "2026-11-22T20:30", "film": "dovbush-2023"}


def texts(tree: Any, selector: str) -> list[str]:
    return [" ".join(node.text(separator=" ").split()) for node in tree.css(selector)]


async def a_showing(world: Any) -> Any:
    """One of tomorrow 20:30 in hall 2, beside one of another film."""
    row = replace(world.showtime("22 20:30"), id="one", room="2", format="3D")
    other = replace(world.showtime("22 21:00"), id="two", film_id="mavka-2023", raw_title="Мавка")
    films = [world.film(), world.film("mavka-2023", titles=Titles(original="Мавка", en="Mavka"))]
    await world.publish(row, other, films=films)
    return row


async def test_a_showing_is_corrected_for_visitors_and_readings_to_come(world: Any, console: Any) -> None:
    row = await a_showing(world)
    tree = await console.page("/ops/cinemas/zhovten")
    place = tree.css_first('div[aria-label="Shown now"] tbody th a').attributes["href"]
    assert place == "/ops/cinemas/zhovten/showtimes/one"
    tree = await console.page(place)
    assert tree.css_first("#start").attributes["value"] == "2026-11-22T20:30"
    assert texts(tree, "#film option[selected]") == ["Dovbush"]
    assert tree.css_first("#room").attributes["value"] == "2"
    assert tree.css_first('form[action$="/revert"]') is None
    fields = {
        "start": "2026-11-23T01:15",
        "film": "mavka-2023",
        "room": "Велика",
        "format": "",
        "availability": "sold_out",
    }
    response = await console.post(place, **fields)
    assert (response.status, response.headers["Location"]) == (303, "/ops/cinemas/zhovten?done=showtime_correct")
    corrected = replace(
        row,
        start_time=datetime(2026, 11, 22, 23, 15, tzinfo=UTC),
        film_id="mavka-2023",
        room="Велика",
        format=None,
        availability="sold_out",
        reader="operator",
    )
    found = {each.id: each for each in await world.store.showtimes("kyiv", since=world.now)}
    assert found["one"].business_day == row.business_day, "after midnight it belongs to the evening before"
    assert replace(found["one"], created_at=row.created_at) == corrected
    page = await console.client.get("/en/city/kyiv/film/mavka-2023?date=2026-11-22")
    assert "Corrected by the people of this guide" in await page.text()
    await world.publish(replace(row, room="3"), found["two"], films=[])
    found = {each.id: each for each in await world.store.showtimes("kyiv", since=world.now)}
    assert found["one"].room == "Велика"
    tree = await console.page("/ops/cinemas/zhovten")
    assert texts(tree, ".ops-rows li") == ["22.11.2026 20:30:00 Довбуш"]
    [entry] = await world.store.journal()
    assert (entry.action, entry.cinema_id, entry.subject) == ("showtime_correct", "zhovten", "one")
    assert entry.detail == {
        "room": "Велика",
        "format": "–",
        "film": "mavka-2023",
        "availability": "sold_out",
        "start": "2026-11-22T23:15+00:00",
    }
    tree = await console.page(place)
    assert texts(tree, ".ops-facts dd")[0] == "22.11.2026 20:30:00 Довбуш , 3 , 3D"
    assert len(texts(tree, ".ops-rows li")) == 1
    world.now += timedelta(seconds=1)
    response = await console.post(f"{place}/revert")
    assert response.headers["Location"] == "/ops/cinemas/zhovten?done=showtime_revert"
    found = {each.id: each for each in await world.store.showtimes("kyiv", since=world.now)}
    assert (found["one"].room, found["one"].reader) == ("3", "schema.org")
    tree = await console.page(place)
    assert next(each.split(" ", 3)[3] for each in texts(tree, ".ops-rows li")) == "took a correction back"


async def test_a_showing_that_does_not_exist_is_hidden_and_comes_back(world: Any, console: Any) -> None:
    await a_showing(world)
    place = "/ops/cinemas/zhovten/showtimes/one"
    assert (await console.post(place, **FORM, hidden="yes")).status == 303
    assert [row.id for row in await world.store.showtimes("kyiv", since=world.now)] == ["two"]
    tree = await console.page("/ops/cinemas/zhovten")
    assert texts(tree, ".ops-rows li") == ["22.11.2026 20:30:00 Довбуш there is no such showing"]
    tree = await console.page(place)
    assert "checked" in tree.css_first("#hidden").attributes
    assert (await console.post(place, **FORM, room="2", format="3D")).headers["Location"].endswith("showtime_revert")
    assert len(await world.store.showtimes("kyiv", since=world.now)) == 2


async def test_what_changes_nothing_says_nothing(world: Any, console: Any) -> None:
    await a_showing(world)
    place = "/ops/cinemas/zhovten/showtimes/one"
    assert (await console.post(place, **FORM, room="2", format="3D")).status == 303
    assert (await console.post(f"{place}/revert")).status == 303
    assert await world.store.row_corrections("kyiv") == []
    assert await world.store.journal() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"start": ""},
        {"start": "tomorrow"},
        {"start": "2026-11-21T17:59"},
        {"start": "2028-01-01T12:00"},
        {"start": "2026-11-22T20:30+05:00"},
        {"start": "2027-03-28T03:30"},
        {"start": "9999-99-99T99:99"},
        {"film": "nobody-2026"},
        {"film": ""},
        {"room": "x" * 61},
        {"room": "a\u202eb"},
        {"format": "a\x00b"},
        {"availability": "maybe"},
        {"hidden": "perhaps"},
    ],
)
async def test_what_cannot_be_is_refused(world: Any, console: Any, changes: dict[str, str]) -> None:
    """28 March 2027, 03:30 is skipped by the clocks of Kyiv."""
    await a_showing(world)
    response = await console.post("/ops/cinemas/zhovten/showtimes/one", **{**FORM, **changes})
    assert response.status == 400
    assert await world.store.row_corrections("kyiv") == []


async def test_only_a_showing_of_that_cinema_to_come_is_corrected(world: Any, console: Any) -> None:
    await a_showing(world)
    for place in ("/ops/cinemas/zhovten/showtimes/none", "/ops/cinemas/nobody/showtimes/one"):
        assert (await console.client.get(place)).status == 404
        assert (await console.post(place, **FORM)).status == 404
    world.now += timedelta(days=2)
    console.renew()
    assert (await console.client.get("/ops/cinemas/zhovten/showtimes/one")).status == 404


async def test_a_correction_needs_login_token_and_origin(world: Any, console: Any) -> None:
    await a_showing(world)
    good = {"token": console.token, **FORM, "hidden": "yes"}
    for path in ("/ops/cinemas/zhovten/showtimes/one", "/ops/cinemas/zhovten/showtimes/one/revert"):
        assert (await console.client.post(path, data=good)).status == 403
        origin = {"Origin": console.origin}
        assert (await console.client.post(path, data={**good, "token": "0"}, headers=origin)).status == 403
    assert await world.store.row_corrections("kyiv") == []
