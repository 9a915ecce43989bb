"""``cinestreamd extract``: what would be read from one page, with the evidence. Nothing is stored."""

import asyncio
import mimetypes
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from cinestreamd.cli.options import Place, print_json, with_place
from cinestreamd.cli.table import print_table
from cinestreamd.errors import InvalidInputError
from cinestreamd.i18n import N_

if TYPE_CHECKING:
    from cinestreamd.agent.extract import ExtractReport, ExtractRow
    from cinestreamd.agent.model import Page

MAX_FILE_BYTES = 50_000_000
LONGEST_QUOTE = 80
"""Letters of the evidence that a table shows; JSON has all of it."""


class PageFileError(InvalidInputError):
    """The file cannot be read as a page."""

    code = "page_file"
    message = N_("{path} cannot be read as a page: {problem}")


class MomentType(click.ParamType[datetime]):
    """An ISO 8601 moment; without an offset it is in UTC."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Parse the moment."""
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not an ISO 8601 time such as 2026-11-21T18:00:00Z", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class ZoneType(click.ParamType[ZoneInfo]):
    """An IANA timezone."""

    name = "zone"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> ZoneInfo:
        """Look the timezone up."""
        try:
            return ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.fail(f"{value!r} is not an IANA timezone such as Europe/Kyiv", param, ctx)


@click.command()
@click.argument("source", metavar="FILE|URL")
@click.option("--url", help="The address a FILE was read from; links are resolved against it.")
@click.option("--at", type=MomentType(), help="The moment of reading.  [default: now]")
@click.option("--timezone", type=ZoneType(), default="UTC", show_default=True, help="The cinema's timezone.")
@click.option("--json", "json_wanted", is_flag=True, help="Print the rows as a JSON list.")
@click.option("--all", "all_wanted", is_flag=True, help="Add the rows that are held back, each with its reason.")
@with_place
def extract(
    place: Place,
    source: str,
    *,
    url: str | None,
    at: datetime | None,
    timezone: ZoneInfo,
    json_wanted: bool,
    all_wanted: bool,
) -> None:
    """Show what would be read from a page: rows, evidence, confidence, and why rows are refused."""
    from cinestreamd.agent.extract import extract_page  # noqa: PLC0415 - the readers are slow to import
    from cinestreamd.agent.model import ReadContext  # noqa: PLC0415 - see above

    now = at or datetime.now(UTC)
    page = _fetched(place, source) if re.match(r"https?://", source) else _from_file(Path(source), url, now)
    report = extract_page(page, ReadContext(now=now, timezone=timezone))
    if json_wanted:
        rows = [*report.rows, *report.held_back] if all_wanted else report.rows
        refused = list(report.refused) if all_wanted else []
        print_json([*rows, *refused])
    else:
        _show(report, all_wanted=all_wanted)


def _fetched(place: Place, address: str) -> "Page":
    from cinestreamd.agent.fetch import Fetcher  # noqa: PLC0415 - only for an address

    async def fetch() -> "Page":
        async with Fetcher(place.settings().fetch) as fetcher:
            return await fetcher.get(address)

    return asyncio.run(fetch())


def _from_file(path: Path, url: str | None, now: datetime) -> "Page":
    from cinestreamd.agent.fetch.charset import decode  # noqa: PLC0415 - only for a file
    from cinestreamd.agent.model import Page  # noqa: PLC0415 - only for a file

    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise PageFileError(path=path, problem=error.strerror) from None
    if len(data) > MAX_FILE_BYTES:
        raise PageFileError(path=path, problem=f"larger than {MAX_FILE_BYTES} bytes")
    content_type = mimetypes.guess_type(path.name)[0] or "text/html"
    text = decode(data, None)
    return Page(url=url or path.absolute().as_uri(), content_type=content_type, text=text, fetched_at=now)


def _show(report: "ExtractReport", *, all_wanted: bool) -> None:
    click.echo(f"page        {report.url}")
    click.echo(f"reader      {report.reader or 'none: nothing on this page is understood'}")
    click.echo(f"confidence  {report.confidence:.2f}")
    _print_rows(report.rows)
    if report.held_back:
        click.echo(f"{len(report.held_back)} rows held back" + ("" if all_wanted else "; see them with --all"))
        if all_wanted:
            _print_rows(report.held_back)
    if report.refused:
        click.echo(f"{len(report.refused)} candidates refused" + ("" if all_wanted else "; see them with --all"))
        if all_wanted:
            refused = [(held.clock, held.title, held.reason, held.quote[:LONGEST_QUOTE]) for held in report.refused]
            print_table(("time", "title", "why", "evidence"), refused)


def _print_rows(rows: "tuple[ExtractRow, ...]") -> None:
    cells = []
    for row in rows:
        details = [row.format, row.language, row.subtitles and f"sub {row.subtitles}", row.room, row.availability]
        notes = ["past" if row.past else "", "day assumed" if row.date_assumed else "", row.reason or ""]
        cells.append(
            (
                row.start,
                row.title,
                ", ".join(detail for detail in details if detail and detail != "available"),
                row.price.text if row.price else "",
                row.evidence.quote[:LONGEST_QUOTE],
                ", ".join(note for note in dict.fromkeys(notes) if note),
            )
        )
    print_table(("start", "title", "details", "price", "evidence", "note"), cells)
