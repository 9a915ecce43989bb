"""Small pages in the layouts, languages and data forms that cinemas use, with the rows that a person reads there."""

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.agent.model import Page, ReadContext
from cinestreamd.agent.readers import read_page
from cinestreamd.agent.readers.local_time import local_start
from cinestreamd.agent.readers.miner.confidence import LINE
from cinestreamd.agent.verify.presence import PageText, prints_clock

FOLDER = Path(__file__).parent / "layouts"
LAYOUTS = json.loads((FOLDER / "layouts.json").read_text())
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def page_of(layout: dict[str, str]) -> Page:
    content_type = "text/html" if layout["file"].endswith(".html") else "application/json"
    text = (FOLDER / layout["file"]).read_text()
    return Page(url=layout["url"], content_type=content_type, text=text, fetched_at=NOW)


@pytest.mark.parametrize("layout", LAYOUTS, ids=[layout["file"] for layout in LAYOUTS])
def test_every_layout_is_read_as_a_person_reads_it(layout: dict[str, str]) -> None:
    context = ReadContext(now=NOW, timezone=ZoneInfo(layout["timezone"]))
    reading = read_page(page_of(layout), context)
    candidates = reading.candidates if reading is not None and reading.confidence >= LINE else ()
    starts = {(candidate.title, *local_start(candidate, context)) for candidate in candidates}
    rows = {(title, day and day.isoformat(), clock.strftime("%H:%M")) for title, day, clock in starts}
    assert rows == {tuple(row) for row in layout["rows"]}


@pytest.mark.parametrize("layout", LAYOUTS, ids=[layout["file"] for layout in LAYOUTS])
def test_every_quote_stands_on_the_page_and_prints_its_time(layout: dict[str, str]) -> None:
    page = page_of(layout)
    reading = read_page(page, ReadContext(now=NOW, timezone=ZoneInfo(layout["timezone"])))
    text = PageText(page)
    for candidate in reading.candidates if reading is not None else ():
        assert text.has_excerpt(candidate.quote), candidate
        assert text.has_title(candidate.title), candidate
        stamped = any(len(word) >= 10 and word.isdecimal() for word in candidate.quote.split())
        bare = candidate.clock.replace(hour=candidate.clock.hour % 12 or 12)
        assert stamped or prints_clock(candidate.quote, candidate.clock) or prints_clock(candidate.quote, bare), (
            candidate
        )
