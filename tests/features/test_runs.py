"""Films that are new and films that leave; screenings made accessible; cinemas within a distance."""

import re
from datetime import timedelta
from typing import Any

import pytest

from cinestreamd.features.guide.runs import runs_of


def text(node: Any) -> str:
    return " ".join(node.text(separator=" ").replace("\N{NO-BREAK SPACE}", " ").split())


def titles(tree: Any) -> list[str]:
    return sorted(text(node) for node in tree.css("main > .group h2"))


def row(world: Any, film: str, local: str, *, days_ago: float = 10, **changes: Any) -> Any:
    """A showing of ``film`` that was first read so many days ago."""
    read = world.now - timedelta(days=days_ago)
    cinema = changes.pop("cinema_id", "zhovten")
    name = f"{cinema}-{film}-{local.replace(' ', '-').replace(':', '')}"
    return world.showtime(local, id=name, film_id=film, cinema_id=cinema, created_at=read, **changes)


def marks(world: Any, *rows: Any) -> tuple[list[str], dict[str, str]]:
    runs = runs_of(rows, world.now, world.now.date())
    return sorted(runs.new), {film: str(day) for film, day in runs.last.items()}


def test_a_film_is_new_for_four_days_in_a_city_that_was_read_before(world: Any) -> None:
    old = row(world, "old", "28 20:00")
    assert marks(world, old, row(world, "film", "28 20:00", days_ago=3.9))[0] == ["film"]
    assert marks(world, old, row(world, "film", "28 20:00", days_ago=4.1))[0] == []
    assert marks(world, old, row(world, "film", "28 20:00", days_ago=9.1))[0] == []
    assert marks(world, row(world, "one", "28 20:00", days_ago=1), row(world, "two", "28 20:00", days_ago=0.5))[0] == []
    assert marks(world)[0] == []


def test_a_film_that_ran_last_week_is_not_new_with_this_weeks_listing(world: Any) -> None:
    ran = row(world, "film", "14 20:00", days_ago=9)
    assert marks(world, row(world, "old", "14 19:00"), ran, row(world, "film", "28 20:00", days_ago=1))[0] == []


def test_a_film_leaves_when_its_cinemas_have_announced_what_comes_after(world: Any) -> None:
    leaves = row(world, "leaves", "23 20:00")
    assert marks(world, leaves, row(world, "stays", "25 20:00"))[1] == {"leaves": "2026-11-23"}
    assert marks(world, leaves, row(world, "stays", "24 20:00"))[1] == {}, "no more may be known yet"
    assert marks(world, row(world, "later", "24 20:00"), row(world, "stays", "28 20:00"))[1] == {}, "not so soon"
    assert marks(world, leaves, row(world, "leaves", "28 20:00"))[1] == {}
    elsewhere = row(world, "leaves", "22 20:00", cinema_id="atlas")
    assert marks(world, leaves, row(world, "stays", "25 20:00"), elsewhere)[1] == {}, "atlas may go on with it"
    assert marks(world, row(world, "over", "21 10:00"), row(world, "stays", "25 20:00"))[1] == {}, "it has left"
    cancelled = row(world, "stays", "28 20:00", availability="cancelled")
    assert marks(world, leaves, cancelled)[1] == {}


@pytest.fixture
async def week(world: Any) -> Any:
    """Tonight a film leaves, one is new, and one runs on, in a city that has been read for ten days."""
    films = [
        world.film(),
        world.film("new", titles=world.film().titles.__class__(original="Новий")),
        world.film("last", titles=world.film().titles.__class__(original="Останній")),
    ]
    cinemas = [world.cinema(lat=50.4693, lon=30.5111), world.cinema("atlas", name="Атлас", lat=50.45, lon=30.52)]
    old = [
        row(world, "dovbush-2023", "21 19:00", access=("described", "relaxed")),
        row(world, "dovbush-2023", "27 19:00"),
        row(world, "last", "21 20:00", cinema_id="atlas"),
        row(world, "dovbush-2023", "27 20:00", cinema_id="atlas"),
    ]
    await world.publish(*old, films=films, cinemas=cinemas, ago=timedelta(days=10))
    new = row(world, "new", "21 21:00", days_ago=0, access=("captioned",))
    later = row(world, "new", "27 21:00", days_ago=0)
    await world.publish(*old, new, later, films=films, cinemas=cinemas)
    return world


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Dovbush", "Новий", "Останній"]),
        ("new=1", ["Новий"]),
        ("last=1", ["Останній"]),
        ("access=described", ["Dovbush"]),
        ("access=captioned&access=signed", ["Новий"]),
        ("at=50.45,30.52&within=1", ["Останній"]),
        ("at=50.45,30.52&within=5", ["Dovbush", "Новий", "Останній"]),
        ("within=1", ["Dovbush", "Новий", "Останній"]),
        ("new=1&access=described", []),
    ],
)
@pytest.mark.usefixtures("week")
async def test_a_list_is_narrowed_down_and_its_data_alike(
    page: Any, client: Any, query: str, expected: list[str]
) -> None:
    assert titles(await page(f"/en/city/kyiv?{query}")) == expected
    day = f"{query}&date=2026-11-21"
    data = await (await client.get(f"/en/city/kyiv.json?{day}")).json()
    names = {item["film"]["titles"]["en"] or item["film"]["titles"]["original"] for item in data["showtimes"]}
    assert sorted(names) == expected
    api = await (await client.get(f"/api/showtimes?city=kyiv&{day}")).json()
    assert {item["film"]["id"] for item in api["showtimes"]} == {item["film"]["id"] for item in data["showtimes"]}


@pytest.mark.usefixtures("week")
async def test_a_page_says_what_is_new_and_offers_what_there_is(page: Any) -> None:
    tree = await page("/en/city/kyiv?at=50.45,30.52")
    heads = {text(group.css_first("h2")): group for group in tree.css("main > .group")}
    assert text(heads["Новий"].css_first(".mark")) == "new"
    assert text(heads["Останній"].css_first(".mark")) == "last showings: until 21 November"
    assert heads["Dovbush"].css_first(".mark") is None
    assert "audio description · relaxed screening" in text(heads["Dovbush"].css_first(".show-facts"))
    links = {text(link): link.attributes["href"] for link in tree.css(".windows a")}
    assert links["new in the cinemas (1)"] == "/en/city/kyiv?new=1&at=50.45,30.52"
    assert links["last showings (1)"] == "/en/city/kyiv?last=1&at=50.45,30.52"
    form = tree.css_first(".filter-form")
    ways = {node.attributes["value"]: text(node.parent) for node in form.css("[name=access]")}
    assert ways == {
        "described": "audio description 1",
        "captioned": "captions for the deaf 1",
        "relaxed": "relaxed screening 1",
    }
    assert [text(node) for node in form.css("[name=within] option")] == ["any", "within 1 km (1)", "within 2 km (1)"]
    assert form.css_first("[name=new]") is not None


@pytest.mark.usefixtures("week")
async def test_nothing_is_offered_that_is_not_there(page: Any) -> None:
    tree = await page("/en/city/kyiv?date=2026-11-27")
    assert tree.css_first("[name=access], [name=within], [name=last]") is None
    assert [text(link) for link in tree.css(".windows a")] == ["evening (2)", "late (1)", "new in the cinemas (1)"]
    empty = await page("/en/city/kyiv?last=1&access=captioned")
    offered = {text(link) for link in empty.css(".empty a")}
    assert offered == {"without “last showings” : 1 showing", "without “captions for the deaf” : 1 showing"}


@pytest.mark.parametrize("query", ["access=blind", "within=0", "within=101", "new=2", "at=here&within=3"])
async def test_what_makes_no_sense_is_refused(week: Any, client: Any, query: str) -> None:
    assert week
    assert (await client.get(f"/en/city/kyiv?{query}")).status == 400
    assert (await client.get(f"/api/showtimes?city=kyiv&{query}")).status == 400


async def test_the_apis_document_says_how_a_point_is_written(client: Any) -> None:
    document = await (await client.get("/api/openapi.json")).json()
    named = {each["name"]: each["schema"] for each in document["paths"]["/api/showtimes"]["get"]["parameters"]}
    pattern = re.compile(str(named["at"].get("pattern") or named["at"]["anyOf"][0]["pattern"]))
    assert pattern.match("50.45,30.52")
    assert pattern.match("0" * 60) is None
