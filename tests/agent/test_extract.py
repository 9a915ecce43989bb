"""What ``extract`` lays open of a page."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec

from cinestreamd.agent.extract import ExtractReport, extract_page
from cinestreamd.agent.model import Page, ReadContext

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
KYIV = ReadContext(now=NOW, timezone=ZoneInfo("Europe/Kyiv"), country="UA")


def extract(*events: str) -> ExtractReport:
    text = f'<html lang="uk"><script type="application/ld+json">[{",".join(events)}]</script>'
    return extract_page(Page(url="https://zirka.example/", content_type="text/html", text=text, fetched_at=NOW), KYIV)


def event(title: str, start: str) -> str:
    return f'{{"@type":"ScreeningEvent","name":"{title}","startDate":"{start}"}}'


def test_rows_carry_start_with_offset_confidence_and_evidence() -> None:
    report = extract(event("Дюна (3D)", "2026-11-21T19:30"))
    (row,) = report.rows
    assert (report.reader, report.url) == ("json_ld", "https://zirka.example/")
    assert (row.title, row.raw_title, row.start, row.format) == ("Дюна", "Дюна (3D)", "2026-11-21T19:30+02:00", "3D")
    assert (row.past, row.date_assumed, row.reason) == (False, False, None)
    assert row.confidence == report.confidence > 0.9
    assert row.evidence.quote == 'Дюна (3D)","startDate":"2026-11-21T19:30'


def test_rows_that_have_begun_are_shown_as_past() -> None:
    report = extract(event("Дюна", "2026-11-21T10:00"), event("Дюна", "2026-11-21T19:30"))
    assert [(row.start, row.past) for row in report.rows] == [
        ("2026-11-21T10:00+02:00", True),
        ("2026-11-21T19:30+02:00", False),
    ]


def test_rows_too_far_ahead_are_held_back_with_their_reason() -> None:
    report = extract(event("Дюна", "2029-11-21T19:30"))
    assert report.rows == ()
    assert [row.reason for row in report.held_back] == ["too_far_ahead"]


def test_what_is_cancelled_is_a_row_that_says_so() -> None:
    cancelled = event("Дюна", "2026-11-21T19:30").replace('"startDate"', '"eventStatus":"EventCancelled","startDate"')
    report = extract(cancelled, event("Мавка", "2026-11-21T21:00"))
    assert [(row.title, row.availability) for row in report.rows] == [("Дюна", "cancelled"), ("Мавка", "available")]
    assert report.held_back == ()


def test_a_page_that_is_not_understood_well_is_held_back_as_a_whole() -> None:
    report = extract('{"@type":"Event","name":"Ярмарок","startDate":"2026-11-21T19:30"}')
    assert report.rows == ()
    assert [row.reason for row in report.held_back] == ["low_confidence"]


def test_what_makes_no_row_is_refused_with_its_reason() -> None:
    report = extract(event("Дюна", "2027-03-28T03:30"))
    assert report.rows == ()
    assert [(held.title, held.clock, held.reason) for held in report.refused] == [
        ("Дюна", "03:30", "no_such_local_time")
    ]


def test_a_page_without_showings_has_no_reader() -> None:
    report = extract()
    assert (report.reader, report.rows, report.held_back, report.refused) == (None, (), (), ())


def test_a_report_is_json() -> None:
    encoded = msgspec.json.decode(msgspec.json.encode(extract(event("Дюна", "2026-11-21T19:30"))))
    assert encoded["rows"][0]["start"] == "2026-11-21T19:30+02:00"
