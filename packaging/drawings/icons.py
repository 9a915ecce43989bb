"""Draws the icons under which the guide is installed, from ``cinestreamd/web/static/icon.svg``."""  # noqa: INP001 - a script

import shutil
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "cinestreamd" / "web" / "static"
ICON = (ROOT / "cinestreamd" / "web" / "static" / "icon.svg").read_text(encoding="utf-8")
GROUND = "#13101a"
SIZES = (
    ("icon-192.png", 192, 1.0, False),
    ("icon-512.png", 512, 1.0, False),
    ("icon-maskable-512.png", 512, 0.72, True),
    ("icon-apple-180.png", 180, 0.86, True),
)
"""Name, pixels, how much of it the ticket takes, and whether the ground reaches into the corners."""


def main() -> None:
    """Write the files."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, pixels, share, filled in SIZES:
            page = browser.new_page(viewport={"width": pixels, "height": pixels})
            ground = GROUND if filled else "transparent"
            page.set_content(
                f"<style>body{{margin:0;display:grid;place-items:center;height:100vh;background:{ground}}}"
                f"svg{{width:{share:.0%}}}</style>{ICON}"
            )
            drawn = Image.open(BytesIO(page.screenshot(omit_background=True)))
            drawn.quantize(32, method=Image.Quantize.FASTOCTREE).save(TARGET / name, optimize=True)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
