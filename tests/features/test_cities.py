from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from cinestreamd.sites.model import DonationMethod


def text(node: Any) -> str:
    return " ".join(node.text(separator=" ").split())


async def test_the_front_page_has_the_sites_cities_and_what_is_on(world: Any, page: Any) -> None:
    await world.publish(world.showtime("21 20:30"), world.showtime("21 21:30"), world.showtime("22 12:00"))
    cards = (await page("/uk/")).css(".playbill a")
    assert [(text(card), card.attributes["href"]) for card in cards] == [
        ("Київ 2 сеанси сьогодні 18:00", "/uk/city/kyiv"),
        ("Львів розкладу ще немає 18:00", "/uk/city/lviv"),
    ]


async def test_when_today_is_over_the_front_page_counts_the_coming_days(world: Any, page: Any) -> None:
    await world.publish(world.showtime("22 20:30"))
    assert text((await page("/en/")).css_first(".playbill-note")) == "1 showing in the coming days"


async def test_a_city_that_was_read_and_shows_nothing(world: Any, page: Any) -> None:
    await world.publish()
    assert text((await page("/en/")).css_first(".playbill-note")) == "nothing announced"


async def test_cities_that_visitors_asked_for_follow_the_configured_ones(world: Any, page: Any) -> None:
    await world.publish(world.showtime("21 20:30"))
    world.settings = replace(world.settings, cities=("lviv",))
    assert [text(node) for node in (await page("/en/")).css(".playbill-name")] == ["Kyiv", "Lviv"]


async def test_search_without_javascript(page: Any) -> None:
    tree = await page("/en/search?q=Zvia")
    first = tree.css_first(".cities a")
    assert (text(first), first.attributes["href"]) == ("Zviahel Zhytomyr Oblast, Ukraine", "/en/city/zviahel")
    assert tree.css_first("#q").attributes["value"] == "Zvia"


async def test_a_search_that_finds_nothing_says_so(page: Any) -> None:
    tree = await page("/ru/search?q=qqqqqq")
    assert text(tree.css_first(".empty")).startswith(
        "Мы не знаем города, фильма или кинотеатра, который так начинается."
    )


async def test_an_empty_search_offers_the_form(page: Any) -> None:
    assert (await page("/uk/search")).css_first("#q") is not None
    assert (await page("/uk/search?q=")).css_first("#q") is not None


async def test_near_me_lists_cities_with_their_distance(page: Any) -> None:
    first = (await page("/uk/near?at=50.387,30.369")).css_first(".cities a")
    assert first.attributes["href"] == "/uk/city/vyshneve"
    assert text(first.css_first(".cities-note")) == "Київська область, Україна · менше 1 км"


async def test_near_me_works_without_a_place(page: Any) -> None:
    tree = await page("/uk/near")
    assert tree.css_first(".cities") is None
    assert tree.css_first("form.search") is not None


async def test_locations_by_name(client: Any) -> None:
    response = await client.get("/api/locations", params={"q": "київ"})
    found = (await response.json())["locations"][0]
    assert found["id"] == "kyiv"
    assert found["name"] == {"uk": "Київ", "en": "Kyiv", "ru": "Киев"}
    assert (found["country"], found["timezone"]) == ("UA", "Europe/Kyiv")
    assert (round(found["lat"], 1), round(found["lon"], 1)) == (50.5, 30.5)
    assert "distance_km" not in found


async def test_namesakes_are_told_apart_by_their_region(client: Any) -> None:
    response = await client.get("/api/locations", params={"q": "Звягель"})
    found = (await response.json())["locations"][0]
    assert found["region"] == {"uk": "Житомирська область", "en": "Zhytomyr Oblast", "ru": "Житомирская область"}


async def test_locations_by_point(client: Any) -> None:
    found = (await (await client.get("/api/locations?near=49.84,24.03")).json())["locations"]
    assert found[0]["id"] == "lviv"
    assert found[0]["distance_km"] < 2
    assert [city["distance_km"] for city in found] == sorted(city["distance_km"] for city in found)


async def test_a_text_from_right_to_left_is_simply_not_found(client: Any) -> None:
    response = await client.get("/api/locations", params={"q": "שלום עולם קולנוע"})
    assert (response.status, (await response.json())["locations"]) == (200, [])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"q": "a" * 101}, "invalid_search"),
        ({"near": "999,0"}, "point_out_of_range"),
        ({"near": "0,181"}, "point_out_of_range"),
        ({"near": "nan,0"}, "invalid_point"),
        ({"near": "1"}, "invalid_point"),
        ({"near": "1,2,3"}, "invalid_point"),
        ({"near": "1e1,2"}, "invalid_point"),
    ],
)
async def test_locations_refuses_what_it_cannot_understand(client: Any, query: dict[str, str], code: str) -> None:
    response = await client.get("/api/locations", params=query)
    assert (response.status, (await response.json())["code"]) == (400, code)


async def test_donations_and_attributions_are_in_the_footer(world: Any, page: Any, start: Any) -> None:
    foot = (await page("/uk/")).css_first("footer")
    links = {link.attributes["href"] for link in foot.css("a")}
    assert {
        "https://www.geonames.org/",
        "https://creativecommons.org/licenses/by/4.0/",
        "https://www.openstreetmap.org/copyright",
        "https://opendatacommons.org/licenses/odbl/",
    } <= links
    world.settings = replace(
        world.settings, donations=(DonationMethod(label="Банка", url="https://send.monobank.ua/jar/x"),)
    )
    body = await (await (await start()).get("/uk/")).text()
    assert '<a href="https://send.monobank.ua/jar/x" rel="nofollow noopener">Банка</a>' in body


async def test_the_demo_says_that_it_is_one(world: Any, start: Any, client: Any) -> None:
    banner = "Це демонстрація: кінотеатри вигадані, фільми теж."
    assert banner not in await (await client.get("/uk/")).text()
    world.demo = True
    assert banner in await (await (await start()).get("/uk/")).text()


async def test_a_city_turns_up_once_it_was_read(world: Any, page: Any) -> None:
    """The counts that a worker keeps end with the city's revision."""
    await world.publish(world.showtime("21 20:30"), ago=timedelta(minutes=6))
    assert text((await page("/en/")).css_first(".playbill-note")) == "1 showing today"
    await world.publish(world.showtime("21 20:30"), world.showtime("21 21:30"), ago=timedelta(minutes=1))
    assert text((await page("/en/")).css_first(".playbill-note")) == "2 showings today"


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, []),
        ({"q": ""}, []),
        ({"q": " "}, []),
        ({"q": "\x00"}, []),
        ({"q": "ky\x00iv"}, ["kyiv"]),
        ({"q": "\u202ekyiv"}, ["kyiv"]),
        ({"q": "kyiv", "near": "51.5,-0.1"}, ["kyiv"]),
    ],
)
async def test_what_nobody_can_see_is_not_searched_for(client: Any, query: dict[str, str], ids: list[str]) -> None:
    response = await client.get("/api/locations", params=query)
    assert response.status == 200
    assert [each["id"] for each in (await response.json())["locations"]][:1] == ids
