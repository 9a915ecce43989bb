"""Filters and order of a city's list: they live in the URL, offer what the day has, and count what they leave."""

from typing import Any

import pytest

from cinestreamd.store.base import Price


def text(node: Any) -> str:
    return " ".join(node.text(separator=" ").replace("\N{NO-BREAK SPACE}", " ").split())


def clocks(tree: Any) -> list[str]:
    return [text(node) for node in tree.css("main > .group .show-time")]


def hryvnias(low: int) -> Price:
    return Price(min=low * 100, max=low * 100, currency="UAH", text=f"{low} грн")


@pytest.fixture
async def evening(world: Any) -> Any:
    """At 18:00 in Kyiv: five showings to come today in two cinemas, one of them after midnight, and one tomorrow.

    The film is 2 h 4 min long.
    """
    cinemas = [
        world.cinema(lat=50.4693, lon=30.5111, wheelchair="yes"),
        world.cinema("atlas", name="Атлас", lat=50.45, lon=30.52, wheelchair="no"),
    ]
    await world.publish(
        world.showtime("21 18:30", format="2D", language="uk", price=hryvnias(200)),
        world.showtime("21 19:00", id="a", cinema_id="atlas", format="IMAX", language="en", price=hryvnias(320)),
        world.showtime("21 20:00", id="b", cinema_id="atlas", format="2D", language="uk", price=hryvnias(150)),
        world.showtime("21 21:30", format="2D", language="en", subtitles="uk", original_language=True),
        world.showtime("22 00:30", business_day=world.showtime("21 20:00").business_day, price=hryvnias(120)),
        world.showtime("22 19:00", format="IMAX", language="en", price=hryvnias(320)),
        cinemas=cinemas,
    )
    return world


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["19:00", "20:00", "18:30", "21:30", "00:30"]),
        ("from=20:00", ["20:00", "21:30", "00:30"]),
        ("from=20:00&to=22:00", ["20:00", "21:30"]),
        ("to=19:00", ["19:00", "18:30"]),
        ("ends=22:04", ["19:00", "20:00", "18:30"]),
        ("ends=22:03", ["19:00", "18:30"]),
        ("ends=02:34", ["19:00", "20:00", "18:30", "21:30", "00:30"]),
        ("format=IMAX", ["19:00"]),
        ("format=IMAX&format=2D", ["19:00", "20:00", "18:30", "21:30"]),
        ("language=uk", ["20:00", "18:30"]),
        ("subtitles=uk", ["21:30"]),
        ("original=1", ["21:30"]),
        ("price=150", ["20:00", "00:30"]),
        ("price=149", ["00:30"]),
        ("cinema=atlas", ["19:00", "20:00"]),
        ("accessible=1", ["18:30", "21:30", "00:30"]),
        ("accessible=1&language=en&from=19:00", ["21:30"]),
        ("sort=time", ["18:30", "21:30", "00:30", "19:00", "20:00"]),
        ("sort=price", ["18:30", "21:30", "00:30", "19:00", "20:00"]),
        ("sort=distance&at=50.4501,30.5201", ["19:00", "20:00", "18:30", "21:30", "00:30"]),
        ("sort=distance&at=50.4700,30.5100", ["18:30", "21:30", "00:30", "19:00", "20:00"]),
        ("sort=&format=&from=", ["19:00", "20:00", "18:30", "21:30", "00:30"]),
    ],
)
@pytest.mark.usefixtures("evening")
async def test_a_filter_leaves_what_fits_it(page: Any, query: str, expected: list[str]) -> None:
    assert clocks(await page(f"/uk/city/kyiv?{query}")) == expected


@pytest.mark.usefixtures("evening")
async def test_only_what_the_day_has_is_offered_with_its_count(page: Any) -> None:
    tree = await page("/en/city/kyiv?language=en")

    def options(name: str) -> dict[str, tuple[str, bool]]:
        found = tree.css(f'.filter-form input[name="{name}"]')
        return {
            node.attributes["value"]: (text(node.parent.css_first("small")), "checked" in node.attributes)
            for node in found
        }

    assert options("format") == {"2D": ("1", False), "IMAX": ("1", False)}
    assert options("language") == {"en": ("2", True), "uk": ("2", False)}
    assert options("cinema") == {"atlas": ("1", False), "zhovten": ("1", False)}
    assert options("subtitles") == {}
    assert options("accessible") == {"1": ("1", False)}
    tomorrow = await page("/en/city/kyiv?date=2026-11-22")
    assert tomorrow.css('.filter-form input[name="language"]') == []


@pytest.mark.usefixtures("evening")
async def test_prices_and_parts_of_the_day_come_with_their_counts(page: Any) -> None:
    tree = await page("/en/city/kyiv")
    prices = {node.attributes["value"]: text(node) for node in tree.css('select[name="price"] option')}
    assert prices == {
        "": "any",
        "120": "up to ₴120 (1)",
        "150": "up to ₴150 (2)",
        "200": "up to ₴200 (3)",
        "320": "up to ₴320 (4)",
    }
    windows = [(text(link), link.attributes["href"]) for link in tree.css(".windows a")]
    assert windows == [
        ("evening (3)", "/en/city/kyiv?from=17:00&to=20:59"),
        ("late (2)", "/en/city/kyiv?from=21:00"),
    ]


@pytest.mark.usefixtures("evening")
async def test_each_filter_can_be_taken_off_and_the_days_keep_the_others(page: Any) -> None:
    tree = await page("/en/city/kyiv?by=cinema&format=2D&language=en&language=uk")
    applied = [(text(link), link.attributes["href"]) for link in tree.css(".applied a")]
    assert applied == [
        ("2D × remove this filter", "/en/city/kyiv?language=en&language=uk&by=cinema"),
        ("English, Ukrainian × remove this filter", "/en/city/kyiv?format=2D&by=cinema"),
        ("remove all", "/en/city/kyiv?by=cinema"),
    ]
    days = [link.attributes["href"] for link in tree.css(".days a")]
    assert days[1] == "/en/city/kyiv?date=2026-11-22&format=2D&language=en&language=uk&by=cinema"
    hidden = [(node.attributes["name"], node.attributes["value"]) for node in tree.css(".filter-form [type=hidden]")]
    assert hidden == [("by", "cinema")]
    assert "open" not in tree.css_first("details.filters").attributes  # what was found comes right below
    assert tree.css_first("details .applied") is None


@pytest.mark.usefixtures("evening")
async def test_when_nothing_fits_what_would_is_offered_with_its_count(page: Any) -> None:
    """IMAX from 19:30: without IMAX there are three today, without the hour one; tomorrow's IMAX starts too early."""
    tree = await page("/en/city/kyiv?format=IMAX&from=19:30")
    offers = [(text(link), link.attributes["href"]) for link in tree.css(".empty a")]
    assert offers == [
        ("without “IMAX” : 3 showings", "/en/city/kyiv?from=19:30"),
        ("without “from 19:30” : 1 showing", "/en/city/kyiv?format=IMAX"),
    ]
    early = await page("/en/city/kyiv?format=IMAX&from=18:45&to=18:50")
    assert [text(link) for link in early.css(".empty a")] == ["without “18:45–18:50” : 1 showing"]
    later = await page("/en/city/kyiv?format=IMAX&cinema=zhovten")
    assert [text(link) for link in later.css(".empty a")] == [
        "without “IMAX” : 3 showings",
        "without “Жовтень” : 1 showing",
        "Tomorrow, 22 November : 1 showing",
    ]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=25:00", "from"),
        ("to=7", "to"),
        ("ends=12:60", "ends"),
        ("price=-1", "price"),
        ("price=much", "price"),
        ("sort=rating", "sort"),
        ("original=perhaps", "original"),
        ("&".join(f"cinema={number}" for number in range(21)), "cinema"),
    ],
)
async def test_a_filter_that_cannot_be_understood_is_named(page: Any, query: str, field: str) -> None:
    tree = await page(f"/en/city/kyiv?{query}", status=400)
    assert text(tree.css_first("h1")) == f"The value of “{field}” is missing or cannot be understood."


async def test_a_point_that_is_none_is_refused(page: Any) -> None:
    await page("/en/city/kyiv?at=here", status=400)
    await page("/en/city/kyiv?at=91,0", status=400)


@pytest.mark.usefixtures("evening")
async def test_the_api_takes_the_same_filters_and_pages_through_them(client: Any) -> None:
    response = await client.get("/api/showtimes?city=kyiv&language=en&limit=2")
    rows = (await response.json())["showtimes"]
    assert [row["start"][8:16] for row in rows] == ["21T19:00", "21T21:30"]
    assert response.headers["X-Total-Count"] == "3"
    assert response.headers["Link"] == '</api/showtimes?city=kyiv&language=en&limit=2&offset=2>; rel="next"'
    last = await client.get("/api/showtimes?city=kyiv&language=en&limit=2&offset=2")
    assert [row["start"][8:16] for row in (await last.json())["showtimes"]] == ["22T19:00"]
    assert "Link" not in last.headers
    counted = await client.head("/api/showtimes?city=kyiv&date=2026-11-21")
    assert counted.headers["X-Total-Count"] == "5"


@pytest.mark.usefixtures("evening")
async def test_a_cinemas_week_is_a_board_of_films_by_day(page: Any) -> None:
    tree = await page("/en/city/kyiv/cinema/zhovten")
    heads = [text(node) for node in tree.css(".week thead th")]
    assert heads[:3] == ["Film", "Sat 21 November", "Sun 22 November"]
    assert len(heads) == 8
    row = tree.css_first(".week tbody tr")
    assert text(row.css_first("th")) == "Dovbush"
    assert [text(cell) for cell in row.css("td")][:3] == ["18:30 21:30 00:30", "19:00", ""]
    anchors = {link.attributes["href"] for link in row.css("td a")}
    assert anchors == {f"#{node.attributes['id']}" for node in tree.css(".show")}
    assert "Without steps" in text(tree.css_first(".place"))


@pytest.mark.parametrize("path", ["/api/showtimes?city=kyiv", "/api/locations?q=kyiv", "/api/stats"])
async def test_pages_of_other_sites_may_read_what_is_public(client: Any, path: str) -> None:
    headers = (await client.get(path, headers={"Origin": "https://elsewhere.example"})).headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Access-Control-Expose-Headers"] == "ETag, Link, X-Total-Count"
    page = await client.get("/uk/city/kyiv", headers={"Origin": "https://elsewhere.example"})
    assert "Access-Control-Allow-Origin" not in page.headers
