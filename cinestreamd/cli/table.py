"""Tables as plain text: columns padded to their widest cell, easy to read, to pipe and to grep."""

from collections.abc import Sequence

import click

GAP = "  "


def print_table(
    headings: Sequence[str], rows: Sequence[Sequence[object]], *, right: frozenset[str] = frozenset()
) -> None:
    """Print ``rows`` under ``headings``; the columns named in ``right`` are aligned to the right."""
    cells = [[_printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    click.secho(_line(headings, headings, widths, right), bold=True)
    for row in cells:
        click.echo(_line(row, headings, widths, right))


def _line(cells: Sequence[str], headings: Sequence[str], widths: Sequence[int], right: frozenset[str]) -> str:
    padded = (
        cell.rjust(width) if heading in right else cell.ljust(width)
        for cell, heading, width in zip(cells, headings, widths, strict=True)
    )
    return GAP.join(padded).rstrip()


def _printable(cell: object) -> str:
    """A cell's text on one line; what came from a page cannot move the cursor or forge a row."""
    text = "" if cell is None else " ".join(str(cell).split())
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
