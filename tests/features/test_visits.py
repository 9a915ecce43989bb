from datetime import date, timedelta
from typing import Any

from cinestreamd.features.visits.tally import Tally
from cinestreamd.store.base import StoreBusyError


async def stats(world: Any, client: Any) -> dict[str, Any]:
    """The figures after everything counted so far was written, and those kept by the worker have aged out."""
    await client.close()
    world.now += timedelta(seconds=10)
    figures = await world.store.stats(now=world.now)
    return {
        "visits": (figures.visits_total, figures.visits_today),
        "views": [(each.day, each.visits, each.views) for each in figures.days],
        "cities": await world.store.viewed_cities(date(2026, 11, 1)),
    }


async def test_a_browser_counts_once_a_day_its_views_each_time(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"))
    for _ in range(3):
        assert (await client.post("/api/visit", json={"city": "kyiv"})).status == 204
    assert (await client.post("/api/visit", json={})).status == 204
    assert await stats(world, client) == {
        "visits": (1, 1),
        "views": [(date(2026, 11, 21), 1, 3)],
        "cities": {"kyiv": 3},
    }


async def test_the_next_day_counts_again(world: Any, client: Any) -> None:
    await client.post("/api/visit", json={})
    world.now += timedelta(hours=8)
    await client.post("/api/visit", json={})
    assert (await stats(world, client))["visits"] == (2, 1)


async def test_without_javascript_an_image_counts(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"))
    for _ in range(2):
        response = await client.get("/api/visit/seen.gif?city=kyiv")
        assert (response.status, response.content_type) == (200, "image/gif")
        assert response.headers["Cache-Control"] == "no-store"
    assert await stats(world, client) == {
        "visits": (1, 1),
        "views": [(date(2026, 11, 21), 1, 2)],
        "cities": {"kyiv": 2},
    }


async def test_an_image_on_another_sites_page_does_not_count(world: Any, client: Any) -> None:
    response = await client.get("/api/visit/seen.gif", headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status == 200
    assert "Set-Cookie" not in response.headers
    assert (await stats(world, client))["visits"] == (0, 0)


async def test_views_of_cities_that_the_site_never_read_do_not_count(world: Any, client: Any) -> None:
    """What is viewed is refreshed each day, so that counting any city would let anyone spend the operator's money."""
    assert (await client.post("/api/visit", json={"city": "odesa"})).status == 204
    assert (await stats(world, client))["cities"] == {}


async def test_the_day_cookie_tells_nothing_and_goes_nowhere_else(client: Any) -> None:
    response = await client.post("/api/visit", json={})
    cookie = response.cookies["visit"]
    assert cookie.value == "2026-11-21"
    assert cookie["path"] == "/api/visit"
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", "86400")


async def test_over_https_the_cookie_is_secure(client: Any) -> None:
    response = await client.post("/api/visit", json={}, headers={"X-Forwarded-Proto": "https"})
    assert response.cookies["__Secure-visit"]["secure"]


async def test_public_figures(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"), world.showtime("22 20:30"))
    await world.store.count_visits(date(2026, 11, 21), visits=3, views={"kyiv": 5})
    response = await client.get("/api/stats")
    assert await response.json() == {
        "visits": {"total": 3, "today": 3},
        "cities": 1,
        "cinemas": 1,
        "films": 1,
        "upcoming_showtimes": 2,
        "days": [{"day": "2026-11-21", "visits": 3, "views": 5, "runs": 1}],
    }


async def test_figures_are_at_most_ten_seconds_old(world: Any, client: Any) -> None:
    assert (await (await client.get("/api/stats")).json())["visits"]["total"] == 0
    await world.store.count_visits(date(2026, 11, 21), visits=3, views={})
    world.now += timedelta(seconds=9)
    assert (await (await client.get("/api/stats")).json())["visits"]["total"] == 0
    world.now += timedelta(seconds=1)
    assert (await (await client.get("/api/stats")).json())["visits"]["total"] == 3


async def test_the_footer_tells_the_visitors(world: Any, page: Any) -> None:
    await world.store.count_visits(date(2026, 11, 20), visits=1200, views={})
    await world.store.count_visits(date(2026, 11, 21), visits=34, views={})
    foot = (await page("/uk/")).css_first("footer").text().replace("\N{NO-BREAK SPACE}", " ")
    assert "1 234 відвідування, з них сьогодні 34" in foot


async def test_what_a_busy_store_does_not_take_is_written_later(world: Any) -> None:
    class BusyOnce:
        """A store whose first write is refused."""

        refused = False

        async def count_visits(self, day: date, *, visits: int, views: Any, batch: str) -> None:
            if not self.refused:
                self.refused = True
                raise StoreBusyError(retry_after=1)
            await world.store.count_visits(day, visits=visits, views=views, batch=batch)

    tally, store = Tally(), BusyOnce()
    tally.count(date(2026, 11, 21), visit=True, city_id="kyiv")
    await tally.flush(store)  # type: ignore[arg-type]  # the one operation that a tally uses
    tally.count(date(2026, 11, 21), visit=True, city_id=None)
    await tally.flush(store)  # type: ignore[arg-type]  # the one operation that a tally uses
    await tally.flush(store)  # type: ignore[arg-type]  # the one operation that a tally uses
    figures = await world.store.stats(now=world.now)
    assert (figures.visits_total, figures.days[0].views) == (2, 1)
