"""When reading a city cannot be paid: what visitors and programs are told, beside what is known."""

from datetime import timedelta
from typing import Any

import pytest

from cinestreamd.web.keys import Unpaid


@pytest.mark.parametrize(
    ("language", "detail"),
    [
        ("uk", ("Те, що цей сайт може витратити на читання сторінок, поки що вичерпано."
               " Спробуйте знову приблизно за 9 год.")),
        ("en", "What this site may spend on reading is used up for now. Try again in about 9 h."),
        ("ru", ("То, что этот сайт может потратить на чтение страниц, пока исчерпано."
               " Попробуйте снова примерно через 9 ч.")),
    ],
)  # fmt: skip
async def test_a_program_gets_a_problem_with_its_time(world: Any, client: Any, language: str, detail: str) -> None:
    world.desk.answer = Unpaid(retry_after=8 * 3600 + 1)
    response = await client.post("/api/scrape", json={"city": "odesa"}, headers={"Accept-Language": language})
    assert (response.status, response.headers["Retry-After"]) == (429, "28801")
    problem = await response.json()
    assert (problem["code"], problem["fields"], problem["detail"]) == ("budget_spent", {"hours": 9}, detail)


async def test_a_cold_city_says_when_to_come_again_and_offers_no_form(world: Any, client: Any, page: Any) -> None:
    world.desk.answer = Unpaid(retry_after=3600)
    response = await client.post("/en/city/odesa/scrape", allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (303, "/en/city/odesa?rests=1795280400")
    tree = await page(response.headers["Location"])
    state = tree.css_first(".state")
    assert state.attributes["data-phase"] == "unpaid"
    assert " ".join(state.text().split()) == (
        "What this site may spend on reading is used up for now. Try again in about 1 h."
    )
    assert tree.css_first(".state form") is None
    world.now += timedelta(hours=1)
    assert (await page(response.headers["Location"])).css_first(".state form") is not None


async def test_old_showtimes_stay_in_sight_with_their_age(world: Any, client: Any, page: Any) -> None:
    await world.publish(world.showtime("21 20:30"), ago=timedelta(hours=25))
    world.desk.answer = Unpaid(retry_after=3600)
    response = await client.post("/en/city/kyiv/scrape", allow_redirects=False)
    tree = await page(response.headers["Location"])
    assert "updated 25 hours ago" in " ".join(tree.css_first(".place .note").text().split())
    assert tree.css_first(".state").attributes["data-phase"] == "unpaid"
    assert len(tree.css(".show")) == 1
    assert not [link for link in tree.css("a") if "rests" in (link.attributes.get("href") or "")]


async def test_an_address_cannot_close_a_city_for_ever(world: Any, page: Any) -> None:
    far = int(world.now.timestamp()) + 40 * 86_400
    assert (await page(f"/uk/city/odesa?rests={far}")).css_first(".state form") is not None
    await world.publish(world.showtime("21 20:30"))
    soon = int(world.now.timestamp()) + 60
    assert (await page(f"/uk/city/kyiv?rests={soon}")).css_first(".state").attributes["data-phase"] == "fresh"
