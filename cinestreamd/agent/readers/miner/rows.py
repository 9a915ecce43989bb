"""What stands in the same row as a time: link, room, price, format, language, whether it is sold out."""

import re
from urllib.parse import urljoin

from cinestreamd.agent.readers.details import Details, read_details
from cinestreamd.agent.readers.document import Document
from cinestreamd.agent.readers.elements import Element
from cinestreamd.agent.readers.miner.calendar_marks import Calendar
from cinestreamd.agent.readers.miner.time_nodes import TimeNode
from cinestreamd.store.base import Availability

_ROW_LENGTH = 240
_SOLD_OUT = re.compile(
    r"sold[\s-]?out|ausverkauft|complet\b|wyprzedan|vyprodán|распродан|розпродано|продано|agotad|"
    r"esaurit|esgotad|epuizat|uitverkocht|slutsåld|udsolgt|"
    r"utsolgt|loppuunmyyty|elfogyott|tükendi|אזל|εξαντλ",
    re.IGNORECASE,
)
_CANCELLED = re.compile(
    r"cancel?led|abgesagt|annulé|odwołan|zrušen|отмен|скасован|cancelad|annullat|anulat|בוטל", re.IGNORECASE
)
_ATTRIBUTES = (
    "title",
    "aria-label",
    "data-room",
    "data-hall",
    "data-screen",
    "data-format",
    "data-auditorium",
    "data-version",
    "data-lang",
)


def row_of(calendar: Calendar, time: TimeNode) -> Element:
    """The largest element around a time that holds no other time and stays short."""
    row = time.element
    for element in time.chain:
        if (
            calendar.clocks_in(element) > 1
            or element.end - element.start > _ROW_LENGTH
            or element.tag in ("body", "main")
        ):
            break
        row = element
    return row


def details_of(document: Document, row: Element, time: TimeNode, title: str) -> Details:
    """Details from the row's texts and the time's own attributes, the title left out."""
    texts = [document.text[run.start : run.end] for run in document.runs_between(row.start, row.end)[:24]]
    own = [element.attributes[name] for element in time.chain[:4] for name in _ATTRIBUTES if name in element.attributes]
    return read_details(text for text in (*texts, *own) if text != title)


def link_of(document: Document, row: Element, time: TimeNode, url: str) -> str | None:
    """The link that the time itself is or lies in; else the only link of its row."""
    for element in time.chain[:5]:
        target = (
            element.attributes.get("href") or element.attributes.get("data-href") or element.attributes.get("data-url")
        )
        if element.tag == "a" and target and not target.startswith(("#", "javascript:", "mailto:", "tel:")):
            return urljoin(url, target)
        if element is row:
            break
    inside = [
        element.attributes["href"]
        for element in document.elements[row.index : row.last + 1]
        if element.tag == "a"
        and not element.attributes.get("href", "#").startswith(("#", "javascript:", "mailto:", "tel:"))
    ]
    return urljoin(url, inside[0]) if len(set(inside)) == 1 else None


def availability_of(document: Document, row: Element, time: TimeNode) -> Availability:
    """Whether the row, or the class of the time's element, says that it is sold out or cancelled."""
    classes = " ".join(element.attributes.get("class", "") for element in time.chain[:3])
    text = document.text[row.start : row.end]
    if _CANCELLED.search(text) or "cancelled" in classes.casefold():
        return "cancelled"
    if _SOLD_OUT.search(text) or re.search(r"sold[-_]?out", classes, re.IGNORECASE):
        return "sold_out"
    return "available"


def quote_of(document: Document, row: Element, time: TimeNode) -> str:
    """One excerpt of the visible text around a time: its row where that is short, else its line, else its words.

    Of a time that only an attribute says, that attribute's value.
    """
    if time.hit.start in document.spoken:
        return document.spoken[time.hit.start]
    if row.holds(time.hit.start, time.hit.end) and row.end - row.start <= 160:
        return document.folded(row.start, row.end)
    start, end = document.line(time.hit.start, time.hit.end)
    if end - start <= 200:
        return document.folded(start, end)
    return document.folded(max(start, time.hit.start - 60), min(end, time.hit.end + 60))
