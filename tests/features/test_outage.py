"""The store is gone: what a worker has given before it gives again, marked; what it has not is a 503 that says when."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp.test_utils import TestClient

from cinestreamd.store.base import StoreUnavailableError

if TYPE_CHECKING:
    from conftest import World


class Failing:
    """A store that can be taken away."""

    def __init__(self, store: Any) -> None:
        self.is_gone = False
        self._store = store

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._store, name)

        async def call(*args: Any, **options: Any) -> Any:
            if self.is_gone:
                raise StoreUnavailableError(retry_after=2, reason="a test took it away")
            return await operation(*args, **options)

        return call


@pytest.fixture
async def failing(world: "World") -> Failing:
    await world.publish(world.showtime("21 19:00"))
    world.store = failing = Failing(world.store)  # type: ignore[assignment]  # all that the views ask of a store
    return failing


Start = Callable[[], Awaitable[TestClient[Any, Any]]]


@pytest.mark.parametrize(
    ("language", "notice"),
    [
        ("en", "The newest data cannot be read at the moment; this page was made 7 minutes ago."),
        ("uk", "Найновіші дані зараз недоступні; цю сторінку зроблено 7 хвилин тому."),
        ("ru", "Новейшие данные сейчас недоступны; эта страница сделана 7 минут назад."),
    ],
)
async def test_a_page_that_was_shown_is_shown_again_and_marked(
    world: "World", failing: Failing, start: Start, language: str, notice: str
) -> None:
    client = await start()
    path = f"/{language}/city/kyiv"
    fresh = await (await client.get(path)).text()
    failing.is_gone = True
    world.now += timedelta(minutes=7)
    answer = await client.get(path)
    old = await answer.text()
    assert answer.status == 200
    assert notice in old
    assert notice not in fresh
    assert old.replace(f'<p class="banner outage" role="status">{notice}</p>', "") == fresh
    assert answer.headers["Retry-After"] == "2"
    assert answer.headers["Age"] == "420"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Warning"] == '110 - "Response is Stale"'
    assert "ETag" not in answer.headers
    assert "Content-Security-Policy" in answer.headers

    failing.is_gone = False
    assert notice not in await (await client.get(path)).text()


async def test_what_was_never_shown_is_a_503_that_says_when(failing: Failing, start: Start) -> None:
    client = await start()
    await client.get("/en/city/kyiv")
    failing.is_gone = True
    for path in ("/en/city/lviv", "/uk/city/kyiv", "/en/city/kyiv?by=cinema", "/readyz", "/api/showtimes?city=kyiv"):
        answer = await client.get(path)
        assert (path, answer.status, answer.headers["Retry-After"]) == (path, 503, "2")
    assert (await client.get("/healthz")).status == 200
    asked = await client.post("/api/scrape", json={"city": "kyiv"})
    assert (asked.status, asked.headers["Retry-After"]) == (503, "2")


async def test_json_is_marked_by_its_headers(failing: Failing, start: Start) -> None:
    client = await start()
    fresh = await (await client.get("/api/showtimes?city=kyiv")).json()
    failing.is_gone = True
    answer = await client.get("/api/showtimes?city=kyiv")
    assert (answer.status, await answer.json()) == (200, fresh)
    assert answer.headers["Warning"] == '110 - "Response is Stale"'
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["X-Total-Count"] == "1"
    head = await client.head("/api/showtimes?city=kyiv")
    assert (head.status, await head.read()) == (200, b"")


async def test_a_page_is_too_old_after_a_day(world: "World", failing: Failing, start: Start) -> None:
    client = await start()
    await client.get("/en/city/kyiv")
    failing.is_gone = True
    world.now += timedelta(hours=24, seconds=1)
    assert (await client.get("/en/city/kyiv")).status == 503
