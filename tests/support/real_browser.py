"""What all tests in a real browser have in common: its command, its window sizes, and the way to a read city."""

import shutil
from pathlib import Path

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


async def read_city(page: Page, path: str = "/en/city/london") -> None:
    """Open a city's page and wait until its showtimes are there."""
    await page.goto(path)
    await page.locator(".show").first.wait_for()
