"""“Wrong?”: who may have a cinema read again, how often, and what the pages say of it."""

from datetime import timedelta
from typing import Any

import pytest

from cinestreamd.store.base import Run, SourceResult, Trigger
from cinestreamd.web.keys import Unpaid

WISH = {"city": "kyiv", "cinema": "zhovten"}


async def run_ended(world: Any, *, ago: timedelta, trigger: Trigger = "recheck", cinema: str = "zhovten") -> None:
    """Record a run that tried to read a cinema and ended ``ago``."""
    at = world.now - ago
    lease = await world.lease(at=at)
    name = f"run-{cinema}-{ago.total_seconds():.0f}"
    source = SourceResult(cinema_id=cinema, url="https://zhovten.example/", outcome="published")
    run = Run(
        id=name,
        city_id="kyiv",
        owner="test",
        trigger=trigger,
        started_at=at,
        finished_at=at,
        outcome="published",
        sources=(source,),
    )
    await world.store.begin_run(lease, run)
    await world.store.finish_run(run)
    await world.store.release_lease(lease, now=at, cooldown_until=None)


async def test_a_cinema_is_read_again(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"), ago=timedelta(hours=1))
    response = await client.post("/api/recheck", json=WISH)
    assert response.status == 202
    assert response.headers["Retry-After"] == "5"
    assert await response.json() == {"city": "kyiv", "cinema": "zhovten", "status": "processing", "read": None}
    assert world.desk.rechecked == [("kyiv", "zhovten")]
    assert world.desk.asked == []


@pytest.mark.parametrize(("ago", "seconds"), [(10, "290"), (299, "1")])
async def test_a_cinema_that_was_just_read_rests(world: Any, client: Any, ago: int, seconds: str) -> None:
    await world.publish(world.showtime("21 20:30"), ago=timedelta(hours=1))
    await run_ended(world, ago=timedelta(seconds=ago), trigger="refresh")
    response = await client.post("/api/recheck", json=WISH)
    assert (response.status, response.headers["Retry-After"]) == (429, seconds)
    assert (await response.json())["code"] == "recheck_rest"
    assert world.desk.rechecked == []


async def test_another_cinemas_reading_is_no_reason_to_wait(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"), ago=timedelta(hours=1))
    await run_ended(world, ago=timedelta(seconds=10), cinema="planeta")
    assert (await client.post("/api/recheck", json=WISH)).status == 202


async def test_a_city_has_no_more_than_six_rechecks_in_ten_minutes(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"), ago=timedelta(hours=1))
    for number in range(6):
        await run_ended(world, ago=timedelta(minutes=9 - number), cinema=f"other-{number}")
    response = await client.post("/api/recheck", json=WISH)
    assert (response.status, response.headers["Retry-After"]) == (429, "60")
    world.now += timedelta(seconds=61)
    assert (await client.post("/api/recheck", json=WISH)).status == 202


async def test_a_city_that_is_being_read_needs_no_recheck(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"), ago=timedelta(hours=1))
    await world.lease()
    response = await client.post("/api/recheck", json=WISH)
    assert (response.status, (await response.json())["status"]) == (202, "processing")
    assert world.desk.rechecked == []


async def test_a_full_queue_and_a_resting_city_say_when_to_come_again(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"), ago=timedelta(hours=1))
    world.desk.answer = "full"
    response = await client.post("/api/recheck", json=WISH)
    assert (response.status, (await response.json())["code"]) == (429, "queue_full")


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"city": "kyiv", "cinema": "nowhere"}, 404),
        ({"city": "odesa", "cinema": "zhovten"}, 404),
        ({"city": "kyiv"}, 400),
        ({"city": "kyiv", "cinema": ""}, 400),
        ({"city": "kyiv", "cinema": 1}, 400),
    ],
)
async def test_what_does_not_exist_cannot_be_rechecked(world: Any, client: Any, wish: Any, status: int) -> None:
    await world.publish(world.showtime("21 20:30"), ago=timedelta(hours=1))
    assert (await client.post("/api/recheck", json=wish)).status == status
    assert world.desk.rechecked == []


async def test_another_sites_page_cannot_ask(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"), ago=timedelta(hours=1))
    for path, options in (("/api/recheck", {"json": WISH}), ("/uk/city/kyiv/cinema/zhovten/recheck", {"data": {}})):
        response = await client.post(path, headers={"Origin": "https://evil.example"}, **options)
        assert response.status == 403
    assert world.desk.rechecked == []


async def test_the_form_leads_to_a_page_that_waits_and_then_says_how_it_ended(
    world: Any, client: Any, page: Any
) -> None:
    await world.publish(world.showtime("21 20:30"), ago=timedelta(hours=1))
    tree = await page("/uk/city/kyiv")
    button = tree.css_first(".proof button.wrong")
    assert button.attributes["form"] == "wrong"
    assert tree.css_first("form#wrong").attributes["method"] == "post"
    response = await client.post(button.attributes["formaction"], allow_redirects=False)
    place = response.headers["Location"]
    assert (response.status, place) == (303, "/uk/city/kyiv/cinema/zhovten?asked=1795276800")
    tree = await page(place)
    state = tree.css_first("[data-live]")
    assert state.attributes["data-phase"] == "processing"
    assert tree.css_first('meta[http-equiv="refresh"]') is not None
    look = state.attributes["data-look"]
    assert (await (await client.get(look)).json())["status"] == "processing"
    world.now += timedelta(seconds=20)
    await run_ended(world, ago=timedelta(seconds=5))
    assert (await (await client.get(look)).json())["status"] == "done"
    tree = await page(place)
    assert tree.css_first("[data-live]").attributes["data-phase"] == "fresh"
    assert tree.css_first('meta[http-equiv="refresh"]') is None


async def test_nobody_waits_for_ever(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"), ago=timedelta(hours=1))
    look = "/api/recheck?city=kyiv&cinema=zhovten&asked=1795276800"
    world.now += timedelta(seconds=119)
    assert (await (await client.get(look)).json())["status"] == "processing"
    world.now += timedelta(seconds=1)
    assert (await (await client.get(look)).json())["status"] == "done"


async def test_what_cannot_be_paid_is_not_read_again(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"), ago=timedelta(hours=1))
    world.desk.answer = Unpaid(retry_after=3600)
    response = await client.post("/api/recheck", json=WISH)
    assert (response.status, (await response.json())["code"]) == (429, "budget_spent")
