"""An element of a page as the miner sees it: its place in the tree, and what makes elements look alike."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import takewhile

_STATE = frozenset([
    "active", "current", "selected", "past", "disabled", "inactive", "soldout", "first", "last", "odd", "even",
    "hidden", "show", "in", "open", "collapsed", "collapse", "visible", "today", "available", "unavailable", "few",
    "hot", "next", "on", "off",
])  # fmt: skip
# Names that say where something stands or how it moves, not what it is: text-end, justify-content-end, md:items-end,
# card-footer, movie__footer, duration-300.
_LAYOUT = re.compile(
    r"(?:\b(?:text|float|justify(?:-content|-items|-self)?|align(?:-items|-content|-self)?|items|self|place|content|"
    r"order|flex|grid|col|row|border|rounded|inset|m[se]?|p[se]?|dropdown|offcanvas)(?:-(?:xs|sm|md|lg|x*l))?-(?:start|end)"
    r"|\b(?:card|panel|box|tile|item|film|movie|event|show|session|screening|performance|schedule|list|article|entry|modal|"
    r"content|media|product|teaser|slide)[-_]{0,2}footer|\bfilte?r-item"
    r"|\bduration-\[?\d+\w*\]?)(?![\w-])",
    re.IGNORECASE,
)
_MOST_WRAPPERS = 8
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
        "words",
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
        self.words: frozenset[str] | None = None

    def ancestors(self) -> Iterator["Element"]:
        """This element, then its parent, up to the root."""
        at: Element | None = self
        while at is not None:
            yield at
            at = at.parent

    def lineage(self, count: int) -> list["Element"]:
        """This element and those above it, ``count`` at most."""
        found: list[Element] = []
        at: Element | None = self
        while at is not None and len(found) < count:
            found.append(at)
            at = at.parent
        return found

    def wrappers(self, count: int) -> list["Element"]:
        """The ``count`` elements of the lineage, and those above that hold no other text: what templates wrap it in."""
        found = self.lineage(_MOST_WRAPPERS)
        alike = sum(1 for _ in takewhile(lambda one: (one.start, one.end) == (self.start, self.end), found))
        return found[: max(count, alike)]

    def holds(self, start: int, end: int) -> bool:
        """Whether a span of the text lies in this element."""
        return self.start <= start and end <= self.end

    def class_words(self) -> frozenset[str]:
        """The words of class and id: ``filmTitle film-title`` → film, title."""
        if self.words is None:
            names = self.attributes.get("class", "") + " " + self.attributes.get("id", "")
            self.words = class_words(names) if len(names) > 1 else frozenset()
        return self.words


def silence_wrappers(elements: list[Element]) -> None:
    """Let no part of a class's name speak of what wraps the whole page: a body's "footer-widgets-3" is of no footer.

    A name of one word does: "blog". A wrapper is whatever is around the page's main part, and what holds both its
    navigation and its heading.
    """
    navigation = {above.index for element in elements if element.tag == "nav" for above in element.ancestors()}
    for inner in elements:
        if inner.tag == "main" or inner.parent is None:
            wrappers = list(inner.ancestors())
        elif inner.tag == "h1":
            wrappers = [above for above in inner.ancestors() if above.index in navigation]
        else:
            continue
        for element in wrappers:
            element.words = frozenset(filter(str.isalpha, element.attributes.get("class", "").casefold().split()))


def class_words(names: str) -> frozenset[str]:
    """The lower-case words that class names are made of, but for those of layout alone."""
    return frozenset(word.casefold() for word in _CLASS_WORD.findall(_LAYOUT.sub("", names[:300])))


def signature_of(tag: str, attributes: dict[str, str], numbered: frozenset[str]) -> str:
    """Tag and first lasting class: states and running numbers left out, so that all cards of a kind look alike."""
    for name in attributes["class"].split()[:6] if attributes.get("class") else ():
        if name not in numbered and not set(class_words(name)) & _STATE:
            return f"{tag}.{name}"
    return tag


_DIGITS = re.compile(r"\d+")
_MOST_VARIANTS = 3
_LONGEST_CLASS = 30


def numbered_classes(elements: list["Element"]) -> frozenset[str]:
    """Class names that carry a running number or an id (film-123), told from hashed ones by their many like."""
    variants: dict[str, set[str]] = {}
    uses: Counter[str] = Counter()
    for element in elements:
        names = element.attributes.get("class", "") if element.attributes else ""
        for name in names.split()[:6]:
            if not name.islower() or any(letter.isdecimal() for letter in name):
                variants.setdefault(_DIGITS.sub("", name), set()).add(name)
                uses[name] += 1
    return frozenset(
        name
        for names in variants.values()
        for name in names
        if len(names) > _MOST_VARIANTS or uses[name] < 2 or len(name) > _LONGEST_CLASS
    )
