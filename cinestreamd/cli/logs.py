"""``cinestreamd logs``: the daemon's log for people, from its file or from the journal."""

import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import closing, contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from typing import IO, Final, TextIO

import click

from cinestreamd.cli.log_lines import LEVELS, Wanted, parse_line, show_line
from cinestreamd.cli.options import Place, with_place
from cinestreamd.errors import CinestreamError, ConfigurationError

UNIT: Final = "cinestreamd"
PAUSE: Final = 0.2

Show = Callable[[str], str | None]
"""A line as it is to be shown, without its end; None if it is not wanted."""


@click.command()
@click.option("--follow", "-f", is_flag=True, help="Go on with what is logged from now on, until interrupted.")
@click.option("--site", help="Only lines of this site.")
@click.option("--level", type=click.Choice(LEVELS), default="debug", help="Only lines of this level or worse.")
@click.option("--lines", type=click.IntRange(0, 1_000_000), default=200, show_default=True, help="So many at most.")
@click.option("--file", "path", type=click.Path(path_type=Path, dir_okay=False), help="This file; - is standard input.")
@click.option("--json", "json_wanted", is_flag=True, help="The lines as they are in the log.")
@with_place
def logs(
    place: Place, *, follow: bool, site: str | None, level: str, lines: int, path: Path | None, json_wanted: bool
) -> None:
    """Show the log: of the running daemon's file, else of the journal (as unit "cinestreamd")."""
    wanted = Wanted(site, next(each for each in LEVELS if each == level))
    colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def show(line: str) -> str | None:
        line = line.rstrip("\n")
        if not json_wanted:
            return show_line(line, wanted, colours=colours)
        event = parse_line(line)
        return line if event is not None and wanted.lets_through(event) else None

    with closing(_source(place, path, show, lines=lines, follow=follow)) as source:
        for shown in source:
            click.echo(shown, color=colours)


def _source(place: Place, path: Path | None, show: Show, *, lines: int, follow: bool) -> Generator[str, None, None]:
    """What is to be shown of the log: the last ``lines`` of what there is, then what comes."""
    if path == Path("-"):
        return _shown(sys.stdin, show)
    found = path or _file_of_daemon(place)
    if found is None:
        return _from_journal(show, lines, follow=follow)
    return _from_file(found, show, lines, follow=follow)


def _shown(lines: Iterable[str], show: Show) -> Generator[str, None, None]:
    """The lines that are wanted, as they are shown."""
    yield from (shown for line in lines if (shown := show(line)) is not None)


def _file_of_daemon(place: Place) -> Path | None:
    """The file that the running daemon writes to; None for a pipe, a terminal or no daemon."""
    from cinestreamd.master.client import ControlClient  # noqa: PLC0415 - only commands to a daemon need it

    try:
        rows = ControlClient(place.state_dir).call("status")["processes"]
        target = Path(f"/proc/{rows[0]['pid']}/fd/1").readlink()
    except (CinestreamError, OSError):
        return None
    return target if target.is_file() else None


def _from_file(path: Path, show: Show, lines: int, *, follow: bool) -> Generator[str, None, None]:
    try:
        file: TextIO = path.open(encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise ConfigurationError(place=path, problem=f"cannot be read ({error.strerror})") from None
    try:
        yield from deque(_shown(file, show), maxlen=lines)
        part = ""
        while follow:
            part += file.readline()
            if part.endswith("\n"):
                yield from _shown([part], show)
                part = ""
                continue
            time.sleep(PAUSE)
            file = _reopened(path, file)
    finally:
        file.close()


def _reopened(path: Path, file: TextIO) -> TextIO:
    """The file that is at ``path`` now, once the former one was moved away and read to its end."""
    try:
        now, then = path.stat(), os.fstat(file.fileno())
    except OSError:
        return file  # it was moved away, and there is no new one yet
    is_same = (now.st_dev, now.st_ino) == (then.st_dev, then.st_ino)
    if (is_same and now.st_size >= file.tell()) or (not is_same and then.st_size > file.tell()):
        return file  # there is nothing else, or something was written to it before it was moved away
    file.close()
    return path.open(encoding="utf-8", errors="backslashreplace")


def _from_journal(show: Show, lines: int, *, follow: bool) -> Generator[str, None, None]:
    """The newest lines first, until there are enough; what comes is asked for from before that on, to lose none."""
    with _journal("--lines", "0", "--follow") if follow else nullcontext() as coming:
        with _journal("--reverse") as known:
            newest = list(islice(_shown(known, show), lines))
        yield from reversed(newest)
        yield from _shown(coming or (), show)


@contextmanager
def _journal(*options: str) -> Generator[IO[str], None, None]:
    """What journalctl writes of the unit's lines."""
    command = ["journalctl", "--unit", UNIT, "--output", "cat", "--no-pager", *options]
    try:
        process = subprocess.Popen(  # noqa: S603 - a fixed command
            command, stdout=subprocess.PIPE, encoding="utf-8", errors="backslashreplace"
        )
    except OSError as error:
        problem = f"no daemon writes to a file, and journalctl cannot be run ({error.strerror}); name one by --file"
        raise ConfigurationError(place="logs", problem=problem) from None
    with process:
        try:
            if process.stdout is not None:
                yield process.stdout
        finally:
            process.terminate()
