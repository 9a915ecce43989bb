"""Tell what a visitor can come to see from what a page keeps hidden: only the first may carry a showing.

Panels of other days are hidden as well until someone presses their tab. What separates them from text that nobody is
ever shown: something on the page opens them (a link, button or tab that names them), or they are panels by role, by
class or by a day of their own, or exactly one of several alike is shown.
"""

import re
from collections.abc import Iterable, Sequence

from cinestreamd.agent.readers.dates import DateReading
from cinestreamd.agent.readers.document import Document
from cinestreamd.agent.readers.elements import Element
from cinestreamd.agent.readers.miner.day_attributes import day_in_attributes
from cinestreamd.agent.readers.miner.time_nodes import TimeNode

_STYLE_HIDES = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?![.\d])|clip\s*:\s*rect\(\s*0"
    r"|(?:left|top|right|text-indent|margin-left)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_DISPLAY = re.compile(r"display\s*:\s*(none\b)?", re.IGNORECASE)
_RULE = re.compile(r"([^{}]{1,400})\{([^{}]{0,2000})\}")
_CLASS = re.compile(r"\.([A-Za-z_][\w-]{0,60})")
_ONE_CLASS = re.compile(r"\s*[a-z]{0,10}\.([A-Za-z_][\w-]{0,60})\s*")
_MOST_STYLE = 200_000
_HIDDEN_CLASSES = frozenset([
    "hidden", "d-none", "is-hidden", "hide", "sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text",
    "u-visually-hidden", "element-invisible", "a11y-hidden",
])  # fmt: skip
# The same element is shown on screens of some width: "hidden md:block", "d-none d-lg-flex".
_SHOWN_AT_WIDTH = re.compile(r"(?:sm|md|lg|xl|xxl|2xl):\S|d-(?:sm|md|lg|xl|xxl)-\S|visible-\S", re.IGNORECASE)
_PANEL_CLASSES = re.compile(
    r"(?:^|[-_\s])(?:tab|tabs|pane|panel|panels|tabpanel|tabcontent|accordion|collapse|slide|swiper|carousel|day|days|dag|"
    r"tag|jour|dia|den|dzien)(?:$|[-_\s\d])",
    re.IGNORECASE,
)
_PRESSED = frozenset(["a", "button", "li", "label", "option", "input", "summary"])
_ID = re.compile(r"[\w.:-]{1,80}")
_WHOLE_PAGE = frozenset(["html", "body", "main"])


def without_hidden(document: Document, nodes: Sequence[TimeNode], reading: DateReading) -> list[TimeNode]:
    """The times that a visitor can come to see."""
    hidden_classes = _hidden_by_style(document.styles)
    hidden = {
        element.index: element
        for element in document.elements
        if element.tag not in _WHOLE_PAGE and _is_hidden(element, hidden_classes)
    }
    if not hidden:
        return list(nodes)
    by_root: dict[int, list[TimeNode]] = {}
    shown: list[TimeNode] = []
    for node in nodes:
        roots = [element.index for element in node.chain if element.index in hidden]
        for root in roots:
            by_root.setdefault(root, []).append(node)
        if not roots:
            shown.append(node)
    if not by_root:
        return list(nodes)
    called = _called(document, hidden)
    closed = {
        root
        for root in by_root
        if not _may_be_opened(hidden[root], called, reading) and not _is_turn(hidden, root, shown)
    }
    return [node for node in nodes if not any(element.index in closed for element in node.chain)]


def _is_hidden(element: Element, hidden_classes: frozenset[str]) -> bool:
    attributes = element.attributes
    if "hidden" in attributes and attributes["hidden"] != "until-found":
        return True
    if _STYLE_HIDES.search(attributes.get("style", "")):
        return True
    names = attributes.get("class", "")
    if not names:
        return False
    hiding = any(name in _HIDDEN_CLASSES or name in hidden_classes for name in names.split())
    return hiding and _SHOWN_AT_WIDTH.search(names) is None


def _hidden_by_style(styles: str) -> frozenset[str]:
    """The classes that the page's own style sheet hides and no rule of it shows again."""
    if "none" not in styles:
        return frozenset()
    hidden: set[str] = set()
    shown: set[str] = set()
    for selectors, body in _RULE.findall(styles[:_MOST_STYLE]):
        display = _DISPLAY.search(body)
        if display is None:
            continue
        for selector in selectors.rpartition("}")[2].split(","):
            alone = _ONE_CLASS.fullmatch(selector)
            if display[1] and alone:
                hidden.add(alone[1])
            elif not display[1]:
                shown.update(_CLASS.findall(selector))
    return frozenset(hidden - shown)


def _called(document: Document, hidden: dict[int, Element]) -> frozenset[str]:
    """What the page's visible links, buttons and tabs name: ids to jump to, panels to open."""
    found: set[str] = set()
    for element in document.elements:
        role = element.attributes.get("role")
        if element.tag not in _PRESSED and role not in ("tab", "button") and "onclick" not in element.attributes:
            continue
        if any(above.index in hidden for above in element.ancestors()):
            continue
        for name, value in element.attributes.items():
            if name == "href":
                found.update([value[1:]] if value.startswith("#") and len(value) > 1 else [])
            elif name == "onclick":
                found.update(_ID.findall(value))
            elif name == "value" and element.tag == "option":
                found.add(value.lstrip("#"))
            elif name in ("aria-controls", "for") or name.startswith(("data-", "x-", "@", "v-")):
                found.update(value.replace("#", " ").split()[:4])
    return frozenset(found)


def _may_be_opened(element: Element, called: frozenset[str], reading: DateReading) -> bool:
    for one in element.lineage(2):
        attributes = one.attributes
        names = [attributes.get("id", ""), attributes.get("aria-labelledby", "")]
        names += [value for name, value in attributes.items() if name.startswith("data-")]
        if any(name and name in called for name in names):
            return True
    if element.attributes.get("role") == "tabpanel" or _PANEL_CLASSES.search(element.attributes.get("class", "")):
        return True
    return day_in_attributes(element, reading) is not None


def _is_turn(hidden: dict[int, Element], root: int, shown: Iterable[TimeNode]) -> bool:
    """Whether exactly one element alike beside a hidden one is shown, with times: they take turns."""
    element = hidden[root]
    if element.parent is None:
        return False
    alike = {
        one.index
        for node in shown
        for one in node.chain
        if one.parent is element.parent and one.signature == element.signature
    }
    return len(alike) == 1
