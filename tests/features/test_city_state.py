"""What a city's page tells of the state of its data, and what it offers then."""

from datetime import timedelta
from typing import Any

from cinestreamd.store.base import Run


def text(node: Any) -> str:
    return " ".join(node.text(separator=" ").split())


async def test_a_cold_city_explains_itself_and_offers_a_form(page: Any) -> None:
    tree = await page("/uk/city/odesa")
    assert text(tree.css_first(".state p")).startswith("Про це місто ще ніхто не питав.")
    form = tree.css_first(".state form")
    assert (form.attributes["method"], form.attributes["action"]) == ("post", "/uk/city/odesa/scrape")
    assert tree.css_first("noscript meta") is None
    assert tree.css_first("[data-live]").attributes["data-phase"] == "stale"


async def test_no_get_starts_a_scrape(world: Any, client: Any) -> None:
    paths = (
        "/uk/",
        "/uk/city/odesa",
        "/uk/city/odesa?asked=1795276800",
        "/api/showtimes?city=odesa",
        "/api/scrape?city=odesa",
        "/uk/search?q=Одеса",
    )
    for path in paths:
        response = await client.get(path)
        assert response.status == 200, path
    assert (await client.get("/uk/city/odesa/scrape")).status == 405
    assert world.desk.asked == []


async def test_a_city_being_read_tells_how_far_it_is_and_refreshes_without_javascript(world: Any, page: Any) -> None:
    lease = await world.lease()
    run = Run(id="run-1", city_id="kyiv", owner="test", trigger="visitor", started_at=world.now)
    await world.store.begin_run(lease, run)
    await world.store.report_progress(lease, "run-1", done=4, total=7, now=world.now)
    tree = await page("/uk/city/kyiv")
    assert text(tree.css_first(".state p")) == "Читаємо сторінки кінотеатрів: 4 з 7"
    assert tree.css_first(".state progress").attributes == {"max": "7", "value": "4", "aria-label": "Поступ"}
    assert tree.css_first("head noscript meta").attributes == {"http-equiv": "refresh", "content": "5"}
    assert tree.css_first(".state form") is None


async def test_who_has_asked_waits_for_the_turn_but_not_for_ever(world: Any, page: Any) -> None:
    asked = int(world.now.timestamp())
    path = f"/uk/city/odesa?asked={asked}"
    assert (await page(path)).css_first("[data-live]").attributes["data-phase"] == "processing"
    world.now += timedelta(seconds=119)
    assert (await page(path)).css_first("noscript meta") is not None
    world.now += timedelta(seconds=1)
    tree = await page(path)
    assert tree.css_first("[data-live]").attributes["data-phase"] == "stale"
    assert tree.css_first("noscript meta") is None


async def test_a_moment_in_the_future_is_no_turn_to_wait_for(world: Any, page: Any) -> None:
    asked = int(world.now.timestamp()) + 3600
    tree = await page(f"/uk/city/odesa?asked={asked}")
    assert tree.css_first("[data-live]").attributes["data-phase"] == "stale"


async def test_who_has_asked_sees_the_showtimes_once_they_are_there(world: Any, page: Any) -> None:
    asked = int((world.now - timedelta(minutes=1)).timestamp())
    await world.publish(world.showtime("21 20:30"), ago=timedelta(seconds=5))
    tree = await page(f"/uk/city/kyiv?asked={asked}")
    assert tree.css_first("[data-live]").attributes["data-phase"] == "fresh"
    assert len(tree.css(".show")) == 1


async def test_a_city_that_could_not_be_read_rests(world: Any, page: Any) -> None:
    lease = await world.lease()
    await world.store.release_lease(lease, now=world.now, cooldown_until=world.now + timedelta(seconds=61))
    tree = await page("/ru/city/kyiv")
    assert text(tree.css_first(".state p")) == (
        "Прочитать кинотеатры этого города сейчас не удалось. Попробуйте ещё раз через 2 минуты."
    )
    assert tree.css_first(".state form") is None
    assert tree.css_first("noscript meta") is None


async def test_old_showtimes_stay_in_sight_with_their_age(world: Any, page: Any) -> None:
    await world.publish(world.showtime("21 20:30"), ago=timedelta(hours=25))
    tree = await page("/en/city/kyiv")
    assert "updated 25 hours ago" in text(tree.css_first(".place .note"))
    assert text(tree.css_first(".state button")) == "Read them again"
    assert len(tree.css(".show")) == 1


async def test_a_fresh_city_may_be_kept_for_a_while_others_are_asked_for_anew(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"))
    fresh = await client.get("/uk/city/kyiv")
    cold = await client.get("/uk/city/odesa")
    assert fresh.headers["Cache-Control"] == "public, max-age=30"
    assert cold.headers["Cache-Control"] == "no-cache"
