"""What a run tells of itself: how long its parts took, and each row that it kept or refused."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from cinestreamd.agent.model import Refusal
from cinestreamd.agent.publish import CinemaReading
from cinestreamd.store.base import Run, Showtime
from cinestreamd.store.reports import CinemaReport, KeptRow, RefusedRow, RunReport, StageOfRun, StageTime
from cinestreamd.tracing import span

MOST_KEPT: Final = 500
MOST_REFUSED: Final = 100
"""So many rows of a cinema are told."""
LONGEST_QUOTE: Final = 200
LONGEST_TITLE: Final = 120


class Timeline:
    """How long the parts of a run take, in seconds after its start."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._start = clock()
        self.stages: list[StageTime] = []
        self.cinemas: dict[str, tuple[float, float]] = {}
        """When the reading of each cinema began, and how long it took."""

    @contextmanager
    def stage(self, name: StageOfRun) -> Iterator[None]:
        """Note a stage, whether it succeeds or not."""
        began = self._now()
        try:
            with span(f"scrape.{name}"):
                yield
        finally:
            self.stages.append(StageTime(name, began, round(self._now() - began, 3)))

    @contextmanager
    def cinema(self, cinema_id: str) -> Iterator[None]:
        """Note the reading of a cinema, whether it succeeds or not."""
        began = self._now()
        try:
            with span("scrape.cinema", cinema=cinema_id):
                yield
        finally:
            self.cinemas[cinema_id] = (began, round(self._now() - began, 3))

    def _now(self) -> float:
        return round((self._clock() - self._start).total_seconds(), 3)


def build_report(
    run: Run, readings: Sequence[CinemaReading], listings: Mapping[str, Sequence[Showtime]], timeline: Timeline
) -> RunReport:
    """The report of a run; ``listings`` are the showtimes that it published, by cinema."""
    return RunReport(
        run_id=run.id,
        city_id=run.city_id,
        started_at=run.started_at,
        stages=tuple(timeline.stages),
        cinemas=tuple(_cinema(reading, listings, timeline) for reading in readings),
    )


def _cinema(reading: CinemaReading, listings: Mapping[str, Sequence[Showtime]], timeline: Timeline) -> CinemaReport:
    cinema_id = reading.cinema.id
    kept = [_kept(row) for row in listings.get(cinema_id, ())] + _held(reading)
    refused = [_refused(refusal) for refusal in reading.refusals]
    began, seconds = timeline.cinemas.get(cinema_id, (0.0, 0.0))
    return CinemaReport(
        cinema_id=cinema_id,
        began=began,
        seconds=seconds,
        kept=tuple(kept[:MOST_KEPT]),
        refused=tuple(refused[:MOST_REFUSED]),
        more_kept=max(len(kept) - MOST_KEPT, 0),
        more_refused=max(len(refused) - MOST_REFUSED, 0),
    )


def _kept(row: Showtime) -> KeptRow:
    quote = row.evidence.quote[:LONGEST_QUOTE]
    return KeptRow(row.id, row.raw_title[:LONGEST_TITLE], row.start_time, quote, row.reader)


def _held(reading: CinemaReading) -> list[KeptRow]:
    """What a quarantined reading would have published."""
    return [
        KeptRow("", row.raw_title[:LONGEST_TITLE], row.start_time, row.evidence.quote[:LONGEST_QUOTE], row.reader)
        for row in reading.held
    ]


def _refused(refusal: Refusal) -> RefusedRow:
    one = refusal.candidate
    when = f"{one.day or ''} {one.clock:%H:%M}".strip()
    return RefusedRow(_storable(one.title, LONGEST_TITLE), when, refusal.reason, _storable(one.quote, LONGEST_QUOTE))


def _storable(text: str, most: int) -> str:
    """Cut, and without the half characters that JSON escapes can hold."""
    return text[:most].encode("utf-8", "replace").decode()
