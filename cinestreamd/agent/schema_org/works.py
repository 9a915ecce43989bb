"""What a film's node says of the film."""

import html
import re
from typing import Any, Final
from urllib.parse import urljoin

from cinestreamd.agent.schema_org.graph import as_list

_YEAR_KEYS: Final = ("dateCreated", "copyrightYear", "datePublished")
_YEAR: Final = re.compile(r"(?<!\d)(18[89]\d|19\d\d|20\d\d)(?!\d)")
_DURATION: Final = re.compile(r"P(?:\d+Y)?(?:\d+M)?(?:(\d+)D)?T(?:(\d+)H)?(?:(\d+)M)?(?:[\d.]+S)?", re.IGNORECASE)
_MINUTES: Final = re.compile(r"(?<!\d)(\d{1,3})\s*(?:min|хв|мин|m\b|$)", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^<>]{0,200}>")


def text_of(value: Any) -> str | None:
    """The text of a property: itself, the first of a list, ``@value`` or ``name`` of an object; markup undone."""
    for item in as_list(value)[:20]:
        found = item
        if isinstance(item, dict):
            found = item.get("@value") or item.get("name")
            found = found[0] if isinstance(found, list) and found else found
        if isinstance(found, str) and found.strip():
            return " ".join(_TAG.sub(" ", html.unescape(found)).split()) or None
    return None


def year_of(film: dict[str, Any]) -> int | None:
    """The film's year: of its making before that of its publication, which may be a local one."""
    for key in _YEAR_KEYS:
        match = _YEAR.search(text_of(film.get(key)) or str(film.get(key) or ""))
        if match:
            return int(match[1])
    return None


def minutes_of(*nodes: dict[str, Any] | None) -> int | None:
    """The first running time that ``nodes`` give: ISO 8601 ("PT2H46M") or a number of minutes."""
    for node in nodes:
        text = (text_of(node.get("duration")) or "") if node else ""
        iso = _DURATION.fullmatch(text.strip())
        if iso and any(iso.groups()):
            days, hours, minutes = (int(part or 0) for part in iso.groups())
            return days * 1440 + hours * 60 + minutes or None
        plain = _MINUTES.search(text)
        if plain and int(plain[1]) > 0:
            return int(plain[1])
    return None


def image_of(base: str, *nodes: dict[str, Any] | None) -> str | None:
    """The first image that ``nodes`` give, as an absolute http(s) address."""
    for node in nodes:
        for item in as_list(node.get("image") or node.get("thumbnailUrl"))[:5] if node else []:
            found = (item.get("url") or item.get("contentUrl") or item.get("@id")) if isinstance(item, dict) else item
            found = found[0] if isinstance(found, list) and found else found
            if isinstance(found, str) and (address := absolute(base, found)):
                return address
    return None


def absolute(base: str, address: str) -> str | None:
    """``address`` as absolute http(s), None when it is none."""
    try:
        joined = urljoin(base, address.strip())
    except ValueError:
        return None
    return joined if joined.startswith(("http://", "https://")) and not re.search(r"\s", joined) else None
