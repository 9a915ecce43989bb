"""What a recipe says: in which places of a page's structure clocks, titles, days, links and prices stand.

A *path* is what an element and the two around it are (tag and lasting class), joined by "<". Distances are in
characters of the visible text.
"""

from typing import Final, Literal

import msgspec
from msgspec import Struct

VERSION: Final = 1

Side = Literal["before", "after"]
TitleKind = Literal["element", "quoted", "after", "before"]
LinkPlace = Literal["none", "own", "next", "title"]
PricePlace = Literal["after", "before", "line", "page"]


class TitleRule(Struct, frozen=True, kw_only=True):
    """Where a clock's title is.

    ``element``: the text of the nearest element on ``side`` with one of ``paths``, within the clock's own ``scope``
    (a path) where there is one. ``quoted``: the nearest text between ``left`` and ``right``. ``after`` and ``before``:
    what stands beside the clock in its line, up to ``right`` or from ``left`` on where these are given, with ``seams``
    only as far as no two inline elements touch.
    """

    kind: TitleKind
    side: Side = "before"
    paths: tuple[str, ...] = ()
    scope: str = ""
    left: str = ""
    right: str = ""
    seams: bool = False


class DayRule(Struct, frozen=True, kw_only=True):
    """The nearest date on ``side``, in an element with one of ``paths`` if any are given.

    ``structure``: as the miner finds days, by tabs, columns, attributes and headings. ``only``: the page's one date.
    """

    side: Literal["before", "after", "structure", "only"]
    paths: tuple[str, ...] = ()


class PriceRule(Struct, frozen=True, kw_only=True):
    """A price of one of these ``shapes`` (numbers written as 0), nearest to the clock in that place."""

    shapes: tuple[str, ...]
    place: PricePlace


class Rules(Struct, frozen=True, kw_only=True):
    """A whole recipe.

    ``clocks`` and ``styles`` tell which clocks are showings. ``reach`` is how far a title may be from its clock.
    ``unexplained`` and ``unused`` are how many clocks and titles of the page made no showing when it was compiled.
    """

    version: int = VERSION
    clocks: tuple[str, ...]
    styles: tuple[str, ...]
    title: TitleRule
    day: DayRule
    link: LinkPlace = "none"
    price: PriceRule | None = None
    reach: int = 0
    unexplained: int = 0
    unused: int = 0


def encode_rules(rules: Rules) -> str:
    """Rules as they are kept."""
    return msgspec.json.encode(rules).decode()


def decode_rules(text: str) -> Rules | None:
    """Rules as they were kept; None for those that this release does not understand."""
    try:
        rules = msgspec.json.decode(text, type=Rules)
    except msgspec.DecodeError:
        return None
    return rules if rules.version == VERSION else None
