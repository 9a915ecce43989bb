"""Parse HTML within bounds: what would cost a parser more than linear time is refused before it is parsed."""

import re
from itertools import islice

from selectolax.lexbor import LexborHTMLParser

MAX_SOURCE = 4_000_000
MAX_TAGS = 120_000
MAX_DEPTH = 400
MAX_ATTRIBUTES = 400
# Tags of options, opening and closing.
MAX_OPTIONS = 4_000

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]{0,30})")
_RAW_TEXT = re.compile(
    r"<(script|style|textarea|title|noscript|template)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL
)
_OPTION = re.compile(r"</?opt(?:ion|group)\b[^>]{0,2000}>", re.IGNORECASE)
_LONG_TAG = re.compile(r"<[a-zA-Z][^>]{4000}")
_NEVER_NEST = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "dd",
        "dt",
        "embed",
        "hr",
        "img",
        "input",
        "li",
        "link",
        "meta",
        "option",
        "p",
        "param",
        "source",
        "path",
        "td",
        "th",
        "tr",
        "tbody",
        "thead",
        "track",
        "wbr",
        "use",
        "circle",
        "rect",
        "line",
        "polygon",
    ]
)


def is_bounded(source: str) -> bool:
    """Whether a parser will take this source in linear time: depth, tags and attributes of one tag have limits.

    Deep nesting made the parser quadratic (a megabyte of open tags: over a minute), and so did a tag with ten thousand
    attributes. The scan here is one pass with linear expressions.
    """
    if len(source) > MAX_SOURCE or source.count("<") > 3 * MAX_TAGS:
        return False
    depth = tags = 0
    for found in _TAG.finditer(_without_raw_text(source)):
        tags += 1
        name = found[2].lower()
        if name in _NEVER_NEST:
            continue
        depth = max(0, depth - 1) if found[1] else depth + 1
        if depth > MAX_DEPTH or tags > MAX_TAGS:
            return False
    for found in _LONG_TAG.finditer(source):
        end = source.find(">", found.start())
        if source.count("=", found.start(), end if end >= 0 else len(source)) > MAX_ATTRIBUTES * 20:
            return False
        if len(source[found.start() : end if end >= 0 else len(source)].split()) > MAX_ATTRIBUTES * 20:
            return False
    return True


def _without_raw_text(source: str) -> str:
    """The source without scripts, styles and comments, whose "<" open no element."""
    if source.count("<!--") > 20_000 or source.lower().count("<script") > 5_000:
        return source
    return _RAW_TEXT.sub(" ", source)


def parse_markup(source: str) -> LexborHTMLParser | None:
    """The parsed document, or None where parsing it would cost too much."""
    return LexborHTMLParser(_with_few_options(source)) if is_bounded(source) else None


def _with_few_options(source: str) -> str:
    """The source without the options beyond ``MAX_OPTIONS``: the parser's time for the options of a list is quadratic.

    No showing stands in an option; at most the day that is chosen does, and a list of days is short.
    """
    tags = list(islice(_OPTION.finditer(source), MAX_OPTIONS, None))
    if not tags:
        return source
    kept, at = [], 0
    for tag in tags:
        kept.append(source[at : tag.start()])
        at = tag.end()
    return "".join((*kept, source[at:]))
