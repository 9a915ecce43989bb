"""HTML as parsed for reading: bounded, so that no page can make the parser itself slow.

The HTML standard lets nested elements, misnested formatting elements and long attribute lists cost quadratic time and
memory. Pages that go far beyond what cinemas write are simplified before they are parsed.
"""

import re
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from cinestreamd.agent.model import Page

DEEPEST: Final = 400
# Pages with fewer tags than this cannot be slow, whatever they hold.
FEW_TAGS: Final = 3_000
MOST_ATTRIBUTES: Final = 100
MOST_OPEN_OPTIONS: Final = 2_000
MOST_UNCLOSED_FORMATTING: Final = 12

_VOID: Final = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr")
)
_FORMATTING: Final = frozenset(
    ("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u")
)
# Their end tags may be left out: a next one of the kind closes them.
_OPTIONAL: Final = frozenset({
    "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "optgroup", "colgroup", "caption",
    "html", "head", "body",
})  # fmt: skip
# No end tag of an element outside reaches through these.
_BARRIERS: Final = frozenset(("applet", "marquee", "math", "object", "svg", "table", "template"))
# Only the end tag of such an element closes others that are open within it.
_SPECIAL: Final = _BARRIERS | {
    "address", "article", "aside", "blockquote", "button", "center", "details", "dir", "div", "dl", "fieldset",
    "figcaption", "figure", "footer", "form", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup",
    "listing", "main", "menu", "nav", "ol", "pre", "search", "section", "select", "summary", "ul",
}  # fmt: skip
_RAW: Final = frozenset(("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "plaintext"))
_NAME: Final = re.compile(r"<(!--|/?[a-zA-Z][^\s/>]{0,40})")
_LONG_TAG: Final = re.compile(r"<[a-zA-Z][^>]{8000}")
_REST: Final = re.compile(r"(?:[^>=]|=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"'][^\s>]*+)?+)*+>")
_QUOTED: Final = re.compile(r"\"[^\"]*+\"|'[^']*+'")
_SHOW_NO_TEXT: Final = [
    "script", "style", "template", "head", "svg", "math", "iframe", "object", "canvas", "video", "audio", "select",
]  # fmt: skip
_LANG: Final = re.compile(r"""<html\b[^>]{0,500}?\slang\s*=\s*["']?([a-zA-Z]{2,3})\b""", re.IGNORECASE)


def parse_html(text: str) -> LexborHTMLParser:
    """Parse a page's source; one built to exhaust the parser loses the excess of its nesting, not its text."""
    harmless = text.count("<") < FEW_TAGS and _LONG_TAG.search(text) is None
    return LexborHTMLParser(text if harmless else _simplified(text))


def visible_text(page: Page) -> str:
    """The text of a page's nodes that show text, one space between them; of JSON and plain text, the source itself."""
    if "html" not in page.content_type and "xml" not in page.content_type:
        return page.text
    tree = parse_html(page.text)
    body = tree.body
    if body is None:
        return ""
    tree.strip_tags(_SHOW_NO_TEXT)
    return " ".join(body.text(separator=" ").split())


def page_language(page: Page) -> str | None:
    """The language that ``<html lang>`` declares, as a lower-case primary subtag ("uk"), or None."""
    match = _LANG.search(page.text, 0, 5000)
    return match[1].lower() if match else None


class _Nesting:
    """Follows which elements are open, as far as the cost of parsing depends on it (HTML standard, section 13.2.6)."""

    def __init__(self, formatting: frozenset[str]) -> None:
        self.unclosed_formatting = 0
        self._formatting = formatting
        self._stack: list[str] = []
        self._places: dict[str, list[int]] = {}
        self._special: list[int] = []
        self._barriers: list[int] = []
        self._optional = 0
        # The parser's time for the options of one list is quadratic, whether they are closed or not.
        self._options = 0

    def enter(self, name: str) -> bool:
        """Whether one more element of that name may be opened."""
        if name == "option":
            self._options += 1
            if self._options > MOST_OPEN_OPTIONS:
                return False
        if name in _OPTIONAL:
            self._optional = 0 if name in {"tr", "li", "p"} else self._optional + 1
            return self._optional <= MOST_OPEN_OPTIONS
        place = len(self._stack)
        if place >= DEEPEST:
            return False
        self._stack.append(name)
        self._places.setdefault(name, []).append(place)
        if name in _SPECIAL:
            self._special.append(place)
        if name in _BARRIERS:
            self._barriers.append(place)
        if name in self._formatting:
            self.unclosed_formatting += 1
        return True

    def leave(self, name: str) -> bool:
        """Whether the end tag closes something; a parser ignores it when a barrier stands between."""
        if name in _OPTIONAL:
            self._optional = 0
            return True
        places = self._places.get(name)
        if not places or (self._barriers and self._barriers[-1] > places[-1]):
            return False
        generic = name not in _SPECIAL and name not in self._formatting
        if generic and self._special and self._special[-1] > places[-1]:
            return False
        if name in self._formatting and places[-1] == len(self._stack) - 1:
            # Only formatting that is closed where it was opened is forgotten; any other haunts the rest of the page.
            self.unclosed_formatting -= 1
        self._pop_to(places[-1])
        return True

    def _pop_to(self, place: int) -> None:
        while len(self._stack) > place:
            self._places[self._stack.pop()].pop()
        for marks in (self._special, self._barriers):
            while marks and marks[-1] >= place:
                marks.pop()


def _simplified(text: str, renamed: frozenset[str] = frozenset()) -> str:
    """``text`` without the tags that would nest too deep, and with plain spans for hopelessly misnested formatting."""
    nesting = _Nesting(_FORMATTING - renamed)
    kept: list[str] = []
    place = 0
    while (tag := _NAME.search(text, place)) is not None:
        kept.append(text[place : tag.start()])
        end = _end_of(text, tag)
        if end < 0:
            place = len(text)
            break
        piece = text[tag.start() : end]
        place = end
        name = tag[1].lower()
        if name.startswith("!--"):
            continue
        closing, name = name.startswith("/"), name.lstrip("/")
        if name in _RAW and not closing:
            stop = _raw_end(text, end, name)
            kept += [piece, text[end:stop]]
            place = stop
            continue
        if nesting.unclosed_formatting > MOST_UNCLOSED_FORMATTING:
            # Links are worth more than bold type: they go last.
            return _simplified(text, _FORMATTING if renamed else _FORMATTING - {"a"})
        if name in _VOID or name in _RAW or (nesting.leave(name) if closing else nesting.enter(name)):
            kept.append(_plainer(piece, name, renamed))
    kept.append(text[place:])
    return "".join(kept)


def _end_of(text: str, tag: re.Match[str]) -> int:
    """Where the tag or comment that begins at ``tag`` ends, -1 when it never does."""
    if tag[1] == "!--":
        found = text.find("-->", tag.end())
        return found + 3 if found >= 0 else -1
    rest = _REST.match(text, tag.end())
    return rest.end() if rest else -1


def _raw_end(text: str, start: int, name: str) -> int:
    """Where the raw text of a script or the like ends."""
    if name == "plaintext":
        return len(text)
    match = re.compile(rf"</{name}", re.IGNORECASE).search(text, start)
    return match.start() if match else len(text)


def _plainer(tag: str, name: str, renamed: frozenset[str]) -> str:
    if len(tag) > 2 * MOST_ATTRIBUTES and len(_QUOTED.sub("", tag).split()) > MOST_ATTRIBUTES:
        return f"<{name}>"
    if name in renamed:
        return re.sub(rf"(?i)^(</?){name}", r"\1span", tag)
    return tag
