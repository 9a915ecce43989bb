"""Counting in one process, and adding up in the master."""

import pytest

from cinestreamd.channel import PACKET_BYTES, Counted
from cinestreamd.master.sums import MOST_SERIES, Sums
from cinestreamd.metering import BUCKETS, COUNTED, REQUEST_SECONDS, REQUESTS, SCRAPES, Entry, Meter


def reported(meter: Meter) -> list[Entry]:
    return [entry for portion in meter.take() for entry in portion]


def test_a_report_tells_what_changed_since_the_last_one() -> None:
    meter = Meter()
    meter.count(SCRAPES, "visitor", "published")
    meter.count(SCRAPES, "visitor", "published", by=2)
    assert reported(meter) == [Entry("scrapes_total", ("visitor", "published"), 3.0)]
    assert reported(meter) == []


def test_a_duration_falls_into_the_bucket_that_bounds_it() -> None:
    meter = Meter()
    for seconds in (0.0005, 0.0006, 0.2, 1000.0):
        meter.time(REQUEST_SECONDS, seconds, "/", "GET", 200)
    (entry,) = reported(meter)
    assert entry.labels == ("/", "GET", "200")
    assert len(entry.buckets) == len(BUCKETS) + 1
    assert [i for i, count in enumerate(entry.buckets) if count] == [0, 1, BUCKETS.index(0.25), len(BUCKETS)]
    assert entry.amount == pytest.approx(1000.2011)


def test_what_was_not_delivered_is_told_the_next_time() -> None:
    meter = Meter()
    meter.time(REQUEST_SECONDS, 0.2, "/", "GET", 200)
    meter.count(SCRAPES, "visitor", "failed")
    for portion in meter.take():
        meter.put_back(portion)
    meter.count(SCRAPES, "visitor", "failed")
    meter.time(REQUEST_SECONDS, 0.2, "/", "GET", "200")
    sums = Sums()
    sums.take(meter, site="one", role="worker")
    assert sums.total(SCRAPES)["one", "visitor", "failed"] == 2
    (values,) = [values for _, values in sums.series(REQUEST_SECONDS)]
    assert sum(values[:-1]) == 2


def test_a_report_fits_into_a_packet_however_much_was_counted() -> None:
    import msgspec

    meter = Meter()
    for i in range(500):
        meter.time(REQUEST_SECONDS, 1.0, f"/{i}" + "x" * 200, "DELETE", 500)
    sizes = [len(msgspec.msgpack.encode(Counted(portion))) for portion in meter.take()]
    assert len(sizes) > 1
    assert max(sizes) < PACKET_BYTES


def test_counts_of_many_processes_add_up_under_their_site_and_port() -> None:
    sums = Sums()
    for port in (8001, 8002, 8001):
        sums.add([Entry(REQUESTS.name, ("/", "GET", "200"), 5.0)], site="one", role="worker", port=port)
    assert sums.total(REQUESTS) == {("one", "8001", "/", "GET", "200"): 10.0, ("one", "8002", "/", "GET", "200"): 5.0}
    sums.forget("one")
    assert sums.total(REQUESTS) == {}


@pytest.mark.parametrize(
    "entry",
    [
        Entry("nonsense_total", (), 1.0),
        Entry(REQUESTS.name, ("/",), 1.0),
        Entry(REQUESTS.name, ("/", "GET", "200"), -1.0),
        Entry(REQUESTS.name, ("/", "GET", "200"), float("nan")),
        Entry(REQUESTS.name, ("/", "GET", "200"), float("inf")),
        Entry(REQUESTS.name, ("/", "GET", "200"), 1.0, (1,)),
        Entry(REQUEST_SECONDS.name, ("/", "GET", "200"), 1.0),
        Entry(REQUEST_SECONDS.name, ("/", "GET", "200"), 1.0, (-1,) * (len(BUCKETS) + 1)),
    ],
    ids=["unknown", "labels", "falls", "nan", "infinite", "buckets", "no buckets", "negative bucket"],
)
def test_what_is_no_metric_is_dropped_and_counted(entry: Entry) -> None:
    sums = Sums()
    sums.add([entry], site="one", role="worker")
    assert sums.dropped == 1
    assert all(not list(sums.series(metric)) for metric in COUNTED.values())


def test_a_child_cannot_fill_the_master_with_series() -> None:
    sums = Sums()
    for i in range(MOST_SERIES + 7):
        sums.add([Entry(REQUESTS.name, (f"/{i}", "GET", "200"), 1.0)], site="one", role="worker", port=1)
    assert len(sums.total(REQUESTS)) == MOST_SERIES
    assert sums.dropped == 7
