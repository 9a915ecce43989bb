"""What processes count: every metric by name, and the plain structures in which a process counts.

A child counts in memory and reports what has changed with each heartbeat; the master adds up. So a report that got
through is never lost with its child, and a dead child leaves nothing behind. A metric's name is without the prefix
``cinestreamd_``; labels that the master knows itself (site, role, port) are never a child's to say.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

from msgspec import Struct

BUCKETS: Final = (
    *(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25),
    *(0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0),
)
"""Upper bounds of the histograms' buckets, in seconds; one more bucket takes what is longer."""

ENTRIES_AT_ONCE: Final = 32
"""So many entries go into one report, which then fits into a packet."""

LONGEST_LABEL: Final = 120

Place = Literal["site", "role", "port"]


class Metric(Struct, frozen=True, kw_only=True):
    """One metric that is counted by events. ``places`` are the labels that the master adds, ``labels`` the counter's.

    A ``counter`` rises, a ``histogram`` takes seconds.
    """

    name: str
    kind: Literal["counter", "histogram"]
    help: str
    places: tuple[Place, ...] = ("site",)
    labels: tuple[str, ...] = ()


REQUESTS: Final = Metric(
    name="requests_total",
    kind="counter",
    help="Requests answered; a status of 499 means that the client left first.",
    places=("site", "port"),
    labels=("route", "method", "status"),
)
REQUEST_SECONDS: Final = Metric(
    name="request_seconds",
    kind="histogram",
    help="Time from a request's head to the end of its view.",
    labels=("route", "method", "status"),
)
CACHE: Final = Metric(
    name="cache_total",
    kind="counter",
    help="Answers looked for in a worker's memory, by what came of it.",
    labels=("cache", "result"),
)
STORE_SECONDS: Final = Metric(
    name="store_seconds",
    kind="histogram",
    help="Time of operations of the store, failed ones included.",
    places=("site", "role"),
    labels=("operation",),
)
STORE_ERRORS: Final = Metric(
    name="store_errors_total",
    kind="counter",
    help="Operations of the store that failed, by the error's code.",
    places=("site", "role"),
    labels=("operation", "code"),
)
LEASES: Final = Metric(
    name="leases_total",
    kind="counter",
    help="Leases of cities: granted, contended (another had it), expired, freed (of a dead holder), lost (to another).",
    labels=("event",),
)
SCRAPES: Final = Metric(name="scrapes_total", kind="counter", help="Scrapes that ended.", labels=("trigger", "outcome"))
SCRAPE_SECONDS: Final = Metric(
    name="scrape_seconds", kind="histogram", help="Duration of scrapes.", labels=("outcome",)
)
SOURCES: Final = Metric(
    name="sources_total",
    kind="counter",
    help="Cinemas read, by what came of it and by the reader that understood the page.",
    labels=("outcome", "reader"),
)
SHOWTIMES: Final = Metric(
    name="showtimes_total",
    kind="counter",
    help="Rows that readers found: published, refused by verification, or quarantined with a collapsed reading.",
    labels=("fate",),
)
REFUSALS: Final = Metric(
    name="showtimes_refused_total", kind="counter", help="Rows refused by verification.", labels=("reason",)
)
CLAUDE_CALLS: Final = Metric(
    name="claude_calls_total",
    kind="counter",
    help="Calls of Claude that a run has made, by what came of them.",
    labels=("stage", "model", "outcome"),
)
CLAUDE_TOKENS: Final = Metric(
    name="claude_tokens_total", kind="counter", help="Tokens of these calls.", labels=("stage", "model", "kind")
)
CLAUDE_COST: Final = Metric(
    name="claude_cost_usd_total",
    kind="counter",
    help="What these calls have cost, as far as the model has a known price.",
    labels=("stage", "model"),
)
CLAUDE_ROWS: Final = Metric(
    name="claude_rows_total",
    kind="counter",
    help="Rows that Claude proposed: kept, or refused by verification.",
    labels=("stage", "model", "fate"),
)
RESTARTS: Final = Metric(
    name="restarts_total",
    kind="counter",
    help="Processes that ended without being told to, or were found stuck.",
    places=("site", "role", "port"),
)

COUNTED: Final[Mapping[str, Metric]] = {
    metric.name: metric
    for metric in (
        *(REQUESTS, REQUEST_SECONDS, CACHE, STORE_SECONDS, STORE_ERRORS, LEASES),
        *(SCRAPES, SCRAPE_SECONDS, SOURCES, SHOWTIMES, REFUSALS, RESTARTS),
        *(CLAUDE_CALLS, CLAUDE_TOKENS, CLAUDE_COST, CLAUDE_ROWS),
    )
}
"""Every metric that is counted, by name. What is not in here, a child cannot report."""

EXPECTED: Final[Mapping[str, Sequence[tuple[str, ...]]]] = {
    CACHE.name: [("page", "hit"), ("page", "miss")],
    LEASES.name: [(event,) for event in ("granted", "contended", "expired", "freed", "lost")],
    SCRAPES.name: [
        (trigger, outcome)
        for trigger in ("visitor", "refresh", "operator", "recheck", "batch")
        for outcome in ("published", "empty", "failed", "lost")
    ],
    SOURCES.name: [("quarantined", "none")],
    REFUSALS.name: [("in_the_past",)],
    SHOWTIMES.name: [(fate,) for fate in ("published", "refused", "quarantined")],
}
"""Label values that are told as 0 before anything was counted, so that a rate over them begins at the first event."""


class Entry(Struct, frozen=True, array_like=True):
    """What was counted of one metric with one set of label values.

    ``amount`` is a counter's rise, or a histogram's seconds; ``buckets`` are a histogram's new observations by bucket.
    """

    name: str
    labels: tuple[str, ...]
    amount: float
    buckets: tuple[int, ...] = ()


class Meter:
    """Counts for one process, between two reports."""

    def __init__(self) -> None:
        self._counts: dict[tuple[Any, ...], float] = {}
        self._timings: dict[tuple[Any, ...], list[float]] = {}

    def count(self, metric: Metric, *labels: object, by: float = 1.0) -> None:
        """Let a counter rise."""
        key = (metric.name, *labels)
        self._counts[key] = self._counts.get(key, 0.0) + by

    def time(self, metric: Metric, seconds: float, *labels: object) -> None:
        """Note a duration in a histogram."""
        key = (metric.name, *labels)
        timing = self._timings.get(key)
        if timing is None:
            timing = self._timings[key] = [0.0] * (len(BUCKETS) + 2)
        timing[bisect_left(BUCKETS, seconds)] += 1
        timing[-1] += seconds

    def take(self) -> Iterator[tuple[Entry, ...]]:
        """All that was counted since the last time, in portions that fit into one message each."""
        entries = [Entry(name, _texts(labels), amount) for (name, *labels), amount in self._counts.items()]
        entries += [
            Entry(name, _texts(labels), timing[-1], tuple(map(int, timing[:-1])))
            for (name, *labels), timing in self._timings.items()
        ]
        self._counts.clear()
        self._timings.clear()
        for first in range(0, len(entries), ENTRIES_AT_ONCE):
            yield tuple(entries[first : first + ENTRIES_AT_ONCE])

    def put_back(self, entries: Sequence[Entry]) -> None:
        """Count again what could not be reported."""
        for entry in entries:
            key = (entry.name, *entry.labels)
            if not entry.buckets:
                self._counts[key] = self._counts.get(key, 0.0) + entry.amount
                continue
            timing = self._timings.setdefault(key, [0.0] * (len(BUCKETS) + 2))
            for i, observed in enumerate((*entry.buckets, entry.amount)):
                timing[i] += observed


def _texts(labels: Sequence[object]) -> tuple[str, ...]:
    return tuple(str(label)[:LONGEST_LABEL] for label in labels)
