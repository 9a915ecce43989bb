"""``cinestreamd status``: what a running daemon is doing."""

from typing import Any

import click

from cinestreamd.cli.options import Place, print_json, with_place
from cinestreamd.cli.table import print_table


@click.command()
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
@with_place
def status(place: Place, *, json_wanted: bool) -> None:
    """Show every process of the running daemon. Exit code 69: no daemon answers."""
    from cinestreamd.master.client import ControlClient  # noqa: PLC0415 - only commands to a daemon need it

    answer = ControlClient(place.state_dir).call("status")
    if json_wanted:
        print_json(answer)
        return
    headings = ("role", "site", "port", "pid", "state", "age", "restarts", "heartbeat", "PSS", "requests")
    print_table(headings, [_cells(row) for row in answer["processes"]], right=frozenset(headings[2:]) - {"state"})


def _cells(process: dict[str, Any]) -> tuple[object, ...]:
    return (
        process["role"],
        process.get("site"),
        process.get("port"),
        process["pid"],
        process["state"],
        _seconds(process.get("age")),
        process.get("restarts"),
        _seconds(process.get("heartbeat_age")),
        _mebibytes(process.get("pss")),
        process.get("requests"),
    )


def _seconds(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.1f} s" if value < 60 else f"{value / 60:.0f} min" if value < 7200 else f"{value / 3600:.0f} h"


def _mebibytes(value: int | None) -> str:
    return "" if value is None else f"{value / 2**20:.1f} MiB"
