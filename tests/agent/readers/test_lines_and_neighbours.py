"""Numbers and words that stand beside each other by chance: across lines, behind prices, in other languages' orders."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.agent.model import Page, ReadContext
from cinestreamd.agent.readers.clock import find_clocks
from cinestreamd.agent.readers.dates import DateReading, date_order, find_dates
from cinestreamd.agent.readers.genre_words import names_genres
from cinestreamd.agent.readers.miner.reader import read_structure
from cinestreamd.agent.readers.miner.title_figures import are_templated

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
TODAY = date(2026, 11, 21)


def starts(body: str, zone: str = "Europe/Berlin") -> list[tuple[str, str, str]]:
    """Title, day and clock of every row that the miner reads in a page's body."""
    page = Page(
        url="https://ritz.example/", content_type="text/html",
        text=f"<html><body><h1>Kino Ritz</h1>{body}</body></html>", fetched_at=NOW,
    )  # fmt: skip
    reading = read_structure(page, ReadContext(now=NOW, timezone=ZoneInfo(zone)))
    rows = reading.candidates if reading is not None else ()
    return [(row.title, row.day.isoformat() if row.day else "", row.clock.strftime("%H:%M")) for row in rows]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("The bar opens on Friday\n24.11.", ["2026-11-24"]),
        ("Friday\n27.11.", ["2026-11-27"]),
        ("Sette porte più giù\n10.15", []),
        ("27\nNov", ["2026-11-27"]),
        ("11 : 30\nSept portes plus bas", []),
        ("19:30 Sal 2", []),
        ("Sál 3 20:00", []),
    ],
)
def test_a_word_of_another_line_is_no_part_of_a_date(text: str, days: list[str]) -> None:
    found = find_dates(text, DateReading(today=TODAY))
    assert [hit.day.isoformat() for hit in found if hit.certain] == days


def test_where_the_year_stands_first_the_month_stands_before_the_day() -> None:
    budapest = ZoneInfo("Europe/Budapest")
    assert date_order("11.27. 11.28.", budapest, "hu") == "ymd"
    assert date_order("27.11. 28.11.", budapest, "hu") == "dmy"
    assert date_order("11.27. 11.28.", ZoneInfo("Europe/Berlin"), "de") == "dmy"
    found = find_dates("12.06. péntek", DateReading(today=TODAY, order="ymd"))
    assert [hit.day for hit in found] == [date(2026, 12, 6)]


def test_clocks_with_blanks_around_the_colon_and_behind_a_price() -> None:
    assert [(hit.hour, hit.minute) for hit in find_clocks("19 : 30")] == [(19, 30)]
    assert find_clocks("Salle 2 : 15 places") == []
    assert [(hit.hour, hit.minute) for hit in find_clocks("8,50 € 22.15")] == [(22, 15)]
    assert find_clocks("€ 22.15") == []


def test_names_of_kinds_and_bare_numbers_are_told_from_titles() -> None:
    assert names_genres("Drama, Komödie")
    assert names_genres("сімейний")
    assert not names_genres("The Drama of Lot 9")
    assert are_templated(["142", "60", "104"])
    assert not are_templated(["1917", "The Shore", "Harbour"])


def test_minutes_raised_beside_the_hour_are_read_amid_other_text() -> None:
    body = "".join(
        f"<div><h3><a href='/film/{slug}'>{film}</a></h3><p>Fr 27.11.: 16<sup>15</sup>, {hour}<sup>30</sup></p></div>"
        for film, slug, hour in (("Mill", "mill", 19), ("Long Acre", "long-acre", 20), ("Rook", "rook", 21))
    )
    assert starts(body) == [
        (film, "2026-11-27", clock)
        for film, late in (("Mill", "19:30"), ("Long Acre", "20:30"), ("Rook", "21:30"))
        for clock in ("16:15", late)
    ]


PROGRAMME = "".join(
    f"<section><h2>{day}</h2>"
    + "".join(f"<div><h3>{film}</h3><p>{clock}</p></div>" for film, clock in (("Mill", "17:00"), ("Rook", "20:15")))
    + "</section>"
    for day in ("Fr 27.11.", "Sa 28.11.", "So 29.11.")
)
ROWS = [
    (film, f"2026-11-{day}", clock) for day in (27, 28, 29) for film, clock in (("Mill", "17:00"), ("Rook", "20:15"))
]


def test_the_hours_of_the_bar_borrow_no_title_from_the_programme() -> None:
    assert starts(f"<div><h4>Mill</h4></div><div><p>Freitags ab 17:30 Bar.</p></div><main>{PROGRAMME}</main>") == ROWS


def test_when_a_film_ends_is_no_title_of_another_time() -> None:
    body = "".join(
        f"<div><p><b>{first} – {end}</b> <i>Saal 1</i></p><h4>{film}</h4></div>"
        for film, first, end in (
            ("Mill", "17:00", "18:50"),
            ("Rook", "20:15", "22:05"),
            ("Long Acre", "21:00", "22:40"),
        )
    )
    assert starts(f"<h2>Fr 27.11.</h2>{body}") == [
        ("Mill", "2026-11-27", "17:00"), ("Rook", "2026-11-27", "20:15"), ("Long Acre", "2026-11-27", "21:00"),
    ]  # fmt: skip


def test_pieces_of_clocks_make_no_list_of_films_of_a_row() -> None:
    """Seven rows under one day are no seven panels of a bar of seven days."""
    bar = "".join(f"<li><a href='?d={day}'>{name} {day}.11.</a></li>" for day, name in enumerate(
        ("Sa", "So", "Mo", "Di", "Mi", "Do", "Fr"), start=21))  # fmt: skip
    films = ("Mill", "Rook", "Long Acre", "Harbour", "Shore", "Glass Key", "Salt Road")
    rows = "".join(
        f"<div><span><b>{13 + at}</b><b>:</b><b>30</b></span> <h3><a href='/film/{at}'>{film}</a></h3></div>"
        for at, film in enumerate(films)
    )
    body = f"<ul>{bar}</ul><strong>Sa 21.11.</strong><div>{rows}</div>"
    assert starts(body) == [(film, "2026-11-21", f"{13 + at}:30") for at, film in enumerate(films)]


def test_rooms_in_the_line_of_a_time_are_not_taken_for_its_film() -> None:
    body = "".join(
        f'<div><img src="/{at}.jpg" alt="{film}"><p>'
        + " ".join(f"<span><time>{clock}</time> <i>{room}</i></span>" for clock, room in times)
        + "</p></div>"
        for at, (film, times) in enumerate(
            (
                ("Mill", (("15:00", "Main House"), ("20:15", "Balcony"))),
                ("Rook", (("17:00", "Balcony"), ("21:30", "Main House"))),
                ("Long Acre", (("16:00", "Main House"), ("19:00", "Balcony"))),
            )
        )
    )
    assert [row[::2] for row in starts(f"<h2>Fr 27.11.</h2>{body}")] == [
        ("Mill", "15:00"), ("Mill", "20:15"), ("Rook", "17:00"), ("Rook", "21:30"), ("Long Acre", "16:00"),
        ("Long Acre", "19:00"),
    ]  # fmt: skip


def test_a_version_in_brackets_behind_a_time_is_no_weekday() -> None:
    found = find_dates("18.10 (Sub ITA) | 20.45 (V.O.)", DateReading(today=TODAY))
    assert not [hit for hit in found if hit.certain]


FILMS_AT_THE_HEAD = """<table><tr><td></td><th>The Mill</th><th>Rook</th></tr>
<tr><td>Fr 27.11.</td><td>17:00 21:00</td><td>-</td></tr>
<tr><td>Sa 28.11.</td><td>17:00</td><td>20:15</td></tr></table>"""


def test_films_at_the_head_of_columns_and_days_down_the_side() -> None:
    assert sorted(starts(FILMS_AT_THE_HEAD)) == [
        ("Rook", "2026-11-28", "20:15"), ("The Mill", "2026-11-27", "17:00"), ("The Mill", "2026-11-27", "21:00"),
        ("The Mill", "2026-11-28", "17:00"),
    ]  # fmt: skip


def test_rooms_at_the_head_of_columns_are_no_films() -> None:
    body = FILMS_AT_THE_HEAD.replace("The Mill", "Saal 1").replace("Rook", "Saal 2")
    assert not [row for row in starts(body) if row[0].startswith("Saal")]


def test_a_day_that_begins_a_cell_dates_the_times_below_it() -> None:
    body = "".join(
        f"<tr><th><a href='/film/{film}'>{film}</a></th>"
        + "".join(f"<td>{day}. November<br>{clock}, 22:15</td>" for day in (27, 28, 29))
        + "</tr>"
        for film, clock in (("Mill", "17:00"), ("Rook", "20:15"))
    )
    assert starts(f"<table>{body}</table>") == [
        (film, f"2026-11-{day}", clock)
        for film, first in (("Mill", "17:00"), ("Rook", "20:15"))
        for day in (27, 28, 29)
        for clock in (first, "22:15")
    ]


def test_a_colon_may_stand_between_a_time_and_its_film() -> None:
    rows = ("Fr 27.11., 17:00: Mill", "Fr 27.11., 20:15: Rook", "Sa 28.11., 21:00: Long Acre")
    body = "".join(f"<li>{row}</li>" for row in rows)
    assert starts(f"<ul>{body}</ul>") == [
        ("Mill", "2026-11-27", "17:00"), ("Rook", "2026-11-27", "20:15"), ("Long Acre", "2026-11-28", "21:00"),
    ]  # fmt: skip


def test_options_to_choose_from_name_the_days_of_panels() -> None:
    options = "".join(f'<option value="d{day}">{day}. November</option>' for day in (21, 22, 23))
    panels = "".join(
        f'<div id="d{day}" style="{"" if day == 21 else "display:none"}">'
        + "".join(f"<div><h3>{film}</h3><p>{clock}</p></div>" for film, clock in (("Mill", "17:00"), ("Rook", "20:15")))
        + "</div>"
        for day in (21, 22, 23)
    )
    assert starts(f"<select>{options}</select>{panels}") == [
        (film, f"2026-11-{day}", clock)
        for day in (21, 22, 23)
        for film, clock in (("Mill", "17:00"), ("Rook", "20:15"))
    ]


def test_a_number_and_a_short_weekday_alone_on_a_line_are_a_day() -> None:
    found = find_dates("Mill\n28 so\n17:00", DateReading(today=TODAY))
    assert [hit.day for hit in found] == [date(2026, 11, 28)]
    assert not find_dates("Mill 28 so 17:00", DateReading(today=TODAY))


def test_a_day_told_in_full_is_meant_also_where_it_is_over() -> None:
    """Its weekday, read alone, would make of each former event one of the coming week."""
    told = {
        "The Tin Harbour": "Thursday 25 June 2026 7:00pm",
        "Late Bees": "Thursday 24 September 2026 7:00pm",
        "Old Rooms": "Thursday 26 November 2026 7:30pm",
    }
    events = "".join(
        f'<div class="event"><h3><a href="/e/{at}">{title}</a></h3><p class="when">{when}</p></div>'
        for at, (title, when) in enumerate(told.items())
    )
    assert starts(events, "Europe/London") == [
        ("The Tin Harbour", "2026-06-25", "19:00"),
        ("Late Bees", "2026-09-24", "19:00"),
        ("Old Rooms", "2026-11-26", "19:30"),
    ]


def test_what_films_are_given_of_five_stars_is_no_clock() -> None:
    films = [
        ("Il porto di latta", "3.20", "14.30 | 19.05"),
        ("Api tarde", "2.30", "16.10"),
        ("Stanze", "4.50", "21.00"),
    ]
    cards = "".join(
        f'<div class="card"><a href="/f/{at}">{title}</a><div class="s">{stars}</div><p>orari: {clocks}</p></div>'
        for at, (title, stars, clocks) in enumerate(films)
    )
    assert starts(f"<h2>sabato 21 novembre 2026</h2>{cards}", "Europe/Rome") == [
        ("Il porto di latta", "2026-11-21", "14:30"),
        ("Il porto di latta", "2026-11-21", "19:05"),
        ("Api tarde", "2026-11-21", "16:10"),
        ("Stanze", "2026-11-21", "21:00"),
    ]


def test_a_button_that_folds_up_a_day_is_its_heading() -> None:
    notice = "<div class='slide'><b>Poster show in the hall until 10.01</b></div>"
    days = "".join(
        f'<div class="d"><button class="head" aria-expanded="{str(not at).lower()}">{day}</button>'
        f'<div class="body"><div class="s"><i>18:{at}0</i><a href="/f/{at}">The Tin Harbour</a></div>'
        f'<div class="s"><i>20:{at}5</i><a href="/g/{at}">Late Bees</a></div></div></div>'
        for at, day in enumerate(("niedziela, 22.11", "poniedziałek, 23.11", "wtorek, 24.11"))
    )
    rows = starts(notice + days, "Europe/Warsaw")
    assert [(day, clock) for _, day, clock in rows] == [
        ("2026-11-22", "18:00"), ("2026-11-22", "20:05"), ("2026-11-23", "18:10"),
        ("2026-11-23", "20:15"), ("2026-11-24", "18:20"), ("2026-11-24", "20:25"),
    ]  # fmt: skip
