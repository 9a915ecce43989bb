"""Every filter of a list, chosen by hand: the address carries it, the list keeps to it, and it comes off again."""

import asyncio
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import expect
from real_browser import DESKTOP, PATIENCE, PHONE, read_city

WAIT = PATIENCE * 1000


async def tomorrow(page: Any) -> str:
    """The address of the second day, on which everything is still to come."""
    await read_city(page)
    return str(await page.locator(".days a").nth(1).get_attribute("href"))


async def open_filters(page: Any, path: str) -> None:
    await page.goto(path)
    if await page.locator(".filters:not([open])").count():
        await page.locator(".filters > summary").click()


async def send(page: Any) -> dict[str, list[str]]:
    """Press the form's button; the query of the address that it leads to."""
    await page.get_by_role("button", name="Show", exact=True).click()
    await page.wait_for_url(re.compile("date="))
    await page.wait_for_load_state()
    return parse_qs(urlsplit(page.url).query)


async def clocks(page: Any) -> list[str]:
    return list(await page.locator("main > .group .show-time").all_text_contents())


@pytest.mark.parametrize("javascript", [True, False])
async def test_every_choice_of_the_form_leaves_as_many_as_it_says(guide: str, open_page: Any, javascript: bool) -> None:
    """Formats, languages, subtitles, cinemas, original version, price: each value with its count beside it."""
    async with open_page(guide, viewport=DESKTOP) as page:
        day = await tomorrow(page)
    async with open_page(guide, viewport=DESKTOP, java_script_enabled=javascript) as page:
        await open_filters(page, day)
        boxes = page.locator(".filter-form label:has([type=checkbox])")
        names: set[str] = set()
        for index in range(await boxes.count()):
            await open_filters(page, day)
            box = boxes.nth(index)
            count = int(await box.locator("small").inner_text())
            name = str(await box.locator("input").get_attribute("name"))
            if name in names:
                continue
            names.add(name)
            await box.click()
            query = await send(page)
            assert name in query
            off = await page.locator(".show-cancelled").count()
            assert len(await clocks(page)) - off == count, (name, query)
            await expect(page.locator(".applied li")).to_have_count(2)
        assert names >= {"format", "cinema"}
        await open_filters(page, day)
        if await page.locator("select[name=price]").count():
            await page.locator("select[name=price]").select_option(index=1)
            assert "price" in await send(page)


async def test_times_are_typed_and_hold(guide: str, open_page: Any) -> None:
    async with open_page(guide, viewport=DESKTOP) as page:
        day = await tomorrow(page)
        await open_filters(page, day)
        await page.locator("#filter-from").fill("18:00")
        await page.locator("#filter-to").fill("20:00")
        query = await send(page)
        assert (query["from"], query["to"]) == (["18:00"], ["20:00"])
        found = await clocks(page)
        assert found
        assert all("18:00" <= clock <= "20:00" for clock in found)
        await open_filters(page, day)
        await page.locator("#filter-ends").fill("20:00")
        assert (await send(page))["ends"] == ["20:00"]
        assert all(clock < "20:00" for clock in await clocks(page))


async def test_order_and_day_keep_the_filters_and_a_filter_comes_off(guide: str, open_page: Any) -> None:
    async with open_page(guide, viewport=DESKTOP) as page:
        day = await tomorrow(page)
        await open_filters(page, day)
        await page.locator("select[name=sort]").select_option("time")
        await page.locator(".filter-form label:has([name=format])").first.click()
        await send(page)
        await page.get_by_role("link", name="By cinema").click()
        await page.wait_for_url(re.compile("by=cinema"))
        query = parse_qs(urlsplit(page.url).query)
        assert {"date", "format", "sort", "by"} <= set(query)
        await page.get_by_role("button", name="UA").click()
        await page.wait_for_url("**/uk/city/london**")
        assert parse_qs(urlsplit(page.url).query) == query
        await page.locator(".applied a").first.click()
        await page.wait_for_url(lambda url: "format" not in url)
        assert "by=cinema" in page.url


async def test_an_empty_result_leads_on(guide: str, open_page: Any) -> None:
    async with open_page(guide, viewport=DESKTOP) as page:
        day = await tomorrow(page)
        await page.goto(f"{day}&from=04:00&to=04:59")
        await expect(page.locator(".show")).to_have_count(0)
        other = page.locator(".empty a.button").first
        await page.set_viewport_size(PHONE)
        await expect(other).to_be_in_viewport()
        told = int(re.findall(r"(\d+) showing", await other.inner_text())[0])
        await other.click()
        await page.wait_for_load_state()
        await expect(page.locator("main > .group .show:not(.show-cancelled)")).to_have_count(told)


async def test_the_search_finds_a_film_as_it_is_typed(guide: str, open_page: Any) -> None:
    async with open_page(guide) as page:
        await read_city(page)
        title = await page.locator(".group h2 a").first.inner_text()
        field = page.get_by_role("combobox")
        await field.press_sequentially(title[:-1])
        await expect(page.get_by_role("option").first).to_contain_text(title, timeout=WAIT)
        chosen = page.locator('[role="option"][aria-selected="true"]')
        async with asyncio.timeout(WAIT / 1000):
            while not await chosen.count():  # a later answer to what was typed takes the place of the list
                await field.press("ArrowDown")
                await asyncio.sleep(0.5)
        await field.press("Enter")
        await page.wait_for_url("**/film/**")
        await expect(page.locator("h1")).to_have_text(title)
