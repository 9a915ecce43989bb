"""The guide as an app: what stays of it when the network goes."""

from pathlib import Path
from typing import Any

from playwright.async_api import expect
from product_store import new_store
from published_city import publish_evening, resources_of
from real_browser import PATIENCE

from cinestreamd.features import FEATURES
from cinestreamd.web.app import create_app

WAIT = PATIENCE * 1000
KEPT = "caches.open('pages').then(cache => cache.keys()).then(keys => keys.map(key => new URL(key.url).pathname))"


async def wait_until_kept(page: Any, *paths: str) -> None:
    """The service worker has these pages, and no others; and it has the style sheet."""
    await page.wait_for_function(f"async (paths) => JSON.stringify((await {KEPT}).sort()) === paths", arg=_json(paths))
    await page.wait_for_function("async () => (await (await caches.open('files')).keys()).length > 3")


def _json(paths: tuple[str, ...]) -> str:
    return "[" + ",".join(f'"{path}"' for path in sorted(paths)) + "]"


async def test_the_city_seen_last_is_read_without_a_network(
    tmp_path: Path, aiohttp_server: Any, open_page: Any
) -> None:
    store = new_store(tmp_path / "site.sqlite")
    for city in ("kyiv", "lviv"):
        await publish_evening(store, city)
    server = await aiohttp_server(create_app(resources_of(store, tmp_path), FEATURES))
    async with open_page(str(server.make_url("/")).rstrip("/"), offline=True) as page:
        await page.goto("/en/city/lviv")
        await wait_until_kept(page, "/en/city/lviv")
        await page.goto("/en/city/kyiv")
        await wait_until_kept(page, "/en/city/kyiv")
        film = await page.locator(".group h2 a").first.get_attribute("href")
        await page.goto(film)
        await wait_until_kept(page, "/en/city/kyiv", film)
        await expect(page.locator(".offline")).to_be_hidden()
        await server.close()

        await page.reload()
        await expect(page.locator(".show").first).to_be_visible()
        await expect(page.locator("main .offline")).to_contain_text("There is no network.")
        assert await page.evaluate("getComputedStyle(document.body).fontSize") == "16px"
        await page.goto("/en/")
        await page.wait_for_url(f"**{film}")
        await expect(page.locator("h1")).to_be_visible()
        await expect(page.locator(".show").first).to_be_visible()
    await store.close()
