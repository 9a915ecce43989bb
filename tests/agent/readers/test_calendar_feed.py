"""Calendar files that cinemas offer to be subscribed to."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cinestreamd.agent.extract import ExtractReport, extract_page
from cinestreamd.agent.model import Page, ReadContext

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
HEAD = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:Kino Brama\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Kyiv\r\n"
    "BEGIN:STANDARD\r\nDTSTART:19701025T040000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
)


def report(*events: str) -> ExtractReport:
    blocks = "".join(f"BEGIN:VEVENT\r\nDTSTAMP:20261101T101500Z\r\n{event}\r\nEND:VEVENT\r\n" for event in events)
    page = Page(
        url="https://brama.example/program.ics", content_type="text/calendar",
        text=f"{HEAD}{blocks}END:VCALENDAR\r\n", fetched_at=NOW,
    )  # fmt: skip
    return extract_page(page, ReadContext(now=NOW, timezone=ZoneInfo("Europe/Kyiv")))


def test_events_with_a_zone_of_their_own_in_utc_and_folded_lines_are_read() -> None:
    found = report(
        "DTSTART;TZID=Europe/Kyiv:20261122T193000\r\nDTEND;TZID=Europe/Kyiv:20261122T213000\r\n"
        "SUMMARY:Тихий берег\\, частина дру\r\n га\r\nLOCATION:Зал 2\r\nURL:https://brama.example/film/1",
        "DTSTART:20261123T170000Z\r\nSUMMARY:Лис і ліс",
        "DTSTART;TZID=Europe/Warsaw:20261124T180000\r\nSUMMARY:Скляний сад",
    )
    assert [(row.title, row.start, row.room, row.buy_link) for row in found.rows] == [
        ("Тихий берег, частина друга", "2026-11-22T19:30+02:00", "Зал 2", "https://brama.example/film/1"),
        ("Лис і ліс", "2026-11-23T19:00+02:00", None, None),
        ("Скляний сад", "2026-11-24T19:00+02:00", None, None),
    ]


def test_whole_days_and_events_without_a_name_are_no_showings() -> None:
    assert report("DTSTART;VALUE=DATE:20261124\r\nSUMMARY:Closed", "DTSTART:20261123T170000Z").rows == ()


def test_courses_are_held_back() -> None:
    found = report(*(f"DTSTART:202611{day}T170000Z\r\nSUMMARY:Clay workshop" for day in (23, 24, 25)))
    assert found.rows == ()
    assert {row.reason for row in found.held_back} == {"low_confidence"}
