"""Clock times in the forms that cinemas print."""

from datetime import time

import pytest

from cinestreamd.agent.readers.clock import find_clocks


def starts(text: str) -> list[str]:
    return [
        clock.strftime("%H:%M")
        for hit in find_clocks(text)
        if hit.role == "start" and (clock := hit.clock()) is not None
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("19:30", ["19:30"]),
        ("9:05", ["09:05"]),
        ("19.30", ["19:30"]),
        ("19h30", ["19:30"]),
        ("19 h 30", ["19:30"]),
        ("20h", ["20:00"]),
        ("00:15", ["00:15"]),
        ("24:00", ["00:00"]),
        ("20:00 25:10", ["20:00", "01:10"]),
        ("00:15 h", ["00:15"]),
        ("Noon", ["12:00"]),
        ("pe klo 18 ja 20.30", ["18:00", "20:30"]),
        ("la klo 14, su klo 14 ja 16", ["14:00", "14:00", "16:00"]),
        ("ore 18,00 e 21,15", ["18:00", "21:15"]),
        ("7:30pm", ["19:30"]),
        ("7:30 P.M.", ["19:30"]),
        ("7.30pm", ["19:30"]),
        ("7pm", ["19:00"]),
        ("11 am", ["11:00"]),
        ("12:00am", ["00:00"]),
        ("12.15 pm", ["12:15"]),
        ("20 Uhr", ["20:00"]),
        ("20:15 Uhr", ["20:15"]),
        ("kl. 19", ["19:00"]),
        ("19:30:00", ["19:30"]),
        ("19：30", ["19:30"]),
        ("10:45\x1f14:50", ["10:45", "14:50"]),
        ("5:00, 7:30 & 9:45pm", ["17:00", "19:30", "21:45"]),
        ("11:00, 1:30 & 4:15pm", ["11:00", "13:30", "16:15"]),
        ("14h10 - 16h30 - 19h00", ["14:10", "16:30", "19:00"]),
        ("So 20:15", ["20:15"]),
        ("Do 20:15", ["20:15"]),
    ],
)
def test_a_showing_is_read_from(text: str, expected: list[str]) -> None:
    assert starts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2h 10min", "1h45", "1:52 hr", "Duration: 1:52", "Тривалість: 1:45", "16:9", "8.5/10", "12.50 €",
        "€12.50", "$ 9.50",
        "28:00", "19:75", "24 d 13:20:45", "4 Uhr 12", "Adults 10.50",
        "Family (2+2) 9.00", "1:15 h", "afternoon", "21,15", "1234:56", "Doors 18:30", "bis 22:00", "до 21:00",
        "ends at 21:45",
        "Ende gegen 2:30 Uhr", "after 17:00",
        "vor 18:00", "Trailer 2:05", "01.02.2026",
        "9.4\n时长 : 93分钟",
        "8.1 时长",
        "12点评",
    ],
)  # fmt: skip
def test_no_showing_is_read_from(text: str) -> None:
    assert starts(text) == []


def test_the_second_time_of_a_range_is_the_end() -> None:
    assert [hit.role for hit in find_clocks("19:30 – 21:40")] == ["start", "end"]


def test_a_dash_alone_between_two_table_cells_is_an_empty_cell() -> None:
    assert [hit.role for hit in find_clocks("14.00\n–\n15.00")] == ["start", "start"]


def test_a_clock_without_meridian_keeps_its_hour() -> None:
    assert find_clocks("7:30")[0].clock() == time(7, 30)


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("Watch trailer\n11:35", ["start"]),
        ("Trailer 2:14", ["duration"]),
        ("spettacoli alle 18.45 – 21.15", ["start", "start"]),
        ("ore 18.45 – 21.15", ["start", "end"]),
        ("ufficio dalle 9.30 alle 12.00", ["limit", "end"]),
        ("Running time\n1:35", ["duration"]),
    ],
)
def test_what_stands_before_a_time_says_what_it_is(text: str, roles: list[str]) -> None:
    assert [hit.role for hit in find_clocks(text)] == roles
