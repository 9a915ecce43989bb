"""What all processes have counted, added up in the master, the dead ones' counts included."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from cinestreamd.metering import BUCKETS, COUNTED, EXPECTED, Entry, Meter, Metric

MOST_SERIES: Final = 5000
"""So many label sets of one metric are kept; a child that reports more (a broken one) is not believed."""

Labels = tuple[str, ...]
"""Values of a metric's places, then of its labels."""


class Sums:
    """Counters and histograms by metric and labels. Nothing in it belongs to a process, so nothing piles up."""

    def __init__(self) -> None:
        self._sums: dict[str, dict[Labels, list[float]]] = {name: {} for name in COUNTED}
        self.dropped = 0

    def add(self, entries: Sequence[Entry], *, site: str, role: str, port: int | None = None) -> None:
        """Add what one process of a site has counted. What is no metric, or too much, is dropped and counted."""
        place = {"site": site, "role": role, "port": "" if port is None else str(port)}
        for entry in entries:
            if not self._add(entry, place):
                self.dropped += 1

    def take(self, meter: Meter, *, site: str, role: str) -> None:
        """Add what a part of the master itself has counted."""
        for entries in meter.take():
            self.add(entries, site=site, role=role)

    def expect(self, site: str) -> None:
        """Have the counters of a new site begin at 0, as far as their labels are known."""
        for name, all_labels in EXPECTED.items():
            for labels in all_labels:
                self.add([Entry(name, labels, 0.0)], site=site, role="master")

    def forget(self, site: str) -> None:
        """Drop what was counted for a site that is no longer served."""
        for metric in COUNTED.values():
            at = metric.places.index("site")
            series = self._sums[metric.name]
            for labels in [labels for labels in series if labels[at] == site]:
                del series[labels]

    def series(self, metric: Metric) -> Iterator[tuple[Labels, Sequence[float]]]:
        """The label sets of a metric: a counter's one value, or a histogram's count by bucket, then its seconds."""
        yield from self._sums[metric.name].items()

    def total(self, metric: Metric) -> Counter[Labels]:
        """The values of a counter by labels."""
        return Counter({labels: values[0] for labels, values in self.series(metric)})

    def _add(self, entry: Entry, place: Mapping[str, str]) -> bool:
        metric = COUNTED.get(entry.name)
        if metric is None or not _fits(entry, metric):
            return False
        labels = (*(place[each] for each in metric.places), *entry.labels)
        series = self._sums[metric.name]
        values = (*entry.buckets, entry.amount)
        known = series.get(labels)
        if known is None:
            if len(series) >= MOST_SERIES:
                return False
            known = series[labels] = [0.0] * len(values)
        for i, value in enumerate(values):
            known[i] += value
        return True


def _fits(entry: Entry, metric: Metric) -> bool:
    """Whether an entry is what the metric is made of: a hostile child may say anything."""
    wanted = len(BUCKETS) + 1 if metric.kind == "histogram" else 0
    sound = len(entry.labels) == len(metric.labels) and len(entry.buckets) == wanted
    return sound and 0 <= entry.amount < float("inf") and all(count >= 0 for count in entry.buckets)
