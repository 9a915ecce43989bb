"""A town for tests of Claude's part: pages over HTTP, a fake Claude behind the real SDK, a store, and whole scrapes."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from fake_claude import FakeClaude
from msgspec.structs import replace
from product_store import new_store

from cinestreamd import config
from cinestreamd.agent.claude.access import Access
from cinestreamd.agent.claude.caller import Caller
from cinestreamd.agent.claude.client import AnthropicClient
from cinestreamd.agent.claude.means import Means
from cinestreamd.agent.fetch import Fetcher
from cinestreamd.agent.run import scrape_city
from cinestreamd.agent.task import ScrapeTask, Tools
from cinestreamd.gazetteer.model import City
from cinestreamd.sites.model import CinemaEntry
from cinestreamd.store.base import Names, Run, RunOutcome, Trigger
from cinestreamd.store.spending import Caps

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
CAPS = Caps(call=500_000, city_day=500_000, day=2_000_000, month=20_000_000)
PAGE = (
    '<html lang="uk"><body><div>Друзі, дякуємо за тиждень. Отже, 22.11.2026 збираємось у клубі о 19:30 і дивимось '
    '«Довбуш» <a href="/buy?1">квиток</a>, а далі, 23.11.2026 чекаємо всіх о 21:10 на стрічку «Мавка». '
    "До зустрічі! {}</div></body></html>"
)


def rebuilt(page: str) -> str:
    """The same schedule in another structure, with another farewell."""
    page = page.replace("До зустрічі!", "Бувайте!")
    return page.replace("<div>", '<section><p class="text">').replace("</div>", "</p></section>")


async def no_sleep(_: float) -> None:
    """Time passes at once."""


class Town:
    """Cinemas' pages, a fake Claude, a store, and scrapes of any city."""

    def __init__(self, path: Path) -> None:
        self.store, self.path = new_store(path), path
        self.claude, self.asked = FakeClaude(), [""]
        self.pages: dict[str, str] = {}
        self.caps, self.key, self.runs, self.timeout = CAPS, "test-key", 0, 20.0
        self.now = NOW
        self.discovery: config.DiscoverySettings | None = None
        self.named = True
        """Whether the operator names the cinemas behind the pages."""
        self.means: dict[str, Any] = {}
        """Further fields of the means with which calls are made."""
        app = web.Application()
        app.router.add_get("/{path:.*}", self._page)
        self.web, self.api = TestServer(app), TestServer(self.claude.app)

    async def _page(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if request.path == "/buy":
            return web.Response(text="Квитки")
        if request.path not in self.pages:
            raise web.HTTPNotFound
        return web.Response(text=self.pages[request.path], content_type="text/html")

    async def scrape(self, city_id: str = "kyiv", trigger: Trigger = "visitor") -> RunOutcome:
        """Read a city's cinemas: one for each page."""
        self.runs += 1
        names = Names(uk=city_id, en=city_id, ru=city_id)
        city = City(
            id=city_id, geonameid=1, names=names, country="UA", lat=50, lon=30, timezone="Europe/Kyiv", population=1
        )
        entries = tuple(
            CinemaEntry(city=city_id, name=path.strip("/"), url=f"http://127.0.0.1:{self.web.port}{path}")
            for path in (self.pages if self.named else ())
        )
        run_id = f"run-{self.runs}"
        task = ScrapeTask(city=city, owner=f"m:{run_id}", run_id=run_id, trigger=trigger, cinemas=entries)
        access = Access(key=self.key, model="claude-haiku-5-5", base_url=str(self.api.make_url("")))
        means = Means(
            client=AnthropicClient(access),
            access=access,
            store=self.store,
            caps=self.caps,
            allowance=self.caps.city_day,
            timeout=self.timeout,
            clock=lambda: self.now,
            left=lambda: 100.0,
            sleep=no_sleep,
        )
        caller = Caller(replace(means, **self.means), run_id=run_id, city_id=city_id)
        await caller.look()
        allowed = frozenset({("127.0.0.1", self.web.port or 0)})
        settings = config.Fetch(host_interval=0, timeout=20)
        async with Fetcher(settings, allowed=allowed, clock=lambda: self.now) as fetcher:
            tools = Tools(
                store=self.store,
                fetcher=fetcher,
                clock=lambda: self.now,
                memory=self.store,
                discovery=self.discovery,
                claude=caller if self.key else None,
            )
            outcome = await scrape_city(task, tools, settings=config.Scrape())
        await caller.close()
        return outcome

    async def titles(self) -> list[str]:
        """What Kyiv shows."""
        return [showtime.raw_title for showtime in await self.store.showtimes("kyiv", since=self.now)]

    async def run(self) -> Run:
        """The latest run."""
        run = await self.store.run(f"run-{self.runs}")
        assert run is not None
        return run
