"""Accessibility (axe) in both colour schemes and all languages, valid markup, and pictures of the pages to look at."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from real_browser import DESKTOP, PHONE, SCREENSHOTS, read_city, script

PAGES = ("/{}/", "/{}/near", "/{}/search?q=Lon", "/{}/city/london", "/{}/city/london?by=cinema", "/{}/nowhere")


MORE_PAGES = ("/{}/city/london/map", "/{}/stats", "/{}/api/docs", "/embed/{}/city/london")
"""Pages that hold little beside what the others hold: looked at in one language."""


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core."""
    return Path(script("axe-core/axe.min.js")).read_text(encoding="utf-8")


async def addresses(page: Any, language: str) -> list[str]:
    """One page of each kind, as (path) in ``language``."""
    await read_city(page, f"/{language}/city/london")
    film = await page.locator(".group h2 a").first.get_attribute("href")
    cinema = await page.locator(".part h3 a").first.get_attribute("href")
    return [*(path.format(language) for path in PAGES), film, cinema]


AXE_RUN = "axe.run({ resultTypes: ['violations'], elementRef: false }).then(result => result.violations)"


@pytest.mark.parametrize("language", ["uk", "en", "ru"])
async def test_axe_finds_nothing_in_light_and_dark(guide: str, open_page: Any, axe: str, language: str) -> None:
    """All kinds of pages in all languages."""
    found: dict[str, list[str]] = {}
    async with open_page(guide) as page:
        front, near, search, city, cinemas, _, film, cinema = await addresses(page, language)
        more = [path.format(language) for path in MORE_PAGES] if language == "en" else []
        for path in (front, near, search, city, cinemas, film, cinema, *more):
            await page.goto(path)
            await page.locator("details").evaluate_all("all => all.slice(0, 2).forEach(each => { each.open = true })")
            await page.evaluate(axe)
            for scheme in ("light", "dark"):
                await page.emulate_media(color_scheme=scheme)
                violations = await page.evaluate(AXE_RUN)
                found[f"{path} {scheme}"] = [f"{each['id']}: {each['nodes'][0]['html']}" for each in violations]
    assert len(found) == (22 if language == "en" else 14)
    assert {path: each for path, each in found.items() if each} == {}


async def test_markup_is_valid(guide: str, open_page: Any, tmp_path: Path) -> None:
    async with open_page(guide) as page:
        paths = [path for language in ("uk", "en", "ru") for path in await addresses(page, language)]
        paths += [path.format("en") for path in MORE_PAGES]
        for number, path in enumerate(paths):
            answer = await page.request.get(path)
            (tmp_path / f"{number}.html").write_text(await answer.text(), encoding="utf-8")
    shutil.copy(Path(__file__).with_name("htmlvalidate.json"), tmp_path / ".htmlvalidate.json")
    node = shutil.which("node")
    assert node is not None, "install nodejs: the markup is checked with html-validate"
    checker = await asyncio.create_subprocess_exec(
        node,
        script("html-validate/bin/html-validate.mjs"),
        "--formatter=json",
        str(tmp_path),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await checker.communicate()
    faults = [
        (paths[int(Path(file["filePath"]).stem)], each["ruleId"], each["message"])
        for file in json.loads(output)
        for each in file["messages"]
    ]
    assert len(paths) == 28
    assert faults == []
    assert checker.returncode == 0


async def test_pictures_are_taken(guide: str, open_page: Any) -> None:
    """They are for people to look at; each must show a whole page and not be empty."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for size, viewport, scheme in (("phone", PHONE, "dark"), ("desktop", DESKTOP, "light")):
        async with open_page(guide, viewport=viewport, color_scheme=scheme) as page:
            front, _, _, city, _, _, film, cinema = await addresses(page, "uk")
            filters = f"{city}?from=18:00"
            pages = {"front": front, "city": city, "filters": filters, "film": film, "cinema": cinema}
            for name, path in pages.items():
                await page.goto(path)
                picture = await page.screenshot(path=SCREENSHOTS / f"{name}-{size}-{scheme}.png", full_page=True)
                assert len(picture) > 10_000
