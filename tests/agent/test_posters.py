"""Posters: which pictures are taken for one, what is made of them, and how often a cinema is asked for them."""

import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from struct import pack
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image
from product_store import new_store

from cinestreamd import config
from cinestreamd.agent.fetch import Fetcher, HttpStatusError, NoPictureError, TooLargeError
from cinestreamd.agent.poster_picture import NoPosterError, make_poster
from cinestreamd.agent.posters import keep_posters
from cinestreamd.agent.task import Tools
from cinestreamd.store.base import Film, Location, Names, Store, Titles
from cinestreamd.store.posters import FilmPoster

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)
RED = (200, 30, 30)


def picture(kind: str = "JPEG", *, size: tuple[int, int] = (400, 600), mode: str = "RGB", **options: Any) -> bytes:
    """A red picture of that kind."""
    colour: Any = {"RGB": RED, "RGBA": (*RED, 255), "P": 1, "L": 90, "CMYK": (0, 200, 200, 40), "I;16": 9000}[mode]
    written = BytesIO()
    Image.new(mode, size, colour).save(written, kind, **options)
    return written.getvalue()


def png_that_says(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be so large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    header = pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def opened(data: bytes) -> Any:
    made = Image.open(BytesIO(data))
    made.load()
    return made


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("JPEG", "RGB"),
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("PNG", "RGB"),
        ("PNG", "RGBA"),
        ("PNG", "P"),
        ("PNG", "L"),
        ("PNG", "I;16"),
        ("WEBP", "RGB"),
        ("WEBP", "RGBA"),
    ],
)
def test_pictures_of_all_usual_kinds_become_two_of_one_kind(kind: str, mode: str) -> None:
    small, large = (opened(data) for data in make_poster(picture(kind, mode=mode)))
    assert (small.format, small.mode, small.size) == ("WEBP", "RGB", (128, 192))
    assert (large.format, large.mode, large.size) == ("WEBP", "RGB", (352, 528))


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_the_picture_stays_what_it_is(mode: str) -> None:
    for data in make_poster(picture("PNG", mode=mode)):
        shown = opened(data).getpixel((60, 90))
        assert all(abs(is_ - was) <= 6 for is_, was in zip(shown, RED, strict=True))


def test_a_poster_of_another_shape_is_cut_on_both_sides() -> None:
    """Of one 500 wide and 600 high, blue outside of the middle two thirds of the height, nothing blue is left."""
    wide = Image.new("RGB", (500, 600), (20, 20, 220))
    wide.paste(RED, (50, 0, 450, 600))
    written = BytesIO()
    wide.save(written, "PNG")
    large = opened(make_poster(written.getvalue())[1])
    assert large.getpixel((3, 264))[0] > 180
    assert large.getpixel((348, 264))[0] > 180


def test_what_hangs_on_a_file_is_not_kept() -> None:
    exif = Image.Exif()
    exif[0x010E] = "where the photographer lives"
    given = picture(exif=exif, comment=b"a comment") + b"<script>alert(1)</script>"
    assert b"photographer" in given
    for data in make_poster(given):
        assert not any(word in data for word in (b"photographer", b"comment", b"script", b"EXIF", b"ICCP"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' width='400' height='600'/>",
        b"<!doctype html><title>404</title>",
        picture()[:300],
        picture("PNG")[:-40],
        picture("GIF", mode="P"),
        picture("BMP"),
        picture("TIFF"),
        png_that_says(60_000, 60_000),
        png_that_says(5_000, 7_000),
        png_that_says(400, 600),
        picture(size=(60, 90)),
        picture(size=(1280, 720)),
        picture(size=(600, 600)),
        picture(size=(200, 900)),
    ],
    ids=[
        *("nothing", "svg", "html", "half a jpeg", "half a png", "gif", "bmp", "tiff"),
        *("3.6 billion pixels", "35 million pixels", "no pixels", "tiny", "a still", "a square", "a strip"),
    ],
)
def test_what_is_no_poster_is_refused(data: bytes) -> None:
    with pytest.raises(NoPosterError):
        make_poster(data)


class Kino:
    """A cinema's pictures by path, and a guide that may ask for them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOW
        self.asked: list[str] = []
        self.files: dict[str, tuple[int, str, bytes]] = {}
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self.server = TestServer(app)

    async def _answer(self, request: web.Request) -> web.Response:
        if request.path != "/robots.txt":
            self.asked.append(request.path)
        status, kind, body = self.files.get(request.path, (404, "text/plain", b""))
        return web.Response(status=status, headers={"Content-Type": kind}, body=body)

    def film(self, film_id: str, path: str | None) -> Film:
        """A film that a page names a picture for."""
        url = None if path is None else str(self.server.make_url(path))
        return Film(id=film_id, titles=Titles(original=film_id), poster_url=url)

    def fetcher(self) -> Fetcher:
        """May ask this server."""
        allowed = frozenset({("127.0.0.1", self.server.port or 0)})
        return Fetcher(config.Fetch(host_interval=0, timeout=20), allowed=allowed)

    async def keep(self, *films: Film) -> int:
        """What a run does after it has published."""
        async with self.fetcher() as fetcher:
            tools = Tools(store=self.store, fetcher=fetcher, clock=lambda: self.now)
            return await keep_posters(films, tools, city_id="kyiv")

    async def kept(self, film_id: str) -> FilmPoster:
        """The film's poster."""
        poster = await self.store.poster(film_id)
        assert poster is not None
        return poster


@pytest.fixture
async def kino(tmp_path: Path) -> AsyncIterator[Kino]:
    kino = Kino(new_store(tmp_path / "site.sqlite"))
    names = Names(uk="Київ", en="Kyiv", ru="Киев")
    place = Location(id="kyiv", names=names, lat=50.45, lon=30.52, country="UA", timezone="Europe/Kyiv")
    await kino.store.add_location(place)
    await kino.server.start_server()
    yield kino
    await kino.server.close()
    await kino.store.close()


async def test_a_films_poster_is_asked_for_once_a_month(kino: Kino) -> None:
    kino.files["/duna.jpg"] = (200, "image/jpeg", picture())
    film = kino.film("duna", "/duna.jpg")
    assert await kino.keep(film, kino.film("pamfir", None)) == 1
    first = await kino.kept("duna")
    assert opened(first.small).size == (128, 192)
    assert len(first.digest) == 16
    location = await kino.store.location("kyiv")
    assert location is not None
    assert location.revision == 1
    kino.now = NOW + 29 * DAY
    assert await kino.keep(film) == 0
    assert kino.asked == ["/duna.jpg"]
    kino.now = NOW + 30 * DAY
    kino.files["/duna.jpg"] = (200, "image/jpeg", picture(mode="L"))
    assert await kino.keep(film) == 1
    assert kino.asked == ["/duna.jpg"] * 2
    assert (await kino.kept("duna")).digest != first.digest


async def test_what_could_not_be_had_is_tried_again_after_three_days(kino: Kino) -> None:
    film = kino.film("duna", "/duna.jpg")
    assert await kino.keep(film) == 0
    assert (await kino.kept("duna")).digest == ""
    kino.now = NOW + 2 * DAY
    await kino.keep(film)
    assert kino.asked == ["/duna.jpg"]
    kino.now = NOW + 3 * DAY
    kino.files["/duna.jpg"] = (200, "image/png", picture("PNG"))
    assert await kino.keep(film) == 1
    assert kino.asked == ["/duna.jpg"] * 2


async def test_a_poster_stays_when_its_successor_cannot_be_had(kino: Kino) -> None:
    kino.files["/duna.jpg"] = (200, "image/jpeg", picture())
    kino.files["/other.jpg"] = (200, "image/jpeg", b"no picture")
    await kino.keep(kino.film("duna", "/duna.jpg"))
    first = await kino.kept("duna")
    await kino.keep(kino.film("duna", "/other.jpg"))  # on the same day two cinemas may name two pictures
    assert kino.asked == ["/duna.jpg"]
    kino.now = NOW + DAY
    assert await kino.keep(kino.film("duna", "/other.jpg")) == 1
    assert kino.asked == ["/duna.jpg", "/other.jpg"]
    then = await kino.kept("duna")
    assert (then.digest, then.small, then.large) == (first.digest, first.small, first.large)


async def test_one_bad_picture_does_not_cost_the_others(kino: Kino) -> None:
    kino.files |= {f"/{number}.webp": (200, "image/webp", picture("WEBP")) for number in range(6)}
    kino.files["/2.webp"] = (200, "image/webp", b"RIFF....WEBPVP8 and nothing behind it")
    kino.files["/3.webp"] = (500, "text/plain", b"")
    films = [kino.film(f"film-{number}", f"/{number}.webp") for number in range(6)]
    assert await kino.keep(*films) == 4
    assert [bool((await kino.kept(film.id)).digest) for film in films] == [True, True, False, False, True, True]


async def test_only_pictures_are_fetched_and_no_endless_ones(kino: Kino) -> None:
    kino.files["/page"] = (200, "text/html", b"<p>")
    kino.files["/drawing"] = (200, "image/svg+xml", b"<svg/>")
    kino.files["/large"] = (200, "image/png", bytes(200_001))
    async with kino.fetcher() as fetcher:
        for path, error in (
            ("/page", NoPictureError),
            ("/drawing", NoPictureError),
            ("/large", TooLargeError),
            ("/none", HttpStatusError),
        ):
            with pytest.raises(error):
                await fetcher.get_picture(str(kino.server.make_url(path)), limit=200_000)


async def test_a_poster_on_a_private_network_is_not_asked_for(kino: Kino) -> None:
    """The page of a cinema chose the address."""
    other = TestServer(web.Application())
    await other.start_server()
    film = Film(id="duna", titles=Titles(original="Дюна"), poster_url=str(other.make_url("/duna.jpg")))
    assert await kino.keep(film) == 0
    assert (await kino.kept("duna")).digest == ""
    await other.close()
