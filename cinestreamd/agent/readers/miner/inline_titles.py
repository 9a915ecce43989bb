"""Read the title out of a time's own line of text."""

import re
from bisect import bisect_left

from cinestreamd.agent.readers.document import Document
from cinestreamd.agent.readers.labels import could_be_title, is_label, without_facts, without_price
from cinestreamd.agent.readers.miner.time_nodes import TimeNode
from cinestreamd.agent.readers.miner.weekdays import weekday_sets

_LONGEST_LINE, _MOST_PIECES = 240, 60
# What is said of the clock right behind a time: "19:30h", "19.30 uur".
_UNIT = re.compile(r"^(?:hs?|hrs?|hod|uur|uhr|год|ч)\.?(?=[\s\x1f–—:|,;-])[\s\x1f–—:|,;-]*", re.IGNORECASE)
_IN_QUOTES = re.compile(r"[«„“”\"『「]([^«»„“”\"『』「」]{2,80})[»“”\"』」]\s*[,(\[–—-]")


def inline_title(document: Document, time: TimeNode, neighbours: list[tuple[int, int]]) -> str | None:
    """What remains of a time's own line when times, days and labels are taken out: "19:30 – Anora".

    The narrowest element around the time that leaves something counts; ``neighbours`` are the spans of times and days.
    """
    start, end = document.line(time.hit.start, time.hit.end)
    if end - start > _LONGEST_LINE:
        return None
    for element in time.chain:
        left, right = max(start, element.start), min(end, element.end)
        pieces = _remaining(document, left, right, neighbours)
        if pieces:
            return _nearest(pieces, time, left, neighbours)
        if (left, right) == (start, end):
            return None
    return None


def _remaining(document: Document, start: int, end: int, neighbours: list[tuple[int, int]]) -> list[tuple[int, str]]:
    """The stretches of a span between times and days that could be titles, with their offsets."""
    pieces, at = [], start
    behind = {right for _, right in neighbours[bisect_left(neighbours, (start, 0)) :][:_MOST_PIECES]}
    for left, right in [*neighbours[bisect_left(neighbours, (start, 0)) :], (end, end)]:
        if left >= end:
            pieces.append(_without_labels(document, at, end))
            break
        pieces.append(_without_labels(document, at, left))
        at = max(at, right)
    cleaned = [(offset, piece.strip(" \x1f\t-–—|,;:•·()[]/&+").replace("\x1f", " ")) for offset, piece in pieces]
    cleaned = [(offset, _UNIT.sub("", piece) if offset in behind else piece) for offset, piece in cleaned]
    cleaned = [(offset, _quoted(_without_weekday(without_facts(without_price(piece))))) for offset, piece in cleaned]
    return [(offset, piece) for offset, piece in cleaned if could_be_title(piece)]


def _quoted(piece: str) -> str:
    """The title in quotation marks at the head of a list of facts: "«Paper Boats» (16+), 3D, great hall"."""
    found = _IN_QUOTES.match(piece)
    return found[1] if found is not None else piece


def _without_weekday(piece: str) -> str:
    """A piece without the weekday behind its colon: "Guided tours: Saturdays"."""
    head, colon, tail = piece.rpartition(":")
    return head.rstrip() if colon and head and weekday_sets(tail) and len(tail.split()) == 1 else piece


def _without_labels(document: Document, start: int, end: int) -> tuple[int, str]:
    """A stretch of text; where only one of its text nodes can be a title ("Anora", "Sala 1", "Comprar"), that one."""
    likely = [
        run
        for run in document.runs_between(start, end)
        if run.end <= end and could_be_title(document.text[run.start : run.end])
    ]
    if len(likely) == 1 and _are_labels(document, start, likely[0].start):
        return likely[0].start, document.text[likely[0].start : likely[0].end]
    return start, document.text[start:end]


def _are_labels(document: Document, start: int, end: int) -> bool:
    """Whether a stretch has no letters but those of text nodes that are labels: "Preview", "18:00" before a title."""
    runs = [run for run in document.runs_between(start, end) if run.end <= end]
    said = document.text[start : runs[0].start] if runs else document.text[start:end]
    return not _letters(said) and all(
        is_label(document.text[run.start : run.end]) or not _letters(document.text[run.start : run.end]) for run in runs
    )


def _letters(text: str) -> bool:
    return any(letter.isalpha() for letter in text)


def _nearest(pieces: list[tuple[int, str]], time: TimeNode, start: int, neighbours: list[tuple[int, int]]) -> str:
    """The piece that belongs to a time: after it where the line begins with a time, else before it."""
    first = bisect_left(neighbours, (start, 0))
    leads = first < len(neighbours) and neighbours[first][0] <= start + 1
    after = [piece for offset, piece in pieces if offset >= time.hit.end]
    before = [piece for offset, piece in pieces if offset < time.hit.start]
    if leads and after:
        return after[0]
    return before[-1] if before and not leads else max((piece for _, piece in pieces), key=len)
