"""The map with tiles: pushed along, its pins lead to cinemas, under the policy of that one page."""

from pathlib import Path
from typing import Any

from aiohttp import web
from page_checks import axe_faults, axe_source
from playwright.async_api import expect
from product_store import new_store
from published_city import publish_evening, resources_of
from real_browser import PATIENCE, SCREENSHOTS

from cinestreamd.features import FEATURES
from cinestreamd.sites.model import MapTiles
from cinestreamd.web.app import create_app

WAIT = PATIENCE * 1000
TILE = Path(__file__).parents[2] / "cinestreamd" / "web" / "static" / "icon-192.png"


async def test_a_map_with_tiles_is_pushed_along_and_leads_to_a_cinema(
    tmp_path: Path, aiohttp_server: Any, open_page: Any
) -> None:
    referrers: list[str | None] = []

    async def give_tile(request: web.Request) -> web.Response:
        referrers.append(request.headers.get("Referer"))
        headers = {"Cross-Origin-Resource-Policy": "cross-origin"}
        return web.Response(body=TILE.read_bytes(), content_type="image/png", headers=headers)

    elsewhere = web.Application()
    elsewhere.router.add_get("/{z}/{x}/{y}.png", give_tile)
    tiles = await aiohttp_server(elsewhere)
    host = f"127.0.0.1:{tiles.port}"
    store = new_store(tmp_path / "site.sqlite")
    await publish_evening(store, "kyiv")
    named = MapTiles(tiles=f"http://{host}/{{z}}/{{x}}/{{y}}.png", credit="© Some & body")
    server = await aiohttp_server(create_app(resources_of(store, tmp_path, map=named), FEATURES))
    async with open_page(f"http://localhost:{server.port}", also=host) as page:
        await page.goto("/en/city/kyiv/map")
        await expect(page.locator(".leaflet-tile-loaded").first).to_be_visible(timeout=WAIT)
        await expect(page.locator("svg.map")).to_have_count(0)
        await expect(page.locator(".leaflet-control-attribution")).to_have_text("© Some & body")
        assert set(referrers) == {f"http://localhost:{server.port}/"}
        before = await page.locator(".leaflet-map-pane").evaluate("pane => pane.style.transform")
        await page.locator(".map-live").focus()
        await page.keyboard.press("ArrowRight")
        await page.wait_for_function(
            "before => document.querySelector('.leaflet-map-pane').style.transform !== before", arg=before
        )
        assert await axe_faults(page, axe_source()) == {"light": [], "dark": []}
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=SCREENSHOTS / "map-tiles-phone-light.png")
        pin = page.get_by_role("button", name="Жовтень")
        await pin.focus()
        await page.keyboard.press("Enter")
        await page.locator(".leaflet-popup a", has_text="Жовтень").click()
        await page.wait_for_url("**/cinema/kino-kyiv")
        await expect(page.locator("h1")).to_have_text("Жовтень")
    async with open_page(f"http://localhost:{server.port}", java_script_enabled=False) as page:
        await page.goto("/en/city/kyiv/map")
        await expect(page.locator("svg.map")).to_be_visible()
        await expect(page.locator(".map-live")).to_be_hidden()
    await store.close()
