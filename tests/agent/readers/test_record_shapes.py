"""The shapes in which APIs and page state list showings, a few rows each, with what a person reads there."""

import json
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.agent.extract import extract_page
from cinestreamd.agent.model import Page, ReadContext
from cinestreamd.agent.readers import read_page
from cinestreamd.agent.readers.local_time import local_start
from cinestreamd.agent.readers.miner.confidence import LINE
from cinestreamd.agent.verify.presence import PageText, prints_clock

CONTEXT = ReadContext(now=datetime(2026, 11, 20, 9, tzinfo=UTC), timezone=ZoneInfo("Europe/Warsaw"))
SHORE, SALT, CRANE = "The Quiet Shore", "Salt and Ashes", "Paper Crane"
FIRST, SECOND = date(2026, 11, 21), date(2026, 11, 22)
ROWS = {
    (SHORE, FIRST, time(17, 30)), (SHORE, FIRST, time(20, 15)), (SALT, FIRST, time(18, 10)),
    (SALT, SECOND, time(19, 45)), (CRANE, SECOND, time(11, 0)), (CRANE, SECOND, time(14, 20)),
}  # fmt: skip


def page_of(text: str) -> Page:
    content_type = "text/html" if text.startswith("<") else "application/json"
    return Page(url="https://kino.example/api", content_type=content_type, text=text, fetched_at=CONTEXT.now)


def rows_of(text: str) -> set[tuple[str, date | None, time]]:
    """The rows that may be published, each with its time and title standing in the source."""
    page = page_of(text)
    reading = read_page(page, CONTEXT)
    if reading is None or reading.confidence < LINE:
        return set()
    source = PageText(page)
    for candidate in reading.candidates:
        assert source.has_excerpt(candidate.quote)
        assert prints_clock(candidate.quote, candidate.clock)
    return {(candidate.title, *local_start(candidate, CONTEXT)) for candidate in reading.candidates}


def shows() -> list[tuple[str, str, str]]:
    return [
        (SHORE, "2026-11-21", "17:30"), (SHORE, "2026-11-21", "20:15"), (SALT, "2026-11-21", "18:10"),
        (SALT, "2026-11-22", "19:45"), (CRANE, "2026-11-22", "11:00"), (CRANE, "2026-11-22", "14:20"),
    ]  # fmt: skip


TOLD = {
    SHORE: "A retired cartographer inherits a lighthouse, a boat without an engine and the lodger who came with both.",
    SALT: "Three cooks open a restaurant in a closed swimming bath, and none of them can leave the other two alone.",
    CRANE: "A girl folds a bird a day for a year, and somebody on the other side of the river begins to answer her.",
}
IDS = {SHORE: 301, SALT: 302, CRANE: 303}
FILMS = [{"id": 301, "title": SHORE, "release": "2026-11-04T23:00:00.000Z"},
         {"id": 302, "title": SALT, "release": "2026-10-07T22:00:00.000Z"},
         {"id": 303, "title": CRANE, "release": "2026-10-14T22:00:00.000Z"}]  # fmt: skip


def nested(*order: str) -> dict[str, object]:
    """Maps of maps down to lists of clocks, by "title", "id", "day" or "cinema" in the order given."""
    tree: dict[str, object] = {}
    for title, day, clock in shows():
        at = tree
        keys = [{"title": title, "id": str(IDS[title]), "day": day, "cinema": "north"}[level] for level in order]
        for key in keys[:-1]:
            at = at.setdefault(key, {})  # type: ignore[assignment]  # every level but the last is a map
        at.setdefault(keys[-1], []).append(clock)  # type: ignore[attr-defined]  # the last level is a list
    return tree


def flat(**fields: str) -> list[dict[str, object]]:
    """One object a showing, its fields named as given: title, id, day, clock, moment, digits."""
    made = []
    for number, (title, day, clock) in enumerate(shows()):
        values = {"title": title, "id": IDS[title], "day": day, "clock": clock, "moment": f"{day}T{clock}:00",
                  "digits": clock.replace(":", ""), "year": int(day[:4]), "month": int(day[5:7]),
                  "number": int(day[8:])}  # fmt: skip
        made.append({"key": 9000 + number, **{name: values[what] for what, name in fields.items()}})
    return made


def by_film(make: str, **names: str) -> list[dict[str, object]]:
    return [
        {"id": film["id"], make: film["title"],
         names["list"]: [{names["start"]: f"{day}T{clock}:00"} for title, day, clock in shows()
                         if title == film["title"]]}
        for film in FILMS
    ]  # fmt: skip


def script(kind: str, body: str) -> str:
    return f'<!doctype html><html><body><div id="app"></div><script {kind}>{body}</script></body></html>'


def attribute(name: str, data: object) -> str:
    value = json.dumps(data).replace("&", "&amp;").replace('"', "&quot;")
    return f'<!doctype html><html><body><div {name}="{value}"></div></body></html>'


HTML_ROWS = {
    day: "".join(
        f'<article class="film"><h3><a href="/film/{IDS[title]}">{title}</a></h3><p>'
        + "".join(
            f'<a href="/buy/{clock[:2]}">{clock}</a> ' for name, at, clock in shows() if (name, at) == (title, day)
        )
        + "</p></article>"
        for title in dict.fromkeys(name for name, at, _ in shows() if at == day)
    )
    for day in ("2026-11-21", "2026-11-22")
}
ANSWERS = {
    "title, day, clocks": {"programme": nested("title", "day")},
    "film id, day, clocks": {"films": FILMS, "times": nested("id", "day")},
    "day, cinema, film id, clocks": {"films": FILMS, "times": nested("day", "cinema", "id")},
    "cinema, day, film id, clocks": {"films": FILMS, "times": nested("cinema", "day", "id")},
    "id as text, film id as number": {"movies": FILMS, "shows": flat(id="movieId", moment="startsAt")},
    "fields of one letter": {"films": FILMS, "list": flat(id="f", day="d", clock="t")},
    "clocks of bare digits": {"list": flat(title="title", day="date", digits="StartTime")},
    "a day in three fields": {"list": flat(title="title", year="year", month="month", number="day", clock="time")},
    "a day that is the wall's midnight": {"list": [
        {"title": title, "time": clock, "date": {"2026-11-21": "2026-11-20T23:00:00.000Z",
                                                 "2026-11-22": "2026-11-21T23:00:00.000Z"}[day]}
        for title, day, clock in shows()]},
    "rows under a header": {"values": [["Film", "Date", "Time", "Room"], *([*show, "Kameralna"] for show in shows())]},
    "columns and rows": {"columns": ["film", "date", "time"], "rows": [list(show) for show in shows()]},
    "a served spreadsheet": {"table": {"cols": [{"label": "Film"}, {"label": "Date"}, {"label": "Time"}],
                                       "rows": [{"c": [{"v": cell} for cell in show]} for show in shows()]}},
    "rows without a header": [[9000 + number, *show, "open"] for number, show in enumerate(shows())],
    "rows of positions, with lists, codes, numbers and descriptions among them": [
        ["", ["Drama"], f"C061AD93-A95C-8A09-{number:04}", number * 7, title, TOLD[title],
         f"{day} {clock}", "Sala 2", f"app/load?article=F92095AE-{number:04}", f"{number + 40}"]
        for number, (title, day, clock) in enumerate(shows())],
    "a film that begins after the advertisements": [
        {"FilmName": title, "CalendarShowTime": f"{day}T{clock}:00", "FilmStartTime": f"{day}T{clock[:3]}59:00"}
        for title, day, clock in shows()],
    "parallel lists": dict(zip(("title", "date", "time"), map(list, zip(*shows(), strict=True)), strict=True)),
    "JSON in a string": {"ok": True, "payload": json.dumps(
        {"films": FILMS, "shows": flat(id="filmId", moment="start")})},
    "edges and nodes": {"data": {"allScreenings": {"edges": [
        {"node": {"startsAt": show["at"], "movie": {"edges": [{"node": {"title": show["title"]}}]}}}
        for show in flat(title="title", moment="at")]}}},
    "data, attributes, relationships": {
        "data": [{"type": "screening", "id": str(show["key"]), "attributes": {"starts-at": show["at"]},
                  "relationships": {"movie": {"data": {"type": "movie", "id": str(show["id"])}}}}
                 for show in flat(id="id", moment="at")],
        "included": [{"type": "movie", "id": str(film["id"]), "attributes": {"title": film["title"]}}
                     for film in FILMS]},
    "a relation inside data and attributes": {"data": [
        {"id": show["key"], "attributes": {"start": show["at"],
                                           "movie": {"data": {"id": show["id"],
                                                              "attributes": {"title": show["title"]}}}}}
        for show in flat(title="title", id="id", moment="at")]},
    "a title in languages": {"shows": [{"start": show["at"], "film": {"title": {"uk": show["title"], "en": "Film"}}}
                                       for show in flat(title="title", moment="at")]},
    "title_pl and title_en": {"shows": [{"start": show["at"], "title_pl": show["title"]}
                                        for show in flat(title="title", moment="at")]},
    "a rendered title": [{"title": {"rendered": show["title"]}, "acf": {"start": show["at"]}}
                         for show in flat(title="title", moment="at")],
    "translations of the film": {"films": [
        {"id": film["id"], "translations": [{"locale": "pl", "title": film["title"]}]} for film in FILMS],
        "sessions": flat(id="film_id", moment="start_at")},
    "a calendar's events": [{"title": show["title"], "start": show["at"], "end": f"{show['day']}T23:59:00",
                             "url": f"/film/{show['key']}"} for show in flat(title="title", moment="at", day="day")],
    "a store of references": {
        **{f"Movie:{film['id']}": {"__typename": "Movie", "id": film["id"], "title": film["title"]} for film in FILMS},
        **{f"Showing:{show['key']}": {"__typename": "Showing", "startsAt": show["at"],
                                      "movie": {"__ref": f"Movie:{show['id']}"}}
           for show in flat(id="id", moment="at")}},
    "markup in a string": {"success": True, "html": "".join(
        f'<section data-date="{day}">{rows}</section>' for day, rows in HTML_ROWS.items())},
    "markup by day": {"days": HTML_ROWS},
    "showings inside films": {"items": by_film("name", list="dates", start="when")},
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_of_any_shape_is_read(name: str) -> None:
    assert rows_of(json.dumps(ANSWERS[name])) == ROWS


LISTED = json.dumps({"films": FILMS, "shows": flat(id="filmId", moment="start")})
WRAPPINGS = {
    "a byte order mark": "\ufeff" + LISTED,
    "a callback": f"/**/jQuery_1({LISTED});",
    "a guard": f")]}}',\n{LISTED}",
    "an assignment": f"var programme = {LISTED};",
    "lines": "\n".join(json.dumps(show) for show in flat(title="title", moment="start")),
}


@pytest.mark.parametrize("name", WRAPPINGS)
def test_a_wrapped_answer_is_unwrapped(name: str) -> None:
    assert rows_of(WRAPPINGS[name]) == ROWS


DATA = {"films": FILMS, "shows": flat(id="filmId", moment="start")}
EMBEDDED = {
    "an island": script('type="application/json"', json.dumps(DATA)),
    "Drupal's settings": script('type="application/json" data-drupal-selector="x"', json.dumps({"kino": DATA})),
    "a function call": script("", f"window.__NUXT__=(function(a,b){{return {{data:[{json.dumps(DATA)}],x:a}}}}(1,2));"),
    "Remix": script("", f'window.__remixContext = {{"state":{{"loaderData":{{"routes/x":{json.dumps(DATA)}}}}}}};'),
    "SvelteKit": script("", "{const element=document.currentScript;Promise.all([import('./a.js')]).then(([kit])=>"
                            f'{{kit.start(app,element,{{node_ids:[0,2],data:[null,{{"type":"data","data":{json.dumps(DATA)}}}]}})}})}}'),
    "a stream": script("", "self.__next_f.push("
                       + json.dumps([1, "5:" + json.dumps(["$", "div", None, DATA]) + "\n"]) + ")"),
    "data-props": attribute("data-props", DATA),
    "Vue's props": attribute(":schedule", DATA),
    "Alpine": '<!doctype html><html><body><div x-data="schedule('
              + json.dumps(DATA).replace('"', "&quot;") + ')"></div></body></html>',
    "Livewire": attribute("wire:snapshot", {"data": {"films": [[[film, {"s": "arr"}] for film in FILMS], {"s": "arr"}],
                                                     "shows": [[[show, {"s": "arr"}] for show in DATA["shows"]],
                                                               {"s": "arr"}]}, "memo": {"id": "Yk"}}),
    "JSON in JSON": script('type="application/json"', json.dumps({"status": 200, "body": json.dumps(DATA)})),
}  # fmt: skip


@pytest.mark.parametrize("name", EMBEDDED)
def test_state_of_any_kind_is_read(name: str) -> None:
    assert rows_of(EMBEDDED[name]) == ROWS


NOTHING = {
    "coming soon": {"movies": [{"id": n, "title": title, "releaseDate": f"2026-12-0{n}T00:00:00Z",
                                "saleStart": "2026-11-25T10:00:00+01:00"} for n, title in enumerate(IDS, 1)]},
    "premieres at the wall's midnight": {"films": [
        {"title": title, "date": f"2026-12-0{n}T23:00:00.000Z"} for n, title in enumerate(IDS, 1)]},
    "news": {"posts": [{"title": {"rendered": f"News of {title}"}, "date": f"2026-11-1{n}T10:30:00",
                        "modified": f"2026-11-1{n}T11:00:00", "type": "post", "link": f"https://kino.example/news/{n}"}
                       for n, title in enumerate(IDS, 1)]},
    "opening hours": {"name": "Kino", "openingHours": [{"name": f"Cinema {n}", "day": f"2026-11-2{n}", "open": "10:00",
                                                       "close": "22:30"} for n in range(3)]},
    "tickets on sale": {"events": [{"name": title, "onSaleFrom": f"2026-11-2{n}T10:00:00"}
                                   for n, title in enumerate(IDS, 1)]},
    "films with a room's number": {"films": FILMS, "rooms": [{"no": 301, "cleaned": "2026-11-21T10:00:00"}]},
    "a log": {"log": [{"name": f"Job number {n}", "time": f"2026-11-21T10:0{n}:17"} for n in range(6)]},
    "vouchers": {"vouchers": [{"title": title, "validFrom": "2026-11-21T10:00:00", "validTo": "2026-12-21T20:00:00"}
                              for title in IDS]},
}  # fmt: skip


@pytest.mark.parametrize("name", NOTHING)
def test_what_is_no_programme_yields_nothing(name: str) -> None:
    assert rows_of(json.dumps(NOTHING[name])) == set()


def test_a_list_for_each_hall_holds_on_every_day_of_its_period() -> None:
    halls = [
        {"name": "Sala 1", "sessions": [{"time": "17:30", "title": SHORE}, {"time": "20:15", "title": SALT}]},
        {"name": "Sala 2", "sessions": [{"time": "14:20", "title": CRANE}]},
    ]
    data = {"schedule": [{"start": "21.11.2026", "end": "22.11.2026", "halls": halls}]}
    assert rows_of(json.dumps(data)) == {
        (title, day, clock)
        for day in (FIRST, SECOND)
        for title, clock in ((SHORE, time(17, 30)), (SALT, time(20, 15)), (CRANE, time(14, 20)))
    }


def test_the_name_of_a_field_is_no_reference_to_one_film_of_all() -> None:
    films = [
        {
            "title": title,
            "box_data": {
                "id": f"{n}AB",
                "name": title,
                "instances": [{"id": f"X{n}{at}", "start": at} for at in starts],
            },
        }
        for n, (title, starts) in enumerate(
            ((SHORE, ["2026-11-21 17:30:00", "2026-11-21 20:15:00"]), (SALT, ["2026-11-21 18:10:00"]))
        )
    ] + [
        {
            "title": CRANE,
            "box_data": {"id": "7AB", "name": CRANE, "instances": [{"id": "X7", "start": "2026-11-22 11:00:00"}]},
        }
    ]
    assert {(title, clock) for title, _, clock in rows_of(json.dumps(films))} == {
        (SHORE, time(17, 30)), (SHORE, time(20, 15)), (SALT, time(18, 10)), (CRANE, time(11, 0)),
    }  # fmt: skip


def test_moments_without_any_sign_and_clocks_without_one_are_found_in_the_source() -> None:
    compact = {"events": [{"title": SHORE, "sessions": [{"id": "9202611211730", "date": "202611211730"}]}]}
    bare = {"films": [{"title": SALT, "shows": [{"id": 8118100, "date": "2026-11-21", "startTime": "1810"}]}]}
    assert rows_of(json.dumps(compact)) == {(SHORE, FIRST, time(17, 30))}
    assert rows_of(json.dumps(bare)) == {(SALT, FIRST, time(18, 10))}


def test_titles_are_found_by_what_they_are_where_no_field_is_named_for_them() -> None:
    rows = [
        {"dilo": title, "misto": f"Hall {n % 2}", "start": f"{day}T{clock:%H:%M}"}
        for n, (title, day, clock) in enumerate(sorted(ROWS))
    ]
    assert rows_of(json.dumps({"kino": {"seznam": rows}})) == ROWS
    begun = [{"start": f"{day}T{clock:%H:%M}", "x": {"y": title}} for title, day, clock in sorted(ROWS)]
    assert rows_of(json.dumps({"kino": begun})) == ROWS


def test_nothing_is_found_by_what_it_is_where_nothing_speaks_of_films_or_the_texts_are_no_names() -> None:
    def data(texts: list[str], head: str) -> str:
        return json.dumps({head: [{"dilo": text, "start": f"2026-11-21T1{n}:30"} for n, text in enumerate(texts)]})

    assert (
        read_page(
            Page(
                url="https://x.example/api",
                content_type="application/json",
                text=data(["Red Van", "Blue Van", "Old Bus"], "rides"),
                fetched_at=CONTEXT.now,
            ),
            CONTEXT,
        )
        is None
    )
    assert rows_of(data(["room-12/a", "room-13/a", "room-14/b"], "kino")) == set()
    assert rows_of(data(["Hall Rose", "Hall Lily", "Hall Rose"], "kino")) == set()


def test_a_feed_with_days_and_clocks_in_bare_digits_is_read() -> None:
    """12/24/2026 as 12242026, 16:10 as 1610; the day on which the film opened is none of its showings'."""
    shows = "".join(
        f"<show><date>{day}</date><time>{clock}</time></show>"
        for day, clock in (("11242026", "1610"), ("11252026", "2000"))
    )
    film = "<filmtitle><name>{name}</name><opening>11112026</opening>{shows}</filmtitle>"
    body = "".join(film.format(name=name, shows=shows) for name in ("THE MERMAID", "NO EXIT 14"))
    now = datetime(2026, 11, 20, 9, tzinfo=UTC)
    page = Page(
        url="https://hall.example/showtimes.xml", content_type="text/xml",
        text=f'<?xml version="1.0"?><showtimes><generated>11202026 0915</generated>{body}</showtimes>', fetched_at=now,
    )  # fmt: skip
    report = extract_page(page, ReadContext(now=now, timezone=ZoneInfo("America/New_York")))
    assert report.reader == "xml_records"
    assert [(row.title, row.start[5:16]) for row in report.rows] == [
        ("NO EXIT 14", "11-24T16:10"), ("THE MERMAID", "11-24T16:10"), ("NO EXIT 14", "11-25T20:00"),
        ("THE MERMAID", "11-25T20:00"),
    ]  # fmt: skip


def showings(data: object) -> list[tuple[str, str]]:
    now = datetime(2026, 11, 20, 9, tzinfo=UTC)
    page = Page(url="https://hall.example/api", content_type="application/json", text=json.dumps(data), fetched_at=now)
    report = extract_page(page, ReadContext(now=now, timezone=ZoneInfo("Europe/London")))
    return [(row.title, row.start[5:16]) for row in report.rows]


EVENTS = [("Paper Crane", "11-24T18:00"), ("Głębia", "11-25T20:30")]


def test_when_selling_begins_is_no_start_whatever_stands_first() -> None:
    data = [
        {"startSellingAtWeb": "2026-11-01T10:00:00", "start": f"2026-{start}:00", "name": title}
        for title, start in EVENTS
    ]
    assert showings(data) == EVENTS


def test_the_name_of_a_film_is_taken_before_that_of_its_showing() -> None:
    data = [
        {"display_name": f"{title} - 24-11 18:00", "starts_at": f"2026-{start}:00", "name": title}
        for title, start in EVENTS
    ]
    assert showings(data) == EVENTS


def test_envelopes_are_known_in_capitals_and_data_in_a_string_may_be_escaped_twice() -> None:
    data = {
        "Showtimes": [
            {"Schedule": {"StartsAt": f"2026-{start}:00"}, "Film": {"Title": title}, "Id": at}
            for at, (title, start) in enumerate(EVENTS)
        ]
    }
    assert showings(data) == EVENTS
    assert showings({"d": json.dumps(data)}) == EVENTS


def test_a_film_may_be_named_like_a_month_and_working_hours_begin_nothing() -> None:
    titles = ("Август", "Чебурашка", "Дракулов")
    data = {
        "cinema": {"title": "Заречный", "workTime": "09:30–02:00"},
        "releases": [
            {"title": title, "seances": [{"date": f"2026-11-2{day}", "time": "18:30"} for day in range(1, 4)]}
            for title in titles
        ],
    }
    assert sorted(showings(data)) == sorted((title, f"11-2{day}T18:30") for title in titles for day in range(1, 4))
