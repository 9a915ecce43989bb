"""A day that a page names, and what the element is that names it."""

from datetime import date

from msgspec import Struct

from cinestreamd.agent.readers.elements import Element

HEADING_TAGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6", "th", "caption", "dt"])


class DayMark(Struct, frozen=True, eq=False):
    """A day named in the page's text, and the element that names it."""

    start: int
    end: int
    day: date
    element: Element
    kind: str
    in_range: bool = False


def structure_of(mark: DayMark) -> tuple[str, ...]:
    """The tags and classes of the element that names a day, and of the one around it."""
    return tuple(element.signature for element in mark.element.lineage(2))


def is_pressed(element: Element) -> bool:
    """Whether a day is something to press: a link, a button, an option; a heading that is a link is a heading."""
    return pressed_around(element) is not None


def pressed_around(element: Element) -> Element | None:
    """The link, button or option that a day stands in; what folds up what stands below is its heading."""
    pressed: Element | None = None
    for above in element.lineage(4):
        folds = "aria-expanded" in above.attributes and "aria-haspopup" not in above.attributes
        if above.tag in HEADING_TAGS or folds:
            return None
        if above.tag in ("button", "option", "label") or (above.tag == "a" and "href" in above.attributes):
            pressed = pressed or above
    return pressed


_CHOSEN = frozenset(["active", "selected", "current", "chosen", "checked", "aktiv", "activ"])


def is_chosen(element: Element) -> bool:
    """Whether class or state of an element say that it is the one chosen of several."""
    attributes = element.attributes
    return (
        bool(element.class_words() & _CHOSEN)
        or attributes.get("aria-selected") == "true"
        or attributes.get("aria-pressed") == "true"
        or attributes.get("aria-current") in ("true", "date", "page", "step")
    )
