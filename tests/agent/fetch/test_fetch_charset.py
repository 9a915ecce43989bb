"""Text from bytes, also where header, mark and page disagree."""

from typing import Any

import pytest

from cinestreamd.agent.fetch.charset import codec_of, decode

TEXT = "Їжак у тумані, ціна 120 ₴"
RUSSIAN = "Ёжик в тумане"
POLISH = "Zażółć gęślą jaźń"
META_1251 = '<meta charset="windows-1251">'


@pytest.mark.parametrize(
    ("body", "declared", "expected"),
    [
        (TEXT.encode(), "utf-8", TEXT),
        (TEXT.encode(), None, TEXT),
        (b"\xef\xbb\xbf" + TEXT.encode(), None, TEXT),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), None, TEXT),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-8", TEXT),
        (TEXT.encode("utf-16-le"), "utf-16le", TEXT),
        (RUSSIAN.encode("cp1251"), "windows-1251", RUSSIAN),
        ((META_1251 + RUSSIAN).encode("cp1251"), None, META_1251 + RUSSIAN),
        (
            b'<?xml version="1.0" encoding="koi8-r"?>' + RUSSIAN.encode("koi8-r"),
            None,
            '<?xml version="1.0" encoding="koi8-r"?>' + RUSSIAN,
        ),
        (POLISH.encode("iso8859-2"), "ISO-8859-2", POLISH),
        ("Ünïcode €".encode("cp1252"), "ISO-8859-1", "Ünïcode €"),
        # The header lies.
        (TEXT.encode(), "windows-1251", TEXT),
        (TEXT.encode(), "iso-8859-1", TEXT),
        ((META_1251 + TEXT).encode(), None, META_1251 + TEXT),
        ((META_1251 + RUSSIAN).encode("cp1251"), "utf-8", META_1251 + RUSSIAN),
        (RUSSIAN.encode("cp1251"), "utf-8", "\ufffd" * 4 + " \ufffd " + "\ufffd" * 6),
        # The label is unknown, dangerous or nonsense.
        (b"plain", "zip", "plain"),
        (b"plain", "idna", "plain"),
        (b"\\u0041", "unicode_escape", "\\u0041"),
        (b"plain", "\x00\x01", "plain"),
        (b"a\x00b", "utf-8", "a b"),
        (b"", None, ""),
    ],
)
def test_pages_become_text(body: bytes, declared: str | None, expected: str) -> None:
    assert decode(body, declared) == expected


@pytest.mark.parametrize(
    "label", ["zip", "hex", "rot13", "idna", "punycode", "unicode_escape", "utf-7", "mbcs", "x", "", None]
)
def test_codecs_that_are_no_page_encodings_are_not_reached(label: str | None) -> None:
    assert codec_of(label) is None


async def test_a_page_whose_header_lies_is_read(town: Any) -> None:
    town.page("/a", TEXT, Content_Type="text/html; charset=windows-1251")
    fetcher = await town.start()
    assert (await fetcher.get(town.url("/a"))).text == TEXT
