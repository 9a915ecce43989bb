"""Draws the demo's posters, kept as SVG beside this file, as the pictures that its cinemas' websites serve."""  # noqa: INP001 - a script

import asyncio
import os
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.async_api import async_playwright

DRAWINGS = Path(__file__).parent / "posters"
POSTERS = Path(__file__).parents[2] / "cinestreamd" / "demo" / "posters"
SIZE = {"width": 400, "height": 600}
FRAME = "<style>body{{margin:0}}svg{{display:block;width:400px;height:600px}}</style>{drawing}"


async def main() -> None:
    """Write the files."""
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        page = await browser.new_page(viewport=SIZE)
        for drawing in sorted(DRAWINGS.glob("*.svg")):
            await page.set_content(FRAME.format(drawing=drawing.read_text(encoding="utf-8")))
            drawn = Image.open(BytesIO(await page.screenshot())).convert("RGB")
            drawn.save(POSTERS / f"{drawing.stem}.webp", quality=82, method=6)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
