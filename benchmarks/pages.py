"""What a worker spends on a city's page of 100 showings, made anew and from its cache, in milliseconds of CPU.

Run: .venv/bin/python benchmarks/pages.py
"""

import asyncio
import gc
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any

from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from cinestreamd.config import Daemon, Settings
from cinestreamd.features import FEATURES
from cinestreamd.gazetteer import Gazetteer
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.store.base import Cinema, Evidence, Film, Listing, Price, Publication, Run, Showtime, Titles
from cinestreamd.store.sqlite import SqliteStore, prepare
from cinestreamd.web.app import Resources, create_app
from cinestreamd.web.keys import Load
from cinestreamd.web.page_cache import PAGES
from cinestreamd.web.places import location_of

NOW = datetime(2026, 11, 21, 10, 0, 10, tzinfo=UTC)
PATHS = (
    "/uk/city/kyiv",
    "/uk/city/kyiv?by=cinema&sort=price",
    "/uk/city/kyiv/film/film-1",
    "/uk/city/kyiv/cinema/cinema-1",
)
ROUNDS = 15
REQUESTS = 20


def showing(number: int) -> Showtime:
    """One of a hundred showings of ten films at five cinemas."""
    return Showtime(
        id=f"s-{number}",
        city_id="kyiv",
        cinema_id=f"cinema-{number % 5}",
        film_id=f"film-{number % 10}",
        start_time=NOW + timedelta(minutes=30 + 6 * number),
        business_day=NOW.date(),
        raw_title=f"Фільм {number % 10}",
        evidence=Evidence(url="https://kino.example/afisha", quote=f"Фільм — {number}", fetched_at=NOW),
        reader="schema.org",
        run_id="run",
        created_at=NOW,
        format="3D",
        language="uk",
        price=Price(min=18_000, max=24_000, currency="UAH", text="180-240 грн"),
        buy_link=f"https://kino.example/buy/{number}",
    )


async def sow(store: SqliteStore) -> None:
    """Publish them."""
    with Gazetteer() as gazetteer:
        city = gazetteer.get("kyiv")
    if city is None:
        raise LookupError("kyiv")
    await store.add_location(location_of(city))
    lease = await store.acquire_lease("kyiv", owner="bench", now=NOW, seconds=60)
    if lease is None:
        raise LookupError("lease")
    run = Run(id="run", city_id="kyiv", owner="bench", trigger="operator", started_at=NOW)
    await store.begin_run(lease, run)
    cinemas = [
        Cinema(id=f"cinema-{n}", city_id="kyiv", name=f"Кіно {n}", url="https://kino.example/", source="config")
        for n in range(5)
    ]
    films = [
        Film(id=f"film-{n}", titles=Titles(original=f"Film {n}", uk=f"Фільм {n}"), duration_minutes=100 + n)
        for n in range(10)
    ]
    rows = [showing(number) for number in range(100)]
    listings = tuple(
        Listing(cinema_id=cinema.id, showtimes=tuple(row for row in rows if row.cinema_id == cinema.id))
        for cinema in cinemas
    )
    publication = Publication(cinemas=tuple(cinemas), films=tuple(films), listings=listings, run=run)
    await store.publish(lease, publication, now=NOW)


async def prepared(app: web.Application, path: str) -> list[web.Request]:
    """Requests that have found their routes already."""
    requests = []
    for _ in range(REQUESTS):
        request = make_mocked_request("GET", path, headers={"Accept-Encoding": "gzip"}, app=app)
        found = await app.router.resolve(request)
        found.add_app(app)
        found.freeze()
        request._match_info = found  # noqa: SLF001 - as the server does before it handles a request
        requests.append(request)
    return requests


async def cost(app: web.Application, path: str, before: Callable[[], None]) -> tuple[float, int]:
    """The least milliseconds of CPU a request took in a round, and the bytes of its answer."""
    best, size = float("inf"), 0
    for _ in range(ROUNDS):
        spent = 0.0
        for request in await prepared(app, path):
            before()
            began = process_time()
            answer: Any = await app._handle(request)  # noqa: SLF001 - the whole way of a request, without the network
            spent += process_time() - began
            size = len(answer.body)
        best = min(best, spent / REQUESTS * 1000)
    return best, size


async def main() -> None:
    """Print a table."""
    with tempfile.TemporaryDirectory() as folder, Gazetteer() as gazetteer:
        path = Path(folder, "site.sqlite")
        prepare(path)
        store = SqliteStore(path)
        await sow(store)
        resources = Resources(
            settings=Settings(daemon=Daemon(log_requests=0.0)),
            site=Site(name="main", settings=SiteSettings(), directory=folder),
            secret_key="a secret of this benchmark",  # noqa: S106 - it guards nothing
            store=store,
            gazetteer=gazetteer,
            scrapes=None,  # type: ignore[arg-type]  # nobody asks
            clock=lambda: NOW,
            load=Load(),
        )
        app = create_app(resources, FEATURES)
        app.freeze()
        gc.collect()
        gc.freeze()  # as the zygote does before it forks workers
        print(f"{'page':40} {'anew ms':>8} {'cached ms':>10} {'bytes':>7}")
        for address in PATHS:
            anew, _ = await cost(app, address, app[PAGES].clear)
            cached, size = await cost(app, address, lambda: None)
            print(f"{address:40} {anew:8.2f} {cached:10.3f} {size:7}")
        await store.close()


if __name__ == "__main__":
    asyncio.run(main())
