"""HTML that was made to exhaust a parser, and HTML that was not."""

from datetime import UTC, datetime
from itertools import count

import pytest
from stopwatch import best_of, processor_seconds

from cinestreamd.agent.html import page_language, parse_html, visible_text
from cinestreamd.agent.model import Page

HOSTILE = {
    "nested blocks": "<div>" * 200_000,
    "nested unknown elements": "<x>" * 300_000,
    "nested lists": "<ul><li>" * 120_000,
    "nested tables": "<table><tr><td>" * 60_000,
    "options": "<select>" + "<option>" * 120_000,
    "formatting reopened in every paragraph": "".join(f"<p><b a={i}></p>" for i in range(60_000)),
    "formatting hidden by tables": "<b x><table><td></b></table>" * 20_000 + "<p>x" * 100_000,
    "formatting around blocks": "<b x><div></b></div>" * 20_000 + "<p>x" * 100_000,
    "formatting overlapping": "<b x><i></b></i>" * 60_000,
    "links overlapping": "<a x><div></a></div>" * 20_000 + "<p>x" * 100_000,
    "attributes": "<div " + " ".join(f"a{i}" for i in range(150_000)) + ">",
    "tags never closed": "<a " * 300_000,
    "quotes never closed": '<a ="' * 200_000,
    "comments": "<!-- -->" * 120_000,
    "comments never closed": "<!--" * 250_000,
    "scripts never closed": "<script>" * 120_000,
    "end tags": "<div>" * 400 + "</span>" * 140_000,
    "forms": "<form>" * 160_000,
    "entities": "&amp" * 200_000,
}


def page(text: str, content_type: str = "text/html") -> Page:
    moment = datetime(2026, 11, 21, tzinfo=UTC)
    return Page(url="https://zirka.example/", content_type=content_type, text=text, fetched_at=moment)


@pytest.mark.parametrize("form", HOSTILE)
def test_no_page_of_a_megabyte_costs_a_second(form: str) -> None:
    """The best of several tries: a busy neighbour on the same core costs processor time as well."""
    unseen = (HOSTILE[form] + " " * attempt for attempt in count())
    best_of(8, 1.0, lambda: processor_seconds(lambda: parse_html(next(unseen))), what=form)


def test_what_stands_in_too_deep_a_nest_is_still_there() -> None:
    text = visible_text(page("<div>" * 5_000 + "<p>Дюна 19:30</p>" + "</div>" * 5_000 + "<p>Чужий 21:00</p>"))
    assert text == "Дюна 19:30 Чужий 21:00"


def test_an_ordinary_large_page_keeps_its_structure() -> None:
    """Above the number of tags from which pages are looked at closely, with the sloppiness that is usual."""
    row = '<li class="show"><b>Дюна</b><span>зал <i>2</i></span><p>19:30<p>21:00<br><a href="/1">квиток</a></li>'
    tree = parse_html("<body><h1>Розклад</h1><ul>" + row * 1_000 + "</ul><div><b>не закрито</div><p>кінець</body>")
    assert len(tree.css("ul > li.show")) == 1_000
    assert len(tree.css("li > b")) == 1_000
    assert len(tree.css("li > p")) == 2_000
    assert len(tree.css("li > p > a[href]")) == 1_000
    assert [node.text() for node in tree.css("h1")] == ["Розклад"]


def test_formatting_closed_behind_its_block_ends_there() -> None:
    """Sloppy, and usual: what is bold in one row must not make the rest of the page bold, nor open blocks stay open."""
    row = "<div class=r><b><i>Дюна</b></i><div><i>19:30</div></i></div>"
    around = "<b><div>21:00</b></div>" * 5
    tree = parse_html("<body><section>" + row * 600 + around + "</section><footer><p>кінець</p></footer>")
    assert len(tree.css("section > div.r")) == 600
    assert len(tree.css("i p, b p, i footer, b footer")) == 0
    assert len(tree.css("body > footer > p")) == 1


def test_what_stands_behind_very_many_tags_is_still_there() -> None:
    rows = "<i>x</i>" * 30_000
    state = '<script type="application/json">{"start": "19:30"}</script>'
    tree = parse_html(f"<body>{rows}<p class='a>b'>Чужий <!-- 20:00 --><b>21:00</b></p><style>p{{}}</style>{state}")
    assert tree.css("script")[-1].text() == '{"start": "19:30"}'
    assert tree.body is not None
    tree.strip_tags(["script"])
    assert " ".join(tree.body.text(separator=" ").split()).endswith("x Чужий 21:00")


def test_text_is_what_a_page_shows() -> None:
    source = (
        "<html><head><title>Назва</title><style>p{}</style></head><body><p>Дюна&nbsp;&amp; друзі</p><script>var "
        "a = '19:30'</script>"
        "<select><option>20:00</select><svg><text>21:00</text></svg><template>шаблон</template><p>19<sup>30</sup></p></body></html>"
    )
    assert visible_text(page(source)) == "Дюна & друзі 19 30"


def test_the_text_of_a_json_document_is_its_source() -> None:
    assert visible_text(page('{"a": "<b>"}', "application/json")) == '{"a": "<b>"}'


@pytest.mark.parametrize(
    ("source", "language"),
    [
        ('<html lang="uk">', "uk"),
        ("<!doctype html>\n<html class=x lang=en-GB>", "en"),
        ("<html lang='RU'>", "ru"),
        ("<html>", None),
        ("", None),
        ('<html data-lang="xx">', None),
    ],
)
def test_the_language_of_a_page(source: str, language: str | None) -> None:
    assert page_language(page(source)) == language


def test_a_long_page_keeps_its_title_and_the_text_behind_raw_elements() -> None:
    """End tags of raw text must survive the simplification of pages with very many tags."""
    rows = "<div><p>19:30</p></div>" * 2_000
    text = f"<html><head><title>Kino</title></head><body>{rows}<textarea>note</textarea><p>last words</p></body></html>"
    tree = parse_html(text)
    title = tree.css_first("title")
    assert title is not None
    assert title.text() == "Kino"
    assert len(tree.css("p")) == 2_001
    assert tree.css("p")[-1].text() == "last words"


def test_a_list_of_very_many_options_costs_little() -> None:
    text = "<html><body><select>" + "<option>a</option>" * 55_000 + "</select><p>19:30</p></body></html>"
    unseen = (text + " " * attempt for attempt in count())
    best_of(8, 1.0, lambda: processor_seconds(lambda: parse_html(next(unseen))), what="options")
    assert parse_html(text).css("p")[-1].text() == "19:30"
