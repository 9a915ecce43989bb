"""A page as the miner sees it: its visible text in one string, and elements as spans of that string.

Text nodes are folded and joined: a line break where a block or ``<br>`` stands between them, a blank where white space
does, and ``SEAM`` where two inline elements touch ("10:45" and "14:50" in two spans are not one number).
"""

import re
from bisect import bisect_left, bisect_right

from selectolax.lexbor import LexborHTMLParser, LexborNode

from cinestreamd.agent.digits import LATIN_DIGITS
from cinestreamd.agent.readers.elements import Element, numbered_classes, signature_of, silence_wrappers
from cinestreamd.agent.readers.spoken_times import spoken_clock
from cinestreamd.agent.readers.table_columns import number_columns, unfold_layout

SEAM = "\x1f"
MAX_ELEMENTS = 6_000
MAX_TEXT = 200_000
_MOST_STYLE_SHEETS = 20
_MOST_LINES, _DEEPEST_INDENT = 2_000, 12
_MOST_OPTIONS = 60

# Soft hyphens and the marks of joining and direction are not seen.
_SEEN = LATIN_DIGITS | dict.fromkeys(
    [0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF]
)
_SKIPPED = frozenset(
    ["script", "style", "template", "svg", "head", "iframe", "object", "canvas", "video", "audio", "math"]
)
_INLINE = frozenset([
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd",
    "label", "mark", "q", "s", "small", "span", "strong", "strike", "sub", "sup", "time", "tt", "u", "var", "wbr",
    "nobr", "button", "img",
])  # fmt: skip


class Run:
    """One text node: ``text[start:end]`` of the document, directly in ``element``."""

    __slots__ = ("element", "end", "start")

    def __init__(self, start: int, end: int, element: Element) -> None:
        self.start, self.end, self.element = start, end, element


class Document:
    """The visible text of a page and its elements in document order.

    With ``spoken`` the clocks that links and buttons have in their labels or data stand in the text as well.
    """

    def __init__(self, parser: LexborHTMLParser, *, spoken: bool = False) -> None:
        # Where a time that only an attribute says stands in the text, and that attribute's value.
        self.spoken: dict[int, str] = {}
        self._speaks = spoken
        self.elements: list[Element] = []
        self.runs: list[Run] = []
        # What can be chosen from, with its text, which is no part of the page's.
        self.options: list[tuple[Element, str]] = []
        self._pieces: list[str] = []
        self._length = 0
        title = parser.css_first("head > title") or parser.css_first("title")
        self.title = " ".join(title.text().split())[:300] if title is not None else ""
        self.metadata = _metadata(parser)
        self.styles = "\n".join(style.text() or "" for style in parser.css("style")[:_MOST_STYLE_SHEETS])
        html = parser.css_first("html")
        self.language = ((html.attributes.get("lang") or "") if html is not None else "")[:12]
        body = parser.body
        if body is not None:
            self._build(body)
        self.text = "".join(self._pieces)
        silence_wrappers(self.elements)
        unfold_layout(self.elements, len(self.text))
        numbered = numbered_classes(self.elements)
        for element in self.elements:
            element.signature = signature_of(element.tag, element.attributes, numbered)
        self._line_starts = [0, *(found.end() for found in re.finditer("\n", self.text))]
        self._run_starts = [run.start for run in self.runs]
        number_columns(self.elements)

    def _build(self, body: LexborNode) -> None:
        known: dict[int, Element] = {}
        open_elements: list[Element] = []
        separator = ""
        for node in body.traverse(include_text=True):
            tag = node.tag or ""
            parent_node = node.parent
            parent_id = parent_node.mem_id if parent_node is not None else 0
            parent = known.get(parent_id)
            if parent is None and open_elements:
                continue
            while open_elements and open_elements[-1] is not parent:
                closed = open_elements.pop()
                self._close(closed)
                separator = _stronger(separator, "" if closed.tag in _INLINE else "\n")
            if tag == "-text":
                separator = self._add_text(node.text_content or "", separator, parent)
            elif not tag.startswith("-") and not tag.startswith("!") and tag not in _SKIPPED and tag != "_comment":
                if len(self.elements) >= MAX_ELEMENTS or self._length > MAX_TEXT:
                    break
                element = self._open(node, tag, parent)
                known[node.mem_id] = element
                open_elements.append(element)
                separator = _stronger(separator, "" if tag in _INLINE else "\n")
                if self._speaks:
                    separator = self._add_spoken(element, separator)
        for closed in open_elements:
            self._close(closed)

    def _open(self, node: LexborNode, tag: str, parent: Element | None) -> Element:
        attributes = {name: value[:2_000] if value else "" for name, value in node.attributes.items()}
        element = Element(len(self.elements), tag, attributes, parent)
        self.elements.append(element)
        return element

    def _add_text(self, raw: str, separator: str, parent: Element | None) -> str:
        """Append a text node; returns what separates it from the next."""
        if (
            parent is not None
            and "\n" in raw
            and "\n" in raw.strip()
            and any(above.tag == "pre" for above in parent.ancestors())
        ):
            return self._add_lines(raw, separator, parent)
        folded = " ".join(raw.translate(_SEEN).split())
        if not folded:
            return _stronger(separator, " " if raw.translate(_SEEN) else "")
        if parent is None or parent.tag in ("option", "select"):
            if parent is not None and len(self.options) < _MOST_OPTIONS:
                self.options.append((parent, folded))
            return separator
        if raw[0].isspace():
            separator = _stronger(separator, " ")
        if self._length:
            piece = separator or SEAM
            self._pieces.append(piece)
            self._length += len(piece)
        start = self._length
        self._pieces.append(folded)
        self._length += len(folded)
        self.runs.append(Run(start, self._length, parent))
        for element in parent.ancestors():
            if element.start >= 0:
                break
            element.start = start
        return " " if raw[-1].isspace() else ""

    def _add_spoken(self, element: Element, separator: str) -> str:
        """Append the clock that only a label or data of an element say; returns what separates it from what follows."""
        said = spoken_clock(element.attributes)
        if said is None:
            return separator
        value, clock = said
        self._add_text(f" {clock} ", separator, element)
        self.spoken[self.runs[-1].start] = value
        return " "

    def _add_lines(self, raw: str, separator: str, parent: Element) -> str:
        """Append preformatted text as the blocks, lines and columns that blanks make of it."""
        block: Element | None = None
        for line in raw.splitlines()[:_MOST_LINES]:
            if not line.strip():
                if block is not None:
                    self._close(block)
                block, separator = None, "\n"
                continue
            if block is None:
                block = self._made("section", {}, parent)
            indent = min(len(line) - len(line.lstrip()), _DEEPEST_INDENT)
            row = self._made("p", {"class": "indent-" + "x" * indent}, block)
            for column in re.split(r"\s{3,}|\t", line.strip()):
                cell = self._made("span", {}, row)
                self._add_text(column, separator, cell)
                self._close(cell)
                separator = ""
            self._close(row)
            separator = "\n"
        if block is not None:
            self._close(block)
        return "\n"

    def _made(self, tag: str, attributes: dict[str, str], parent: Element) -> Element:
        element = Element(len(self.elements), tag, attributes, parent)
        self.elements.append(element)
        return element

    def _close(self, element: Element) -> None:
        if element.start < 0:
            element.start = self._length
        element.end, element.last = self._length, len(self.elements) - 1

    def run_at(self, offset: int) -> Run | None:
        """The text node that holds an offset."""
        at = bisect_right(self._run_starts, offset) - 1
        return self.runs[at] if at >= 0 and offset < self.runs[at].end else None

    def runs_between(self, start: int, end: int) -> list[Run]:
        """The text nodes that begin in a span."""
        return self.runs[bisect_left(self._run_starts, start) : bisect_left(self._run_starts, end)]

    def element_of(self, start: int, end: int) -> Element | None:
        """The deepest element that holds a whole span of text."""
        run = self.run_at(start)
        if run is None:
            return None
        return next((element for element in run.element.ancestors() if element.holds(start, end)), None)

    def line(self, start: int, end: int) -> tuple[int, int]:
        """The span of the line (text between blocks and breaks) around a span."""
        at = bisect_right(self._line_starts, start) - 1
        beyond = bisect_left(self._line_starts, end + 1)
        return self._line_starts[at], self._line_starts[beyond] - 1 if beyond < len(self._line_starts) else len(
            self.text
        )

    def folded(self, start: int, end: int) -> str:
        """A span of the text with its white space folded, as a reader of the page sees it."""
        return " ".join(self.text[start:end].split())


def _stronger(first: str, second: str) -> str:
    return max(first, second, key=("", " ", "\n").index)


def _metadata(parser: LexborHTMLParser) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in parser.css("meta[property], meta[name]")[:200]:
        name = node.attributes.get("property") or node.attributes.get("name") or ""
        content = node.attributes.get("content") or ""
        if name and content:
            found.setdefault(name.casefold(), " ".join(content.split())[:300])
    return found
