"""What an operator does: each deed needs a form of the login, does one thing, and is told in the journal."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from cinestreamd.store.base import CinemaCorrection
from cinestreamd.web.keys import Unpaid

DEEDS = (
    ("/ops/cities/kyiv/retry", {}),
    ("/ops/cinemas/zhovten/recheck", {}),
    ("/ops/cinemas/zhovten/state", {"state": "blocked"}),
    ("/ops/cinemas/zhovten/release", {}),
)


@pytest.mark.parametrize(("path", "fields"), DEEDS)
async def test_a_deed_needs_login_token_and_origin(
    world: Any, console: Any, master: Any, path: str, fields: dict[str, str]
) -> None:
    await world.publish(world.showtime("21 20:30"))
    client, good = console.client, {"token": console.token, **fields}
    assert (await client.post(path, data=good)).status == 403
    assert (await client.post(path, data=good, headers={"Origin": "https://evil.example"})).status == 403
    assert (await client.post(path, data=fields, headers={"Origin": console.origin})).status == 403
    assert (await client.get(path)).status == 405
    client.session.cookie_jar.clear()
    assert (await client.post(path, data=good, headers={"Origin": console.origin})).status == 401
    assert (master.retried, await world.store.journal(), await world.store.corrections()) == ([], [], [])


async def test_a_city_is_read_now(world: Any, console: Any, master: Any) -> None:
    await world.publish(world.showtime("21 20:30"))
    tree = await console.page("/ops/cities")
    form = tree.css_first('form[action="/ops/cities/kyiv/retry"]')
    assert form.css_first('input[name="token"]').attributes["value"] == console.token
    with capture_logs() as logs:
        response = await console.post("/ops/cities/kyiv/retry")
    assert (response.status, response.headers["Location"]) == (303, "/ops/cities?done=city_retry")
    assert master.retried == [("kyiv", None)]
    [entry] = await world.store.journal()
    assert (entry.action, entry.city_id, entry.at) == ("city_retry", "kyiv", world.now)
    assert entry.who == console.operator.mark
    [line] = [event for event in logs if event["event"] == "console_change"]
    assert (line["action"], line["city"], line["who"]) == ("city_retry", "kyiv", entry.who)
    tree = await console.page("/ops/journal")
    assert tree.css("tbody tr")[0].text(separator=" ").split()[2:] == ["had", "a", "city", "read", "Kyiv", entry.who]
    tree = await console.page("/ops/cities?done=city_retry")
    assert tree.css_first("[role=status]").text() == "The city will be read in a moment."
    assert (await console.page("/ops/cities?done=<b>")).css_first("[role=status]") is None
    assert (await console.post("/ops/cities/nowhere/retry")).status == 404
    assert (await console.post("/ops/cities/odesa/retry")).status == 303, "a city that the site does not know yet"


@pytest.mark.parametrize(("answer", "code"), [("full", 429), (Unpaid(retry_after=60), 429)])
async def test_what_the_master_refuses_is_told(world: Any, console: Any, master: Any, answer: Any, code: int) -> None:
    await world.publish(world.showtime("21 20:30"))
    master.answer = answer
    for path in ("/ops/cities/kyiv/retry", "/ops/cinemas/zhovten/recheck"):
        assert (await console.post(path)).status == code


async def test_a_cinema_is_read_paused_blocked_and_goes_on(world: Any, console: Any, master: Any) -> None:
    await world.publish(world.showtime("21 20:30"))
    former = CinemaCorrection(cinema_id="zhovten", city_id="kyiv", name="Наш Жовтень")
    await world.store.correct_cinema(former, now=world.now)
    place = "/ops/cinemas/zhovten"
    assert (await console.post(f"{place}/recheck")).headers["Location"] == f"{place}?done=cinema_recheck"
    assert master.retried == [("kyiv", "zhovten")]
    assert (await console.post(f"{place}/state", state="paused")).status == 303
    assert await world.store.corrections("kyiv") == [replace(former, state="paused")]
    assert len(await world.store.showtimes("kyiv", since=world.now)) == 1, "what is known stays"
    for deed in ("recheck", "release"):
        assert (await console.post(f"{place}/{deed}")).status == 409
    tree = await console.page(place)
    assert [node.text() for node in tree.css(".ops-deeds button")] == ["Have it go on", "Block it"]
    assert (await console.post(f"{place}/state", state="blocked")).status == 303
    assert await world.store.showtimes("kyiv", since=world.now) == []
    assert (await console.post(f"{place}/state", state="active")).status == 303
    assert await world.store.corrections("kyiv") == [former]
    assert [entry.action for entry in (await world.store.journal())] == sorted(
        ("cinema_recheck", "cinema_pause", "cinema_block", "cinema_resume"), reverse=True
    )
    for state in ("gone", ""):
        assert (await console.post(f"{place}/state", state=state)).status == 400
    assert (await console.post("/ops/cinemas/nobody/state", state="paused")).status == 404


async def test_what_is_held_back_is_believed_for_two_hours(world: Any, console: Any, master: Any) -> None:
    held = world.cinema(last_outcome="quarantined", failures=1)
    await world.publish(world.showtime("21 20:30"), cinemas=[held])
    tree = await console.page("/ops/cinemas/zhovten")
    assert "Believe what is held back" in [node.text() for node in tree.css(".ops-deeds button")]
    assert (await console.post("/ops/cinemas/zhovten/release")).status == 303
    [correction] = await world.store.corrections("kyiv")
    assert correction.believed_until == world.now + timedelta(hours=2)
    assert master.retried == [("kyiv", "zhovten")]
