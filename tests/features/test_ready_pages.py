"""A city's page from the cache: the same bytes, both encodings, and new rows with the very next request."""

from datetime import timedelta
from typing import Any

import pytest

from cinestreamd.web.keys import LOAD
from cinestreamd.web.page_cache import PAGES

PATHS = ("/uk/city/kyiv", "/uk/city/kyiv/film/dovbush-2023", "/uk/city/kyiv/cinema/zhovten")


@pytest.mark.parametrize("path", PATHS)
async def test_the_next_request_after_a_publication_sees_it(world: Any, client: Any, path: str) -> None:
    await world.publish(world.showtime("21 20:30"))
    first = await (await client.get(path)).text()
    assert await (await client.get(path)).text() == first
    assert client.app[PAGES].bytes > 500
    await world.publish(world.showtime("21 21:45"), ago=timedelta(minutes=4))
    second = await (await client.get(path)).text()
    assert "20:30" in first
    assert "21:45" not in first
    assert "21:45" in second
    assert "20:30" not in second


async def test_a_page_that_is_ready_is_not_made_again(world: Any, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.publish(world.showtime("21 20:30"))
    first = await (await client.get(PATHS[0])).read()
    asked = []
    monkeypatch.setattr(world.store, "showtimes", lambda *_, **__: asked.append(1))
    for headers in ({}, {"Accept-Encoding": "identity"}):
        answer = await client.get(PATHS[0], headers=headers)
        assert (answer.status, await answer.read()) == (200, first)
    assert asked == []


async def test_hits_and_misses_are_counted(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"))
    for path in (PATHS[0], PATHS[0], PATHS[1], PATHS[0]):
        assert (await client.get(path)).status == 200
    counted = {
        entry.labels: entry.amount
        for entries in client.app[LOAD].meter.take()
        for entry in entries
        if entry.name == "cache_total"
    }
    assert counted == {("page", "hit"): 2, ("page", "miss"): 2}


async def test_each_encoding_has_its_own_validator(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"))
    packed = await client.get(PATHS[0], headers={"Accept-Encoding": "gzip"})
    plain = await client.get(PATHS[0], headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["ETag"] == plain.headers["ETag"].removesuffix('"') + '-gzip"'
    assert await packed.read() == await plain.read()
    for answer in (packed, plain):
        again = await client.get(PATHS[0], headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status == 304


async def test_progress_is_told_anew_each_time(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"))
    await client.get(PATHS[0])
    lease = await world.lease()
    body = await (await client.get(PATHS[0])).text()
    assert 'data-phase="processing"' in body
    await world.store.release_lease(lease, now=world.now, cooldown_until=None)
    assert 'data-phase="processing"' not in await (await client.get(PATHS[0])).text()
