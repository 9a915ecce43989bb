"""What an operator is told when something cannot be had: within the console, in the operator's language."""

from typing import Any

import pytest

FOUND_NOWHERE = {
    "uk": {
        "/ops/nowhere": "Такої сторінки немає.",
        "/ops/runs/run-x": "Такого обходу немає (або вже немає).",
        "/ops/cinemas/nobody": "Ми не знаємо такого кінотеатру.",
    },
    "en": {
        "/ops/nowhere": "There is no such page.",
        "/ops/runs/run-x": "There is no such run (any more).",
        "/ops/cinemas/nobody": "We do not know this cinema.",
    },
    "ru": {
        "/ops/nowhere": "Такой страницы нет.",
        "/ops/runs/run-x": "Такого обхода нет (или уже нет).",
        "/ops/cinemas/nobody": "Мы не знаем такого кинотеатра.",
    },
}
BRANDS = {"uk": "Пульт: main", "en": "Console of main", "ru": "Пульт: main"}


@pytest.mark.parametrize("language", FOUND_NOWHERE)
async def test_what_is_not_there_is_told_in_the_consoles_own_frame(console: Any, language: str) -> None:
    for path, told in FOUND_NOWHERE[language].items():
        tree = await console.page(path, status=404, language=language)
        assert tree.css_first("h1").text() == told
        assert tree.css_first("a.brand").text().strip() == BRANDS[language]
        assert len(tree.css(".ops-nav a")) == 7
        assert tree.css_first("main a.button").attributes["href"] == "/ops/"
        assert tree.css_first('link[rel="canonical"]') is None


async def test_a_value_or_a_kind_of_request_that_cannot_be_is_told_there_as_well(console: Any) -> None:
    tree = await console.page("/ops/cinemas?health=nonsense", status=400)
    assert len(tree.css(".ops-nav a")) == 7
    refused = await console.post("/ops/runs")
    assert (refused.status, refused.headers["Allow"]) == (405, "GET,HEAD")
    assert 'class="ops-nav"' in await refused.text()


async def test_nothing_is_said_to_be_done_on_a_page_that_tells_of_an_error(console: Any) -> None:
    tree = await console.page("/ops/nowhere?done=city_retry", status=404)
    assert tree.css_first(".ops-done") is None


async def test_a_theme_has_no_part_in_errors(open_console: Any) -> None:
    console = await open_console(theme={"templates/error.html": b"<h1>themed</h1>"})
    console.log_in()
    assert (await console.page("/ops/nowhere", status=404)).css_first("h1").text() == "There is no such page."


async def test_programs_and_visitors_are_told_as_before(console: Any) -> None:
    answer = await console.client.get("/ops/nowhere", headers={"Accept": "application/json"})
    assert (answer.status, (await answer.json())["code"]) == (404, "not_found")
    tree = await console.page("/en/city/nowhere", status=404)
    assert tree.css_first(".ops-nav") is None
    assert tree.css_first("main a.button").attributes["href"] == "/en/"


async def test_who_is_not_logged_in_is_shown_no_way_around(open_console: Any) -> None:
    console = await open_console()
    framed = await console.client.get("/ops/", headers={"Sec-Fetch-Dest": "iframe", "Accept-Language": "en"})
    assert framed.status == 403
    body = await framed.text()
    assert "Console of main" in body
    assert "ops-nav" not in body
    assert "token" not in body
