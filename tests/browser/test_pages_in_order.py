"""Accessibility (axe) in both colour schemes and all languages, valid markup, and pictures of the pages to look at."""

from pathlib import Path
from typing import Any

import pytest
from page_checks import axe_faults, axe_source, markup_faults
from product_store import new_store
from published_city import publish_evening, resources_of
from real_browser import DESKTOP, PHONE, SCREENSHOTS, read_city

from cinestreamd.features import FEATURES
from cinestreamd.sites.model import DonationMethod
from cinestreamd.web.app import create_app

PAGES = ("/{}/", "/{}/near", "/{}/search?q=Lon", "/{}/city/london", "/{}/city/london?by=cinema", "/{}/nowhere")
MORE_PAGES = (
    "/{}/city/london/map",
    "/{}/stats",
    "/{}/api/docs",
    "/embed/{}/city/london",
    "/{}/city/london?from=04:00&to=04:30",
)
"""Map, figures, API, widget, and a list that filters have left empty."""

LANGUAGES = ("uk", "en", "ru")


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core."""
    return axe_source()


async def addresses(page: Any, language: str) -> list[str]:
    """One page of each kind, as (path) in ``language``; the fourth is a city's list, with something to come."""
    city = await read_city(page, f"/{language}/city/london")
    film = await page.locator(".group h2 a").first.get_attribute("href")
    cinema = await page.locator(".part h3 a").first.get_attribute("href")
    paths = [path.format(language) for path in PAGES]
    return [*paths[:3], city, *paths[4:], film, cinema]


async def tomorrow(page: Any) -> str:
    """The address of the second day, on which everything is still to come."""
    await read_city(page)
    return str(await page.locator(".days a").nth(1).get_attribute("href"))


async def axe_on(page: Any, axe: str, paths: list[str]) -> dict[str, list[str]]:
    """What axe finds on these pages, some of their details opened."""
    found = {}
    for path in paths:
        await page.goto(path)
        await page.locator("details").evaluate_all("all => all.slice(0, 2).forEach(each => { each.open = true })")
        found |= {f"{path} {scheme}": faults for scheme, faults in (await axe_faults(page, axe)).items()}
    return found


@pytest.mark.parametrize("language", LANGUAGES)
async def test_axe_finds_nothing_in_light_and_dark(guide: str, open_page: Any, axe: str, language: str) -> None:
    """All kinds of pages of the guide itself, in all languages."""
    async with open_page(guide) as page:
        front, near, search, city, cinemas, _, film, cinema = await addresses(page, language)
        found = await axe_on(page, axe, [front, near, search, city, cinemas, film, cinema])
    assert len(found) == 14
    assert {path: each for path, each in found.items() if each} == {}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_axe_finds_nothing_on_what_stands_beside(guide: str, open_page: Any, axe: str, language: str) -> None:
    async with open_page(guide) as page:
        await read_city(page, f"/{language}/city/london")
        found = await axe_on(page, axe, [path.format(language) for path in MORE_PAGES])
    assert len(found) == 10
    assert {path: each for path, each in found.items() if each} == {}


async def test_markup_is_valid(guide: str, open_page: Any, tmp_path: Path) -> None:
    """All kinds of pages in all languages."""
    async with open_page(guide) as page:
        paths = [path for language in LANGUAGES for path in await addresses(page, language)]
        paths += [path.format(language) for language in LANGUAGES for path in MORE_PAGES]
        texts = {path: await (await page.request.get(path)).text() for path in paths}
    assert len(texts) == 39
    assert await markup_faults(texts, tmp_path) == []


async def test_a_city_before_it_was_read_and_ways_to_give_are_in_order(
    tmp_path: Path, aiohttp_server: Any, open_page: Any, axe: str
) -> None:
    """Pages that the demo has not, or not for long."""
    store = new_store(tmp_path / "site.sqlite")
    await publish_evening(store, "kyiv")
    donations = (DonationMethod(label="Monobank", url="https://send.example/jar"),)
    server = await aiohttp_server(create_app(resources_of(store, tmp_path, donations=donations), FEATURES))
    base = str(server.make_url("/")).rstrip("/")
    paths = [
        f"/{language}/{path}"
        for language in LANGUAGES
        for path in ("city/odesa", "city/odesa?asked=1795276800", "support")
    ]
    folder = tmp_path / "pages"
    folder.mkdir()
    async with open_page(base, java_script_enabled=True) as page:
        texts = {path: await (await page.request.get(path)).text() for path in paths}
        assert await markup_faults(texts, folder) == []
        found = await axe_on(page, axe, paths)
        await page.goto("/uk/support")
        assert await page.locator(".qr").evaluate("each => each.naturalWidth") > 0
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=SCREENSHOTS / "support-phone-dark.png", full_page=True)
        await page.goto("/uk/city/odesa")
        await page.locator(".waiting-poster").first.wait_for()
        await page.screenshot(path=SCREENSHOTS / "waiting-phone-dark.png", full_page=True)
    assert {path: each for path, each in found.items() if each} == {}
    await store.close()


@pytest.mark.parametrize("path", ["/uk/", "city", "film"])
async def test_a_first_view_takes_at_most_100_kilobytes(guide: str, open_page: Any, path: str) -> None:
    """Head and body of every answer as they came over the wire, fonts and scripts included."""
    async with open_page(guide) as page:
        if path != "/uk/":
            _, _, _, city, *_, film, _ = await addresses(page, "uk")
            path = film if path == "film" else city
    async with open_page(guide) as page:
        answers: list[Any] = []
        page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - it takes no builtin
        await page.goto(path, wait_until="networkidle")
        sizes = {each.url: await each.request.sizes() for each in answers}
    taken = sum(each["responseBodySize"] + each["responseHeadersSize"] for each in sizes.values())
    assert len(sizes) > 5
    assert 20_000 < taken <= 100_000, {url: each["responseBodySize"] for url, each in sizes.items()}


async def test_on_paper_there_are_titles_cinemas_times_and_prices(guide: str, open_page: Any) -> None:
    async with open_page(guide, viewport=DESKTOP) as page:
        await page.goto(await tomorrow(page))
        await page.emulate_media(media="print")
        for shown in (".place h1", ".group h2", ".part h3", ".show-time", ".show-price"):
            assert await page.locator(shown).first.is_visible(), shown
        hidden = (
            ".choices",
            ".search",
            ".days",
            ".filters",
            ".windows",
            ".share",
            ".feeds",
            ".show details",
            ".show-buy",
        )
        for each in hidden:
            assert await page.locator(each).count(), each
            assert not await page.locator(each).first.is_visible(), each
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=SCREENSHOTS / "city-print.png", full_page=True)


async def test_from_right_to_left_nothing_runs_out_of_the_page(guide: str, open_page: Any) -> None:
    """No language of the guide's is written so yet; names from cinemas' pages may be."""
    async with open_page(guide) as page:
        for path in await addresses(page, "en"):
            if path.endswith("/nowhere"):  # a browser tells its console of an address that is not there
                continue
            await page.goto(path)
            await page.evaluate("document.documentElement.dir = 'rtl'")
            assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"], path
            edge = "document.querySelector('.brand').getBoundingClientRect().right"
            assert await page.evaluate(edge) > PHONE["width"] - 40, path


async def test_pictures_are_taken(guide: str, open_page: Any) -> None:
    """They are for people to look at; each must show a whole page and not be empty."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for size, viewport, scheme in (("phone", PHONE, "dark"), ("desktop", DESKTOP, "light")):
        async with open_page(guide, viewport=viewport, color_scheme=scheme) as page:
            front, _, _, city, _, _, film, cinema = await addresses(page, "uk")
            filters = f"{city}{'&' if '?' in city else '?'}from=08:00"
            pages = {"front": front, "city": city, "filters": filters, "film": film, "cinema": cinema}
            for name, path in pages.items():
                await page.goto(path)
                picture = await page.screenshot(path=SCREENSHOTS / f"{name}-{size}-{scheme}.png", full_page=True)
                assert len(picture) > 10_000
