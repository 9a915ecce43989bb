"""What a value of a site's settings may look like. Every check is a full match on text that has no hidden part.

Values end up in configuration of other programs (nginx, systemd, certbot), so nothing here is "made safe" by escaping:
what could mean something there is refused.
"""

import re
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SITE_NAME: Final = re.compile(r"[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?")
DOMAIN: Final = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
CITY_ID: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?")
CLOCK: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
USER_NAME: Final = re.compile(r"[a-z_][a-z0-9_-]{0,30}")
_TIMEZONE: Final = re.compile(r"[A-Za-z0-9_+-]{1,30}(?:/[A-Za-z0-9_+-]{1,30}){0,2}")
_UNWANTED: Final = re.compile(r"[;{}<>`$\\]|\.\./")
_TILES: Final = re.compile(r"https://(?:\{s\}\.)?([a-z0-9.-]+(?::[0-9]{1,5})?)(/[A-Za-z0-9_./?=&@%~+{}-]*)")
_SCRIPTS: Final = {"latin": re.compile(r"[a-z]"), "other": re.compile(r"[^\x00-\x7f]")}


def is_domain(text: str) -> bool:
    """Whether ``text`` is a lower-case domain name in ASCII whose xn-- labels are what they say they are.

    A label that mixes Latin with another script, which is made to look like another name, is refused; so is one with
    the reserved hyphens of a label that is no IDNA label (RFC 5890 section 2.3.1).
    """
    return DOMAIN.fullmatch(text) is not None and all(map(_is_label, text.split(".")))


def _is_label(label: str) -> bool:
    if label[2:4] != "--":
        return True
    if not label.startswith("xn--"):
        return False
    import idna  # noqa: PLC0415 - a table that only names in other scripts need

    try:
        meant = idna.decode(label)
        genuine = idna.encode(meant).decode("ascii") == label
    except idna.IDNAError:
        return False
    return genuine and not all(script.search(meant) for script in _SCRIPTS.values())


def is_city_id(text: str) -> bool:
    """Whether ``text`` has the form of a gazetteer id."""
    return CITY_ID.fullmatch(text) is not None


def is_text(text: str, *, most: int) -> bool:
    """Whether ``text`` is one visible line of at most ``most`` characters, without brackets that programs read."""
    return 0 < len(text) <= most and text.isprintable() and text == text.strip() and not _UNWANTED.search(text)


def is_web_address(text: str, *, schemes: frozenset[str] = frozenset({"http", "https"}), most: int = 500) -> bool:
    """Whether ``text`` is an absolute web address without credentials, white space or anything invisible."""
    if not 0 < len(text) <= most or not text.isprintable() or re.search(r"[\s<>{}`\"\\]|/\.\./|/\.\.\Z", text):
        return False
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    named = re.fullmatch(r"[\w-]+(?:\.[\w-]+)*|[0-9a-f:]+", host) is not None and len(host) <= 253
    return parts.scheme in schemes and named and port != 0 and "@" not in parts.netloc


def is_tile_address(text: str) -> bool:
    """Whether ``text`` is an https address of map tiles, with ``{z}``, ``{x}`` and ``{y}`` once each in its path.

    The host may begin with ``{s}.``, which stands for one of several servers.
    """
    found = _TILES.fullmatch(text)
    if found is None or sorted(re.findall(r"\{.*?\}", found[2])) != ["{x}", "{y}", "{z}"]:
        return False
    return is_web_address(f"https://{found[1]}{re.sub(r'{[xyz]}', '0', found[2])}", most=300)


def is_timezone(text: str) -> bool:
    """Whether ``text`` is a timezone of the IANA database."""
    if not _TIMEZONE.fullmatch(text):
        return False
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
