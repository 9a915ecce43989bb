"""What pages are held to in a browser: accessibility by axe-core, markup by html-validate."""

import asyncio
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from real_browser import FOLDER, script

AXE_RUN = "axe.run({ resultTypes: ['violations'], elementRef: false }).then(result => result.violations)"


def axe_source() -> str:
    """The source of axe-core."""
    return Path(script("axe-core/axe.min.js")).read_text(encoding="utf-8")


async def axe_faults(page: Any, source: str) -> dict[str, list[str]]:
    """What axe finds on the page as it stands, by colour scheme."""
    await page.evaluate(source)
    found = {}
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        violations = await page.evaluate(AXE_RUN)
        found[scheme] = [f"{each['id']}: {each['nodes'][0]['html']}" for each in violations]
    return found


async def markup_faults(pages: Mapping[str, str], folder: Path) -> list[tuple[str, str, str]]:
    """What html-validate finds in pages given by name; ``folder`` is an empty one to work in."""
    names = list(pages)
    _lay_out(pages, folder)
    node = shutil.which("node")
    assert node is not None, "install nodejs: the markup is checked with html-validate"
    checker = await asyncio.create_subprocess_exec(
        node,
        script("html-validate/bin/html-validate.mjs"),
        "--formatter=json",
        str(folder),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await checker.communicate()
    faults = [
        (names[int(Path(file["filePath"]).stem)], each["ruleId"], each["message"])
        for file in json.loads(output)
        for each in file["messages"]
    ]
    assert checker.returncode == (1 if faults else 0)
    return faults


def _lay_out(pages: Mapping[str, str], folder: Path) -> None:
    for number, text in enumerate(pages.values()):
        (folder / f"{number}.html").write_text(text, encoding="utf-8")
    shutil.copy(FOLDER / "htmlvalidate.json", folder / ".htmlvalidate.json")
