"""A visitor saves a cinema and then sees what is on there alone; nothing of it leaves the browser."""

import re
from typing import Any

from playwright.async_api import expect
from real_browser import PATIENCE, read_city

WAIT = PATIENCE * 1000
ONE_CINEMA = re.compile(r"[?&]cinema=[a-z0-9-]+$")


async def test_a_saved_cinema_is_offered_alone_in_the_city_and_for_a_film(guide: str, open_page: Any) -> None:
    async with open_page(guide) as page:
        city = await read_city(page)
        link = page.locator("[data-saved-cinemas]")
        await expect(link).to_be_hidden(timeout=WAIT)
        cinema = page.locator(".part h3 a").first
        name, address = await cinema.inner_text(), await cinema.get_attribute("href")
        await page.goto(address)
        button = page.locator("[data-save]")
        await button.click()
        await expect(button).to_have_attribute("aria-pressed", "true", timeout=WAIT)
        await expect(button).to_have_text("★ saved: one of my cinemas")
        await page.goto(city)
        await expect(link).to_have_text("★ my cinemas (1)", timeout=WAIT)
        await link.click()
        await page.wait_for_url(ONE_CINEMA)
        assert set(await page.locator("main > .group h3").all_inner_texts()) == {name}
        await expect(link).to_be_hidden(timeout=WAIT)
        await page.locator("main > .group h2 a").first.click()
        await link.click(timeout=WAIT)
        await page.wait_for_url(ONE_CINEMA)
        assert set(await page.locator("main > .group h3").all_inner_texts()) == {name}
        await expect(page.locator(".applied bdi")).to_have_text(name)
        await page.goto(address)
        await expect(button).to_have_attribute("aria-pressed", "true", timeout=WAIT)
        await button.click()
        await expect(button).to_have_attribute("aria-pressed", "false", timeout=WAIT)
        await page.goto(city)
        await page.locator(".days").wait_for()
        await expect(link).to_be_hidden(timeout=WAIT)
