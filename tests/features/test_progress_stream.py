"""A city's reading as events: told once each, read once for all viewers, carried on at any worker, ended in time."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from cinestreamd.features.scrapes import watch as watching
from cinestreamd.features.scrapes.service import Progress, ScrapeState
from cinestreamd.features.scrapes.watch import Seen, ViewersFullError, Watch
from cinestreamd.metering import REQUESTS
from cinestreamd.store.base import Run, StoreUnavailableError
from cinestreamd.web.keys import BEFORE_END, LOAD

PATIENCE = 20.0
EVENTS = {"Accept": "text/event-stream"}


async def event_of(response: Any) -> dict[str, str]:
    """The next event: its fields by name. Pulses and the first line's ``retry`` alone are no event."""
    fields: dict[str, str] = {}
    line = ""
    async with asyncio.timeout(PATIENCE):
        while "data" not in fields or line:
            line = (await response.content.readline()).decode().rstrip("\n")
            name, _, value = line.partition(": ")
            if name:
                fields[name] = value
    return fields


async def begin_reading(world: Any) -> Any:
    lease = await world.lease()
    await world.store.begin_run(
        lease, Run(id="run-1", city_id="kyiv", owner="test", trigger="visitor", started_at=world.now)
    )
    return lease


async def test_each_step_of_a_reading_is_told_until_it_is_over(world: Any, client: Any) -> None:
    lease = await begin_reading(world)
    await world.store.report_progress(lease, "run-1", done=4, total=7, now=world.now)
    response = await client.get("/api/scrape?city=kyiv", headers=EVENTS)
    assert (response.status, response.content_type) == (200, "text/event-stream")
    assert (response.headers["Cache-Control"], response.headers["Vary"]) == ("no-store", "Accept")
    assert response.headers["X-Accel-Buffering"] == "no"
    first = await event_of(response)
    assert json.loads(first["data"]) == {
        "city": "kyiv",
        "status": "processing",
        "updated": None,
        "progress": {"done": 4, "total": 7},
        "retry_after": None,
    }
    await world.store.report_progress(lease, "run-1", done=5, total=7, now=world.now)
    assert json.loads((await event_of(response))["data"])["progress"] == {"done": 5, "total": 7}
    await world.store.release_lease(lease, now=world.now, cooldown_until=world.now + timedelta(seconds=90))
    last = await event_of(response)
    assert json.loads(last["data"])["retry_after"] == 90
    async with asyncio.timeout(PATIENCE):
        assert await response.content.read() == b""
    again = await client.get("/api/scrape?city=kyiv", headers={**EVENTS, "Last-Event-ID": last["id"]})
    assert (again.status, await again.read()) == (204, b"")


async def test_another_worker_carries_on_where_the_first_one_stopped(world: Any, start: Any) -> None:
    """What was told already is not told again; its mark is the same everywhere."""
    lease = await begin_reading(world)
    await world.store.report_progress(lease, "run-1", done=1, total=2, now=world.now)
    one, other = await start(), await start()
    first = await event_of(await one.get("/api/scrape?city=kyiv", headers=EVENTS))
    same = await event_of(await other.get("/api/scrape?city=kyiv", headers=EVENTS))
    assert (first["id"], first["data"]) == (same["id"], same["data"])
    asked = asyncio.create_task(other.get("/api/scrape?city=kyiv", headers={**EVENTS, "Last-Event-ID": first["id"]}))
    await world.store.report_progress(lease, "run-1", done=2, total=2, now=world.now)
    async with asyncio.timeout(PATIENCE):
        response = await asked
    assert json.loads((await event_of(response))["data"])["progress"] == {"done": 2, "total": 2}


async def test_a_city_that_is_fresh_is_told_once(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"))
    response = await client.get("/api/scrape?city=kyiv", headers=EVENTS)
    async with asyncio.timeout(PATIENCE):
        text = (await response.read()).decode()
    assert text.startswith("retry: 2000\n\nid: ")
    assert text.count("data: ") == 1
    assert '"status":"fresh"' in text


async def test_a_worker_that_stops_lets_its_viewers_go(world: Any, client: Any) -> None:
    await begin_reading(world)
    response = await client.get("/api/scrape?city=kyiv", headers=EVENTS)
    await event_of(response)
    for end in client.app[BEFORE_END]:
        end()
    async with asyncio.timeout(PATIENCE):
        assert await response.content.read() == b""


async def test_who_takes_no_events_gets_the_state(client: Any) -> None:
    response = await client.get("/api/scrape?city=kyiv")
    assert (response.content_type, response.headers["Vary"]) == ("application/json", "Accept")
    head = await client.head("/api/scrape?city=kyiv", headers=EVENTS)
    assert head.content_type == "application/json"
    unknown = await client.get("/api/scrape?city=no-such-city", headers=EVENTS)
    assert (unknown.status, (await unknown.json())["code"]) == (404, "unknown_city")


async def test_a_stream_is_counted_but_not_timed(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"))
    await (await client.get("/api/scrape?city=kyiv", headers=EVENTS)).read()
    meter = client.app[LOAD].meter
    counted: list[str] = []
    async with asyncio.timeout(PATIENCE):
        while not counted:  # the client has its answer a moment before it is counted
            await asyncio.sleep(0)
            taken = [each for entries in meter.take() for each in entries]
            counted = [each.name for each in taken if "/api/scrape" in each.labels]
    assert counted == [REQUESTS.name]


class City:
    """A city that is looked at; counts how often."""

    def __init__(self) -> None:
        self.looks = 0
        self.done = 0
        self.down = False
        self.looked = asyncio.Event()

    async def look(self, city_id: str) -> ScrapeState:
        """Its state."""
        self.looks += 1
        self.looked.set()
        if self.down:
            raise StoreUnavailableError(retry_after=2, reason="test")
        status = "fresh" if self.done == 2 else "processing"
        return ScrapeState(city_id, status, None, progress=Progress(self.done, 2))


async def next_of(events: Any) -> Seen | None:
    async with asyncio.timeout(PATIENCE):
        return await anext(events, None)


async def test_a_city_is_looked_at_once_whatever_the_number_of_viewers() -> None:
    """A hundred viewers, three states: each viewer hears all three, and nobody looks again when it is over."""
    city = City()
    watch = Watch(city.look, every=0.01)
    streams = [watch.follow("kyiv", known=None, pulse=PATIENCE) for _ in range(100)]
    for done in (0, 1, 2):
        city.done = done
        told = await asyncio.gather(*(next_of(stream) for stream in streams))
        assert {each.state.progress.done for each in told if each and each.state.progress} == {done}
        assert len({each.mark for each in told if each}) == 1
    assert watch.viewers == 100
    assert await asyncio.gather(*(next_of(stream) for stream in streams)) == [None] * 100
    assert watch.viewers == 0
    assert city.looks < 100


async def test_nobody_looks_when_the_last_viewer_has_left() -> None:
    city = City()
    watch = Watch(city.look, every=0.001)
    stream = watch.follow("kyiv", known=None, pulse=PATIENCE)
    await next_of(stream)
    await stream.aclose()
    await asyncio.sleep(0)
    looks = city.looks
    for _ in range(20):
        await asyncio.sleep(0.001)
    assert (city.looks, watch.viewers) == (looks, 0)


async def test_a_silent_stream_shows_that_it_lives() -> None:
    stream = Watch(City().look, every=0.01).follow("kyiv", known=None, pulse=0.01)
    found = [await next_of(stream) for _ in range(3)]
    assert sum(each is not None for each in found) == 1


async def test_a_store_that_does_not_answer_ends_the_streams() -> None:
    city = City()
    watch = Watch(city.look, every=0.01)
    stream = watch.follow("kyiv", known=None, pulse=PATIENCE)
    await next_of(stream)
    city.down = True
    assert await next_of(stream) is None
    assert watch.viewers == 0


async def test_more_viewers_than_there_is_room_for_are_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "MOST_VIEWERS", 1)
    watch = Watch(City().look, every=0.01)
    first = watch.follow("kyiv", known=None, pulse=PATIENCE)
    await next_of(first)
    with pytest.raises(ViewersFullError) as refused:
        await next_of(watch.follow("kyiv", known=None, pulse=PATIENCE))
    assert refused.value.fields == {"retry_after": 5}
