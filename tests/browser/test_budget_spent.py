"""What a visitor sees, with JavaScript, of a city that cannot be read because the caps on Claude are reached."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from known_cities import CITIES
from playwright.async_api import expect
from product_store import new_store
from real_browser import PATIENCE

from cinestreamd.config import Settings
from cinestreamd.features import FEATURES
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.store.base import Cinema, Evidence, Film, Listing, Publication, Run, Showtime, Store, Titles
from cinestreamd.web.app import Resources, create_app
from cinestreamd.web.keys import Load, Unpaid
from cinestreamd.web.places import location_of

NOW = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
WAIT = PATIENCE * 1000
LATER = {
    "uk": "Те, що цей сайт може витратити на читання сторінок, поки що вичерпано. Спробуйте знову приблизно за 9 год.",
    "en": "What this site may spend on reading is used up for now. Try again in about 9 h.",
    "ru": "То, что этот сайт может потратить на чтение страниц, пока исчерпано. Попробуйте снова примерно через 9 ч.",
}


class PoorDesk:
    """Takes no request: what may be spent is used up for nine hours."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def request(self, city_id: str) -> Any:
        """Note it, and refuse."""
        self.asked.append(city_id)
        return Unpaid(retry_after=8 * 3600 + 1)

    async def recheck(self, city_id: str, _cinema_id: str) -> Any:
        """Note it, and refuse."""
        return await self.request(city_id)


async def sow(store: Store, *, read: datetime) -> None:
    """One showing in Kyiv, read at that moment."""
    city = CITIES.get("kyiv")
    assert city is not None
    await store.add_location(location_of(city))
    lease = await store.acquire_lease("kyiv", owner="test", now=read, seconds=300)
    assert lease is not None
    run = Run(id="run-1", city_id="kyiv", owner="test", trigger="visitor", started_at=read)
    await store.begin_run(lease, run)
    row = Showtime(
        id="s-1",
        city_id="kyiv",
        cinema_id="c-1",
        film_id="f-1",
        start_time=NOW + timedelta(hours=2),
        business_day=NOW.date(),
        raw_title="Довбуш",
        evidence=Evidence(url="https://kino.example/", quote="20:00 Довбуш", fetched_at=read),
        reader="claude",
        run_id="run-1",
        created_at=read,
    )
    publication = Publication(
        cinemas=(Cinema(id="c-1", city_id="kyiv", name="Жовтень", url="https://kino.example/", source="config"),),
        films=(Film(id="f-1", titles=Titles(original="Довбуш", uk="Довбуш")),),
        listings=(Listing(cinema_id="c-1", showtimes=(row,)),),
        run=run,
    )
    await store.publish(lease, publication, now=read)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = new_store(tmp_path / "site.sqlite")
    yield store
    await store.close()


@pytest.fixture
def desk() -> PoorDesk:
    return PoorDesk()


@pytest.fixture
async def poor_guide(tmp_path: Path, store: Store, desk: PoorDesk, aiohttp_server: Any) -> str:
    """The address of a site whose caps are reached."""
    resources = Resources(
        settings=Settings(),
        site=Site(name="main", settings=SiteSettings(), directory=str(tmp_path)),
        secret_key="a secret of this test only",
        store=store,
        gazetteer=CITIES,
        scrapes=desk,
        clock=lambda: NOW,
        load=Load(),
    )
    server = await aiohttp_server(create_app(resources, FEATURES))
    return str(server.make_url("/")).rstrip("/")


@pytest.mark.parametrize("language", LATER)
async def test_a_cold_city_says_when_to_come_again_and_asks_no_more(
    poor_guide: str, desk: PoorDesk, open_page: Any, language: str
) -> None:
    async with open_page(poor_guide, refused=429) as page:
        loads: list[str] = []
        page.on("load", lambda _: loads.append(page.url))
        await page.goto(f"/{language}/city/odesa")
        status = page.locator("main [data-live]")
        await expect(status).to_have_text(LATER[language], timeout=WAIT)
        await expect(status.locator("progress, button")).to_have_count(0)
        assert loads == [f"{poor_guide}/{language}/city/odesa"]
        assert desk.asked == ["odesa"]


async def test_old_showtimes_stay_in_sight_with_their_age(
    poor_guide: str, store: Store, desk: PoorDesk, open_page: Any
) -> None:
    await sow(store, read=NOW - timedelta(hours=25))
    async with open_page(poor_guide, refused=429) as page:
        await page.goto("/en/city/kyiv")
        await expect(page.locator("main [data-live]")).to_contain_text(LATER["en"], timeout=WAIT)
        await expect(page.locator(".show")).to_have_count(1)
        await expect(page.locator(".place .note")).to_contain_text("updated 25 hours ago")
        assert desk.asked == ["kyiv"]
