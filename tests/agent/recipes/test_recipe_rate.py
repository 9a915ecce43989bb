"""How many of the written pages a recipe can be made of, when a model answers about them as the readers do."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.agent.claude.reduce import reduce_page
from cinestreamd.agent.fetch.charset import decode
from cinestreamd.agent.model import Page, ReadContext
from cinestreamd.agent.readers import read_page
from cinestreamd.agent.recipes.compiler import compile_rules
from cinestreamd.agent.verify import verify
from cinestreamd.store.base import Cinema

FOLDER = Path(__file__).parent.parent / "pages"
PAGES: list[dict[str, Any]] = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))


def compiled(page: dict[str, Any]) -> bool | None:
    """Whether a recipe gives exactly the rows of a page; None where not all of them stand in its visible text."""
    text = decode((FOLDER / "raw" / page["file"]).read_bytes(), None)
    now = datetime.fromisoformat(page["now"])
    document = Page(url=page["url"], content_type="text/html", text=text, fetched_at=now)
    context = ReadContext(now=now, timezone=ZoneInfo(page["timezone"]))
    reading = read_page(document, context)
    if reading is None or reading.reader != "structure":
        return None
    cinema = Cinema(id="x", city_id="y", name="z", url=page["url"], source="config")
    verified = verify(reduce_page(document).as_page(document), reading, cinema, context)
    if len(verified.showings) < 2 or any(one.reason not in ("in_the_past", "duplicate") for one in verified.refusals):
        return None
    return compile_rules(document, verified.showings, cinema, context) is not None


@pytest.mark.timeout(300)
def test_half_of_the_pages_make_a_recipe() -> None:
    # Every second page: enough to tell, in half of the time.
    results = [compiled(page) for page in PAGES[::2] if page["kind"] == "html"]
    tried = [result for result in results if result is not None]
    assert len(tried) >= 50
    assert sum(tried) * 2 >= len(tried)
