"""``cinestreamd status``: what a running daemon is doing."""

from typing import Any

import click
from rich.console import Console
from rich.table import Table

from cinestreamd.cli.options import Place, print_json, with_place


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
    Console(highlight=False).print(_table(answer["processes"]))


def _table(processes: list[dict[str, Any]]) -> Table:
    table = Table(box=None, header_style="bold")
    for heading in ("role", "site", "port", "pid", "state", "age", "restarts", "heartbeat", "PSS", "requests"):
        table.add_column(heading, justify="left" if heading in {"role", "site", "state"} else "right")
    for process in processes:
        table.add_row(
            process["role"],
            process.get("site") or "",
            str(process.get("port") or ""),
            str(process["pid"]),
            process["state"],
            _seconds(process.get("age")),
            str(process.get("restarts", "")),
            _seconds(process.get("heartbeat_age")),
            _mebibytes(process.get("pss")),
            str(process.get("requests", "")),
        )
    return table


def _seconds(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.1f} s" if value < 60 else f"{value / 60:.0f} min" if value < 7200 else f"{value / 3600:.0f} h"


def _mebibytes(value: int | None) -> str:
    return "" if value is None else f"{value / 2**20:.1f} MiB"
