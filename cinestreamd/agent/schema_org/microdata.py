"""Microdata (itemscope, itemprop) as the same nested values that JSON-LD gives (HTML standard, section 5)."""

from typing import Any, Final
from urllib.parse import urljoin

from selectolax.lexbor import LexborNode

from cinestreamd.agent.html import parse_html
from cinestreamd.agent.model import Page

MOST_NODES: Final = 20_000
MOST_STEPS: Final = 400_000
# The key under which an item keeps items that stand inside it without naming their relation.
CONTAINS: Final = "@contains"

_LINKED: Final = {"a": "href", "link": "href", "area": "href"}
_SOURCED: Final = dict.fromkeys(("img", "audio", "video", "embed", "iframe", "source", "track"), "src")


def microdata_values(page: Page) -> list[Any]:
    """The top-level items of the page as dicts with ``@type``; properties that repeat are lists."""
    if "itemscope" not in page.text or "itemprop" not in page.text:
        return []
    nodes = parse_html(page.text).css("[itemscope], [itemprop]")[:MOST_NODES]
    items: dict[int, dict[str, Any]] = {}
    top: list[Any] = []
    steps = MOST_STEPS
    for node in nodes:
        attributes = node.attributes
        item: dict[str, Any] | None = None
        if "itemscope" in attributes:
            item = {"@type": (attributes.get("itemtype") or "").split()}
            if attributes.get("itemid"):
                item["@id"] = attributes["itemid"]
            items[node.mem_id] = item
        owner, used = _owner(node, items)
        steps -= used
        if steps < 0:
            break
        names = (attributes.get("itemprop") or "").split()[:5]
        if owner is None:
            if item is not None:
                top.append(item)
            continue
        value: Any = item if item is not None else _value(node, attributes, page.url)
        if value == "0" and "price" in names:
            value = _shown(node) or value  # "free" in words: 0 alone may be a placeholder
        for name in names or ([CONTAINS] if item is not None else []):
            _put(owner, name, value)
    return top


def _owner(node: LexborNode, items: dict[int, dict[str, Any]]) -> tuple[dict[str, Any] | None, int]:
    """The item inside which a node stands, and how many steps up it was."""
    steps = 0
    parent = node.parent
    while parent is not None:
        steps += 1
        if parent.mem_id in items:
            return items[parent.mem_id], steps
        parent = parent.parent
    return None, steps


def _put(owner: dict[str, Any], name: str, value: Any) -> None:
    if name not in owner:
        owner[name] = value
    elif isinstance(owner[name], list):
        owner[name].append(value)
    else:
        owner[name] = [owner[name], value]


def _value(node: LexborNode, attributes: dict[str, str | None], base: str) -> str:
    tag = node.tag or ""
    given = attributes.get("content")
    if given is not None:
        return given
    if tag in _LINKED or tag in _SOURCED:
        return urljoin(base, attributes.get(_LINKED.get(tag) or _SOURCED[tag]) or "")
    for name in ("datetime", "value", "data"):
        if tag in {"time", "data", "meter", "object", "del", "ins"} and attributes.get(name):
            return attributes[name] or ""
    return _shown(node)


def _shown(node: LexborNode) -> str:
    return " ".join(node.text(separator=" ").split())[:1000]
