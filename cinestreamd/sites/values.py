"""What a value of a site's settings may look like, besides the names and addresses of ``cinestreamd.addresses``."""

import re
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cinestreamd.addresses import is_place, is_web_address

SITE_NAME: Final = re.compile(r"[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?")
CITY_ID: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?")
CLOCK: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
REVISION: Final = re.compile(r"[A-Za-z0-9](?!.*\.\.)[A-Za-z0-9._/-]{0,99}")
_TIMEZONE: Final = re.compile(r"[A-Za-z0-9_+-]{1,30}(?:/[A-Za-z0-9_+-]{1,30}){0,2}")
_TILES: Final = re.compile(r"https://(?:\{s\}\.)?([a-z0-9.-]+(?::[0-9]{1,5})?)(/[A-Za-z0-9_./?=&@%~+{}-]*)")


def is_city_id(text: str) -> bool:
    """Whether ``text`` has the form of a gazetteer id."""
    return CITY_ID.fullmatch(text) is not None


def is_tile_address(text: str) -> bool:
    """Whether ``text`` is an https address of map tiles, with ``{z}``, ``{x}`` and ``{y}`` once each in its path.

    The host may begin with ``{s}.``, which stands for one of several servers.
    """
    found = _TILES.fullmatch(text)
    if found is None or sorted(re.findall(r"\{.*?\}", found[2])) != ["{x}", "{y}", "{z}"]:
        return False
    return is_web_address(f"https://{found[1]}{re.sub(r'{[xyz]}', '0', found[2])}", most=300)


def is_theme_source(text: str) -> bool:
    """Whether ``text`` is where a theme may come from: an https address, or the whole path of a folder."""
    if text.startswith("https://"):
        return is_web_address(text, schemes=frozenset({"https"}), most=255) and is_place(text)
    return text.startswith("/") and is_place(text)


def is_timezone(text: str) -> bool:
    """Whether ``text`` is a timezone of the IANA database."""
    if not _TIMEZONE.fullmatch(text):
        return False
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
