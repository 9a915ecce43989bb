"""A film in some cinemas alone: by the address, so that it can be kept; what a browser has saved is its own affair."""

from typing import Any

import pytest


def text(node: Any) -> str:
    return " ".join(node.text(separator=" ").split())


@pytest.fixture
async def three_cinemas(world: Any) -> Any:
    """One film tonight in three cinemas, and another one tomorrow in the first."""
    cinemas = [world.cinema(), world.cinema("atlas", name="Атлас"), world.cinema("oskar", name="Оскар")]
    rows = [
        world.showtime("21 19:00"),
        world.showtime("21 20:00", id="a", cinema_id="atlas"),
        world.showtime("21 21:00", id="o", cinema_id="oskar"),
        world.showtime("22 19:00", id="m", film_id="mavka-2023"),
    ]
    await world.publish(*rows, films=[world.film(), world.film("mavka-2023")], cinemas=cinemas)
    return world


FILM = "/en/city/kyiv/film/dovbush-2023"


@pytest.mark.usefixtures("three_cinemas")
async def test_a_films_page_can_be_that_of_some_cinemas(page: Any) -> None:
    every = await page(FILM)
    assert sorted(text(node) for node in every.css(".show-time")) == ["19:00", "20:00", "21:00"]
    assert every.css_first(".applied") is None
    some = await page(f"{FILM}?cinema=atlas&cinema=oskar")
    assert [text(node) for node in some.css(".show-time")] == ["20:00", "21:00"]
    assert text(some.css_first(".applied a bdi")) == "Атлас, Оскар"
    assert some.css_first(".applied a").attributes["href"] == FILM
    assert some.css_first(".feeds a").attributes["href"] == f"{FILM}.ics?cinema=atlas&cinema=oskar"
    assert some.css_first('link[rel="canonical"]').attributes["href"] == f"http://localhost:8001{FILM}"


@pytest.mark.usefixtures("three_cinemas")
async def test_where_they_do_not_show_it_the_way_back_is_offered(page: Any) -> None:
    none = await page("/en/city/kyiv/film/mavka-2023?cinema=oskar")
    assert [text(node) for node in none.css(".empty p")] == ["Nothing fits these filters.", "remove all"]
    assert none.css_first(".empty a").attributes["href"] == "/en/city/kyiv/film/mavka-2023"
    assert text((await page(f"{FILM}?cinema=nobody")).css_first(".applied a bdi")) == "nobody"


@pytest.mark.usefixtures("three_cinemas")
async def test_its_list_in_other_forms_is_that_of_the_same_cinemas(client: Any) -> None:
    data = await (await client.get(f"{FILM}.json?cinema=atlas")).json()
    assert [item["cinema"]["id"] for item in data["showtimes"]] == ["atlas"]
    calendar = await (await client.get(f"{FILM}.ics?cinema=atlas&cinema=oskar")).text()
    assert calendar.count("BEGIN:VEVENT") == 2
    feed = await (await client.get(f"{FILM}.atom?cinema=oskar&limit=1")).text()
    assert feed.count("<entry>") == 1
    assert (await client.get(f"{FILM}.json?{'&'.join(['cinema=a'] * 21)}")).status == 400


@pytest.mark.usefixtures("three_cinemas")
async def test_the_page_is_the_same_for_everybody(page: Any) -> None:
    """The button and the links are hidden until a script has looked what this browser has saved."""
    button = (await page("/en/city/kyiv/cinema/atlas")).css_first("button[data-save]")
    assert "hidden" in button.attributes
    assert (button.attributes["data-city"], button.attributes["data-cinema"]) == ("kyiv", "atlas")
    for path in ("/en/city/kyiv", FILM):
        assert "hidden" in (await page(path)).css_first("a[data-saved-cinemas]").attributes
