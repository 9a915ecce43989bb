"""``cinestreamd status``: what a running daemon is doing."""

import signal
import sys
import time
from collections.abc import Container
from typing import Any, Final

import click

from cinestreamd.cli.options import Place, print_json, with_place
from cinestreamd.cli.table import print_table
from cinestreamd.master.failing_sites import failures_in
from cinestreamd.store.costs import dollars

INTERVAL: Final = 2.0
"""Seconds between two looks of ``--watch``."""

HEADINGS: Final = (
    *("role", "site", "port", "pid", "user", "state", "age", "restarts", "heartbeat"),
    *("RSS", "PSS", "requests", "requests/s", "cause"),
)
RIGHT: Final = frozenset(HEADINGS[2:]) - {"user", "state", "cause"}
SITE_HEADINGS: Final = ("site", "state", "ports", "ready", "refusing", "configuration", "reading", "waiting")
CLAUDE_HEADINGS: Final = ("site", "Claude's key", "model", "breaker", "today", "of", "month", "of")
CHILDREN: Final = frozenset({"worker", "agent"})
"""What parses what strangers send."""
HOME_AND_CLEAR: Final = "\x1b[H\x1b[2J"
"""ECMA-48: the cursor goes to the first place, the screen becomes empty."""


@click.command()
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
@click.option("--watch", is_flag=True, help="Look again every two seconds, in place, until interrupted.")
@with_place
def status(place: Place, *, json_wanted: bool, watch: bool) -> None:
    """Show every process of the running daemon. Exit code 69: no daemon answers."""
    from cinestreamd.master.client import ControlClient  # noqa: PLC0415 - only commands to a daemon need it

    if json_wanted and watch:
        raise click.UsageError("--watch is for people; ask again with --json instead")
    if watch:
        # There is nothing to tidy up, and an exception raised in the midst of an output could be lost.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    client = ControlClient(place.state_dir)
    while True:
        answer = client.call("status")
        if json_wanted:
            print_json(answer)
            return
        if watch and sys.stdout.isatty():
            click.echo(HOME_AND_CLEAR, nl=False)
        print_status(answer)
        if not watch:
            return
        time.sleep(INTERVAL)


def print_status(answer: dict[str, Any]) -> None:
    """Print what a daemon answers to ``status`` as tables: processes, sites, and how each stands with Claude."""
    print_table(HEADINGS, [_cells(row) for row in answer["processes"]], right=RIGHT)
    click.echo()
    failing = failures_in(answer)
    rows = [_site_cells(site, answer["agents"][site["site"]], failing) for site in answer["sites"]]
    off = [(name, "failed") for name, failure in failing.items() if not failure.is_served]
    print_table(SITE_HEADINGS, [*rows, *((*cells, *[""] * (len(SITE_HEADINGS) - len(cells))) for cells in off)])
    for name, failure in failing.items():
        click.echo(f"Site {failure.told(name)}\n→ {failure.remedy(name)}")
    click.echo()
    print_table(CLAUDE_HEADINGS, [_claude_cells(site) for site in answer["sites"]])
    if any(row.get("user") == "root" and row["role"] in CHILDREN for row in answer["processes"]):
        click.echo("\nWorkers or agents run as root, without its capabilities; cinestreamd doctor says what to do.")


def _cells(process: dict[str, Any]) -> tuple[object, ...]:
    return (
        process["role"],
        process.get("site"),
        process.get("port"),
        process["pid"],
        process.get("user"),
        process["state"],
        _seconds(process.get("age")),
        process.get("restarts"),
        _seconds(process.get("heartbeat_age")),
        _mebibytes(process.get("rss")),
        _mebibytes(process.get("pss")),
        process.get("requests"),
        _rate(process.get("requests_per_second")),
        process.get("cause"),
    )


def _site_cells(site: dict[str, Any], agents: dict[str, Any], failing: Container[str]) -> tuple[object, ...]:
    first, last = site["ports"]
    return (
        site["site"],
        site["state"],
        first if first == last else f"{first}-{last}",
        f"{site['ready']}/{site['workers']}",
        ", ".join(map(str, site["refusing"])),
        "outdated" if site["outdated"] or site["site"] in failing else "current",
        ", ".join(agents["running"]),
        len(agents["queued"]) or "",
    )


def _claude_cells(site: dict[str, Any]) -> tuple[object, ...]:
    claude = site["claude"]
    key = {True: "yes", False: "no", None: "not looked at yet"}[claude.get("key")]
    model = claude.get("model") or ""
    known = {"simulated": claude.get("simulated"), "unpriced": claude.get("priced") is False}
    marks = [mark for mark, holds in known.items() if holds]
    breaker = f"{claude['breaker']} until {claude['retry_at']}" if claude.get("breaker") else ""
    return (
        site["site"],
        claude.get("problem") or key,
        f"{model} ({', '.join(marks)})" if marks else model,
        breaker,
        *(dollars(claude.get(name, 0)) for name in ("today", "day_cap", "month", "month_cap")),
    )


def _seconds(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.1f} s" if value < 60 else f"{value / 60:.0f} min" if value < 7200 else f"{value / 3600:.0f} h"


def _mebibytes(value: int | None) -> str:
    return "" if value is None else f"{value / 2**20:.1f} MiB"


def _rate(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
