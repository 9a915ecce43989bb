"""The public figures as a page, and the page of the site's ways to give."""

from datetime import date
from typing import Any

from msgspec.structs import replace

from cinestreamd.sites.model import DonationMethod


async def test_the_figures_stand_on_a_page(world: Any, page: Any) -> None:
    await world.publish(world.showtime("21 20:30"), world.showtime("22 20:30"))
    await world.store.count_visits(date(2026, 11, 21), visits=3, views={"kyiv": 7})
    tree = await page("/en/stats")
    figures = {node.css_first("dt").text(): node.css_first("dd").text() for node in tree.css(".figures div")}
    assert figures == {"Cities": "1", "Cinemas": "1", "Films": "1", "Showings to come": "2", "Visits": "3"}
    cells = [" ".join(node.text().split()) for node in tree.css("tbody th, tbody td")]
    assert cells == ["21.11.2026", "3", "7"]
    assert tree.css_first(".foot a[href='/en/stats']") is not None


async def test_ways_to_give_have_a_page_where_there_are_any(world: Any, start: Any) -> None:
    client = await start()
    assert (await client.get("/uk/support")).status == 404
    method = DonationMethod(label="Банка <b>", url="https://send.example/jar")
    world.settings = replace(world.settings, donations=(method,))
    client = await start()
    body = await (await client.get("/uk/support")).text()
    assert "Банка &lt;b&gt;" in body
    assert 'href="https://send.example/jar"' in body
    assert 'href="/uk/support"' in await (await client.get("/uk/")).text()
