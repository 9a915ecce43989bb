from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from cinestreamd.store.base import Price, Publication, Run


def text(node: Any) -> str:
    """The visible words of a node, white space folded."""
    return " ".join(node.text(separator=" ").replace("\N{NO-BREAK SPACE}", " ").split())


def clocks(tree: Any, selector: str) -> list[str]:
    return [text(node) for node in tree.css(f"{selector} .show-time")]


async def test_a_showing_has_all_that_is_known_of_it(world: Any, page: Any) -> None:
    row = world.showtime(
        "21 20:30",
        format="IMAX",
        language="en",
        original_language=True,
        subtitles="uk",
        room="3",
        price=Price(min=18_000, max=24_000, currency="UAH", text="180-240 грн"),
        buy_link="https://zhovten.example/buy/77",
    )
    await world.publish(row)
    tree = await page("/uk/city/kyiv")
    show = tree.css_first(".show")
    assert text(tree.css_first(".group h2")) == "Довбуш"
    assert text(tree.css_first(".part h3")) == "Жовтень"
    assert tree.css_first(".part h3 a").attributes["href"] == "/uk/city/kyiv/cinema/zhovten"
    assert tree.css_first(".group h2 a").attributes["href"] == "/uk/city/kyiv/film/dovbush-2023"
    assert text(show.css_first(".show-time")) == "20:30"
    assert show.css_first(".show-time").attributes["datetime"] == "2026-11-21T20:30+02:00"
    assert text(show.css_first(".show-price")) == "180–240 ₴"
    assert text(show.css_first(".show-facts")) == "IMAX · EN · оригінал · суб. UA · зал 3"
    assert "Звук: англійська. Оригінальна версія. Субтитри: українська." in text(show)
    buy = show.css_first(".show-buy")
    assert buy.attributes["href"] == "https://zhovten.example/buy/77"
    assert buy.attributes["rel"] == "nofollow noopener external"


async def test_a_showing_carries_its_proof(world: Any, page: Any) -> None:
    await world.publish(world.showtime("21 20:30"))
    proof = (await page("/uk/city/kyiv")).css_first(".show details")
    assert text(proof.css_first("blockquote")) == "Довбуш — 20:30"
    link = proof.css_first(".proof a")
    assert link.attributes["href"] == "https://zhovten.example/afisha"
    assert link.attributes["rel"] == "nofollow noopener external"
    assert "Прочитано 5 хвилин тому : zhovten.example" in text(proof)


async def test_a_quote_of_embedded_data_is_readable_but_verbatim_in_the_api(world: Any, page: Any, client: Any) -> None:
    quote = r'"name":"\u0414\u043e\u0432\u0431\u0443\u0448 \ud83c\udfac \u202e\ud83c","startDate":"2026-11-21T20:30"'
    row = world.showtime("21 20:30")
    await world.publish(replace(row, evidence=replace(row.evidence, quote=quote)))
    shown = text((await page("/uk/city/kyiv")).css_first("blockquote"))
    assert shown == '"name":"Довбуш 🎬 \ufffd","startDate":"2026-11-21T20:30"'
    answer = await (await client.get("/api/showtimes?city=kyiv")).json()
    assert answer["showtimes"][0]["evidence"]["quote"] == quote


async def test_films_come_with_the_most_showings_first(world: Any, page: Any) -> None:
    klondike = world.film("klondike-2022", titles=world.film().titles)
    await world.publish(
        world.showtime("21 19:00"),
        world.showtime("21 20:00", id="a", film_id="klondike-2022"),
        world.showtime("21 21:00", id="b", film_id="klondike-2022"),
        films=[world.film(), klondike],
    )
    tree = await page("/uk/city/kyiv")
    assert [node.attributes["href"] for node in tree.css(".group h2 a")] == [
        "/uk/city/kyiv/film/klondike-2022",
        "/uk/city/kyiv/film/dovbush-2023",
    ]


async def test_by_cinema(world: Any, page: Any) -> None:
    cinemas = [world.cinema(), world.cinema("atlas", name="Атлас")]
    await world.publish(
        world.showtime("21 19:00"), world.showtime("21 20:00", id="a", cinema_id="atlas"), cinemas=cinemas
    )
    tree = await page("/uk/city/kyiv?by=cinema")
    assert [text(node) for node in tree.css(".group h2")] == ["Атлас", "Жовтень"]
    assert [text(node) for node in tree.css(".part h3")] == ["Довбуш", "Довбуш"]
    assert tree.css_first(".orders [aria-current]").attributes["href"] == "/uk/city/kyiv?by=cinema"


async def test_day_tabs_count_what_is_still_to_come(world: Any, page: Any) -> None:
    """At 18:00: two of today's three are to come, of which one is cancelled; tomorrow has two."""
    await world.publish(
        world.showtime("21 17:00"),
        world.showtime("21 19:00"),
        world.showtime("21 20:00", availability="cancelled"),
        world.showtime("22 10:00"),
        world.showtime("22 12:00", availability="sold_out"),
        world.showtime("24 12:00"),
        ago=timedelta(hours=3),
    )
    tree = await page("/uk/city/kyiv")
    tabs = [(text(tab), tab.attributes["href"]) for tab in tree.css(".days a")]
    assert tabs == [
        ("Сьогодні 21 листопада 1 сеанс", "/uk/city/kyiv"),
        ("Завтра 22 листопада 2 сеанси", "/uk/city/kyiv?date=2026-11-22"),
        ("вт 24 листопада 1 сеанс", "/uk/city/kyiv?date=2026-11-24"),
    ]
    assert tree.css_first(".days [aria-current=date]").attributes["href"] == "/uk/city/kyiv"


async def test_another_day_keeps_the_order(world: Any, page: Any) -> None:
    await world.publish(world.showtime("21 19:00"), world.showtime("22 10:00"))
    tree = await page("/uk/city/kyiv?by=cinema&date=2026-11-22")
    assert clocks(tree, ".group") == ["10:00"]
    assert [tab.attributes["href"] for tab in tree.css(".days a")] == [
        "/uk/city/kyiv?by=cinema",
        "/uk/city/kyiv?date=2026-11-22&by=cinema",
    ]


async def test_what_has_begun_is_folded_away(world: Any, page: Any) -> None:
    await world.publish(
        world.showtime("21 12:00", buy_link="https://zhovten.example/1"),
        world.showtime("21 17:59"),
        world.showtime("21 18:00"),
        world.showtime("21 18:01"),
        ago=timedelta(hours=8),
    )
    tree = await page("/uk/city/kyiv")
    assert clocks(tree, "main > .group") == ["18:01"]
    assert clocks(tree, ".over") == ["12:00", "17:59", "18:00"]
    assert text(tree.css_first(".over > summary")) == "3 сеанси вже почалися"
    assert tree.css_first(".over .show-buy") is None


async def test_after_midnight_belongs_to_the_evening_before(world: Any, page: Any) -> None:
    late = world.showtime("22 00:30", business_day=date(2026, 11, 21))
    await world.publish(world.showtime("21 23:30"), late)
    tree = await page("/uk/city/kyiv")
    assert clocks(tree, ".group") == ["23:30", "00:30"]
    assert [text(node) for node in tree.css(".show-night")] == ["ніч на неділю"]
    assert clocks(await page("/uk/city/kyiv?date=2026-11-22"), ".group") == []


async def test_tonight_lasts_until_five_in_the_morning(world: Any, page: Any) -> None:
    """At 01:00 on Sunday the page still shows Saturday night; at 05:00 it is Sunday."""
    late = world.showtime("22 02:30", business_day=date(2026, 11, 21))
    await world.publish(late, world.showtime("22 20:00"))
    world.now += timedelta(hours=7)
    assert clocks(await page("/uk/city/kyiv"), "main > .group") == ["02:30"]
    world.now += timedelta(hours=4)
    assert clocks(await page("/uk/city/kyiv"), "main > .group") == ["20:00"]


async def test_sold_out_and_cancelled_are_shown_as_such(world: Any, page: Any) -> None:
    link = "https://zhovten.example/buy"
    await world.publish(
        world.showtime("21 19:00", availability="sold_out", buy_link=link),
        world.showtime("21 20:00", availability="cancelled", buy_link=link),
    )
    tree = await page("/en/city/kyiv")
    assert [text(node) for node in tree.css(".show-state")] == ["Sold out", "Cancelled"]
    assert tree.css_first(".show-buy") is None


async def test_an_empty_day_offers_the_next_one_with_its_count(world: Any, page: Any) -> None:
    await world.publish(world.showtime("24 12:00"), world.showtime("24 14:00"))
    tree = await page("/uk/city/kyiv")
    assert text(tree.css_first(".empty p")) == "На сьогодні це все."
    offer = tree.css_first(".empty a")
    assert (text(offer), offer.attributes["href"]) == (
        "вт, 24 листопада: 2 сеанси",
        "/uk/city/kyiv?date=2026-11-24",
    )


async def test_a_city_without_showtimes_says_why(world: Any, page: Any) -> None:
    await world.publish()
    tree = await page("/en/city/kyiv")
    assert text(tree.css_first(".empty p")) == "The cinemas of this city have announced nothing that we could read."
    assert tree.css_first(".days") is None


async def test_a_city_without_cinemas_says_so(world: Any, page: Any) -> None:
    lease = await world.lease("odesa")
    run = Run(id="run-2", city_id="odesa", owner="test", trigger="visitor", started_at=world.now)
    await world.store.begin_run(lease, run)
    nothing = Publication(cinemas=(), films=(), listings=(), run=replace(run, finished_at=world.now, outcome="empty"))
    await world.store.publish(lease, nothing, now=world.now)
    tree = await page("/en/city/odesa")
    assert text(tree.css_first(".empty p")) == "We know no cinema in this city yet whose schedule can be read."
    assert tree.css_first(".days") is None


async def test_each_language_has_its_own_words(world: Any, page: Any) -> None:
    await world.publish(world.showtime("21 20:30"))
    seen = {}
    for language in ("uk", "en", "ru"):
        tree = await page(f"/{language}/city/kyiv")
        assert tree.css_first("html").attributes["lang"] == language
        seen[language] = (text(tree.css_first("h1")), text(tree.css_first("title")), text(tree.css_first(".group h2")))
    assert seen == {
        "uk": ("Київ", "Київ: розклад кіносеансів, субота, 21 листопада", "Довбуш"),
        "en": ("Kyiv", "Kyiv: cinema showtimes, Saturday, 21 November", "Dovbush"),
        "ru": ("Киев", "Киев: расписание киносеансов, суббота, 21 ноября", "Довбуш"),
    }


async def test_a_city_has_its_own_clock(world: Any, page: Any) -> None:
    await world.lease("london")
    assert "16:00" in text((await page("/en/city/london")).css_first(".place .note"))
    assert "18:00" in text((await page("/en/city/kyiv")).css_first(".place .note"))


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/uk/city/no-such-city", 404, "Ми не знаємо такого міста."),
        ("/en/city/no-such-city", 404, "We do not know this city."),
        ("/ru/city/no-such-city", 404, "Мы не знаем такого города."),
        ("/en/city/KYIV", 404, "There is no such page."),
        ("/en/city/%00", 404, "There is no such page."),
        ("/en/city/kyiv?date=tomorrow", 400, "The value of “date” is missing or cannot be understood."),
        ("/en/city/kyiv?date=9999-12-31", 400, "The value of “date” is missing or cannot be understood."),
        ("/en/city/kyiv?date=0001-01-01", 400, "The value of “date” is missing or cannot be understood."),
        ("/en/city/kyiv?by=price", 400, "The value of “by” is missing or cannot be understood."),
        ("/en/city/kyiv?asked=-1", 400, "The value of “asked” is missing or cannot be understood."),
    ],
)
async def test_what_is_not_there_is_told_in_the_visitors_language(
    world: Any, page: Any, path: str, status: int, says: str
) -> None:
    tree = await page(path, status=status)
    assert text(tree.css_first("h1")) == says
    assert world.desk.asked == []


async def test_a_query_value_that_means_nothing_to_us_changes_nothing(world: Any, page: Any) -> None:
    await world.publish(world.showtime("21 20:30"))
    assert clocks(await page("/uk/city/kyiv?utm_source=x&date="), ".group") == ["20:30"]
