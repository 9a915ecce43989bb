"""The metrics as Prometheus reads them: what was counted, and what is true now."""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from cinestreamd.master.gauges import GAUGES, Observer, Values, add_memory
from cinestreamd.master.sums import Labels, Sums
from cinestreamd.metering import BUCKETS, COUNTED, RESTARTS, Entry, Metric

if TYPE_CHECKING:
    from prometheus_client.core import Metric as Family

PREFIX: Final = "cinestreamd_"
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_BOUNDS: Final = (*map(str, BUCKETS), "+Inf")


class Exposition(Struct, frozen=True):
    """Makes the text of one scrape."""

    observer: Observer
    sums: Sums

    async def text(self) -> bytes:
        """Every metric, in Prometheus' text format. The library is loaded with the first scrape: many need none."""
        from prometheus_client.exposition import generate_latest  # noqa: PLC0415 - as said

        for tenant in self.observer.fleet.all_tenants:
            self.sums.take(tenant.meter, site=tenant.name, role="master")
        for ward in self.observer.fleet.wards:  # at 0 before the first: else nobody sees it rise
            self.sums.add(
                [Entry(RESTARTS.name, (), 0.0)], site=ward.duty.site or "", role=ward.duty.role, port=ward.duty.port
            )
        found = await self.observer.look()
        found["series_dropped_total"][()] = self.sums.dropped
        await asyncio.to_thread(add_memory, found, self.observer.processes(), self.observer.state_dir)
        return generate_latest(_Families([*self._counted(), *_looked_up(found)]))

    def _counted(self) -> Iterator["Family"]:
        for metric in COUNTED.values():
            yield _histogram(metric, self.sums) if metric.kind == "histogram" else self._counter(metric)

    def _counter(self, metric: Metric) -> "Family":
        from prometheus_client.core import CounterMetricFamily  # noqa: PLC0415 - see text()

        family = CounterMetricFamily(PREFIX + metric.name, metric.help, labels=(*metric.places, *metric.labels))
        for labels, values in self.sums.series(metric):
            family.add_metric(labels, values[0])
        if metric is RESTARTS:  # the zygote is the master's own, and belongs to no site
            family.add_metric(("", "zygote", ""), self.observer.forker.child.restarts)
        return family


class _Families(Struct, frozen=True):
    """What the library calls a registry."""

    families: Sequence["Family"]

    def collect(self) -> Sequence["Family"]:
        """The metrics of this scrape."""
        return self.families


def _histogram(metric: Metric, sums: Sums) -> "Family":
    from prometheus_client.core import HistogramMetricFamily  # noqa: PLC0415 - see Exposition.text

    family = HistogramMetricFamily(PREFIX + metric.name, metric.help, labels=(*metric.places, *metric.labels))
    for labels, values in sums.series(metric):
        buckets = list(zip(_BOUNDS, accumulate(values[:-1]), strict=True))
        family.add_metric(labels, buckets, values[-1])
    return family


def _looked_up(found: Values) -> Iterator["Family"]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily  # noqa: PLC0415 - see Exposition.text

    for gauge in GAUGES.values():
        kind = CounterMetricFamily if gauge.kind == "counter" else GaugeMetricFamily
        family = kind(PREFIX + gauge.name, gauge.help, labels=gauge.labels)
        for labels, value in found[gauge.name].items():
            family.add_metric(labels, value)
        yield family


__all__ = ["CONTENT_TYPE", "PREFIX", "Exposition", "Labels"]
