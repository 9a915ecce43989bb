import pytest

from cinestreamd.web.text import clean_text, link_host, safe_link


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Довбуш", "Довбуш"),
        ("  two\n\twords ", "two words"),
        ("a\u202eb\u2066c", "a b c"),
        ("a\x00b", "a b"),
        ("a\N{NO-BREAK SPACE}b", "a b"),
        ("a\u200bb", "a b"),
        ("наш\u0301", "наш\u0301"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("", ""),
    ],
)
def test_clean_text(given: str, shown: str) -> None:
    assert clean_text(given) == shown


def test_clean_text_cuts_with_an_ellipsis() -> None:
    assert clean_text("abcdef", 5) == "abcd…"
    assert clean_text("abc def", 5) == "abc…"
    assert clean_text("abcde", 5) == "abcde"
    assert len(clean_text("\x00" + "я" * 10_000)) == 200


@pytest.mark.parametrize(
    "link",
    [
        "https://kino.example/buy?a=1&b=2#x",
        "http://кіно.example/афіша",
        "https://kino.example:8443/",
        "http://127.0.0.1:9001/zhovten/",
    ],
)
def test_web_addresses_are_links(link: str) -> None:
    assert safe_link(link) == link


@pytest.mark.parametrize(
    "link",
    [
        None,
        "",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java\nscript:alert(1)",
        " https://kino.example/",
        "https://kino.example/ x",
        "https://kino.example/\u202e",
        "data:text/html,<script>",
        "//kino.example/",
        "/buy",
        "https:///buy",
        "https://[::1",
        "ftp://kino.example/",
        "https://kino.example/" + "a" * 2000,
    ],
)
def test_anything_else_is_none(link: str | None) -> None:
    assert safe_link(link) is None


def test_link_host() -> None:
    assert link_host("https://www.kino.example:8443/a") == "kino.example"
