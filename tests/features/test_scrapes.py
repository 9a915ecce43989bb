from datetime import timedelta
from typing import Any

import pytest

from cinestreamd.store.base import Run


async def test_a_cold_city_is_asked_for_though_the_store_does_not_know_it(world: Any, client: Any) -> None:
    response = await client.post("/api/scrape", json={"city": "odesa"})
    assert response.status == 202
    assert response.headers["Retry-After"] == "5"
    assert response.headers["Cache-Control"] == "no-store"
    assert await response.json() == {
        "city": "odesa",
        "status": "processing",
        "updated": None,
        "progress": None,
        "retry_after": None,
    }
    assert world.desk.asked == ["odesa"]


async def test_a_fresh_city_is_left_alone(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"), ago=timedelta(minutes=3))
    response = await client.post("/api/scrape", json={"city": "kyiv"})
    assert response.status == 200
    assert await response.json() == {
        "city": "kyiv",
        "status": "fresh",
        "updated": "2026-11-21T15:57:00Z",
        "progress": None,
        "retry_after": None,
    }
    assert world.desk.asked == []


async def test_a_city_that_is_being_read_is_not_asked_for_again(world: Any, client: Any) -> None:
    lease = await world.lease()
    run = Run(id="run-1", city_id="kyiv", owner="test", trigger="refresh", started_at=world.now)
    await world.store.begin_run(lease, run)
    await world.store.report_progress(lease, "run-1", done=2, total=6, now=world.now)
    posted = await client.post("/api/scrape", json={"city": "kyiv"})
    got = await client.get("/api/scrape?city=kyiv")
    assert (posted.status, got.status) == (202, 200)
    assert posted.headers["Retry-After"] == "5"
    assert await posted.json() == await got.json()
    assert (await got.json())["progress"] == {"done": 2, "total": 6}
    assert world.desk.asked == []


async def test_a_stale_city_is_asked_for(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"), ago=timedelta(hours=25))
    response = await client.post("/api/scrape", json={"city": "kyiv"})
    assert response.status == 202
    assert (await response.json())["updated"] == "2026-11-20T15:00:00Z"
    assert world.desk.asked == ["kyiv"]


async def test_a_full_queue_says_when_to_come_again(world: Any, client: Any) -> None:
    world.desk.answer = "full"
    response = await client.post("/api/scrape", json={"city": "odesa"}, headers={"Accept-Language": "uk"})
    assert response.status == 429
    assert response.headers["Retry-After"] == "30"
    problem = await response.json()
    assert problem["code"] == "queue_full"
    assert problem["detail"] == "Багато міст чекає на свою чергу. Спробуйте ще раз за 30 с."


async def test_a_city_that_could_not_be_read_rests(world: Any, client: Any) -> None:
    lease = await world.lease()
    await world.store.release_lease(lease, now=world.now, cooldown_until=world.now + timedelta(seconds=90))
    response = await client.post("/api/scrape", json={"city": "kyiv"})
    assert (response.status, response.headers["Retry-After"]) == (429, "90")
    assert (await response.json())["code"] == "cooldown"
    assert (await (await client.get("/api/scrape?city=kyiv")).json())["retry_after"] == 90
    assert world.desk.asked == []
    world.now += timedelta(seconds=90)
    assert (await client.post("/api/scrape", json={"city": "kyiv"})).status == 202


async def test_the_form_leads_back_to_a_page_that_waits(world: Any, client: Any) -> None:
    """The moment is 1795276800 in Unix seconds."""
    response = await client.post("/uk/city/odesa/scrape", allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (303, "/uk/city/odesa?asked=1795276800")
    assert world.desk.asked == ["odesa"]


async def test_the_form_of_a_fresh_city_leads_back_to_its_page(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"))
    response = await client.post("/uk/city/kyiv/scrape", allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (303, "/uk/city/kyiv")


@pytest.mark.parametrize("path", ["/api/scrape", "/ru/city/odesa/scrape", "/api/visit", "/language"])
async def test_another_sites_page_cannot_post(world: Any, client: Any, path: str) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        response = await client.post(path, json={"city": "odesa"}, headers={**headers, "Accept": "application/json"})
        assert (response.status, (await response.json())["code"]) == (403, "foreign_origin")
    assert world.desk.asked == []


async def test_a_page_of_this_site_can_post(client: Any) -> None:
    origin = f"http://{client.host}:{client.port}"
    headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
    response = await client.post("/api/scrape", json={"city": "odesa"}, headers=headers)
    assert response.status == 202
