"""What search engines are told: schema.org data that says what the page says, robots.txt and sitemaps."""

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from cinestreamd.store.base import Price

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
LINK = "{http://www.w3.org/1999/xhtml}link"


async def graph(page: Any, path: str) -> list[dict[str, Any]]:
    blocks = (await page(path)).css('script[type="application/ld+json"]')
    assert len(blocks) == 1
    found = json.loads(blocks[0].text())
    assert found["@context"] == "https://schema.org"
    return list(found["@graph"])


async def test_a_screening_with_its_film_and_cinema(world: Any, page: Any) -> None:
    row = world.showtime(
        "21 20:30",
        id="s1",
        format="3D",
        language="en",
        subtitles="uk",
        price=Price(min=18_000, max=24_050, currency="UAH", text="180-240.50 грн"),
        buy_link="https://zhovten.example/buy/1",
    )
    await world.publish(row, cinemas=[world.cinema(address="вул. Костянтинівська, 26", lat=50.5, lon=30.25)])
    film = "http://localhost:8001/en/city/kyiv/film/dovbush-2023"
    cinema = "http://localhost:8001/en/city/kyiv/cinema/zhovten"
    assert await graph(page, "/en/city/kyiv") == [
        {
            "@type": "Movie",
            "@id": film,
            "url": film,
            "name": "Dovbush",
            "alternateName": "Довбуш",
            "dateCreated": "2023",
            "duration": "PT124M",
        },
        {
            "@type": "MovieTheater",
            "@id": cinema,
            "url": cinema,
            "name": "Жовтень",
            "address": {
                "@type": "PostalAddress",
                "addressLocality": "Kyiv",
                "addressCountry": "UA",
                "streetAddress": "вул. Костянтинівська, 26",
            },
            "geo": {"@type": "GeoCoordinates", "latitude": 50.5, "longitude": 30.25},
            "sameAs": "https://zhovten.example/afisha",
        },
        {
            "@type": "ScreeningEvent",
            "name": "Dovbush",
            "url": f"{film}#s-s1",
            "startDate": "2026-11-21T20:30+02:00",
            "endDate": "2026-11-21T22:34+02:00",
            "eventStatus": "https://schema.org/EventScheduled",
            "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
            "location": {"@id": cinema},
            "workPresented": {"@id": film},
            "videoFormat": "3D",
            "inLanguage": "en",
            "subtitleLanguage": "uk",
            "offers": {
                "@type": "AggregateOffer",
                "availability": "https://schema.org/InStock",
                "url": "https://zhovten.example/buy/1",
                "priceCurrency": "UAH",
                "lowPrice": "180",
                "highPrice": "240.50",
            },
        },
    ]


@pytest.mark.parametrize(
    ("changes", "status", "offer"),
    [
        ({"availability": "sold_out", "price": Price(min=1250, max=1250, currency="GBP", text="£12.50")},
         "EventScheduled",
         {"@type": "Offer", "availability": "https://schema.org/SoldOut", "priceCurrency": "GBP", "price": "12.50"}),
        ({"availability": "cancelled", "buy_link": "https://zhovten.example/buy/1"}, "EventCancelled", None),
        ({"buy_link": "javascript:alert(1)"}, "EventScheduled", None),
        ({"price": Price(min=1800, max=1800, currency="JPY", text="1800円")},
         "EventScheduled",
         {"@type": "Offer", "availability": "https://schema.org/InStock", "priceCurrency": "JPY", "price": "1800"}),
    ],
)  # fmt: skip
async def test_offer_and_status_of_a_screening(
    world: Any, page: Any, changes: dict[str, Any], status: str, offer: dict[str, str] | None
) -> None:
    await world.publish(world.showtime("21 20:30", **changes))
    event = (await graph(page, "/uk/city/kyiv/cinema/zhovten"))[-1]
    assert event["eventStatus"] == f"https://schema.org/{status}"
    assert event.get("offers") == offer


async def test_what_is_over_is_not_told_but_film_and_cinema_are(world: Any, page: Any, client: Any) -> None:
    await world.publish(world.showtime("21 17:00"), ago=world.now - world.showtime("21 16:00").start_time)
    assert [each["@type"] for each in await graph(page, "/uk/city/kyiv/film/dovbush-2023")] == ["Movie"]
    assert [each["@type"] for each in await graph(page, "/uk/city/kyiv/cinema/zhovten")] == ["MovieTheater"]
    assert "ld+json" not in await (await client.get("/uk/city/kyiv")).text()


async def test_robots_may_come_and_are_told_of_the_sitemap(client: Any) -> None:
    response = await client.get("/robots.txt")
    assert response.content_type == "text/plain"
    assert (await response.text()).splitlines() == [
        "User-agent: *",
        "Disallow: /api/",
        "Disallow: /embed/",
        "Disallow: /*/search",
        "Disallow: /*/near",
        "Allow: /",
        "",
        "Sitemap: http://localhost:8001/sitemap.xml",
    ]


async def test_the_sitemaps_lead_to_every_page_in_every_language(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"))
    index = await tree(client, "/sitemap.xml")
    places = [str(each.text) for each in index.iter(f"{SITEMAP}loc")]
    assert places == ["http://localhost:8001/sitemap/site.xml", "http://localhost:8001/sitemap/city/kyiv.xml"]
    found = []
    for place in places:
        part = await tree(client, place.removeprefix("http://localhost:8001"))
        for url in part.iter(f"{SITEMAP}url"):
            found.append(str(url.findtext(f"{SITEMAP}loc")).removeprefix("http://localhost:8001"))
            others = {each.get("hreflang"): each.get("href") for each in url.iter(LINK)}
            assert set(others) == {"uk", "en", "ru", "x-default"}
            assert others["x-default"] == others["uk"]
    assert found == [
        f"/{language}{path}"
        for path in ("/", "/city/kyiv", "/city/kyiv/cinema/zhovten", "/city/kyiv/film/dovbush-2023")
        for language in ("uk", "en", "ru")
    ]
    for path in found:
        assert (await client.get(path)).status == 200


async def test_there_is_no_sitemap_of_a_city_that_does_not_exist(client: Any) -> None:
    assert (await client.get("/sitemap/city/atlantis-under-the-sea.xml")).status == 404


async def tree(client: Any, path: str) -> ET.Element:
    response = await client.get(path)
    assert (response.status, response.content_type) == (200, "application/xml")
    return ET.fromstring(await response.read())  # noqa: S314 - our own answer


@pytest.mark.parametrize(
    ("path", "otherwise"),
    [("/en/", "/"), ("/en/city/kyiv?by=cinema", "/uk/city/kyiv"), ("/ru/city/odesa", "/uk/city/odesa")],
)
async def test_people_of_other_languages_get_the_sites_own(page: Any, path: str, otherwise: str) -> None:
    links = (await page(path)).css('link[rel="alternate"][hreflang]')
    found = {node.attributes["hreflang"]: node.attributes["href"] for node in links}
    assert set(found) == {"uk", "en", "ru", "x-default"}
    assert found["x-default"] == f"http://localhost:8001{otherwise}"
