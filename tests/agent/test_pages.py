"""All written pages, through everything that ``cinestreamd extract`` does, against the truth beside them."""

import html
import json
import os
import re
import subprocess
import sys
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.agent.extract import ExtractReport, extract_page
from cinestreamd.agent.fetch.charset import decode
from cinestreamd.agent.model import Page, ReadContext

FOLDER = Path(__file__).parent / "pages"
PAGES: list[dict[str, Any]] = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))

LEAST_RECALL = 0.98
LEAST_PRECISION = 0.98


def report(page: dict[str, Any]) -> ExtractReport:
    """What is read from one of the pages at its moment."""
    text = decode((FOLDER / "raw" / page["file"]).read_bytes(), None)
    now = datetime.fromisoformat(page["now"])
    media = {"html": "text/html", "json": "application/json", "xml": "application/xml"}[page["kind"]]
    document = Page(url=page["url"], content_type=media, text=text, fetched_at=now)
    return extract_page(document, ReadContext(now=now, timezone=ZoneInfo(page["timezone"])))


def folded(title: str) -> str:
    """A title without marks of punctuation, accents and case."""
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKD", title).casefold()).strip()


def alike(one: str, other: str) -> bool:
    """Whether two titles are the same, or one holds the other."""
    one, other = folded(one), folded(other)
    return one == other or (min(len(one), len(other)) >= 4 and (one in other or other in one))


def hits(truth: set[tuple[str, str | None, str]], found: set[tuple[str, str, str]]) -> int:
    """How many rows of the truth were found, each found row counting once. A page may name no day for a row."""
    left = sorted(found)
    count = 0
    for title, day, clock in sorted(truth, key=str):
        match = next((row for row in left if row[2] == clock and day in (None, row[1]) and alike(title, row[0])), None)
        if match:
            left.remove(match)
            count += 1
    return count


def test_the_pages_together_are_read_almost_without_fault() -> None:
    """Rows of days before the moment of reading count neither way."""
    true = printed = right = 0
    for page in PAGES:
        first = page["now"][:10]
        rows = json.loads((FOLDER / "truth" / f"{page['file']}.json").read_text(encoding="utf-8"))
        truth = {(title, day, clock) for title, day, clock in rows if day is None or day >= first}
        found = {(row.title, row.start[:10], row.start[11:16]) for row in report(page).rows if row.start[:10] >= first}
        true, printed, right = true + len(truth), printed + len(found), right + hits(truth, found)
    assert true > 3000
    assert right / true >= LEAST_RECALL
    assert right / printed >= LEAST_PRECISION


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page["file"]))
def test_title_and_time_of_every_row_stand_in_the_file(page: dict[str, Any]) -> None:
    source = decode((FOLDER / "raw" / page["file"]).read_bytes(), None)
    words = folded(visible(source))
    for row in report(page).rows:
        assert folded(row.title) in words, row
        start = datetime.fromisoformat(row.start)
        forms = {*clocks(start), *clocks(start.astimezone(UTC)), str(int(start.timestamp()))}
        quote = re.sub(r"(?<=\d) h (?=\d)", "h", row.evidence.quote)
        assert any(form in quote for form in forms), row


def visible(source: str) -> str:
    """The text of a page or data document with its escapes undone."""
    plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), source)
    return html.unescape(html.unescape(re.sub(r"<[^>]*>", " ", plain) + " " + plain))


def clocks(moment: datetime) -> set[str]:
    """The forms in which pages print a clock time."""
    hour, minute = moment.hour, moment.minute
    short = (hour - 1) % 12 + 1
    forms = {
        f"{h}{mark}{minute:02}"
        for h in (hour, f"{hour:02}", short, hour + 24)
        for mark in (":", ".", "h", "u", "：", "")
    }
    return forms | (
        {
            f"{hour}h",
            f"{hour}u",
            *(f"{word} {hour}" for word in ("kl", "klo", "kell", "ore", "e", "-")),
            f"{hour} h",
            f"godz. {hour}",
            *(f"{short}{gap}{half}" for gap in ("", " ") for half in ("am", "pm", "AM", "PM")),
        }
        | ({"Noon"} if hour == 12 else set())
        if not minute
        else set()
    )


@pytest.mark.parametrize("seed", ["1", "3"])
def test_a_page_is_read_alike_whatever_the_seed_of_hashes(seed: str) -> None:
    """The readers run in many processes, each with another order of its sets."""
    page = next(page for page in PAGES if page["file"] == "it_astra_sale.html")
    code = (
        "import importlib.util as u, sys; spec = u.spec_from_file_location('pages', sys.argv[1])\n"
        "m = u.module_from_spec(spec); spec.loader.exec_module(m)\n"
        "page = next(page for page in m.PAGES if page['file'] == sys.argv[2])\n"
        "print([(row.title, row.start) for row in m.report(page).rows])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, __file__, str(page["file"])],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.strip() == str([(row.title, row.start) for row in report(page).rows])
