"""Data whose fields and keys have names that say little: ids in capitals, keys that are titles, days of any name."""

import json
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.agent.extract import extract_page
from cinestreamd.agent.model import Page, ReadContext
from cinestreamd.agent.readers.json_records.reader import read_json_records
from cinestreamd.agent.readers.json_records.tree import film_weight, own_title
from cinestreamd.agent.readers.quotes import SourceQuotes

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
FILMS = (("The Mill", "17:00"), ("Rook", "20:15"), ("Long Acre", "21:30"))
DAYS = (27, 28)


def starts(data: object) -> set[tuple[str, str, str]]:
    """Title, day and clock of every row that is read in data."""
    page = Page(
        url="https://ritz.example/api/films", content_type="application/json", text=json.dumps(data), fetched_at=NOW
    )
    reading = read_json_records(page, ReadContext(now=NOW, timezone=ZoneInfo("Europe/Berlin")))
    rows = reading.candidates if reading is not None else ()
    return {(row.title, str(row.day), row.clock.strftime("%H:%M")) for row in rows}


ROWS = {(film, f"2026-11-{day}", clock) for day in DAYS for film, clock in FILMS}


def test_showings_refer_to_films_by_ids_in_capitals() -> None:
    films = [{"ID": f"HO{n}", "title": film, "releaseDate": "2026-11-01"} for n, (film, _) in enumerate(FILMS)]
    shows = [
        {"ID": 500 + day, "movieId": f"HO{n}", "start": f"2026-11-{day}T{clock}:00"}
        for day in DAYS
        for n, (_, clock) in enumerate(FILMS)
    ]
    assert starts({"movies": films, "showtimes": shows}) == ROWS


def test_keys_of_one_word_are_titles_where_all_keys_are() -> None:
    assert starts({film: {f"2026-11-{day}": [clock] for day in DAYS} for film, clock in FILMS}) == ROWS


@pytest.mark.parametrize("name", ["jour", "d", "spieltag", "x"])
@pytest.mark.parametrize("form", ["2026-11-{}", "{}.11.2026"])
def test_an_object_without_a_title_gives_its_one_day_to_what_it_holds(name: str, form: str) -> None:
    days = [
        {name: form.format(day), "films": [{"title": film, "shows": [{"time": clock}]} for film, clock in FILMS]}
        for day in DAYS
    ]
    assert starts({"programme": days}) == ROWS


def test_what_days_hold_without_a_name_may_be_films() -> None:
    assert film_weight(("days", "*", "results", "*")) == 0
    assert film_weight(("days", "*")) == -1
    assert film_weight(("venue", "*", "results", "*")) == -1
    days = [
        {
            "date": f"2026-11-{day}",
            "results": [
                {"title": film, "performances": [{"dateTime": f"2026-11-{day}T{clock}:00"}]} for film, clock in FILMS
            ],
        }
        for day in DAYS
    ]
    assert starts({"days": days}) == ROWS


def test_a_films_name_stands_beside_its_name_elsewhere() -> None:
    film = {"id": "b69", "dilo": "Sieben Türen", "originalTitle": "Seven Doors", "slug": "f-b69"}
    assert own_title(film) == ("Sieben Türen", 2.6)
    assert own_title({"originalTitle": "Seven Doors", "slug": "f-b69"}) == ("Seven Doors", 2.5)
    assert own_title({"title": "Anora", "dilo": "Sieben", "originalTitle": "Seven"}) == ("Anora", 6.0)


@pytest.mark.parametrize(("escape", "read"), [("\\u00e9", "é"), ("&eacute;", "é"), ("&quot;", '"')])
def test_an_excerpt_begins_behind_an_escape_that_it_would_cut(escape: str, read: str) -> None:
    """Forty characters before the time are cut from data without braces near by, wherever that is in an escape."""
    for length in range(33, 42):
        source = "a" * 60 + escape + "x" * length + "19:30"
        excerpt = SourceQuotes(source).around("19:30")
        plain = excerpt.replace(escape, read)
        assert ("a" * 60 + read + "x" * length + "19:30").endswith(plain)


def test_days_above_films_are_not_their_premieres() -> None:
    film = {"title": "The Mill", "premiera": "2026-11-27", "shows": [{"time": "17:00"}, {"time": "20:00"}]}
    assert date(2026, 11, 27) not in {date.fromisoformat(day) for _, day, _ in starts([film]) if day != "None"}


@pytest.mark.parametrize("name", ["pf", "kezd", "s"])
def test_timestamps_of_any_name_begin_showings_where_films_are_spoken_of(name: str) -> None:
    films = [
        {
            "title": film,
            "plays": [
                {"nr": day, name: int(datetime.fromisoformat(f"2026-11-{day}T{clock}+01:00").timestamp())}
                | {"z": int(datetime.fromisoformat(f"2026-11-{day}T{clock}+01:00").timestamp()) + 7_200}
                for day in DAYS
            ],
        }
        for film, clock in FILMS
    ]
    assert {(film, day) for film, day, _ in starts({"films": films})} == {(film, day) for film, day, _ in ROWS}
    assert {clock for _, _, clock in starts({"films": films})} == {"17:00", "20:15", "21:30"}


def test_names_of_rooms_are_no_titles() -> None:
    shows = [
        {"t": film, "date": f"2026-11-{day}", "time": clock, "r": {"name": room}}
        for day in DAYS
        for (film, clock), room in zip(FILMS, ("1. terem", "Kisterem", "Nagyterem"), strict=True)
    ]
    assert starts({"shows": shows}) == ROWS


SHOWS = [
    (at % 4, f"2026-11-2{1 + at // 4}", clock)
    for at, clock in enumerate(("18:30", "20:45", "17:15", "21:00", "16:30", "19:45", "20:15", "18:00"))
]
NAMES = ("Paper Crane", "Glass Garden", "Long Acre", "Under the Viaduct")
WANTED = sorted((NAMES[film], f"{day[5:]}T{clock}") for film, day, clock in SHOWS)


def shown(data: object) -> list[tuple[str, str]]:
    now = datetime(2026, 11, 20, 9, tzinfo=UTC)
    page = Page(url="https://hall.example/api", content_type="application/json", text=json.dumps(data), fetched_at=now)
    report = extract_page(page, ReadContext(now=now, timezone=ZoneInfo("Europe/London")))
    return sorted((row.title, row.start[5:16]) for row in report.rows)


@pytest.mark.parametrize(
    ("films", "name", "ref", "day", "clock"),
    [
        ("filmek", "cim", "filmId", "datum", "idopont"), ("filmler", "filmAdi", "filmId", "tarih", "saat"),
        ("filmes", "título", "filme_id", "data", "horário"), ("filmy", "tytul", "idFilmu", "dzien", "godzina"),
        ("film", "judul", "film_id", "tanggal", "jam"), ("tainies", "titlos", "tainiaId", "imerominia", "ora"),
        ("filmid", "lugu", "filmId", "mis_ajal", "kell"),
    ],
    ids=["hu", "tr", "pt", "pl", "id", "el", "unknown"],
)  # fmt: skip
def test_films_and_showings_joined_are_read_in_any_language(
    films: str, name: str, ref: str, day: str, clock: str
) -> None:
    key = ref if ref.startswith("id") else "id"
    data = {
        films: [
            {key: 100 + at, name: title, "runtime": 95, "poster": f"/p/{at}.jpg"} for at, title in enumerate(NAMES)
        ],
        "seances": [{ref: 100 + film, day: date, clock: begins, "hall": "1"} for film, date, begins in SHOWS],
    }
    assert shown(data) == WANTED


def test_the_id_of_a_film_in_a_showing_is_not_its_name_in_a_language() -> None:
    data = [
        {"start": f"{day}T{clock}:00", "film": {"id": str(100 + film), "dilo": NAMES[film]}}
        for film, day, clock in SHOWS
    ]
    assert shown(data) == WANTED


def test_lists_of_clocks_in_bare_digits_may_stand_under_their_days() -> None:
    data = [
        {"title": title, "times": {day: [clock.replace(":", "") for one, day, clock in SHOWS if one == film]}}
        for film, title in enumerate(NAMES)
        for day in ("2026-11-21",)
    ]
    expected = sorted((NAMES[film], f"11-21T{clock}") for film, _, clock in SHOWS)
    assert shown(data) == expected
