"""Part (f): how many pages a second each reader reads, of those written pages that it is the one to understand."""

import json
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from time import process_time
from typing import Final
from zoneinfo import ZoneInfo

from results import Part, Plan

from cinestreamd.agent.extract import extract_page
from cinestreamd.agent.fetch.charset import decode
from cinestreamd.agent.model import Page, ReadContext
from cinestreamd.agent.readers import READERS, read_page

PAGES: Final = Path(__file__).parent.parent / "tests" / "agent" / "pages"
MEDIA: Final = {"html": "text/html", "json": "application/json", "xml": "application/xml"}
Case = tuple[Page, ReadContext]


def measure_reading(_folder: Path, plan: Plan) -> Part:
    """Pages a second of processor time: each reader alone, then everything that a scrape does with a page."""
    part = Part("Reading pages (f)")
    cases = written_pages()[: plan.size(10_000, 12)]
    own: dict[str, list[Case]] = defaultdict(list)
    for page, context in cases:
        reading = read_page(page, context)
        if reading is not None:
            own[reading.reader].append((page, context))
    found: dict[str, list[float]] = defaultdict(list)
    for _ in range(plan.rounds):
        for name, reader in READERS:
            if own[name]:
                found[f"{name}, its own {len(own[name])} pages"].append(_rate(reader, own[name]))
        found[f"all readers in order, {len(cases)} pages"].append(_rate(read_page, cases))
        found["read and verified"].append(_rate(extract_page, cases))
    for name, rates in found.items():
        part.note(name, "pages/s", rates)
    return part


def written_pages() -> list[Case]:
    """The pages that the readers are tested with, each with its moment and place."""
    found = []
    for entry in json.loads((PAGES / "manifest.json").read_text(encoding="utf-8")):
        now = datetime.fromisoformat(entry["now"])
        text = decode((PAGES / "raw" / entry["file"]).read_bytes(), None)
        page = Page(url=entry["url"], content_type=MEDIA[entry["kind"]], text=text, fetched_at=now)
        found.append((page, ReadContext(now=now, timezone=ZoneInfo(entry["timezone"]))))
    return found


def _rate(read: Callable[[Page, ReadContext], object], cases: list[Case]) -> float:
    began = process_time()
    for page, context in cases:
        read(page, context)
    return len(cases) / max(process_time() - began, 1e-6)
