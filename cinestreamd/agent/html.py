"""HTML as parsed for reading: bounded, so that no page can make the parser itself slow.

The HTML standard lets nested elements, misnested formatting elements and long attribute lists cost quadratic time and
memory. Pages that go far beyond what cinemas write are simplified before they are parsed.
"""

import re
from functools import lru_cache
from itertools import islice
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from cinestreamd.agent.model import Page

DEEPEST: Final = 400
# Pages with fewer tags than this cannot be slow, whatever they hold.
FEW_TAGS: Final = 3_000
MOST_ATTRIBUTES: Final = 100
MOST_OPEN_OPTIONS: Final = 2_000
MOST_UNCLOSED_FORMATTING: Final = 12
# More than twice what the longest page seen has; of what comes after so many tags, text and scripts are kept.
MOST_TAGS: Final = 25_000

_VOID: Final = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr")
)
_FORMATTING: Final = frozenset(
    ("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u")
)
_CLOSES_ITS_LIKE: Final = frozenset(("a", "nobr"))
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
_RAW: Final = frozenset(("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"))
_REST: Final = r"(?:[^>=]|=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"'][^\s>]*+)?+)*+"
# One scan over comments, raw elements whole, and tags; what is never closed reaches to the end of the text.
_MARKUP: Final = re.compile(
    rf"<!--.*?(?:-->|\Z)|<(?P<raw>{'|'.join(_RAW)})(?=[\s/>])(?P<attributes>{_REST})(?:>.*?(?:(?=</(?P=raw))|\Z)|\Z)"
    rf"|<(?P<slash>/?)(?P<name>[a-z][^\s/>]{{0,40}}){_REST}(?P<closed>>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
# The same for a page's far end, of which text and scripts are kept.
_TAGS_OF_REST: Final = re.compile(
    r"(<script\b.*?(?:</script\s*>|\Z))|<!--.*?(?:-->|\Z)"
    rf"|<(style|textarea|title|xmp|iframe|noembed|noframes)\b.*?(?:</\2\s*>|\Z)|</?[a-z]{_REST}(?:>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_OPTION: Final = re.compile(r"</?option\b[^<>]{0,2000}>", re.IGNORECASE)
# Where a word may be broken is nothing that is read; the text on both sides is one.
_MAY_BREAK: Final = re.compile(r"<wbr\b[^<>]{0,200}>", re.IGNORECASE)
_LONG_TAG: Final = re.compile(r"<[a-zA-Z][^>]{8000}")
_QUOTED: Final = re.compile(r"\"[^\"]*+\"|'[^']*+'")
_SHOW_NO_TEXT: Final = [
    "script", "style", "template", "head", "svg", "math", "iframe", "object", "canvas", "video", "audio", "select",
]  # fmt: skip
_LANG: Final = re.compile(r"""<html\b[^>]{0,500}?\slang\s*=\s*["']?([a-zA-Z]{2,3})\b""", re.IGNORECASE)


def parse_html(text: str) -> LexborHTMLParser:
    """Parse a page's source; one built to exhaust the parser loses the excess of its nesting, not its text."""
    return LexborHTMLParser(_harmless(text))


@lru_cache(maxsize=2)
def _harmless(text: str) -> str:
    """What may be given to the parser; each reader of a page asks for it."""
    text = _MAY_BREAK.sub("", text)
    few = text.count("<") < FEW_TAGS and _LONG_TAG.search(text) is None
    return text if few else _simplified(_with_few_options(text))


def _with_few_options(text: str) -> str:
    """Without the options beyond ``MOST_OPEN_OPTIONS``: the parser's time for those of one list is quadratic."""
    beyond = next(islice(_OPTION.finditer(text), 2 * MOST_OPEN_OPTIONS, None), None)
    return text if beyond is None else text[: beyond.start()] + _OPTION.sub("", text[beyond.start() :])


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
        # How deep each formatting element was opened that is not closed yet: it outlives the blocks around it.
        self._active: dict[str, list[int]] = {name: [] for name in formatting}
        self._stack: list[str] = []
        self._places: dict[str, list[int]] = {}
        self._special: list[int] = []
        self._barriers: list[int] = []
        self._optional = 0

    def enter(self, name: str) -> bool:
        """Whether one more element of that name may be opened."""
        if name in _OPTIONAL:
            self._optional = 0 if name in {"tr", "li", "p"} else self._optional + 1
            return self._optional <= MOST_OPEN_OPTIONS
        place = len(self._stack)
        if name in self._formatting:
            self._enter_formatting(name, place)
            return True
        if place >= DEEPEST:
            return False
        self._stack.append(name)
        self._places.setdefault(name, []).append(place)
        if name in _SPECIAL:
            self._special.append(place)
        if name in _BARRIERS:
            self._barriers.append(place)
        return True

    def leave(self, name: str) -> bool:
        """Whether the end tag closes something; a parser ignores it when a barrier stands between."""
        if name in _OPTIONAL:
            self._optional = 0
            return True
        if name in self._formatting:
            return self._leave_formatting(name)
        places = self._places.get(name)
        if not places or (self._barriers and self._barriers[-1] > places[-1]):
            return False
        if name not in _SPECIAL and self._special and self._special[-1] > places[-1]:
            return False
        self._pop_to(places[-1])
        return True

    def _enter_formatting(self, name: str, place: int) -> None:
        active = self._active[name]
        if name in _CLOSES_ITS_LIKE and active and active[-1] >= place:
            active[-1] = place
            return
        active.append(place)
        self.unclosed_formatting += 1

    def _leave_formatting(self, name: str) -> bool:
        active = self._active[name]
        if not active or (self._barriers and self._barriers[-1] >= active[-1]):
            return False
        if active.pop() >= len(self._stack):
            # What is closed around a block that is still open haunts the rest of the page.
            self.unclosed_formatting -= 1
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
    done = tags = 0
    for found in _MARKUP.finditer(text):
        tags += 1
        if tags > MOST_TAGS:
            kept += [text[done : found.start()], _TAGS_OF_REST.sub(r"\1 ", text[found.start() :])]
            return "".join(kept)
        wanted = _wanted(found, nesting, renamed)
        if nesting.unclosed_formatting > MOST_UNCLOSED_FORMATTING:
            # Links are worth more than bold type: they go last.
            return _simplified(text, _FORMATTING if renamed else _FORMATTING - {"a"})
        if wanted is None:
            continue
        kept += [text[done : found.start()], wanted]
        done = found.end()
    kept.append(text[done:])
    return "".join(kept)


def _wanted(found: re.Match[str], nesting: _Nesting, renamed: frozenset[str]) -> str | None:
    """What a comment, raw element or tag is replaced by; None where it stays."""
    if found["name"] is None:
        return _wanted_raw(found)
    name, slash = found["name"].lower(), found["slash"]
    # The end tag of a raw element is found as a tag of its own.
    allowed = name in _VOID or name in _RAW or (nesting.leave(name) if slash else nesting.enter(name))
    if not allowed or not found["closed"]:
        return ""
    if _crowded(found[0]):
        return f"<{slash}{name}>"
    return f"<{slash}span{found[0][found.end('name') - found.start() :]}" if name in renamed else None


def _wanted_raw(found: re.Match[str]) -> str | None:
    """The same for a comment or a raw element with its text."""
    if found["raw"] is None:
        return ""
    if not _crowded(found["attributes"]):
        return None
    return f"<{found['raw']}>{found[0][found.end('attributes') - found.start() + 1 :]}"


def _crowded(tag: str) -> bool:
    """Whether a tag has more attributes than a parser takes in linear time."""
    return len(tag) > 2 * MOST_ATTRIBUTES and len(_QUOTED.sub("", tag).split()) > MOST_ATTRIBUTES
