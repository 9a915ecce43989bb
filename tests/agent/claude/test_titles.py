"""Films' titles in other languages: asked for once, kept for good, never in place of what a page prints."""

import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

sys.path.insert(0, str(Path(__file__).parent))
from fake_claude import asks_for_titles, failure, films, message
from town import NOW, Town

from cinestreamd.agent.claude.titles import languages_wanted
from cinestreamd.store.base import Film, Titles


def page(*titles: str, language: str = "uk") -> str:
    events = ",".join(
        f'{{"@type":"ScreeningEvent","name":"{title}","startDate":"2026-11-22T{10 + number}:00:00+02:00"}}'
        for number, title in enumerate(titles)
    )
    return f'<html lang="{language}"><script type="application/ld+json">[{events}]</script></html>'


@pytest.fixture
def naming(town: Town) -> Town:
    """A town whose settings ask for titles."""
    town.means = {"titles": True}
    town.claude.films = {
        "Дюна": {"uk": "Дюна: не та", "en": "Dune", "ru": "Дюна"},
        "Тіні": {"en": "Shadows", "ru": "Тени"},
    }
    return town


def requests(town: Town) -> list[dict[str, Any]]:
    return [body for body in town.claude.bodies if asks_for_titles(body)]


async def titles(town: Town) -> dict[str, Titles]:
    rows = await town.store.showtimes("kyiv", since=town.now)
    return {film.titles.original: film.titles for film in await town.store.films([row.film_id for row in rows])}


async def test_unknown_titles_are_asked_for_in_one_call_and_the_page_keeps_its_own(naming: Town) -> None:
    naming.pages["/mayak"], naming.pages["/zirka"] = page("Дюна", "Тіні"), page("Невідома")
    assert await naming.scrape() == "published"
    [body] = requests(naming)
    assert {film["title"]: film["wanted"] for film in films(body)} == {
        "Дюна": ["en", "ru"],
        "Тіні": ["en", "ru"],
        "Невідома": ["en", "ru"],
    }
    assert await titles(naming) == {
        "Дюна": Titles(original="Дюна", uk="Дюна", en="Dune", ru="Дюна"),
        "Тіні": Titles(original="Тіні", uk="Тіні", en="Shadows", ru="Тени"),
        "Невідома": Titles(original="Невідома", uk="Невідома"),
    }
    [call] = await naming.store.calls()
    assert (call.stage, call.proposed, call.kept, call.cinema_id) == ("titles", 4, 4, None)
    assert naming.claude.billed <= call.counted <= naming.claude.billed + 1
    assert (await naming.run()).cost_microusd == call.cost


async def test_they_are_known_for_good_even_those_that_it_does_not_know(naming: Town) -> None:
    naming.pages["/mayak"] = page("Дюна", "Невідома")
    await naming.scrape()
    naming.pages["/mayak"] = page("Дюна", "Невідома", "Дюна")
    await naming.scrape()
    assert len(requests(naming)) == 1
    naming.pages["/mayak"] = page("Дюна", "Тіні")
    await naming.scrape()
    assert [film["title"] for film in films(requests(naming)[1])] == ["Тіні"]
    naming.key = ""
    naming.pages["/mayak"] = page("Тіні", "Дюна")
    await naming.scrape()
    assert (await titles(naming))["Дюна"].en == "Dune"


async def test_a_title_that_a_page_gives_takes_the_place_of_a_known_one(naming: Town) -> None:
    naming.pages["/mayak"] = page("Дюна")
    await naming.scrape()
    assert (await titles(naming))["Дюна"].en == "Dune"
    naming.pages["/mayak"] = (
        '<html lang="en"><script type="application/ld+json">[{"@type":"ScreeningEvent","startDate":'
        '"2026-11-22T18:00:00+02:00","workPresented":{"@type":"Movie","name":"Dune: As Printed",'
        '"alternateName":"Дюна"}}]</script></html>'
    )
    await naming.scrape()
    [found] = (await titles(naming)).values()
    assert found.en == "Dune: As Printed"


async def test_a_known_title_joins_no_films(naming: Town) -> None:
    naming.pages["/mayak"] = page("Дюна")
    await naming.scrape()
    naming.pages["/zirka"] = page("Dune", language="en")
    await naming.scrape()
    assert sorted(await titles(naming)) == ["Dune", "Дюна"]


@pytest.mark.parametrize(
    "given",
    [
        {"en": "Дюна другая", "ru": "Тіні їх"},
        {"en": "x" * 201, "ru": "Latin letters"},
        {"en": "two\nlines", "ru": "\u202eскрито"},
    ],
)
async def test_what_cannot_be_a_title_in_its_language_is_not_taken(naming: Town, given: dict[str, str]) -> None:
    naming.claude.films["Тіні"] = given
    naming.pages["/mayak"] = page("Тіні")
    await naming.scrape()
    assert await titles(naming) == {"Тіні": Titles(original="Тіні", uk="Тіні")}
    [call] = await naming.store.calls()
    assert call.refused == {"unlike_language": 2}


def says(text: str, **changes: Any) -> Any:
    async def answer(_: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        return web.json_response(message(body, text, **changes))

    return answer


async def refuse(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
    return failure(400, "invalid_request_error")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (says("no data"), "unusable"),
        (says("", stop_reason="refusal"), "refusal"),
        (says('{"titles": [', stop_reason="max_tokens"), "max_tokens"),
        (refuse, "rejected"),
    ],
)
async def test_a_failure_costs_the_titles_and_not_the_showings(naming: Town, answer: Any, outcome: str) -> None:
    naming.claude.script = [answer]
    naming.pages["/mayak"] = page("Дюна")
    assert await naming.scrape() == "published"
    assert await titles(naming) == {"Дюна": Titles(original="Дюна", uk="Дюна")}
    [call] = await naming.store.calls()
    assert call.outcome == outcome
    assert (await naming.run()).cost_microusd == call.cost
    location = await naming.store.location("kyiv")
    assert location is not None
    assert (location.lease, location.last_updated) == (None, NOW)


async def test_past_the_cap_showings_are_published_without(naming: Town) -> None:
    naming.caps = naming.caps.__class__(call=500_000, city_day=500_000, day=100, month=100)
    naming.pages["/mayak"] = page("Дюна")
    assert await naming.scrape() == "published"
    assert naming.claude.bodies == []
    state = await naming.store.claude_state()
    assert state is not None
    assert state.lacked == 0


async def test_they_are_not_asked_for_when_the_setting_is_off(naming: Town) -> None:
    naming.means = {}
    naming.pages["/mayak"] = page("Дюна")
    assert await naming.scrape() == "published"
    assert naming.claude.bodies == []


@pytest.mark.parametrize(
    ("titles", "country", "expected"),
    [
        (Titles(original="Dune", uk="Дюна"), "UA", ("en", "ru")),
        (Titles(original="Тіні забутих предків"), "UA", ("en", "ru")),
        (Titles(original="Сталкер"), "UA", ("en",)),
        (Titles(original="Сталкер", uk="Сталкер"), "UA", ("en", "ru")),
        (Titles(original="Мы из будущего"), "KZ", ("uk", "en")),
        (Titles(original="Възвишение"), "BG", ("uk", "en", "ru")),
        (Titles(original="Diuna"), "PL", ("uk", "en", "ru")),
        (Titles(original="Dune"), "GB", ("uk", "ru")),
        (Titles(original="Dune", uk="Дюна", en="Dune", ru="Дюна"), "UA", ()),
    ],
)
def test_languages_that_the_page_may_speak_itself_are_not_asked_for(
    titles: Titles, country: str, expected: tuple[str, ...]
) -> None:
    assert languages_wanted(Film(id="x", titles=titles), country) == expected
