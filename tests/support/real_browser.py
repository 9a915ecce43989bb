"""What all tests in a real browser have in common: its command, its window sizes, and the way to a read city."""

import shutil
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Page

FOLDER = Path(__file__).parents[1] / "browser"
SCREENSHOTS = FOLDER.parents[1] / ".build" / "screenshots"
PATIENCE = 60.0
"""Seconds before a wait fails a test: a machine under load may be slow."""

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


def chromium() -> str:
    """The browser's command."""
    found = shutil.which("chromium")
    assert found is not None, "install chromium: these tests need a real browser"
    return found


def script(package: str) -> str:
    """A file of an installed npm package."""
    path = FOLDER / "node_modules" / package
    assert path.is_file(), f"{path} is missing: run `make test`, or `npm ci --ignore-scripts` in {FOLDER}"
    return str(path)


SHOWN = "main > .group .show"
"""Showings that are to come: those that have begun are folded away."""

_NEXT_DAY = ".empty a.button"


async def wait_for_showtimes(page: Page) -> str:
    """Wait until the city's showtimes are there; at night, when all of today's have begun, go on to the next day's.

    Returns the address of the list, from its path on.
    """
    await page.locator(f"{SHOWN}, {_NEXT_DAY}").first.wait_for()
    if not await page.locator(SHOWN).count():
        await page.locator(_NEXT_DAY).first.click()
        await page.locator(SHOWN).first.wait_for()
    parts = urlsplit(page.url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


async def read_city(page: Page, path: str = "/en/city/london") -> str:
    """Open a city's page and wait until its showtimes are there; returns the address of the list, from its path on."""
    await page.goto(path)
    return await wait_for_showtimes(page)
