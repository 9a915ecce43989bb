"""What a scrape may bring home is inert in a real browser under the real policy."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from known_cities import CITIES
from product_store import new_store

from cinestreamd.config import Settings
from cinestreamd.features import FEATURES
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.store.base import Cinema, Evidence, Film, Listing, Publication, Run, Showtime, Store, Titles
from cinestreamd.web.app import Resources, create_app
from cinestreamd.web.keys import Load
from cinestreamd.web.places import location_of

NOW = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
WORDS = (
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "' onfocus='alert(3)' autofocus='",
    "<svg onload=alert(4)><style>*{display:none}</style>",
    "\u202egpj.exe \u2066name",
    "Ж" * 10_000,
)
LINKS = ("javascript:alert(5)", "data:text/html,<script>alert(6)</script>", "//elsewhere.example/", "x" * 10_000)
ADDRESSES = ("/uk/city/kyiv", "/en/city/kyiv?by=cinema", "/ru/city/kyiv/film/film-0", "/en/city/kyiv/cinema/c-1")


class Desk:
    """Takes every request."""

    async def request(self, _city_id: str) -> Any:
        """Say that it is queued."""
        return "accepted"

    async def recheck(self, _city_id: str, _cinema_id: str) -> Any:
        """Say that it is queued."""
        return "accepted"


async def sow(store: Store) -> None:
    """Publish a film, a cinema and a showing for each of the hostile words and links."""
    city = CITIES.get("kyiv")
    assert city is not None
    await store.add_location(location_of(city))
    lease = await store.acquire_lease("kyiv", owner="test", now=NOW, seconds=300)
    assert lease is not None
    run = Run(id="run-1", city_id="kyiv", owner="test", trigger="visitor", started_at=NOW)
    await store.begin_run(lease, run)
    films, cinemas, listings = [], [], []
    for number, words in enumerate(WORDS):
        link = LINKS[number % len(LINKS)]
        films.append(Film(id=f"film-{number}", titles=Titles(original=words, uk=words, en=words, ru=words)))
        cinemas.append(Cinema(id=f"c-{number}", city_id="kyiv", name=words, url=link, source="config", address=words))
        row = Showtime(
            id=f"s-{number}",
            city_id="kyiv",
            cinema_id=f"c-{number}",
            film_id=f"film-{number}",
            start_time=NOW + timedelta(hours=2),
            business_day=NOW.date(),
            raw_title=words,
            evidence=Evidence(url=link, quote=words, fetched_at=NOW),
            reader="schema.org",
            run_id="run-1",
            created_at=NOW,
            format=words,
            room=words,
            buy_link=link,
        )
        listings.append(Listing(cinema_id=row.cinema_id, showtimes=(row,)))
    publication = Publication(cinemas=tuple(cinemas), films=tuple(films), listings=tuple(listings), run=run)
    await store.publish(lease, publication, now=NOW)


async def test_hostile_titles_names_and_links_do_nothing(tmp_path: Path, aiohttp_server: Any, open_page: Any) -> None:
    path = tmp_path / "site.sqlite"
    store = new_store(path)
    await sow(store)
    resources = Resources(
        settings=Settings(),
        site=Site(name="main", settings=SiteSettings(), directory=str(tmp_path)),
        secret_key="a secret of this test only",
        store=store,
        gazetteer=CITIES,
        scrapes=Desk(),
        clock=lambda: NOW,
        load=Load(),
    )
    server = await aiohttp_server(create_app(resources, FEATURES))
    async with open_page(str(server.make_url("/")).rstrip("/")) as page:
        for address in ADDRESSES:
            await page.goto(address)
            assert await page.locator(".show").count() >= 1
            assert await page.locator(".show").first.is_visible()
            assert await page.evaluate("document.documentElement.scrollWidth") == 390
            hrefs = await page.locator("a").evaluate_all("all => all.map(a => a.protocol)")
            assert set(hrefs) <= {"http:", "https:"}
            assert await page.locator("main script, main img, main style, main [onfocus], main [onload]").count() == 0
    await store.close()
