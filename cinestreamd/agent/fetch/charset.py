"""From the bytes of a page to text, also where the declared encoding is a lie.

Declarations are heard in this order: ``Content-Type``, byte order mark, ``<meta>``. A mark in the bytes, or bytes that
are well-formed multi-byte UTF-8, are facts and win over a declaration that says otherwise.
"""

import codecs
import re
from typing import Final

# Labels are those of the WHATWG Encoding Standard; what browsers read as windows-1252 is windows-1252 here too.
# Python's other codecs (zip, idna, unicode_escape, utf-7 …) are never reached through a page.
CODECS: Final = frozenset({
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256",
    "cp1257", "cp1258", "cp866", "cp874", "koi8-r", "koi8-u", "mac-cyrillic", "iso8859-2", "iso8859-3", "iso8859-4",
    "iso8859-5", "iso8859-6", "iso8859-7", "iso8859-8", "iso8859-10", "iso8859-13", "iso8859-14", "iso8859-15",
    "iso8859-16", "gbk", "gb18030", "big5", "big5hkscs", "euc_jp", "shift_jis", "cp932", "euc_kr", "cp949",
    "iso2022_jp",
})  # fmt: skip
AS_1252: Final = frozenset({"ascii", "iso8859-1", "latin-1", "us-ascii"})
AS_1254: Final = frozenset({"iso8859-9"})
BOMS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
META: Final = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w:.-]{2,40})""", re.IGNORECASE)
XML: Final = re.compile(rb"""\A\s{0,40}<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w:.-]{2,40})""", re.IGNORECASE)
PRESCAN: Final = 4096


def codec_of(label: str | None) -> str | None:
    """The Python codec for an encoding's label as pages write it, None for unknown or unwanted ones."""
    if not label:
        return None
    try:
        name = codecs.lookup(label.strip("\"' \t").removeprefix("x-")).name
    except (LookupError, ValueError):
        return None
    if name in AS_1252:
        return "cp1252"
    if name in AS_1254:
        return "cp1254"
    return name if name in CODECS else None


def decode(body: bytes, declared: str | None) -> str:
    """Text of a page's ``body``; ``declared`` is the charset parameter of its Content-Type. Never raises."""
    for mark, codec in BOMS:
        if body.startswith(mark):
            return _clean(body[len(mark) :].decode(codec, errors="replace"))
    head = body[:PRESCAN]
    in_page = META.search(head) or XML.search(head)
    claims = [codec_of(declared), codec_of(in_page[1].decode("ascii")) if in_page else None, "utf-8"]
    candidates = list(dict.fromkeys(codec for codec in claims if codec))
    if _is_utf8(body):
        return _clean(body.decode("utf-8"))
    return _clean(_best(body, candidates))


def _is_utf8(body: bytes) -> bool:
    """Whether the bytes are well-formed UTF-8 and no other encoding (ISO-2022 would hold ESC, UTF-16 NUL)."""
    if b"\x00" in body[:PRESCAN] or b"\x1b" in body:
        return False
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _best(body: bytes, codecs_in_order: list[str]) -> str:
    """The first codec that reads all bytes; else the one that leaves the fewest holes."""
    decoded = []
    for codec in codecs_in_order:
        text = body.decode(codec, errors="replace")
        holes = text.count("\ufffd")
        if holes == 0:
            return text
        decoded.append((holes, text))
    return min(decoded, key=lambda pair: pair[0])[1]


def _clean(text: str) -> str:
    """NUL is no text: a page that holds it is read as if it were a space."""
    return text.replace("\x00", " ")
