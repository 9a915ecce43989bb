"""The cards of shared links: real pictures, their words in pixels, drawn without a library for pictures."""

import re
import struct
import subprocess
import sys
import zlib
from typing import Any

import pytest

from cinestreamd.features.guide.card import draw_card
from cinestreamd.features.guide.lettering import Lettering
from cinestreamd.store.base import Titles


def pixels_of(png: bytes) -> list[bytes]:
    """The rows of a PNG with a palette, after its structure and check sums were checked."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    parts: dict[bytes, bytes] = {}
    place = 8
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        kind, data = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        assert struct.unpack(">I", png[place + 8 + length : place + 12 + length])[0] == zlib.crc32(kind + data)
        parts[kind] = data
        place += 12 + length
    assert list(parts) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    assert struct.unpack(">IIBBBBB", parts[b"IHDR"]) == (1200, 630, 8, 3, 0, 0, 0)
    raw = zlib.decompress(parts[b"IDAT"])
    rows = [raw[begin : begin + 1201] for begin in range(0, len(raw), 1201)]
    assert len(rows) == 630
    assert {row[0] for row in rows} == {0}
    assert max(map(max, rows)) < len(parts[b"PLTE"]) // 3
    return [row[1:] for row in rows]


def ink(rows: list[bytes], top: int, bottom: int) -> int:
    """How many pixels between two heights are not the ground, left of the stub."""
    return sum(1000 - row[:1000].count(0) for row in rows[top:bottom])


def test_a_card_has_its_title_and_its_note_and_is_itself_again() -> None:
    first = draw_card(["Довбуш"], "Київ · 2023", "Сьогодні в кіно")
    rows = pixels_of(first)
    assert ink(rows, 60, 110) > 500
    assert ink(rows, 170, 500) > 5_000
    assert ink(rows, 520, 570) > 500
    assert draw_card(["Довбуш"], "Київ · 2023", "Сьогодні в кіно") == first
    assert draw_card(["Памфір"], "Київ · 2023", "Сьогодні в кіно") != first


@pytest.mark.parametrize("title", ["映画館", "سينما", "🎬", "\x00", "\u202e"])
def test_a_title_without_letters_gives_way_to_the_next_one(title: str) -> None:
    assert draw_card([title, "Kyiv"], "", "") == draw_card(["Kyiv"], "", "")


@pytest.mark.parametrize("title", ["", "W" * 10_000, "слово " * 2_000, "Ї" * 60, "a\u0301 й"])
def test_any_title_fits(title: str) -> None:
    rows = pixels_of(draw_card([title], title, title))
    assert ink(rows, 0, 30) == 0
    assert ink(rows, 600, 630) == 0


def test_the_alphabet_has_the_letters_of_the_guides_languages_and_neighbours() -> None:
    lettering = Lettering()
    for text in ("Ґанок і їжак ’є", "Ёлка, съезд", "The “End” — 2026…", "Żółć Åsa Çiçek ß ț", "€№", "ʼ", "Мільйон ₴"):
        assert lettering.can_say(text), text
    assert lettering.width("Київ", 96) > lettering.width("Київ", 38) > 0


def test_a_sign_that_the_face_lacks_is_spelled_out() -> None:
    assert draw_card(["100 ₴"], "від 90 ₴", "") == draw_card(["100 грн"], "від 90 грн", "")
    assert draw_card(["100 ₴"], "", "") != draw_card(["100"], "", "")


async def test_pages_name_their_cards(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"))
    base = "http://localhost:8001"
    for path in (
        "/uk",
        "/uk/city/kyiv",
        "/en/city/kyiv/film/dovbush-2023",
        "/ru/city/kyiv/cinema/zhovten",
    ):
        page = await (await client.get(path if "city" in path else f"{path}/")).text()
        found = re.findall(r'<meta property="og:image" content="([^"]+)">', page)
        assert found == [f"{base}{path}/card.png"]
        answer = await client.get(found[0].removeprefix(base))
        assert (answer.status, answer.headers["Content-Type"]) == (200, "image/png")
        assert answer.headers["Cache-Control"] == "public, max-age=3600"
        pixels_of(await answer.read())
        again = await client.get(found[0].removeprefix(base), headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status == 304
    assert 'content="http://localhost:8001/uk/card.png"' in await (await client.get("/uk/city/kyiv/map")).text()


async def test_a_card_says_the_title_in_the_pages_language_else_one_that_it_can_write(world: Any, client: Any) -> None:
    titles = Titles(original="映画", en="The Film")
    await world.publish(world.showtime("21 20:30"), films=[world.film(titles=titles)])
    drawn = await (await client.get("/uk/city/kyiv/film/dovbush-2023/card.png")).read()
    assert ink(pixels_of(drawn), 170, 500) > 5_000


@pytest.mark.parametrize(
    "path", ["/uk/city/nowhere/card.png", "/uk/city/kyiv/film/none/card.png", "/uk/city/kyiv/cinema/none/card.png"]
)
async def test_what_does_not_exist_has_no_card(client: Any, path: str) -> None:
    assert (await client.get(path)).status == 404


def test_a_card_takes_no_library_for_pictures() -> None:
    """Each worker would pay for it."""
    code = "import sys; from cinestreamd.features.guide.card import draw_card as draw; draw(['A'], '', '')"
    code += "; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "cinestreamd.features.guide.lettering" in loaded
    assert {"PIL", "numpy", "cairo"} & set(loaded) == set()
