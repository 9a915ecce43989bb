"""Films and cinemas by what is typed, in three languages, another layout, or with a slip; cinemas near a point."""

from datetime import timedelta
from typing import Any

import pytest

from cinestreamd.features.search.matching import best_matches
from cinestreamd.store.base import Titles


async def publish(world: Any) -> None:
    """Three films at two cinemas."""
    films = [
        world.film("dovbush-2023", titles=Titles(original="Довбуш", uk="Довбуш", en="Dovbush", ru="Довбуш")),
        world.film("shadows-1965", titles=Titles(original="Тіні забутих предків", en="Shadows of Forgotten Ancestors")),
        world.film("shrek-2001", titles=Titles(original="Shrek", uk="Шрек", en="Shrek", ru="Шрэк")),
    ]
    rows = [
        world.showtime("21 20:30", id="d", film_id="dovbush-2023"),
        world.showtime("21 21:30", id="t", film_id="shadows-1965"),
        world.showtime("21 18:30", id="s1", film_id="shrek-2001", cinema_id="planeta"),
        world.showtime("21 22:30", id="s2", film_id="shrek-2001", cinema_id="planeta"),
        world.showtime("21 23:30", id="s3", film_id="shrek-2001", cinema_id="planeta", availability="sold_out"),
    ]
    cinemas = [
        world.cinema(lat=50.47, lon=30.51, address="вул. Костянтинівська, 26"),
        world.cinema("planeta", name="Планета кіно", names={"en": "Planeta Kino"}, lat=50.46, lon=30.52),
        world.cinema("nowhere", name="Без адреси"),
    ]
    await world.publish(*rows, films=films, cinemas=cinemas)


@pytest.mark.parametrize(
    ("text", "films", "cinemas"),
    [
        ("дов", ["dovbush-2023"], []),
        ("Dovbush", ["dovbush-2023"], []),
        ("забутих", ["shadows-1965"], []),
        ("forg", ["shadows-1965"], []),
        ("ljd,ei", ["dovbush-2023"], []),
        ("довбшу", ["dovbush-2023"], []),
        ("тіні забтих", ["shadows-1965"], []),
        ("ШР", ["shrek-2001"], []),
        ("жов", [], ["zhovten"]),
        ("kino", [], ["planeta"]),
        ("планта", [], ["planeta"]),
        ("зzzz", [], []),
        ("!!", [], []),
    ],
)
async def test_films_and_cinemas_are_found(
    world: Any, client: Any, text: str, films: list[str], cinemas: list[str]
) -> None:
    await publish(world)
    for query in ({"q": text}, {"q": text, "city": "kyiv"}):
        answer = await (await client.get("/api/search", params=query)).json()
        assert [each["id"] for each in answer["films"]] == films
        assert [each["id"] for each in answer["cinemas"]] == cinemas


async def test_the_answer_to_the_letter(world: Any, client: Any) -> None:
    await publish(world)
    city = {"id": "kyiv", "name": {"uk": "Київ", "en": "Kyiv", "ru": "Киев"}}
    assert await (await client.get("/api/search?q=shrek")).json() == {
        "films": [
            {
                "id": "shrek-2001",
                "titles": {"original": "Shrek", "uk": "Шрек", "en": "Shrek", "ru": "Шрэк"},
                "year": 2023,
                "city": city,
            }
        ],
        "cinemas": [],
    }
    answer = await (await client.get("/api/search?q=плане")).json()
    assert answer["cinemas"] == [
        {"id": "planeta", "name": "Планета кіно", "names": {"en": "Planeta Kino"}, "address": None, "city": city}
    ]


async def test_what_is_published_is_found_at_once_and_what_is_gone_no_more(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"), ago=timedelta(minutes=5))
    assert (await (await client.get("/api/search?q=довбуш")).json())["films"] != []
    film = world.film("mavka-2023", titles=Titles(original="Мавка"))
    await world.publish(world.showtime("21 21:00", id="m", film_id="mavka-2023"), films=[film])
    assert (await (await client.get("/api/search?q=мавка")).json())["films"] != []
    assert (await (await client.get("/api/search?q=довбуш")).json())["films"] == []


@pytest.mark.parametrize("query", ["", "?q=", f"?q={'я' * 101}", "?q=a&city=Kyiv!"])
async def test_what_cannot_be_searched_for_is_refused(client: Any, query: str) -> None:
    assert (await client.get(f"/api/search{query}")).status == 400


def test_whole_names_come_before_beginnings_and_these_before_later_words() -> None:
    named = [(("дім у кіно",), 3), (("кіновечір",), 2), (("кіно",), 1)]
    assert best_matches("Кіно", named, limit=9) == [1, 2, 3]
    assert best_matches("Кіно", named, limit=2) == [1, 2]


async def test_the_search_page_shows_all_three_without_javascript(world: Any, page: Any) -> None:
    await publish(world)
    tree = await page("/uk/search?q=до")
    assert tree.css_first(".cities a").attributes["href"] == "/uk/city/kyiv/film/dovbush-2023"
    assert len(tree.css(".cities a")) > 1
    tree = await page("/en/search?q=planeta&city=kyiv")
    assert tree.css_first(".cities a").attributes["href"] == "/en/city/kyiv/cinema/planeta"
    assert tree.css_first("input[name=city]").attributes["value"] == "kyiv"
    tree = await page("/ru/search?q=zzzzzzzz")
    assert tree.css_first(".cities") is None
    assert tree.css_first(".empty") is not None


async def test_cinemas_near_a_point_come_by_distance_with_what_is_left(world: Any, page: Any) -> None:
    await publish(world)
    tree = await page("/uk/near?at=50.47,30.51")
    items = [" ".join(node.text().split()) for node in tree.css("section[aria-labelledby=near-cinemas] li")]
    assert items == [
        "Жовтеньменше 1 км · ще 2 сеанси сьогодні, найближчий о 20:30вул. Костянтинівська, 26",
        "Планета кіно1 км · ще 2 сеанси сьогодні, найближчий о 18:30Київ",
    ]
    evening = tree.css_first("section[aria-labelledby=near-cinemas] .button").attributes["href"]
    assert evening == "/uk/city/kyiv?at=50.47%2C30.51&sort=distance&by=cinema"
    heads = [node.text().strip() for node in (await page(evening)).css(".group h2")]
    assert heads == ["Жовтень", "Планета кіно"]


async def test_far_away_there_are_cities_alone(world: Any, page: Any) -> None:
    await publish(world)
    tree = await page("/en/near?at=51.5,-0.12")
    assert tree.css_first("#near-cinemas") is None
    assert len(tree.css(".cities a")) == 10
