"""A page as the miner sees it: its visible text in one string, and elements as spans of that string.

Text nodes are folded and joined: a line break where a block or ``<br>`` stands between them, a blank where white space
does, and ``SEAM`` where two inline elements touch ("10:45" and "14:50" in two spans are not one number).
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

SEAM = "\x1f"
MAX_ELEMENTS = 12_000
MAX_TEXT = 300_000

_SKIPPED = frozenset(
    ["script", "style", "template", "svg", "head", "iframe", "object", "canvas", "video", "audio", "math"]
)
_INLINE = frozenset([
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd",
    "label", "mark", "q", "s", "small", "span", "strong", "strike", "sub", "sup", "time", "tt", "u", "var", "wbr",
    "nobr", "button", "img",
])  # fmt: skip
_STATE = frozenset([
    "active", "current", "selected", "past", "disabled", "inactive", "soldout", "first", "last", "odd", "even",
    "hidden", "show", "in", "open", "collapsed", "collapse", "visible", "today", "available", "unavailable", "few",
    "hot", "next", "on", "off",
])  # fmt: skip
_CLASS_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")


class Element:
    """One element: its place in the tree, and the span of the document's text that it holds."""

    __slots__ = (
        "attributes",
        "children",
        "column",
        "covering",
        "depth",
        "end",
        "index",
        "last",
        "parent",
        "position",
        "signature",
        "start",
        "tag",
    )

    def __init__(self, index: int, tag: str, attributes: dict[str, str], parent: "Element | None") -> None:
        self.index = index
        self.tag = tag
        self.attributes = attributes
        self.parent = parent
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.start = self.end = -1
        self.last = index
        self.column: int | None = None
        self.covering: list[Element] = []
        self.position = self.children = 0
        if parent is not None:
            self.position = parent.children
            parent.children += 1
        self.signature = tag

    def ancestors(self) -> Iterator["Element"]:
        """This element, then its parent, up to the root."""
        at: Element | None = self
        while at is not None:
            yield at
            at = at.parent

    def holds(self, start: int, end: int) -> bool:
        """Whether a span of the text lies in this element."""
        return self.start <= start and end <= self.end

    def class_words(self) -> frozenset[str]:
        """The words of class and id: ``filmTitle film-title`` → film, title."""
        return class_words(self.attributes.get("class", "") + " " + self.attributes.get("id", ""))


def class_words(names: str) -> frozenset[str]:
    """The lower-case words that class names are made of."""
    return frozenset(word.casefold() for word in _CLASS_WORD.findall(names[:300]))


def _signature(tag: str, attributes: dict[str, str], numbered: frozenset[str]) -> str:
    """Tag and first lasting class: states and running numbers left out, so that all cards of a kind look alike."""
    for name in attributes.get("class", "").split()[:6]:
        if name not in numbered and not set(class_words(name)) & _STATE:
            return f"{tag}.{name}"
    return tag


_DIGITS = re.compile(r"\d+")
_MOST_VARIANTS = 3
_LONGEST_CLASS = 30
_MOST_COLUMNS = 100
_MOST_STYLE_SHEETS = 20
_MOST_LINES, _DEEPEST_INDENT = 2_000, 12
# Cells taken by others that span rows: beyond so many on one page, spans are no longer followed.
_MOST_SPANNED = 20_000


def _numbered_classes(elements: list["Element"]) -> frozenset[str]:
    """Class names that carry a running number or an id (film-123), told from hashed ones by their many like."""
    variants: dict[str, set[str]] = {}
    uses: Counter[str] = Counter()
    for element in elements:
        for name in element.attributes.get("class", "").split()[:6]:
            if not name.islower() or any(letter.isdecimal() for letter in name):
                variants.setdefault(_DIGITS.sub("", name), set()).add(name)
                uses[name] += 1
    return frozenset(
        name
        for names in variants.values()
        for name in names
        if len(names) > _MOST_VARIANTS or uses[name] < 2 or len(name) > _LONGEST_CLASS
    )


class Run:
    """One text node: ``text[start:end]`` of the document, directly in ``element``."""

    __slots__ = ("element", "end", "start")

    def __init__(self, start: int, end: int, element: Element) -> None:
        self.start, self.end, self.element = start, end, element


class Document:
    """The visible text of a page and its elements in document order."""

    def __init__(self, parser: LexborHTMLParser) -> None:
        self.elements: list[Element] = []
        self.runs: list[Run] = []
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
        numbered = _numbered_classes(self.elements)
        for element in self.elements:
            element.signature = _signature(element.tag, element.attributes, numbered)
        self._line_starts = [0, *(found.end() for found in re.finditer("\n", self.text))]
        self._run_starts = [run.start for run in self.runs]
        _number_columns(self.elements)

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
        for closed in open_elements:
            self._close(closed)

    def _open(self, node: LexborNode, tag: str, parent: Element | None) -> Element:
        attributes = {name: (value or "")[:2_000] for name, value in node.attributes.items()}
        element = Element(len(self.elements), tag, attributes, parent)
        self.elements.append(element)
        return element

    def _add_text(self, raw: str, separator: str, parent: Element | None) -> str:
        """Append a text node; returns what separates it from the next."""
        if parent is not None and "\n" in raw.strip() and any(above.tag == "pre" for above in parent.ancestors()):
            return self._add_lines(raw, separator, parent)
        folded = " ".join(raw.split())
        if not folded:
            return _stronger(separator, " " if raw else "")
        if parent is None or parent.tag in ("option", "select"):
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


def _number_columns(elements: list[Element]) -> None:
    """Give table cells the number of their column, and rows the cells that reach into them from rows above."""
    reaching_by_table: dict[int, dict[int, tuple[int, Element]]] = {}
    taken_by_row: dict[int, set[int]] = {}
    spanned = 0
    for cell in elements:
        row = cell.parent
        if cell.tag not in ("td", "th") or row is None:
            continue
        table = next((above.index for above in row.ancestors() if above.tag == "table"), -1)
        reaching = reaching_by_table.setdefault(table, {})
        if row.index not in taken_by_row:
            taken_by_row[row.index] = set(reaching)
            row.covering = list({above.index: above for _, above in reaching.values()}.values())
            reaching = {column: (left - 1, above) for column, (left, above) in reaching.items() if left > 1}
            reaching_by_table[table] = reaching
        taken = taken_by_row[row.index]
        column = 0
        while column in taken and column <= _MOST_COLUMNS:
            column += 1
        if column > _MOST_COLUMNS:
            continue
        cell.column = column
        columns = range(column, column + _span(cell, "colspan"))
        taken.update(columns)
        height = _span(cell, "rowspan")
        spanned += len(columns) * height
        if height > 1 and spanned <= _MOST_SPANNED:
            reaching.update(dict.fromkeys(columns, (height - 1, cell)))


def _span(element: Element, name: str) -> int:
    value = element.attributes.get(name, "1")
    return min(60, int(value)) if value.isdecimal() and int(value) >= 1 else 1
