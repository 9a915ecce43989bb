"""What a scrape may bring home is inert in the page: it closes no tag, runs nothing, turns no text around."""

import json
from typing import Any

import pytest

from cinestreamd.store.base import Evidence, Price, Titles

BREAKOUTS = (
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "<!-- </style></title></noscript>",
)


async def publish(world: Any, words: str) -> None:
    """Put ``words`` wherever a scrape's words go."""
    row = world.showtime(
        "21 20:30",
        raw_title=words,
        format=words,
        room=words,
        language=words[:20],
        subtitles=words[:20],
        price=Price(min=100, max=200, currency=words[:20], text=words),
        evidence=Evidence(url="https://zhovten.example/", quote=words, fetched_at=world.now),
    )
    titles = Titles(original=words + " original", uk=words, en=words, ru=words)
    await world.publish(
        row,
        cinemas=[world.cinema(name=words, address=words, names={"uk": words})],
        films=[world.film(titles=titles)],
    )


PATHS = (
    "/uk/city/kyiv",
    "/en/city/kyiv?by=cinema",
    "/uk/city/kyiv/film/dovbush-2023",
    "/uk/city/kyiv/cinema/zhovten",
)


@pytest.mark.parametrize("words", BREAKOUTS)
async def test_markup_stays_text(world: Any, page: Any, words: str) -> None:
    await publish(world, words)
    for path in PATHS:
        tree = await page(path)
        told = json.loads(tree.css_first("script[type='application/ld+json']").text())
        assert words in {each["name"] for each in told["@graph"]}
        scripts = [node.attributes for node in tree.css("script:not([type='application/ld+json'])")]
        assert all(script["src"].startswith("/static/") for script in scripts)
        assert tree.css_first("img:not(noscript img)") is None
        assert [node for node in tree.css("*") if any(name.startswith("on") for name in node.attributes)] == []
        assert words in tree.css_first("main").text()


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "http://", "x" * 3000])
async def test_a_link_that_is_no_web_address_is_no_link(world: Any, page: Any, link: str) -> None:
    evidence = Evidence(url=link, quote="Довбуш 20:30", fetched_at=world.now)
    await world.publish(world.showtime("21 20:30", buy_link=link, evidence=evidence), cinemas=[world.cinema(url=link)])
    for path in PATHS:
        tree = await page(path)
        assert tree.css_first(".show-buy") is None
        hrefs = {node.attributes["href"] for node in tree.css("main a")}
        assert all(href.startswith(("/", "?", "#")) and not href.startswith("//") for href in hrefs)
        assert tree.css_first(".proof blockquote").text() == "Довбуш 20:30"


@pytest.mark.parametrize("control", ["\u202e", "\u2066", "\u200f", "\x00", "\x1b", "\u2028"])
async def test_no_control_character_reaches_the_page(world: Any, client: Any, control: str) -> None:
    await publish(world, f"До{control}вбуш")
    for path in PATHS:
        body = await (await client.get(path)).text()
        assert control not in body
        assert "До вбуш" in body


async def test_names_of_ten_thousand_characters_are_cut(world: Any, client: Any) -> None:
    await publish(world, "Я" * 10_000)
    for path in PATHS:
        body = await (await client.get(path)).text()
        assert "Я" * 401 not in body
        assert len(body) < 20_000


async def test_foreign_words_are_isolated_in_the_line(world: Any, page: Any) -> None:
    """A title in Hebrew or Arabic must not turn the words around it."""
    await publish(world, "קולנוע")
    tree = await page("/uk/city/kyiv")
    for selector in (".group h2", ".part h3", ".proof blockquote", ".group .note"):
        assert tree.css_first(f"{selector} bdi") is not None


async def test_an_identifier_with_markup_stays_an_identifier(world: Any, page: Any) -> None:
    await world.publish(world.showtime("21 20:30", id='"><b>', film_id="a/b?c#d"), films=[world.film("a/b?c#d")])
    tree = await page("/uk/city/kyiv")
    link = tree.css_first(".group h2 a").attributes["href"]
    assert link == "/uk/city/kyiv/film/a%2Fb%3Fc%23d"
    assert (await page(link)).css_first("h1").text().strip() == "Довбуш"
    assert tree.css_first("b") is None
