"""Read showings out of XML feeds: the tree becomes objects and lists, read as any JSON is."""

from typing import Any
from xml.parsers import expat

from cinestreamd.agent.model import Page, ReadContext, Reading
from cinestreamd.agent.readers.json_records.reader import records_confidence, records_in

MAX_SOURCE = 4_000_000
MAX_DEPTH = 100
MAX_ELEMENTS = 100_000


class FeedRefusedError(ValueError):
    """The feed declares entities or is too deep or too large: it is not read further."""


class _Builder:
    """Turns expat's events into objects: attributes and children by name, repeated children as a list."""

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self._stack: list[tuple[str, dict[str, Any], list[str]]] = [("", self.root, [])]
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS or len(self._stack) > MAX_DEPTH:
            raise FeedRefusedError
        self._stack.append((name.rsplit(":", 1)[-1], dict(attributes), []))

    def text(self, data: str) -> None:
        self._stack[-1][2].append(data)

    def end(self, _: str) -> None:
        name, item, pieces = self._stack.pop()
        text = "".join(pieces).strip()
        value: Any = item or text
        if item and text:
            item["#text"] = text
        parent = self._stack[-1][1]
        known = parent.get(name)
        if known is None:
            parent[name] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            parent[name] = [known, value]


def _refuse_entity(*_: object) -> None:
    raise FeedRefusedError


def read_xml_records(page: Page, context: ReadContext) -> Reading | None:
    """The showings of a page that is an XML feed as a whole; None where it is not or holds none."""
    text = page.text.lstrip("\ufeff \t\r\n")
    if not text.startswith("<") or text[:300].casefold().find("<html") >= 0 or len(text) > MAX_SOURCE:
        return None
    if not text.startswith("<?xml") and "xml" not in page.content_type:
        return None
    builder = _Builder()
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.end
    parser.CharacterDataHandler, parser.EntityDeclHandler = builder.text, _refuse_entity
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except (expat.ExpatError, FeedRefusedError, ValueError):
        return None
    candidates = records_in(_lists(builder.root), page, context, source=page.text)
    if not candidates:
        return None
    return Reading(reader="xml_records", candidates=candidates, confidence=records_confidence(candidates))


def _lists(root: dict[str, Any]) -> dict[str, Any]:
    """One child or many of a name make no difference to what it is: where any sibling has a list, all have."""
    listed: set[str] = set()
    stack: list[Any] = [root]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            listed.update(name for name, child in value.items() if isinstance(child, list))
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
    stack = [root]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            for name, child in value.items():
                if name in listed and isinstance(child, dict):
                    value[name] = [child]
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
    return root
