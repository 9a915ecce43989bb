from typing import Any

import pytest
from aiohttp import web

from cinestreamd.i18n import translations
from cinestreamd.web.language import language_of


@pytest.mark.parametrize(
    ("accept", "front"),
    [
        ("", "/uk/"),
        ("en", "/en/"),
        ("ru-UA,uk;q=0.9", "/ru/"),
        ("fr,en;q=0.5,ru;q=0.8", "/ru/"),
        ("ua", "/uk/"),
        ("fr", "/uk/"),
        ("en;q=0", "/uk/"),
        ("en;q=bogus", "/uk/"),
        ("*" * 20_00, "/uk/"),
    ],
)
async def test_the_first_visit_guesses_the_language(start: Any, accept: str, front: str) -> None:
    response = await (await start()).get("/", headers={"Accept-Language": accept}, allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (302, front)
    assert response.headers["Vary"] == "Accept-Language, Cookie"
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers


async def test_a_site_has_its_own_default(start: Any) -> None:
    response = await (await start(language="en")).get("/", allow_redirects=False)
    assert response.headers["Location"] == "/en/"


async def test_a_chosen_language_is_remembered_and_the_place_is_kept(start: Any) -> None:
    client = await start()
    form = {"language": "ru", "next": "/city/kyiv?date=2026-11-22&by=cinema"}
    chosen = await client.post("/language", data=form, allow_redirects=False)
    assert (chosen.status, chosen.headers["Location"]) == (303, "/ru/city/kyiv?date=2026-11-22&by=cinema")
    assert chosen.headers["Cache-Control"] == "no-store"
    again = await client.get("/", headers={"Accept-Language": "en"}, allow_redirects=False)
    assert again.headers["Location"] == "/ru/"


@pytest.mark.parametrize(
    "place",
    [
        "//evil.example/",
        "https://evil.example/",
        "\\\\evil.example",
        "/\\evil.example",
        "/a\r\nSet-Cookie: x=1",
        "",
        "x",
    ],
)
async def test_the_selector_leads_nowhere_else(start: Any, place: str) -> None:
    client = await start()
    response = await client.post("/language", data={"language": "en", "next": place}, allow_redirects=False)
    assert response.status == 303
    assert response.headers["Location"].startswith("/en/")
    assert "\n" not in response.headers["Location"]


async def test_the_url_decides_over_what_is_remembered(start: Any) -> None:
    async def tell(request: web.Request) -> web.Response:
        return web.Response(text=language_of(request))

    client = await start(web.get("/{language:uk|en|ru}/tell", tell), web.get("/api/tell", tell))
    await client.post("/language", data={"language": "ru"}, allow_redirects=False)
    assert await (await client.get("/en/tell", headers={"Accept-Language": "uk"})).text() == "en"
    assert await (await client.get("/api/tell", headers={"Accept-Language": "uk"})).text() == "ru"


@pytest.mark.parametrize(
    ("alias", "target"),
    [
        ("/ua", "/uk/"),
        ("/ua/", "/uk/"),
        ("/ua?x=1", "/uk/?x=1"),
        ("/ua/city/kyiv?date=2026-11-22&by=cinema", "/uk/city/kyiv?date=2026-11-22&by=cinema"),
        ("/ua/city/%D0%BA%20x", "/uk/city/%D0%BA%20x"),
        ("/ua//evil.example/", "/uk//evil.example/"),
        ("/uk", "/uk/"),
        ("/en", "/en/"),
        ("/en/city/kyiv/?by=cinema", "/en/city/kyiv?by=cinema"),
        ("/en//evil.example/", "/en//evil.example"),
    ],
)
async def test_other_ways_to_write_an_address_lead_to_it(start: Any, alias: str, target: str) -> None:
    response = await (await start()).get(alias, allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (308, target)


async def test_the_selector_shows_where_one_is(start: Any) -> None:
    body = await (await (await start()).get("/ru/nowhere?x=%22%3E")).text()
    assert '<input type="hidden" name="next" value="/nowhere?x=%22%3E">' in body
    assert '<button name="language" value="uk" lang="uk" title="Українська">UA</button>' in body
    assert '<button name="language" value="ru" lang="ru" title="Русский" aria-current="true">RU</button>' in body


async def test_the_answer_to_a_form_is_no_place_to_stay(start: Any) -> None:
    response = await (await start()).post("/ru/nowhere")
    assert response.status == 404
    assert '<input type="hidden" name="next" value="/">' in await response.text()


def test_catalogues_know_their_plurals() -> None:
    counts = (1, 2, 5, 11, 21, 22, 25, 111, 112)
    one = [translations("uk").ngettext("%(num)s showing", "%(num)s showings", n).split()[1] for n in counts]
    assert one == ["сеанс", "сеанси", "сеансів", "сеансів", "сеанс", "сеанси", "сеансів", "сеансів", "сеансів"]
    two = [translations("ru").ngettext("%(num)s showing", "%(num)s showings", n).split()[1] for n in counts]
    assert two == ["сеанс", "сеанса", "сеансов", "сеансов", "сеанс", "сеанса", "сеансов", "сеансов", "сеансов"]
    en = [translations("en").ngettext("%(num)s showing", "%(num)s showings", n).split()[1] for n in (0, 1, 2, 21)]
    assert en == ["showings", "showing", "showings", "showings"]
