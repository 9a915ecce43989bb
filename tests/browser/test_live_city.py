"""A city's page while the city is read: how far it is, by events or by asking, until the showtimes take its place."""

from pathlib import Path
from typing import Any

import pytest
from known_cities import CITIES
from playwright.async_api import expect
from product_store import new_store
from published_city import NOW, publish_evening, resources_of
from real_browser import PATIENCE

from cinestreamd.features import FEATURES
from cinestreamd.store.base import Run
from cinestreamd.web.app import create_app
from cinestreamd.web.places import location_of

WAIT = PATIENCE * 1000


@pytest.mark.parametrize("way", ["eventsource", "fetch"])
async def test_the_page_tells_how_far_the_reading_is_and_fills_itself_in(
    tmp_path: Path, aiohttp_server: Any, open_page: Any, way: str
) -> None:
    """By events, and without them by asking every five seconds; never by both."""
    store = new_store(tmp_path / "site.sqlite")
    city = CITIES.get("odesa")
    assert city is not None
    await store.add_location(location_of(city))
    lease = await store.acquire_lease("odesa", owner="reader", now=NOW, seconds=300)
    assert lease is not None
    run = Run(id="run-1", city_id="odesa", owner="reader", trigger="visitor", started_at=NOW)
    await store.begin_run(lease, run)
    await store.report_progress(lease, run.id, done=4, total=7, now=NOW)
    server = await aiohttp_server(create_app(resources_of(store, tmp_path), FEATURES))
    async with open_page(str(server.make_url("/")).rstrip("/")) as page:
        if way == "fetch":
            await page.add_init_script("delete window.EventSource")
        asked: list[str] = []
        page.on("request", lambda each: asked.append(each.resource_type) if "/api/scrape?" in each.url else None)
        await page.goto("/en/city/odesa")
        status = page.locator("main [role=status]")
        await expect(status).to_contain_text("4 of 7", timeout=WAIT)
        await expect(page.locator(".waiting-poster").first).to_be_visible()
        await store.report_progress(lease, run.id, done=6, total=7, now=NOW)
        await expect(status).to_contain_text("6 of 7", timeout=WAIT)
        await expect(page.locator("progress").first).to_have_attribute("value", "6")
        await store.release_lease(lease, now=NOW, cooldown_until=None)
        await publish_evening(store, "odesa")
        await expect(page.locator(".show").first).to_be_visible(timeout=WAIT)
        await expect(page.locator(".waiting")).to_have_count(0)
        assert set(asked) == {way}
    await store.close()
