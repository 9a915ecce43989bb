"""The guide elsewhere: a widget in a frame, a showing as a QR code, a map without anybody's tiles, preview cards."""

from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from cinestreamd.features.guide.map import city_map
from cinestreamd.features.guide.showing import Viewpoint


async def test_the_widget_may_stand_in_any_frame_and_nothing_else_may(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30", buy_link="https://zhovten.example/buy/1"))
    widget = await client.get("/embed/en/city/kyiv", headers={"Accept-Language": "ru"})
    assert widget.status == 200
    assert "frame-ancestors *" in widget.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in widget.headers
    assert "Set-Cookie" not in widget.headers
    page = await client.get("/en/city/kyiv")
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Frame-Options"] == "DENY"
    tree = LexborHTMLParser(await widget.text())
    assert tree.css_first("html").attributes["lang"] == "en"
    assert tree.css_first("h2").text().strip() == "Dovbush"
    assert tree.css_first("h2 a").attributes["href"] == "/en/city/kyiv/film/dovbush-2023"
    assert tree.css_first("section p > a").attributes["href"] == "https://zhovten.example/buy/1"
    assert tree.css_first("h1 a").attributes["href"] == "http://localhost:8001/en/city/kyiv"
    assert tree.css_first("script, form, img") is None
    assert all(node.attributes["target"] == "_blank" for node in tree.css("a"))


async def test_the_widget_keeps_to_filters_and_says_what_it_leaves_out(world: Any, client: Any) -> None:
    films = [world.film(), world.film("mavka-2023")]
    rows = [world.showtime("21 20:30", format="3D"), world.showtime("21 21:00", id="m", film_id="mavka-2023")]
    await world.publish(*rows, films=films)
    filtered = LexborHTMLParser(await (await client.get("/embed/uk/city/kyiv?format=3D")).text())
    assert len(filtered.css("section")) == 1
    short = LexborHTMLParser(await (await client.get("/embed/uk/city/kyiv?most=1")).text())
    assert len(short.css("section")) == 1
    assert "ще 1" in short.css_first("main > .note").text()
    assert (await client.get("/embed/uk/city/kyiv?most=51")).status == 400
    assert (await client.get("/embed/uk/city/atlantis-under-the-sea")).status == 404


@pytest.mark.parametrize("words", ["</title><script>alert(1)</script>", '"><img src=x>'])
async def test_hostile_words_stay_words_in_the_widget_and_on_the_map(world: Any, client: Any, words: str) -> None:
    await world.publish(
        world.showtime("21 20:30"), cinemas=[world.cinema(name=words, address=words, lat=50.45, lon=30.5)]
    )
    for path in ("/embed/uk/city/kyiv", "/uk/city/kyiv/map"):
        tree = LexborHTMLParser(await (await client.get(path)).text())
        assert words in tree.css_first("main").text()
        assert tree.css_first("main script, main img") is None


async def test_a_showing_is_a_qr_code_of_its_address(world: Any, client: Any, page: Any) -> None:
    await world.publish(world.showtime("21 20:30", id="s1"))
    link = (await page("/uk/city/kyiv")).css_first("a.wrong").attributes["href"]
    assert link == "/uk/city/kyiv/film/dovbush-2023/qr.svg?show=s1"
    response = await client.get(link)
    assert (response.status, response.content_type) == (200, "image/svg+xml")
    body = await response.text()
    assert "<svg" in body
    assert "<script" not in body
    other = await (await client.get("/uk/city/kyiv/film/dovbush-2023/qr.svg?show=s2")).text()
    assert other != body
    assert (await client.get("/uk/city/kyiv/film/dovbush-2023/qr.svg?show=%22%3E")).status == 400


async def test_a_map_is_drawn_of_the_cinemas_whose_place_is_known(world: Any, page: Any) -> None:
    cinemas = [
        world.cinema(lat=50.47, lon=30.51, address="вул. Костянтинівська, 26"),
        world.cinema("planeta", name="Планета кіно", lat=50.43, lon=30.52),
        world.cinema("nowhere", name="Без адреси"),
    ]
    await world.publish(world.showtime("21 20:30"), cinemas=cinemas)
    tree = await page("/uk/city/kyiv/map?at=50.45,30.5")
    assert [node.attributes["href"] for node in tree.css("svg.map a")] == [
        "/uk/city/kyiv/cinema/zhovten",
        "/uk/city/kyiv/cinema/planeta",
    ]
    north, south = (float(node.attributes["cy"]) for node in tree.css(".map-pin"))
    assert north < south
    assert tree.css_first(".map-you") is not None
    assert len(tree.css(".map-list li")) == 2
    assert (await page("/uk/city/odesa/map")).css_first("svg") is None


def test_distances_on_the_map_are_those_on_the_ground(world: Any) -> None:
    """0.1 degrees of latitude are 11.12 km, of longitude at 50 degrees 7.15 km."""
    location = world.location()
    view = Viewpoint(location=location, zone=None, language="en", now=world.now)  # type: ignore[arg-type]  # no clock here
    cinemas = [
        world.cinema("a", lat=50.0, lon=30.0),
        world.cinema("b", lat=50.1, lon=30.0),
        world.cinema("c", lat=50.0, lon=30.1),
    ]
    drawn = city_map(cinemas, view)
    assert drawn is not None
    places = {pin.head.name + str(pin.number): (pin.x, pin.y) for pin in drawn.pins}
    (top_x, top_y), (left_x, left_y), (right_x, right_y) = places.values()
    assert (top_x, left_y) == (left_x, right_y)
    ratio = (left_y - top_y) / (right_x - left_x)
    assert 1.54 < ratio < 1.57
    kilometres = int(drawn.scale.split()[0])
    assert drawn.bar / kilometres == pytest.approx((left_y - top_y) / 11.12, rel=0.02)


async def test_a_link_has_a_card(world: Any, page: Any) -> None:
    await world.publish(world.showtime("21 20:30"))
    tree = await page("/en/city/kyiv/film/dovbush-2023")
    card = {node.attributes["property"]: node.attributes["content"] for node in tree.css("meta[property]")}
    assert card["og:title"] == "Dovbush: Kyiv"
    assert card["og:url"] == "http://localhost:8001/en/city/kyiv/film/dovbush-2023"
