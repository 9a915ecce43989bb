"""Cinemas from OpenStreetMap data."""

import json
from typing import Any

import pytest

from cinestreamd.agent.osm import BadExtractError, distance_km, read_answer, read_extract
from cinestreamd.store.memory import Venue

ZIRKA = {
    "type": "node",
    "id": 101,
    "lat": 50.4652,
    "lon": 30.5141,
    "tags": {
        "amenity": "cinema",
        "name": "Зірка",
        "name:en": "Zirka",
        "name:ru": "Звезда",
        "website": "https://zirka.example/",
        "addr:street": "вул. Зоряна",
        "addr:housenumber": "7",
        "addr:city": "Київ",
        "brand": "Зірки",
        "operator": "ТОВ «Зірки»",
        "wheelchair": "limited",
        "wikidata": "Q123",
        "screen": "4",
    },
}


def extract(*elements: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"version": 0.6, "generator": "Overpass API", "elements": elements, **more}).encode()


def tagged(**tags: str) -> dict[str, Any]:
    named = {name.replace("__", ":"): value for name, value in tags.items()}
    return {"type": "node", "id": 1, "lat": 50.0, "lon": 30.0, "tags": {"amenity": "cinema", "name": "А", **named}}


def test_a_cinema_with_all_that_the_map_knows() -> None:
    assert read_extract(extract(ZIRKA)) == (
        Venue(
            ref="node/101",
            name="Зірка",
            lat=50.4652,
            lon=30.5141,
            names={"en": "Zirka", "ru": "Звезда"},
            website="https://zirka.example/",
            address="вул. Зоряна, 7, Київ",
            brand="Зірки",
            operator="ТОВ «Зірки»",
            wheelchair="limited",
            wikidata="Q123",
            screens=4,
        ),
    )


def test_an_area_is_at_its_centre() -> None:
    area = {"type": "way", "id": 5, "center": {"lat": 49.84, "lon": 24.03}, "tags": {"amenity": "cinema", "name": "Л"}}
    (venue,) = read_extract(extract(area))
    assert (venue.ref, venue.lat, venue.lon) == ("way/5", 49.84, 24.03)


@pytest.mark.parametrize(
    ("tags", "website"),
    [
        ({"website": "https://a.example/kyiv"}, "https://a.example/kyiv"),
        ({"contact__website": "http://a.example"}, "http://a.example"),
        ({"url": "https://a.example/"}, "https://a.example/"),
        ({"website": "www.a.example"}, "https://www.a.example"),
        ({"website": "a.example/kino"}, "https://a.example/kino"),
        ({"website": "https://a.example/; https://b.example/"}, "https://a.example/"),
        ({"website": "javascript:alert(1)", "url": "https://b.example/"}, "https://b.example/"),
        ({"website": "ні"}, None),
        ({"website": 'https://a.example/"><script>'}, None),
        ({}, None),
    ],
)
def test_websites_in_their_several_tags_and_spellings(tags: dict[str, str], website: str | None) -> None:
    assert read_extract(extract(tagged(**tags)))[0].website == website


@pytest.mark.parametrize(
    "element",
    [
        {"type": "node", "id": 1, "lat": 50.0, "lon": 30.0, "tags": {"amenity": "theatre", "name": "Т"}},
        {"type": "node", "id": 1, "lat": 50.0, "lon": 30.0, "tags": {"amenity": "cinema"}},
        {"type": "way", "id": 1, "tags": {"amenity": "cinema", "name": "Без точки"}},
        tagged(disused="yes"),
        tagged(abandoned="yes"),
    ],
)
def test_what_is_no_working_cinema_with_a_name_and_a_place_is_left_out(element: dict[str, Any]) -> None:
    assert read_extract(extract(element)) == ()


def test_a_building_and_the_node_inside_it_are_one_cinema() -> None:
    building = {
        "type": "way",
        "id": 7,
        "center": {"lat": 50.4653, "lon": 30.5142},
        "tags": {"amenity": "cinema", "name": "ЗІРКА", "name:uk": "Зірка", "phone": "1"},
    }
    bare = {**ZIRKA, "tags": {"amenity": "cinema", "name": "Зірка"}}
    (venue,) = read_extract(extract({**building, "tags": {**building["tags"], "website": "https://z.example/"}}, bare))
    assert (venue.ref, venue.website, venue.names) == ("node/101", "https://z.example/", {"uk": "Зірка"})


def test_the_cinemas_of_a_chain_are_venues_of_their_own() -> None:
    far = {**ZIRKA, "id": 102, "lat": 50.40}
    assert [venue.ref for venue in read_extract(extract(ZIRKA, far))] == ["node/101", "node/102"]


XML = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
  <node id="1" lat="50.0" lon="30.0"/><node id="2" lat="50.2" lon="30.0"/><node id="3" lat="50.2" lon="30.4"/>
  <node id="4" lat="49.9" lon="31.0"><tag k="amenity" v="cinema"/><tag k="name" v="Маяк &amp; Ко"/></node>
  <node id="5" lat="49.9" lon="31.0"><tag k="amenity" v="cafe"/><tag k="name" v="Кава"/></node>
  <way id="9"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="amenity" v="cinema"/><tag k="name" v="Зірка"/></way>
  <relation id="11"><member type="way" ref="9" role="outer"/>
    <tag k="amenity" v="cinema"/><tag k="name" v="Комплекс"/></relation>
  <way id="12"><nd ref="404"/><tag k="amenity" v="cinema"/><tag k="name" v="Без вузлів"/></way>
</osm>"""


def test_an_osm_file_is_read_too() -> None:
    venues = read_extract(XML.encode())
    assert [(venue.ref, venue.name, round(venue.lat, 3), round(venue.lon, 3)) for venue in venues] == [
        ("node/4", "Маяк & Ко", 49.9, 31.0),
        ("relation/11", "Комплекс", 50.1, 30.2),
        ("way/9", "Зірка", 50.1, 30.2),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b'{"elements": 1}',
        b'{"elements": [{"type": "node", "id": "x"}]}',
        b"<osm><node>",
        b"\xff\xfe",
        b'<!DOCTYPE osm [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><osm>&b;</osm>',
        extract(remark='runtime error: Query timed out in "query" at line 1 after 61 seconds.'),
    ],
)
def test_what_is_no_extract_is_refused(data: bytes) -> None:
    with pytest.raises(BadExtractError):
        read_extract(data)


def test_a_harmless_remark_is_no_failure() -> None:
    assert read_answer(extract(remark="note: results may be stale")).elements == []


def test_distances() -> None:
    """Kyiv to Lviv is about 468 km."""
    assert distance_km(50.4501, 30.5234, 50.4501, 30.5234) == 0
    assert distance_km(50.4501, 30.5234, 49.8397, 24.0297) == pytest.approx(468, abs=2)
