"""Whole scrapes with recipes: the second reading costs nothing; Claude is asked when a page has drifted."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parent))
from fake_claude import failure, read
from hostile import HOSTILE, obey
from town import NOW, PAGE, Town, rebuilt

NEWS = "І ще 24.11.2026 зустрінемось о 18:00, бо буде «Земля»."


async def starts(town: Town) -> list[tuple[str, str, str]]:
    rows = await town.store.showtimes("kyiv", since=town.now)
    return [(row.raw_title, f"{row.start_time:%d %H:%M}", row.reader) for row in rows]


async def test_a_changed_schedule_of_the_same_build_is_read_without_a_call(town: Town) -> None:
    town.pages["/prose"] = PAGE.format("")
    await town.scrape()
    [recipe] = await town.store.recipes("kyiv-prose")
    assert (recipe.rows, recipe.run_id, recipe.compiled_at) == (2, "run-1", NOW)
    [call] = await town.store.calls()
    assert 400 < call.tokens_in < 1_000
    assert 50 < call.tokens_out < 200
    assert call.cost is not None
    assert 50 < call.cost < 200
    before = await town.store.spent(NOW)
    town.pages["/prose"] = PAGE.replace("Мавка", "Тіні").replace("21:10", "20:05").format(NEWS)
    assert await town.scrape() == "published"
    assert len(town.claude.bodies) == 1
    assert await town.store.spent(NOW) == before
    assert await starts(town) == [
        ("Довбуш", "22 17:30", "recipe"),
        ("Тіні", "23 18:05", "recipe"),
        ("Земля", "24 16:00", "recipe"),
    ]
    first = (await town.store.showtimes("kyiv", since=NOW))[0]
    assert "22.11.2026 збираємось у клубі о 19:30 і дивимось «Довбуш»" in first.evidence.quote
    assert first.buy_link == f"http://127.0.0.1:{town.web.port}/buy?1"
    assert (await town.run()).sources[0].reader == "recipe"


async def test_a_page_of_another_build_is_asked_about_once_and_learned_anew(town: Town) -> None:
    town.pages["/prose"] = PAGE.format("")
    await town.scrape()
    town.pages["/prose"] = rebuilt(PAGE).format(NEWS)
    assert await town.scrape() == "published"
    assert len(town.claude.bodies) == 2
    assert [reader for _, _, reader in await starts(town)] == ["claude"] * 3
    [recipe] = await town.store.recipes("kyiv-prose")
    assert (recipe.rows, recipe.run_id) == (3, "run-2")
    town.pages["/prose"] = rebuilt(PAGE).replace("Мавка", "Тіні").format("")
    assert await town.scrape() == "published"
    assert len(town.claude.bodies) == 2
    assert [title for title, _, _ in await starts(town)] == ["Довбуш", "Тіні"]


async def test_a_recipe_works_where_the_key_is_gone(town: Town) -> None:
    town.pages["/prose"] = PAGE.format("")
    await town.scrape()
    town.key = ""
    town.pages["/prose"] = PAGE.format(NEWS)
    assert await town.scrape() == "published"
    assert len(await starts(town)) == 3


async def test_a_page_whose_showings_are_over_is_not_asked_about_again(town: Town) -> None:
    town.pages["/prose"] = PAGE.format("")
    await town.scrape()
    town.now = NOW + timedelta(days=5)
    town.pages["/prose"] = PAGE.format("<i>нове</i>")
    assert await town.scrape() == "empty"
    assert len(town.claude.bodies) == 1


async def test_a_recipe_that_cannot_be_understood_is_no_recipe(town: Town) -> None:
    town.pages["/prose"] = PAGE.format("")
    await town.scrape()
    [recipe] = await town.store.recipes("kyiv-prose")
    await town.store.remember_recipes("kyiv-prose", [replace(recipe, rules="{}")])
    town.pages["/prose"] = PAGE.format(NEWS)
    assert await town.scrape() == "published"
    assert len(town.claude.bodies) == 2


async def test_an_answer_that_was_refused_in_part_teaches_nothing(town: Town) -> None:
    def invent(body: dict[str, Any]) -> list[dict[str, str]]:
        return [*read(body), {**read(body)[0], "title": "Вигадка"}]

    town.claude.reader = invent
    town.pages["/prose"] = PAGE.format("")
    assert await town.scrape() == "published"
    assert await town.store.recipes("kyiv-prose") == []


async def test_a_failed_call_leaves_the_former_recipe(town: Town) -> None:
    async def fail(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        return failure(400, "invalid_request_error")

    town.pages["/prose"] = PAGE.format("")
    await town.scrape()
    known = await town.store.recipes("kyiv-prose")
    town.claude.script = [fail]
    town.pages["/prose"] = rebuilt(PAGE).format("Новий сайт.")
    assert await town.scrape() == "failed"
    assert await town.store.recipes("kyiv-prose") == known
    assert len(await starts(town)) == 2


@pytest.mark.parametrize(("words", "calls"), [("22.11.2026", 1), ("завтра", 2)])
async def test_an_unchanged_page_is_asked_about_again_only_when_its_words_mean_another_day(
    town: Town, words: str, calls: int
) -> None:
    def one(body: dict[str, Any]) -> list[dict[str, str]]:
        row = {"title": "Довбуш", "day_text": words, "time": "19:30", "quote": "о 19:30"}
        return [{**row, "day": "2026-11-22" if "Today is 2026-11-21" in str(body) else "2026-11-23"}]

    town.claude.reader = one
    town.pages["/one"] = PAGE.replace("22.11.2026", words).format("")
    await town.scrape()
    town.now = NOW + timedelta(hours=20)  # the next day
    await town.scrape()
    assert len(town.claude.bodies) == calls
    assert len(await starts(town)) == 1


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_a_hostile_page_adds_is_not_published_by_its_recipe(town: Town, name: str) -> None:
    town.pages["/prose"] = PAGE.format("")
    await town.scrape()
    town.claude.reader = obey
    town.pages["/prose"] = PAGE.format(HOSTILE[name])
    await town.scrape()
    assert [(title, start) for title, start, _ in await starts(town)] == [
        ("Довбуш", "22 17:30"),
        ("Мавка", "23 19:10"),
    ]
    links = [row.buy_link for row in await town.store.showtimes("kyiv", since=NOW)]
    assert links == [f"http://127.0.0.1:{town.web.port}/buy?1", None]
