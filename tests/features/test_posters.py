"""Posters on pages: from the site's own address where one is known, drawn where not."""

from datetime import timedelta
from typing import Any

import pytest

from cinestreamd.store.posters import FilmPoster
from cinestreamd.web.security import CONTENT_SECURITY_POLICY

DIGEST = "0123456789abcdef"
PATH = f"/posters/dovbush-2023/{DIGEST}"


def poster(world: Any, **changes: Any) -> FilmPoster:
    fields = {
        "film_id": "dovbush-2023",
        "url": "https://zhovten.example/dovbush.jpg",
        "tried_at": world.now,
        "digest": DIGEST,
        "small": b"RIFF small",
        "large": b"RIFF large",
    }
    return FilmPoster(**fields | changes)


@pytest.fixture
async def shown(world: Any) -> Any:
    """An evening of one film with a poster."""
    await world.publish(world.showtime("21 19:00"))
    await world.store.put_posters("kyiv", [poster(world)])
    return world


@pytest.mark.usefixtures("shown")
async def test_a_listing_shows_the_small_one_and_the_films_page_the_large_one(page: Any) -> None:
    (picture,) = (await page("/uk/city/kyiv")).css(".group-head > .poster img")
    assert picture.attributes == {
        "src": f"{PATH}/small.webp",
        "alt": "",
        "width": "128",
        "height": "192",
        "loading": "lazy",
        "decoding": "async",
    }
    (picture,) = (await page("/uk/city/kyiv/film/dovbush-2023")).css("img[src^='/posters/']")
    assert picture.attributes["src"] == f"{PATH}/large.webp"
    assert picture.parent.attributes["aria-hidden"] == "true"
    assert "img-src 'self'" in CONTENT_SECURITY_POLICY


async def test_a_drawn_one_stands_where_none_is_known(world: Any, page: Any) -> None:
    film = world.film(poster_url="https://zhovten.example/dovbush.jpg")
    await world.publish(world.showtime("21 19:00"), films=[film])
    await world.store.put_posters("kyiv", [poster(world, digest="", small=b"", large=b"")])
    for path in ("/uk/city/kyiv", "/uk/city/kyiv/film/dovbush-2023"):
        tree = await page(path)
        assert tree.css_first(".poster").text(strip=True) == "Д"
        assert tree.css_first("img[src*=poster]") is None
        assert "zhovten.example/dovbush.jpg" not in [each.attributes.get("src") for each in tree.css("[src]")]


async def test_a_poster_appears_although_the_page_was_kept(world: Any, page: Any) -> None:
    await world.publish(world.showtime("21 19:00"))
    assert (await page("/uk/city/kyiv")).css_first(".poster img") is None
    await world.store.put_posters("kyiv", [poster(world)])
    assert (await page("/uk/city/kyiv")).css_first(".poster img") is not None


@pytest.mark.usefixtures("shown")
async def test_pictures_may_be_kept_for_ever(client: Any) -> None:
    for size, body in (("small", b"RIFF small"), ("large", b"RIFF large")):
        answer = await client.get(f"{PATH}/{size}.webp", headers={"Accept-Encoding": "gzip"})
        assert (answer.status, answer.content_type, await answer.read()) == (200, "image/webp", body)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.charset is None


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize(
    "path",
    [
        "/posters/dovbush-2023/fedcba9876543210/small.webp",
        f"/posters/pamfir-2022/{DIGEST}/small.webp",
        f"{PATH}/huge.webp",
        f"{PATH}/small.png",
        "/posters/dovbush-2023//small.webp",
        f"/posters/%ED%A0%80/{DIGEST}/small.webp",
        f"/posters/..%2F..%2Fetc%2Fpasswd/{DIGEST}/small.webp",
    ],
)
async def test_no_other_picture_is_there(client: Any, path: str) -> None:
    assert (await client.get(path)).status == 404


async def test_a_film_that_was_only_tried_has_no_picture(shown: Any, client: Any) -> None:
    tried = poster(shown, digest="", small=b"", large=b"", tried_at=shown.now + timedelta(days=1))
    await shown.store.put_posters("kyiv", [tried])
    assert (await client.get(f"{PATH}/small.webp")).status == 404


async def test_a_films_name_from_elsewhere_stays_in_the_address(world: Any, page: Any, client: Any) -> None:
    name = 'a"><script>alert(1)</script>/../é'
    await world.publish(world.showtime("21 19:00", film_id=name), films=[world.film(name)])
    await world.store.put_posters("kyiv", [poster(world, film_id=name)])
    tree = await page("/uk/city/kyiv")
    (picture,) = tree.css(".poster img")
    assert picture.attributes["src"].startswith("/posters/a%22%3E%3Cscript")
    answer = await client.get(picture.attributes["src"])
    assert await answer.read() == b"RIFF small"


@pytest.mark.usefixtures("shown")
async def test_search_engines_are_told_of_our_own(client: Any) -> None:
    text = await (await client.get("/uk/city/kyiv/film/dovbush-2023")).text()
    assert f'"image":"http://localhost:8001{PATH}/large.webp"' in text


@pytest.mark.usefixtures("shown")
async def test_by_cinema_no_poster_is_looked_up(page: Any) -> None:
    assert (await page("/uk/city/kyiv?by=cinema")).css_first(".poster") is None
