"""A map with tiles is the operator's word: without it nothing of it is in any page."""

from typing import Any

import pytest
from msgspec.structs import replace

from cinestreamd.sites.model import MapTiles, SiteSettings

TILES = MapTiles(tiles="https://{s}.tiles.example:8443/{z}/{x}/{y}.png", credit="© Somebody")


async def test_without_tiles_nothing_may_come_from_elsewhere(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"), cinemas=[world.cinema(lat=50.45, lon=30.5)])
    response = await client.get("/uk/city/kyiv/map")
    assert "img-src 'self';" in response.headers["Content-Security-Policy"]
    page = await response.text()
    assert "leaflet" not in page
    assert "data-tiles" not in page
    assert '<svg class="map"' in page


async def test_with_tiles_the_map_may_show_them_and_no_other_page_may(world: Any, start: Any) -> None:
    await world.publish(world.showtime("21 20:30"), cinemas=[world.cinema(lat=50.45, lon=30.5)])
    world.settings = replace(world.settings, map=TILES)
    client = await start()
    response = await client.get("/uk/city/kyiv/map")
    policy = response.headers["Content-Security-Policy"]
    assert "img-src 'self' data: https://*.tiles.example:8443;" in policy
    assert "script-src 'self'; style-src 'self';" in policy
    page = await response.text()
    assert 'data-lat="50.45" data-lon="30.5"' in page
    assert 'data-tiles="https://{s}.tiles.example:8443/{z}/{x}/{y}.png"' in page
    assert '<svg class="map"' in page
    other = await client.get("/uk/city/kyiv")
    assert "tiles.example" not in other.headers["Content-Security-Policy"]
    assert "tiles.example" not in await other.text()


@pytest.mark.parametrize(
    "tiles",
    [
        "https://tiles.example/{z}/{x}/{y}.png",
        "https://{s}.tiles.example/a/{z}/{x}/{y}@2x.png?key=abc",
        "https://tiles.example/wmts?z={z}&x={x}&y={y}",
    ],
)
def test_tiles_that_can_be_used(tiles: str) -> None:
    assert SiteSettings(map=MapTiles(tiles=tiles, credit="© Somebody")).problems() == []


@pytest.mark.parametrize(
    ("tiles", "credit"),
    [
        ("http://tiles.example/{z}/{x}/{y}.png", "©"),
        ("https://tiles.example/{z}/{x}.png", "©"),
        ("https://tiles.example/{z}/{x}/{y}/{y}.png", "©"),
        ("https://tiles.example/{z}/{x}/{y}/{evil}", "©"),
        ("https://tiles.example;script-src *//{z}/{x}/{y}", "©"),
        ("https://tiles.example/;/{z}/{x}/{y}", "©"),
        ("https://{z}.example/{x}/{y}", "©"),
        ("https://a.{s}.example/{z}/{x}/{y}", "©"),
        ("https://user@tiles.example/{z}/{x}/{y}", "©"),
        ("https://tiles.example/{z}/{x}/{y} https://evil.example", "©"),
        ("javascript:{z}{x}{y}", "©"),
        ("https://tiles.example/{z}/{x}/{y}.png", ""),
        ("https://tiles.example/{z}/{x}/{y}.png", "<img src=x>"),
    ],
)
def test_tiles_that_cannot_be_used(tiles: str, credit: str) -> None:
    assert [field for field, _ in SiteSettings(map=MapTiles(tiles=tiles, credit=credit)).problems()] == ["map"]


async def test_ways_to_give_are_codes_as_well(world: Any, start: Any) -> None:
    from cinestreamd.sites.model import DonationMethod

    world.settings = replace(world.settings, donations=(DonationMethod(label="Jar", url="https://send.example/jar"),))
    client = await start()
    assert 'src="/en/support/1.svg" alt="QR code: Jar"' in await (await client.get("/en/support")).text()
    code = await client.get("/en/support/1.svg")
    assert (code.status, code.content_type) == (200, "image/svg+xml")
    assert (await code.text()).startswith("<?xml")
    for number in ("0", "2", "999", "x"):
        assert (await client.get(f"/en/support/{number}.svg")).status == 404
