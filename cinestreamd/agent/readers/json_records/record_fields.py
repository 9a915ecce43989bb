"""What the fields of one record say of a showing beside its start and title: room, link, availability, length, year."""

from typing import Any
from urllib.parse import urljoin

from cinestreamd.agent.readers.json_records.keys import ROOM, key_words
from cinestreamd.store.base import Availability


def texts_of(item: dict[str, Any]) -> list[tuple[str, str]]:
    """An object's short texts with their keys: of its own fields and of the names of what they hold."""
    found: list[tuple[str, str]] = []
    for key, value in item.items():
        values = value if isinstance(value, list) else [value]
        for one in values[:12]:
            text = one.get("name") or one.get("title") if isinstance(one, dict) else one
            if isinstance(text, str) and len(text) <= 60 and not text.startswith(("http", "/")):
                found.append((key, text))
    return found[:40]


def room_of(item: dict[str, Any]) -> str | None:
    """The room that an object names."""
    for key, value in item.items():
        words = key_words(key)
        if words and words[0] in ROOM and not {"id", "code", "type"} & set(words):
            text = value.get("name") or value.get("title") if isinstance(value, dict) else value
            if isinstance(text, str | int) and not isinstance(text, bool) and 0 < len(str(text)) <= 40:
                return str(text)
    return None


_LINK_WORDS = frozenset(["link", "url", "href", "permalink"])


_BOOKING_WORDS = frozenset(
    ["booking", "ticket", "tickets", "book", "buy", "order", "purchase", "reservation", "sale", "checkout"]
)


def link_of(item: dict[str, Any], base: str) -> str | None:
    """The address that an object gives for booking, made absolute."""
    best: tuple[int, str] | None = None
    for key, value in item.items():
        if not isinstance(value, str) or not (
            value.startswith(("http://", "https://")) or (value[:1] == "/" and len(value) > 1)
        ):
            continue
        words = set(key_words(key))
        score = 2 * bool(words & _BOOKING_WORDS) + bool(words & _LINK_WORDS)
        if score and not words & {"poster", "image", "trailer", "video", "img"} and (best is None or score > best[0]):
            best = (score, value)
    return urljoin(base, best[1]) if best else None


def availability_of(item: dict[str, Any]) -> Availability:
    """Whether an object says that it is sold out or cancelled."""
    for key, value in item.items():
        joined = "".join(key_words(key))
        if value is True and joined in ("soldout", "issoldout"):
            return "sold_out"
        if value is True and joined in ("cancelled", "canceled", "iscancelled", "iscanceled"):
            return "cancelled"
        if isinstance(value, str) and joined in ("status", "availability", "state"):
            word = "".join(key_words(value))
            if word in ("soldout", "cancelled", "canceled"):
                return "sold_out" if word == "soldout" else "cancelled"
    return "available"


def whole_number_of(item: dict[str, Any], names: tuple[str, ...]) -> int | None:
    """The whole number from 1 to 600 in a field of one of those names."""
    for key, value in item.items():
        if "".join(key_words(key)) in names and str(value).isdecimal() and 1 <= int(value) <= 600:
            return int(value)
    return None


def year_of(item: dict[str, Any]) -> int | None:
    """The year of a film that an object names."""
    for key, value in item.items():
        if (
            "".join(key_words(key)) in ("year", "releaseyear", "productionyear")
            and str(value).isdecimal()
            and 1890 <= int(value) <= 2100
        ):
            return int(value)
    return None
