"""Layouts in which a time and its films share a block in unusual ways."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cinestreamd.agent.model import Page, ReadContext
from cinestreamd.agent.readers import read_page

CONTEXT = ReadContext(now=datetime(2026, 11, 20, 9, tzinfo=UTC), timezone=ZoneInfo("Europe/London"))


def rows(body: str, content_type: str = "text/html") -> list[tuple[str, str, str]]:
    page = Page(url="https://ritz.example/films", content_type=content_type, text=body, fetched_at=CONTEXT.now)
    reading = read_page(page, CONTEXT)
    found = reading.candidates if reading is not None else ()
    return sorted((one.title, str(one.day), one.clock.strftime("%H:%M")) for one in found)


def item(film: str) -> str:
    return f'<li class="item"><a href="/film/{film[:3]}">{film}</a> <i>Red room</i> <button>Buy</button></li>'


def test_a_time_that_heads_a_list_begins_all_its_films() -> None:
    slots = (("15:00", ["Paper Crane"]), ("17:30", ["Glass Garden", "Paper Crane"]), ("20:00", ["Long Acre"]))
    body = "".join(
        f'<div class="slot"><h4>{clock}</h4><ul>{"".join(map(item, films))}</ul></div>' for clock, films in slots
    )
    assert rows(f"<html><body><h1>Cinema</h1><h2>Saturday 21 November</h2>{body}</body></html>") == [
        ("Glass Garden", "2026-11-21", "17:30"),
        ("Long Acre", "2026-11-21", "20:00"),
        ("Paper Crane", "2026-11-21", "15:00"),
        ("Paper Crane", "2026-11-21", "17:30"),
    ]


def test_a_time_dressed_differently_in_a_card_like_the_others_is_read() -> None:
    films = ("Paper Crane", "Glass Garden", "Long Acre", "Under the Viaduct")
    body = "".join(
        f'<div class="card"><p class="{"big" if film == "Long Acre" else "time"}">1{n}:15</p>'
        f'<h3 class="{"big" if film == "Long Acre" else "name"}">{film}</h3><p class="text">A kind of film</p></div>'
        for n, film in enumerate(films, 4)
    )
    assert rows(f"<html><body><h1>Cinema</h1><h2>Saturday 21 November</h2>{body}</body></html>") == [
        ("Glass Garden", "2026-11-21", "15:15"),
        ("Long Acre", "2026-11-21", "16:15"),
        ("Paper Crane", "2026-11-21", "14:15"),
        ("Under the Viaduct", "2026-11-21", "17:15"),
    ]


def test_times_of_a_sister_cinema_beside_the_programme_are_left_out() -> None:
    films = "".join(
        f"<div class=f><h3>{film}</h3><b>1{n}:20</b></div>" for n, film in enumerate(("Crane", "Garden", "Acre"))
    )
    aside = "<aside><h3>Today at the Regal</h3><div class=f><h3>Viaduct</h3><b>18:45</b></div></aside>"
    found = rows(f"<html><body><h1>Cinema</h1><h2>Saturday 21 November</h2>{films}{aside}</body></html>")
    assert [title for title, _, _ in found] == ["Acre", "Crane", "Garden"]


def test_the_programme_of_a_festival_that_was_is_not_taken_for_todays() -> None:
    days = "".join(
        f"<h3>{day}</h3><table>{''.join(f'<tr><td>{clock}</td><td>{film}</td></tr>' for clock, film in shows)}</table>"
        for day, shows in (
            ("Friday 11 October", (("10:00", "Paper Crane"), ("20:30", "Long Acre"))),
            ("Saturday 12 October", (("13:30", "Paper Crane"), ("17:00", "Glass Garden"))),
        )
    )
    found = rows(f"<html><body><h1>6th film festival, October 2024</h1>{days}</body></html>")
    assert [(title, day[5:]) for title, day, _ in found] == [
        ("Glass Garden", "10-12"),
        ("Long Acre", "10-11"),
        ("Paper Crane", "10-11"),
        ("Paper Crane", "10-12"),
    ]
    assert all(day < "2026-11-20" for _, day, _ in found)


def test_tabs_for_today_and_tomorrow_beside_a_dated_one() -> None:
    tabs = '<a href="#d0">Today</a><a href="#d1">Tomorrow</a><a href="#d2">Sun 22.11</a>'
    panels = "".join(
        f'<div id="d{n}"><div class=f><h3>Paper Crane</h3><b>1{n}:20</b></div>'
        f"<div class=f><h3>Acre</h3><b>2{n}:10</b></div></div>"
        for n in range(3)
    )
    found = rows(f"<html><body><h1>Cinema</h1><nav>{tabs}</nav>{panels}</body></html>")
    assert [(day, clock) for title, day, clock in found if title == "Acre"] == [
        ("2026-11-20", "20:10"),
        ("2026-11-21", "21:10"),
        ("2026-11-22", "22:10"),
    ]


def test_a_weekday_that_is_a_month_before_a_date_in_numbers() -> None:
    heads = "".join(f"<th>{day}</th>" for day in ("Lun.<br>07/12", "Mar.<br>08/12", "Mer.<br>09/12"))
    cells = "".join(
        f"<tr><th>{film}</th>{''.join(f'<td>{clock}</td>' for clock in clocks)}</tr>"
        for film, clocks in (("La grue", ("14h", "18h30", "20h")), ("Le jardin", ("16h", "20h30", "21h15")))
    )
    table = f"<table><tr><th>Film</th>{heads}</tr>{cells}</table>"
    found = rows(f"<html lang=fr><body><h1>Programme du cinéma</h1>{table}</body></html>")
    assert ("La grue", "2026-12-08", "18:30") in found
    assert {day for _, day, _ in found} == {"2026-12-07", "2026-12-08", "2026-12-09"}


def test_a_news_feed_with_day_and_clock_in_its_titles() -> None:
    items = "".join(
        f"<item><title>{day}. 11. 2026 {clock} – {film}</title>"
        f"<pubDate>Wed, 11 Nov 2026 08:1{n}:00 +0100</pubDate></item>"
        for n, (day, clock, film) in enumerate(
            ((23, "19:00", "Tichá řeka"), (24, "17:00", "Kocour"), (28, "15:30", "Kocour"))
        )
    )
    feed = (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Kino</title>{items}</channel></rss>'
    )
    assert rows(feed, "application/rss+xml") == [
        ("Kocour", "2026-11-24", "17:00"),
        ("Kocour", "2026-11-28", "15:30"),
        ("Tichá řeka", "2026-11-23", "19:00"),
    ]


def test_sessions_that_say_when_by_timestamp_alone() -> None:
    """Nothing prints a clock: the timestamp itself is the evidence."""
    data = (
        '{"films": {"f1": {"id": "f1", "title": "Paper Crane"}, "f2": {"id": "f2", "title": "Glass Garden"}},'
        ' "sessions": [{"sid": 1, "fid": "f1", "ts": 1795282200000}, {"sid": 2, "fid": "f2", "ts": 1795291200000},'
        ' {"sid": 3, "fid": "f1", "ts": 1795368600000}]}'
    )
    assert rows(data, "application/json") == [
        ("Glass Garden", "2026-11-21", "20:00"),
        ("Paper Crane", "2026-11-21", "17:30"),
        ("Paper Crane", "2026-11-22", "17:30"),
    ]


def test_data_with_names_of_one_letter_and_days_for_keys() -> None:
    data = (
        '{"2026-11-27": [{"n": "Glass Garden", "t": ["18:00", "20:30"]}, {"n": "Paper Crane", "t": ["16:10"]}],'
        ' "2026-11-28": [{"n": "Glass Garden", "t": ["18:00"]}]}'
    )
    assert rows(data, "application/json") == [
        ("Glass Garden", "2026-11-27", "18:00"),
        ("Glass Garden", "2026-11-27", "20:30"),
        ("Glass Garden", "2026-11-28", "18:00"),
        ("Paper Crane", "2026-11-27", "16:10"),
    ]


def test_data_with_all_starts_of_a_film_in_one_text() -> None:
    data = (
        '[{"title": "Glass Garden", "showtimes": "Fri 27 Nov: 18:00, 20:30; Sat 28 Nov: 14:00"},'
        ' {"title": "Paper Crane", "showtimes": "Sat 28 Nov: 16:00, 18:15"}]'
    )
    assert rows(data, "application/json") == [
        ("Glass Garden", "2026-11-27", "18:00"),
        ("Glass Garden", "2026-11-27", "20:30"),
        ("Glass Garden", "2026-11-28", "14:00"),
        ("Paper Crane", "2026-11-28", "16:00"),
        ("Paper Crane", "2026-11-28", "18:15"),
    ]


def test_plain_events_at_a_place_named_like_a_cinema() -> None:
    place = '{{"@type": "Place", "name": "{}"}}'
    event = '{{"@type": "Event", "name": "{}", "startDate": "2026-11-27T{}:00", "location": ' + place + "}}"
    events = [event.format("Glass Garden", "18:00", "Ritz Cinema"), event.format("Choir", "20:00", "Town Hall")]
    script = f'<script type="application/ld+json">[{", ".join(events)}]</script>'
    assert rows(f"<html><head>{script}</head><body><p>Soon</p></body></html>") == [
        ("Glass Garden", "2026-11-27", "18:00")
    ]


def test_a_table_headed_by_weekdays_alone() -> None:
    heads = "".join(f"<th>{day}</th>" for day in ("Fri", "Sat", "Sun"))
    table = f"<table><tr><th>Film</th>{heads}</tr>" + "".join(
        f"<tr><td>{film}</td>{''.join(f'<td>{clock}</td>' for clock in clocks)}</tr>"
        for film, clocks in (
            ("Glass Garden", ("18:00", "15:00, 18:00", "")),
            ("Paper Crane", ("20:30", "20:30", "14:00")),
        )
    )
    assert rows(f"<html><head><title>Cinema</title></head><body>{table}</table></body></html>") == [
        ("Glass Garden", "2026-11-20", "18:00"),
        ("Glass Garden", "2026-11-21", "15:00"),
        ("Glass Garden", "2026-11-21", "18:00"),
        ("Paper Crane", "2026-11-20", "20:30"),
        ("Paper Crane", "2026-11-21", "20:30"),
        ("Paper Crane", "2026-11-22", "14:00"),
    ]


def test_a_line_of_small_elements_gives_its_title_without_room_and_button() -> None:
    body = "".join(
        f'<div class="row"><span>{day}/11</span><span>{clock}</span><span>{film}</span><span>Sala 1</span>'
        f'<a href="/{day}">Comprar</a></div>'
        for day, clock, film in ((27, "17:00", "El jardín"), (27, "19:30", "La grulla"), (28, "12:00", "La grulla"))
    )
    assert rows(f"<html lang=es><head><title>Cine</title></head><body>{body}</body></html>") == [
        ("El jardín", "2026-11-27", "17:00"),
        ("La grulla", "2026-11-27", "19:30"),
        ("La grulla", "2026-11-28", "12:00"),
    ]


def test_data_with_a_day_in_parts_and_events_of_other_kinds() -> None:
    def event(title: str, kind: str, day: int) -> str:
        date = f'{{"day": {day}, "month": 11, "year": 2026}}'
        return f'{{"title": "{title}", "type": "{kind}", "date": {date}, "time": "19:30"}}'

    events = [
        event("Glass Garden", "Film", 27),
        event("Life drawing", "Workshop", 27),
        event("Paper Crane", "Family", 28),
    ]
    assert rows(f'{{"events": [{", ".join(events)}]}}', "application/json") == [
        ("Glass Garden", "2026-11-27", "19:30"),
        ("Paper Crane", "2026-11-28", "19:30"),
    ]
