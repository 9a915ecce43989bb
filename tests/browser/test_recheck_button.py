"""“Wrong?” beside a showing: the cinema's page tells of the reading and shows what it brought, without a reload."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect
from product_store import new_store
from published_city import NOW, publish_evening, resources_of
from real_browser import PATIENCE

from cinestreamd.features import FEATURES
from cinestreamd.web.app import create_app

WAIT = PATIENCE * 1000


@pytest.mark.parametrize("javascript", [True, False])
async def test_a_showing_that_is_wrong_is_read_again(
    tmp_path: Path, aiohttp_server: Any, open_page: Any, javascript: bool
) -> None:
    store = new_store(tmp_path / "site.sqlite")
    await publish_evening(store, "kyiv")
    server = await aiohttp_server(create_app(resources_of(store, tmp_path), FEATURES))
    async with open_page(str(server.make_url("/")).rstrip("/"), java_script_enabled=javascript) as page:
        await page.goto("/en/city/kyiv")
        show = page.locator(".show").first
        await show.locator("summary").click()
        loads: list[str] = []
        page.on("load", lambda _: loads.append(page.url))
        await show.get_by_role("button", name="Wrong? Have it read again").click()
        await page.wait_for_url("**/en/city/kyiv/cinema/kino-kyiv?asked=*")
        status = page.locator("main [role=status]").first
        await expect(status).to_contain_text("Reading the cinema’s page again…")
        await publish_evening(store, "kyiv", rechecked=NOW + timedelta(seconds=1))
        await expect(status).to_contain_text("The cinema’s page has been read again.", timeout=WAIT)
        await expect(page.locator(".show").first).to_be_visible()
        if javascript:
            assert len(loads) == 1
    await store.close()
