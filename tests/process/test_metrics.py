"""Counts of real workers in the master: right across deaths, and never more of them than there are routes and ports."""

import os
import signal

from daemon_under_test import CALM, DaemonUnderTest, get, wait_until
from prometheus_client.samples import Sample


def value(samples: list[Sample], name: str, **labels: str) -> float:
    return sum(
        sample.value for sample in samples if sample.name == name and labels.items() <= dict(sample.labels).items()
    )


def wait_for_answers(daemon: DaemonUnderTest, count: int) -> None:
    """Wait until so many answers of the hook were reported."""
    wait_until(
        lambda: value(daemon.samples(), "cinestreamd_requests_total", route="/hook/pid") == count,
        seconds=100,
        what=f"{count} requests are reported",
    )


def test_counts_survive_the_death_of_workers_and_nothing_piles_up(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor={**CALM, "heartbeat_interval": 0.1})
    daemon.start()
    answered, series = 0, []
    for turn in range(5):
        for _ in range(3):
            assert get(port, "/hook/pid", timeout=20)[0] == 200
            answered += 1
        wait_for_answers(daemon, answered)
        samples = daemon.samples()
        assert value(samples, "cinestreamd_request_seconds_count", route="/hook/pid") == answered
        assert value(samples, "cinestreamd_requests_total", port=str(port), route="/hook/pid") == answered
        series.append(len({(sample.name, *sorted(sample.labels.items())) for sample in samples}))
        victim = daemon.workers()[port]
        os.kill(victim, signal.SIGKILL)
        daemon.wait_for("child_ready", count=turn + 2, seconds=100)
    assert value(daemon.samples(), "cinestreamd_restarts_total", role="worker") == 5
    assert series[-1] <= series[1] + 3  # the first death brings the series of restarts


def test_a_worker_that_is_told_to_stop_reports_its_last_requests(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor={"heartbeat_interval": 20.0})
    daemon.start()
    assert get(port, "/hook/pid")[0] == 200
    daemon.call("restart")
    wait_for_answers(daemon, 1)


def test_methods_and_paths_of_visitors_make_no_series(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor={"heartbeat_interval": 0.1})
    daemon.start()
    for number in range(5):
        assert get(port, f"/no/such/page/{number}")[0] == 404
    wait_until(
        lambda: value(daemon.samples(), "cinestreamd_requests_total", route="unmatched", status="404") == 5,
        seconds=100,
        what="five unknown pages under one route",
    )
    assert get(port, "/metrics")[0] == 404
