"""What a person does in a browser: waits for a city, changes language and colours, goes without JavaScript."""

import re
import time
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import expect
from real_browser import DESKTOP, PATIENCE, SHOWN, read_city, wait_for_showtimes

WAIT = PATIENCE * 1000


async def test_a_cold_city_becomes_showtimes_without_a_reload(guide: str, open_page: Any) -> None:
    async with open_page(guide) as page:
        loads: list[str] = []
        page.on("load", lambda _: loads.append(page.url))
        asked: list[str] = []
        page.on("request", lambda each: asked.append(each.resource_type) if "/api/scrape?" in each.url else None)
        await page.goto("/uk/")
        field = page.get_by_role("combobox")
        await field.press_sequentially("Київ")
        await expect(page.get_by_role("option").first).to_contain_text("Київ", timeout=WAIT)
        await field.press("ArrowDown")
        await field.press("Enter")
        await page.wait_for_url("**/uk/city/kyiv")
        status = page.locator("main [role=status]")
        await expect(status).to_contain_text(re.compile("кінотеатр"), timeout=WAIT)
        await page.locator(".days").wait_for()
        await expect(page.locator("h1")).to_have_text("Київ")
        assert len(loads) == 2
        await wait_for_showtimes(page)
        assert asked == ["eventsource"]


async def test_the_language_switch_keeps_place_and_order(guide: str, open_page: Any) -> None:
    async with open_page(guide, viewport=DESKTOP) as page:
        await read_city(page)
        await page.goto("/en/city/london?by=cinema")
        await page.get_by_role("button", name="UA").click()
        await page.wait_for_url("**/uk/city/london?by=cinema")
        await expect(page.locator("html")).to_have_attribute("lang", "uk")
        await expect(page.locator(".orders [aria-current]")).to_have_text("За кінотеатрами")


async def test_light_and_dark_follow_the_system_until_the_visitor_chooses(guide: str, open_page: Any) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    async with open_page(guide, color_scheme="light") as page:
        await page.goto("/en/")
        light = await page.evaluate(paper)
        switch = page.get_by_role("button", name="Dark colours")
        await expect(switch).to_have_attribute("aria-pressed", "false")
        await switch.click()
        dark = await page.evaluate(paper)
        assert dark != light
        await page.goto("/uk/")
        assert await page.evaluate(paper) == dark
        await page.emulate_media(color_scheme="dark")
        assert await page.evaluate(paper) == dark
        await page.locator("[data-scheme]").click()
        assert await page.evaluate(paper) == light
    async with open_page(guide, color_scheme="dark") as page:
        await page.goto("/en/")
        assert await page.evaluate(paper) == dark


async def test_everything_is_reached_without_javascript(guide: str, open_page: Any) -> None:
    async with open_page(guide, java_script_enabled=False) as page:
        await page.goto("/uk/")
        await expect(page.locator("[data-scheme]")).to_be_hidden()
        await page.get_by_role("searchbox").fill("Львів")
        await page.get_by_role("button", name="Знайти").click()
        await page.locator(".cities a").first.click()
        await page.wait_for_url("**/uk/city/lviv")
        if not await page.locator(".days").count():
            await page.locator("[data-live-form] button").click()
        await wait_for_showtimes(page)
        await page.locator(f"{SHOWN} summary").first.click()
        await expect(page.locator(".proof blockquote").first).to_be_visible()
        await page.locator(".group h2 a").first.click()
        await page.wait_for_url("**/film/**")
        await expect(page.locator(".show").first).to_be_visible()


async def test_a_page_is_as_wide_as_a_small_phone_and_the_stub_leads_to_the_ticket(guide: str, open_page: Any) -> None:
    async with open_page(guide, viewport={"width": 320, "height": 640}) as page:
        city = await read_city(page)
        by_cinema = f"{city}{'&' if '?' in city else '?'}by=cinema"
        for path in ("/en/", "/ru/near", city, by_cinema):
            await page.goto(path)
            assert await page.evaluate("document.documentElement.scrollWidth") == 320, path
        stub = page.locator(f"{SHOWN}:has(.show-buy)").first
        link = await stub.locator(".show-buy").get_attribute("href")
        under = "e => { const b = e.querySelector('.show-time').getBoundingClientRect();"
        under += " return document.elementFromPoint(b.x + 5, b.y + 5).href }"
        await stub.scroll_into_view_if_needed()
        assert await stub.evaluate(under) == link


async def test_the_share_link_hands_the_address_over_or_copies_it(guide: str, open_page: Any) -> None:
    async with open_page(guide, permissions=["clipboard-read", "clipboard-write"]) as page:
        await page.add_init_script("delete Navigator.prototype.share")
        await read_city(page)
        await page.goto("/en/city/london?by=cinema")
        await page.locator("[data-share]").click()
        await expect(page.locator("[data-share]")).to_have_text("The link is copied")
        assert await page.evaluate("navigator.clipboard.readText()") == f"{guide}/en/city/london?by=cinema"
    async with open_page(guide) as page:
        await page.add_init_script("navigator.share = async (told) => { window.shared = told }")
        await page.goto("/en/city/london?asked=5")
        await page.locator("[data-share]").click()
        await page.wait_for_function("window.shared")
        assert await page.evaluate("window.shared.url") == f"{guide}/en/city/london"


async def test_posters_come_from_the_guide_itself(guide: str, open_page: Any) -> None:
    """They are there a moment after the showtimes; whatever else is asked for than the guide fails the test."""
    async with open_page(guide) as page:
        await read_city(page)
        posters = page.locator(".group-head > .poster img")
        deadline = time.monotonic() + PATIENCE
        while not await posters.count():
            assert time.monotonic() < deadline
            await page.reload()
        first = posters.first
        await first.scroll_into_view_if_needed()
        await page.wait_for_function("image => image.complete && image.naturalWidth", arg=await first.element_handle())
        assert await first.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [128, 192]
        await page.locator(".group:has(.poster img) h2 a").first.click()
        large = page.locator(".place .poster img")
        await page.wait_for_function("image => image.complete && image.naturalWidth", arg=await large.element_handle())
        assert await large.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [352, 528]
        assert urlsplit(await large.get_attribute("src") or "").path.startswith("/posters/")
