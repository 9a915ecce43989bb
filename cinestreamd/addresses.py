"""What a name, an address or a line of text in a configuration may look like: full matches on text with no hidden part.

Values end up in configuration of other programs (nginx, systemd, certbot), in headers and in links, so nothing here is
"made safe" by escaping: what could mean something there is refused.
"""

import re
import unicodedata
from ipaddress import IPv4Address, IPv6Address
from typing import Final
from urllib.parse import urlsplit

DOMAIN: Final = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
ACCOUNT: Final = re.compile(r"[a-z_][a-z0-9_-]{0,30}")
"""The name of a system user or group."""

_HOST_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_UNWANTED: Final = re.compile(r"[;{}<>`$\\]|\.\./")
_EAST_ASIAN: Final = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"})
_LOOKS_LATIN: Final = frozenset("асԁеһіјӏорԛѕԝху")
"""Cyrillic letters that look like Latin ones."""


def is_domain(text: str) -> bool:
    """Whether ``text`` is a lower-case domain name in ASCII whose xn-- labels are what they say they are.

    A label that mixes scripts is refused, for it is made to look like another name; so is one of Cyrillic letters that
    all look Latin, under a Latin ending; and one with the reserved hyphens of a label that is no IDNA label (RFC 5890
    section 2.3.1).
    """
    return DOMAIN.fullmatch(text) is not None and _are_genuine(text.split("."))


def is_host(text: str) -> bool:
    """Whether ``text`` is a host as the address of a web page has it, in lower case: a name or an IP address.

    A name is held to what ``is_domain`` asks of its labels, also when it is not written in ASCII.
    """
    try:
        if ":" in text:
            return "%" not in text and IPv6Address(text) is not None
        if _NUMBER.fullmatch(text.rpartition(".")[2]):
            return IPv4Address(text) is not None
        text = ".".join(label if label.isascii() else _in_ascii(label) for label in text.split("."))
    except ValueError:
        return False
    labels = text.split(".")
    return len(text) <= 253 and all(map(_HOST_LABEL.fullmatch, labels)) and _are_genuine(labels)


def is_web_address(text: str, *, schemes: frozenset[str] = frozenset({"http", "https"}), most: int = 500) -> bool:
    """Whether ``text`` is an absolute web address without credentials, white space or anything invisible."""
    if not 0 < len(text) <= most or not text.isprintable() or re.search(r"[\s<>{}`\"\\]|/\.\./|/\.\.\Z", text):
        return False
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in schemes and is_host(parts.hostname or "") and port != 0 and "@" not in parts.netloc


def is_text(text: str, *, most: int) -> bool:
    """Whether ``text`` is one visible line of at most ``most`` characters, without brackets that programs read."""
    return 0 < len(text) <= most and text.isprintable() and text == text.strip() and not _UNWANTED.search(text)


def is_place(text: str) -> bool:
    """Whether ``text`` is a path of at most 255 characters on one visible line, which leads nowhere up."""
    return is_text(text, most=255) and ".." not in text.split("/")


def _are_genuine(labels: list[str]) -> bool:
    meant = [_meant(label) for label in labels]
    if None in meant:
        return False
    under_latin = not labels[-1].startswith("xn--")
    return not (under_latin and any(name and _LOOKS_LATIN.issuperset(_letters(name)) for name in meant))


def _meant(label: str) -> str | None:
    """What an xn-- label says, empty for a plain one; None if it is not what it says it is."""
    if label[2:4] != "--":
        return ""
    if not label.startswith("xn--"):
        return None
    import idna  # noqa: PLC0415 - a table that only names in other scripts need

    try:
        meant = idna.decode(label)
        genuine = idna.encode(meant).decode("ascii") == label
    except idna.IDNAError:
        return None
    scripts = {unicodedata.name(letter, "?").partition(" ")[0] for letter in _letters(meant)}
    return meant if genuine and (len(scripts) <= 1 or scripts <= _EAST_ASIAN) else None


def _letters(text: str) -> set[str]:
    """The letters of a name, without marks such as the Ukrainian apostrophe, which belong to no script."""
    return {char for char in text if unicodedata.category(char) in {"Ll", "Lo"}}


def _in_ascii(label: str) -> str:
    """A label in the form that the domain name system knows.

    Raises:
        ValueError: there is none.
    """
    import idna  # noqa: PLC0415 - as above

    return idna.alabel(label).decode("ascii")  # IDNAError is a ValueError (UnicodeError)
