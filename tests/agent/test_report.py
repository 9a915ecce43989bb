"""How long the parts of a run take, and what a report leaves out."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from cinestreamd.agent.model import Candidate, Refusal
from cinestreamd.agent.publish import CinemaReading, result_of
from cinestreamd.agent.report import Timeline, build_report
from cinestreamd.store.base import Cinema, Run
from cinestreamd.store.reports import RefusedRow, StageTime

START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        """The moment that it shows."""
        return self.now


def test_parts_are_timed_from_the_runs_start_also_where_they_fail() -> None:
    clock = Clock()
    timeline = Timeline(clock)
    clock.now += timedelta(seconds=1)
    with timeline.stage("read"):
        clock.now += timedelta(seconds=2)
        with timeline.cinema("a"):
            clock.now += timedelta(seconds=0.25)

    def fail() -> None:
        with timeline.stage("publish"):
            clock.now += timedelta(seconds=4)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert timeline.stages == [StageTime("read", 1.0, 2.25), StageTime("publish", 3.25, 4.0)]
    assert timeline.cinemas == {"a": (3.0, 0.25)}


def test_of_many_refused_rows_the_first_hundred_are_told_and_the_others_counted() -> None:
    cinema = Cinema(id="a", city_id="kyiv", name="A", url="https://a.example/", source="config")
    candidate = Candidate(title="Т" * 300, day=date(2026, 11, 21), clock=time(18, 40), quote="18:40 \ud800" + "х" * 500)
    undated = Candidate(title="Дюна", day=None, clock=time(9, 5), quote="09:05")
    refusals = (
        Refusal(candidate=undated, reason="date_assumed"),
        *(Refusal(candidate=candidate, reason="duplicate") for _ in range(120)),
    )
    reading = CinemaReading(cinema=cinema, result=result_of(cinema, "empty"), refusals=refusals)
    run = Run(id="r", city_id="kyiv", owner="o", trigger="visitor", started_at=START)
    [told] = build_report(run, [reading], {}, Timeline(lambda: START)).cinemas
    assert (len(told.refused), told.more_refused, told.more_kept) == (100, 21, 0)
    assert told.refused[0] == RefusedRow("Дюна", "09:05", "date_assumed", "09:05")
    assert (len(told.refused[1].title), told.refused[1].when) == (120, "2026-11-21 18:40")
    assert told.refused[1].quote == "18:40 ?" + "х" * 193
