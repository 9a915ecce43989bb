"""Lines that name several days at once, days behind their times, and days that only a chosen tab's label tells."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cinestreamd.agent.extract import extract_page
from cinestreamd.agent.model import Page, ReadContext

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def rows(body: str, *, path: str = "", zone: str = "Europe/London") -> list[str]:
    text = f"<html><head><title>Ritz Cinema</title></head><body>{body}</body></html>"
    page = Page(url=f"https://ritz.example/{path}", content_type="text/html", text=text, fetched_at=NOW)
    report = extract_page(page, ReadContext(now=NOW, timezone=ZoneInfo(zone)))
    return [f"{row.start[5:16]} {row.title}" for row in report.rows if not row.past and not row.date_assumed]


def test_a_heading_that_is_a_range_of_days_gives_all_of_them() -> None:
    table = "<table class=t><tr><th colspan=3>{days}</th></tr>{films}</table>"
    first = "<tr><th>Paper Crane</th><td>10:30～12:18</td><td>19:40～21:28</td></tr>"
    second = "<tr><th>Glass Garden</th><td>12:45～14:45</td></tr>"
    body = table.format(days="11/21(土)～11/22(日)", films=first) + table.format(
        days="11/23(月)～11/24(火)", films=second
    )
    assert rows(f"<h1>上映</h1>{body}", zone="Asia/Tokyo") == [
        "11-21T10:30 Paper Crane", "11-21T19:40 Paper Crane", "11-22T10:30 Paper Crane", "11-22T19:40 Paper Crane",
        "11-23T12:45 Glass Garden", "11-24T12:45 Glass Garden",
    ]  # fmt: skip


def test_a_heading_that_lists_days_gives_all_of_them() -> None:
    block = "<div class=d><p>{days}</p><ul>{films}</ul></div>"
    films = "<li><b>Paper Crane</b> <i>18:00</i></li><li><b>Glass Garden</b> <i>20:30</i></li>"
    body = block.format(days="Fri 20 &amp; Sat 21 November", films=films)
    body += block.format(days="Sun 22 &amp; Mon 23 November", films=films)
    days = ("20", "21", "22", "23")
    expected = [f"11-{day}T{row}" for day in days for row in ("18:00 Paper Crane", "20:30 Glass Garden")]
    assert rows(f"<h1>Cinema programme</h1>{body}") == expected


def test_columns_headed_by_ranges_of_days_give_all_of_them() -> None:
    head = "".join(f"<td>{days}</td>" for days in ("11/21(土)-11/22(日)", "11/23(月)-11/24(火)", "11/25(水)-11/26(木)"))
    cells = "".join(f"<td><a href='#{n}'>{film}<br><span>1{n}:20</span></a></td>"
                    for n, film in enumerate(("Paper Crane", "Glass Garden", "Long Acre")))  # fmt: skip
    found = rows(
        f"<h2>映画</h2><table><tr>{head}</tr><tr>{cells}</tr><tr>{cells.replace('<span>1', '<span>2')}</tr></table>",
        zone="Asia/Tokyo",
    )
    assert len(found) == 12
    assert [row for row in found if "Glass" in row] == [
        "11-23T11:20 Glass Garden", "11-23T21:20 Glass Garden", "11-24T11:20 Glass Garden", "11-24T21:20 Glass Garden",
    ]  # fmt: skip


def test_in_a_line_of_times_and_days_in_turn_each_time_has_the_day_behind_it() -> None:
    show = "<div class=s><h1>{when}</h1><h2>{film}</h2><p>Director &middot; 89m</p></div>"
    body = show.format(when="7:00PM Thursday, November 26th; 9:30PM Friday, November 27th", film="Paper Crane")
    body += show.format(when="7:00PM Thursday, December 3rd", film="Glass Garden")
    body += show.format(when="7:00PM Thursday, December 10th; 9:30PM Friday, December 11th", film="Long Acre")
    assert rows(body) == [
        "11-26T19:00 Paper Crane", "11-27T21:30 Paper Crane", "12-03T19:00 Glass Garden", "12-10T19:00 Long Acre",
        "12-11T21:30 Long Acre",
    ]  # fmt: skip


def test_the_label_of_the_chosen_tab_tells_the_day() -> None:
    tabs = "".join(
        f'<a href="/programme/{day}" title="{name}" class="{state}">{text}</a>'
        for day, name, state, text in (
            ("fri", "Friday 20 November", "", "F"), ("sat", "Saturday 21 November", "current", "S"),
            ("sun", "Sunday 22 November", "", "S"),
        )
    )  # fmt: skip
    cards = "".join(
        f"<div class=card><h2><a href='/films/{n}'>{film}</a></h2><div>Rating: 7.{n}</div><span>1{n}:30</span></div>"
        for n, film in enumerate(("Paper Crane", "Glass Garden", "Long Acre", "Under the Viaduct"), 4)
    )
    assert [row[:11] for row in rows(f"<div>{tabs}</div>{cards}")] == [
        "11-21T14:30",
        "11-21T15:30",
        "11-21T16:30",
        "11-21T17:30",
    ]


def test_a_month_above_a_day_in_numbers_takes_nothing_from_it() -> None:
    item = "<div class=item><p class=date>{date}</p><p class=day>{day}</p><p>18:30 Uhr</p><h2>{film}</h2></div>"
    body = "<h3>November</h3>" + item.format(date="29.11.", day="Sonntag", film="Papierkranich")
    body += item.format(date="30.11.", day="Montag", film="Glasgarten")
    body += "<h3>Dezember</h3>" + item.format(date="01.12.", day="Dienstag", film="Langer Acker")
    assert rows(f"<h1>Kino</h1>{body}", zone="Europe/Berlin") == [
        "11-29T18:30 Papierkranich", "11-30T18:30 Glasgarten", "12-01T18:30 Langer Acker",
    ]  # fmt: skip


def test_the_number_of_a_room_before_a_weekday_is_no_day() -> None:
    week = "<p>20/11 - 26/11/2026</p>"
    hall = "<div><h2>Paper Crane</h2><p><b>Hall 3</b>  Thu-Fri: 19.00/ 21.30</p></div>"
    other = "<div><h2>Glass Garden</h2><p><b>Hall 5</b>  Sat-Sun: 18.00/ 20.45</p></div>"
    assert rows(f"<h1>Cinema</h1>{week}{hall}{other}") == [
        "11-20T19:00 Paper Crane", "11-20T21:30 Paper Crane", "11-21T18:00 Glass Garden", "11-21T20:45 Glass Garden",
        "11-22T18:00 Glass Garden", "11-22T20:45 Glass Garden", "11-26T19:00 Paper Crane", "11-26T21:30 Paper Crane",
    ]  # fmt: skip


def test_today_and_tomorrow_side_by_side_of_which_one_is_chosen_head_nothing() -> None:
    bar = "<ul><li class=selected data-date='20/11/2026'>Today</li><li data-date='21/11/2026'>Tomorrow</li></ul>"
    cards = "".join(
        f"<div><h2>{film}</h2><a>1{n}:30</a></div>"
        for n, film in enumerate(("Paper Crane", "Glass Garden", "Shore"), 6)
    )
    expected = ["11-20T16:30 Paper Crane", "11-20T17:30 Glass Garden", "11-20T18:30 Shore"]
    assert rows(f"<h1>Cinema</h1>{bar}{cards}") == expected


def test_the_address_is_believed_where_one_day_above_is_not_among_those_to_choose() -> None:
    bar = "".join(f"<li><a href='/t/2026112{n}'>2{n} {day}</a></li>" for n, day in ((0, "FRI"), (1, "SAT"), (2, "SUN")))
    cards = "".join(
        f"<div><h2>{film}</h2><a>1{n}:30</a></div>" for n, film in enumerate(("Paper Crane", "Glass Garden"), 6)
    )
    body = f"<p>Festival pass on sale since</p><h3>25 November 2026</h3><ul>{bar}</ul>{cards}"
    assert rows(body, path="t/20261121") == ["11-21T16:30 Paper Crane", "11-21T17:30 Glass Garden"]


def test_the_rest_of_a_month_in_numbers_with_their_weekdays() -> None:
    day = (
        "<div class=row><div class=d>{number}</div><div class=w>{weekday}</div>"
        "<div><div><b>19:30</b> {film}</div></div></div>"
    )
    body = "<h2>Listopad 2026</h2>" + day.format(number=29, weekday="ne", film="Papírový jeřáb")
    body += day.format(number=30, weekday="po", film="Skleněná zahrada")
    body += "<h2>Prosinec 2026</h2>" + day.format(number=1, weekday="út", film="Dlouhé pole")
    assert rows(f"<h1>Kino</h1>{body}", zone="Europe/Prague") == [
        "11-29T19:30 Papírový jeřáb", "11-30T19:30 Skleněná zahrada", "12-01T19:30 Dlouhé pole",
    ]  # fmt: skip
