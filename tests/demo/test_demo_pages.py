"""The websites against the hand-written truth: every page is read twice, by its data and by what a visitor sees."""

import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from pytest_aiohttp.plugin import AiohttpClient
from selectolax.lexbor import LexborHTMLParser, LexborNode

from cinestreamd.demo.server import create_demo_app
from cinestreamd.demo.truth import ExpectedRow, expected_rows

BASE = "http://demo.test:8090"
KYIV, LONDON = ZoneInfo("Europe/Kyiv"), ZoneInfo("Europe/London")

MOMENTS = {
    "a summer day": datetime(2026, 7, 15, 9, 0, tzinfo=UTC),
    "a winter afternoon": datetime(2026, 12, 8, 15, 41, tzinfo=UTC),
    "before the clocks go forward": datetime(2027, 3, 26, 12, 0, tzinfo=UTC),
    "in the night the clocks go forward": datetime(2027, 3, 28, 0, 30, tzinfo=UTC),
    "after the clocks went forward": datetime(2027, 3, 28, 1, 30, tzinfo=UTC),
    "before the clocks go back": datetime(2026, 10, 24, 21, 5, tzinfo=UTC),
    "in the night the clocks go back": datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    "in the hour that comes twice in London": datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    "the last evening of the year": datetime(2026, 12, 31, 20, 0, tzinfo=UTC),
    "23:55 in Kyiv": datetime(2026, 11, 21, 23, 55, tzinfo=KYIV),
    "00:10 in Kyiv": datetime(2026, 11, 22, 0, 10, tzinfo=KYIV),
    "00:21 in Kyiv": datetime(2026, 11, 22, 0, 21, tzinfo=KYIV),
    "23:55 in London": datetime(2026, 11, 24, 23, 55, tzinfo=LONDON),
    "00:10 in London": datetime(2026, 11, 25, 0, 10, tzinfo=LONDON),
    "03:59 in Kyiv": datetime(2026, 11, 23, 3, 59, tzinfo=KYIV),
    "04:00 in Kyiv": datetime(2026, 11, 23, 4, 0, tzinfo=KYIV),
}

Fields = dict[str, Any]
"""The fields of an expected row that a page's data states, by name."""

ORIGINAL_VERSION = re.compile("мовою оригіналу|original", re.IGNORECASE)


def blocks(page: str) -> list[str]:
    return re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)


def common_fields(event: Fields, work: Fields) -> Fields:
    """What all websites state in the same properties."""
    alternate = work.get("alternateName")
    status = event.get("eventStatus", "")
    return {
        "title": unescape(work["name"]),
        "original_title": alternate[0] if isinstance(alternate, list) else alternate,
        "format": event.get("videoFormat"),
        "language": event.get("inLanguage"),
        "subtitles": event.get("subtitleLanguage"),
        "original_language": bool(ORIGINAL_VERSION.match(event.get("description", ""))),
        "availability": "cancelled" if status.endswith("EventCancelled") else "available",
    }


def sold_out(fields: Fields, availability: str) -> Fields:
    """``fields`` with what the offer says, unless the showing is cancelled."""
    if fields["availability"] == "cancelled" or not availability.endswith("SoldOut"):
        return fields
    return {**fields, "availability": "sold_out"}


def prices(low: str, high: str, currency: str) -> Fields:
    return {
        "price_min": round(float(low) * 100),
        "price_max": round(float(high) * 100),
        "currency": currency,
    }


def read_zirka(page: str) -> Iterable[Fields]:
    for event in json.loads(blocks(page)[0]):
        offer, work = event["offers"], event["workPresented"]
        yield {
            **sold_out(common_fields(event, work), offer["availability"]),
            **prices(offer["price"], offer["price"], offer["priceCurrency"]),
            "start": datetime.fromisoformat(event["startDate"]).astimezone(UTC),
            "room": event["location"]["name"],
            "year": int(work["dateCreated"]),
            "booking": offer["url"],
        }


def read_mayak(page: str) -> Iterable[Fields]:
    for event in map(json.loads, blocks(page)):
        if event["@type"] == "EducationEvent":
            continue
        work = event["workPresented"]
        yield {
            **common_fields(event, work),
            "start": datetime.fromisoformat(event["startDate"]).replace(tzinfo=KYIV).astimezone(UTC),
            "year": int(work["dateCreated"]),
            "booking": event["url"],
        }


def read_levandia(page: str) -> Iterable[Fields]:
    graph = json.loads(blocks(page)[0])["@graph"]
    nodes = {node["@id"]: node for node in graph}
    for event in graph:
        if "ScreeningEvent" not in event["@type"]:
            continue
        work, offers = nodes[event["workPresented"]["@id"]], event["offers"]
        yield {
            **sold_out(common_fields(event, work), offers[0]["availability"]),
            **prices(offers[0]["price"], offers[-1]["price"], offers[0]["priceCurrency"]),
            "start": datetime.fromisoformat(event["startDate"]).astimezone(UTC),
            "room": nodes[event["location"]["@id"]]["name"],
            "year": int(work["datePublished"]),
            "booking": offers[0]["url"],
        }


def read_pid_cytadelliu(page: str) -> Iterable[Fields]:
    for item in re.findall(r"<li itemscope.*?</li>", page, re.DOTALL):

        def content(name: str, item: str = item) -> str | None:
            found = re.search(rf'itemprop="{name}"(?: content="([^"]*)")?[^>]*>([^<]*)', item)
            return found and unescape(found[1] or found[2])

        def link(name: str, item: str = item) -> str:
            found = re.search(rf'itemprop="{name}" href="([^"]*)"', item)
            return unescape(found[1]) if found else ""

        start = re.search(r'itemprop="startDate" datetime="([^"]+)"', item)
        assert start
        event = {
            "eventStatus": link("eventStatus"),
            "description": content("description"),
            "inLanguage": content("inLanguage"),
            "subtitleLanguage": content("subtitleLanguage"),
        }
        work = {"name": content("name"), "alternateName": content("alternateName")}
        price = content("price") or ""
        yield {
            **sold_out(common_fields(event, work), link("availability")),
            **prices(price, price, content("priceCurrency") or ""),
            "start": datetime.fromisoformat(start[1]).astimezone(UTC),
            "year": int(content("dateCreated") or 0),
            "booking": link("url"),
        }


def read_lantern(page: str) -> Iterable[Fields]:
    for block in blocks(page):
        try:
            events = json.loads(block)
        except json.JSONDecodeError:
            continue
        for event in events if isinstance(events, list) else [events]:
            if event["@type"] != "VisualArtsEvent" or not event["startDate"]:
                continue
            offer, work = event["offers"], event["workFeatured"]
            local = datetime.fromisoformat(event["startDate"][:19]).replace(tzinfo=LONDON)
            yield {
                **sold_out(common_fields(event, work), offer["availability"]),
                **prices(offer["lowPrice"], offer["highPrice"], offer["priceCurrency"]),
                "start": local.astimezone(UTC),
                "year": work["dateCreated"],
                "booking": offer["url"],
            }


def read_heron_dock(page: str) -> Iterable[Fields]:
    for film in map(json.loads, blocks(page)):
        if film["@type"] != "Movie":
            continue
        for event in film["subjectOf"]:
            offers = event["offers"]
            yield {
                **sold_out(common_fields(event, film), offers[0]["availability"]),
                **prices(offers[0]["price"][1:], offers[-1]["price"][1:], offers[0]["priceCurrency"]),
                "start": datetime.fromisoformat(event["startDate"]).astimezone(UTC),
                "room": event["location"]["name"],
                "year": int(film["dateCreated"][:4]),
                "booking": event["url"],
            }


DATA_READERS: dict[str, Callable[[str], Iterable[Fields]]] = {
    "zirka-podil": read_zirka,
    "mayak": read_mayak,
    "levandia": read_levandia,
    "pid-cytadelliu": read_pid_cytadelliu,
    "lantern": read_lantern,
    "heron-dock": read_heron_dock,
}

UNSTATED = {
    "format": None, "room": None, "price_min": None, "price_max": None, "currency": None, "original_title": None,
}  # fmt: skip


def as_set(rows: Iterable[Fields]) -> set[tuple[tuple[str, object], ...]]:
    return {tuple(sorted(row.items())) for row in rows}


def fields_of(row: ExpectedRow) -> Fields:
    """An expected row without what no data states: where it stands, and the evening that it belongs to."""
    named = {name: getattr(row, name) for name in row.__struct_fields__}
    return {
        name: value for name, value in named.items() if name not in {"cinema", "cinema_name", "city", "page", "day"}
    }


@pytest.mark.parametrize("now", MOMENTS.values(), ids=MOMENTS)
async def test_data_of_every_page_is_what_the_truth_says(aiohttp_client: AiohttpClient, now: datetime) -> None:
    """Every field of every showing to come, no row more, no row less."""
    client = await aiohttp_client(create_demo_app(base_url=BASE, clock=lambda: now))
    for slug, read in DATA_READERS.items():
        expected = [row for row in expected_rows(now) if row.cinema == slug]
        page = await (await client.get(expected[0].page)).text()
        found = [{**UNSTATED, **row} for row in read(page) if row["start"] > now]
        for row in found:
            address = urlsplit(row["booking"])
            assert f"{address.scheme}://{address.netloc}" == BASE
            row["booking"] = row["booking"].removeprefix(BASE)
        assert len(found) == len(expected)
        assert as_set(found) == as_set(map(fields_of, expected))


MONTHS = {
    "січня": 1, "лютого": 2, "березня": 3, "квітня": 4, "травня": 5, "червня": 6, "липня": 7, "серпня": 8,
    "вересня": 9, "жовтня": 10, "листопада": 11, "грудня": 12,
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8,
    "september": 9, "october": 10, "november": 11, "december": 12,
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sept": 9, "sep": 9, "oct": 10, "nov": 11,
    "dec": 12,
}  # fmt: skip


def printed_day(text: str, now: datetime) -> date:
    """The date in "сб, 21 листопада" or "Sat 21 Nov", in the year that makes it nearest to now."""
    number, month = re.findall(r"(\d+)\s+([^\W\d]+)", text)[0]
    candidates = [date(now.year + shift, MONTHS[month.lower()], int(number)) for shift in (-1, 0, 1)]
    return min(candidates, key=lambda day: abs(day - now.date()))


def text_of(node: LexborNode, selector: str) -> str:
    found = node.css_first(selector)
    assert found is not None, selector
    return found.text().strip()


def see_zirka(tree: LexborHTMLParser) -> Iterable[tuple[str, str, str]]:
    for film in tree.css("article.film"):
        for day in film.css(".days > div"):
            for chip in day.css(".chip"):
                yield text_of(film, "h2"), text_of(day, "dt"), text_of(chip, "time")


def see_mayak(tree: LexborHTMLParser) -> Iterable[tuple[str, str, str]]:
    for day in tree.css("section"):
        for row in day.css("tbody tr:not(.talk)"):
            yield text_of(row, "b"), text_of(day, "h2"), text_of(row, ".clock")


def see_levandia(tree: LexborHTMLParser) -> Iterable[tuple[str, str, str]]:
    for day in tree.css("section.day"):
        for show in day.css(".show"):
            yield text_of(show, "h4"), text_of(day, "h2"), text_of(show, "time")


def see_pid_cytadelliu(tree: LexborHTMLParser) -> Iterable[tuple[str, str, str]]:
    for day in tree.css("section"):
        for item in day.css("li"):
            yield text_of(item, "h3"), text_of(day, "h2 small"), text_of(item, "time")


def see_lantern(tree: LexborHTMLParser) -> Iterable[tuple[str, str, str]]:
    for film in tree.css("article"):
        day = ""
        for line in film.css("dt, dd"):
            if line.tag == "dt":
                day = line.text()
            else:
                yield text_of(film, "h2"), day, re.findall(r"\d\d:\d\d", line.text())[0]


def see_heron_dock(tree: LexborHTMLParser) -> Iterable[tuple[str, str, str]]:
    for day in tree.css("section"):
        for film in day.css("article"):
            for item in film.css("li"):
                yield text_of(film, "h3"), text_of(day, "h2"), text_of(item, "b, s")


def see_pidzamche(tree: LexborHTMLParser) -> Iterable[tuple[str, str, str]]:
    letter = text_of(tree, ".letter") if tree.root is not None else ""
    for day, clock, title in re.findall(r"(\d+ [^\W\d]+) о (\d\d:\d\d) сідаємо дивитися «([^»]+)»", letter):
        yield title, day, clock


EYES = {
    "zirka-podil": (see_zirka, KYIV),
    "mayak": (see_mayak, KYIV),
    "levandia": (see_levandia, KYIV),
    "pid-cytadelliu": (see_pid_cytadelliu, KYIV),
    "pidzamche": (see_pidzamche, KYIV),
    "lantern": (see_lantern, LONDON),
    "heron-dock": (see_heron_dock, LONDON),
}


@pytest.mark.parametrize("now", MOMENTS.values(), ids=MOMENTS)
async def test_visitor_sees_what_the_truth_says(aiohttp_client: AiohttpClient, now: datetime) -> None:
    """Title and clock stand verbatim, under the evening that the showing belongs to, once for each row."""
    client = await aiohttp_client(create_demo_app(base_url=BASE, clock=lambda: now))
    for slug, (see, zone) in EYES.items():
        expected = [row for row in expected_rows(now) if row.cinema == slug]
        page = await (await client.get(expected[0].page)).text()
        seen = []
        for title, day_text, clock in see(LexborHTMLParser(page)):
            day = printed_day(day_text, now.astimezone(zone))
            calendar_day = day + timedelta(days=1) if clock < "04:00" else day
            if datetime.combine(calendar_day, time.fromisoformat(clock), zone) > now:
                seen.append((title, day, clock))
        assert sorted(seen) == sorted((row.title, row.day, f"{row.start.astimezone(zone):%H:%M}") for row in expected)


async def test_pages_hold_the_imperfections_they_are_there_for(aiohttp_client: AiohttpClient) -> None:
    """The traps are really set: without them the websites would prove little."""
    monday = datetime(2026, 7, 13, 9, 0, tzinfo=UTC)
    client = await aiohttp_client(create_demo_app(base_url=BASE, clock=lambda: monday))

    async def page(path: str) -> str:
        return await (await client.get(path)).text()

    mayak, lantern, heron = await page("/mayak/"), await page("/lantern/whats-on"), await page("/heron-dock/whats-on/")
    assert '"startDate":"2026-07-13T19:00","url":"http://demo.test:8090/mayak/bron.php?kino=mayak\\u0026seans=' in mayak
    assert '"name":"\\u041f\\u0440\\u0438\\u043b\\u0438\\u0432"' in mayak
    assert '"@type":"EducationEvent"' in mayak
    assert "Лекція: як дивитися поетичне кіно" in mayak
    broken = [block for block in blocks(lantern) if not is_json(block)]
    assert len(broken) == 1
    assert '"name":"The Lighthouse Letters"\n "startDate":"2026-07-13T20:45:00+01:00"' in broken[0]
    assert len(blocks(lantern)) == 9
    assert '"name":"The Ninth Orbit","startDate":""' in lantern
    assert '"name":"Hazel &amp; Flint"' in lantern
    assert '"startDate":"2026-07-18T11:00:00.000Z+01:00"' in lantern
    assert "Picture Quiz in the Foyer" in lantern
    assert '"@type": "MusicEvent"' in heron
    assert '"@type": "ItemList"' in heron
    assert '"price": "£14.00"' in heron


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except json.JSONDecodeError:
        return False
    return True
