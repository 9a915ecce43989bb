"""TOML text into a type of settings; what cannot be used is refused with the line at fault."""

import re
import tomllib
from typing import TypeVar

import msgspec

from cinestreamd.errors import ConfigurationError

T = TypeVar("T")


def parse_toml(source: str, kind: type[T], *, place: str) -> T:
    """Decode TOML text into ``kind``, or raise ``ConfigurationError`` with the line at fault."""
    try:
        return msgspec.convert(tomllib.loads(source), kind)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(place=place, problem=str(error)) from None
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at ")
        keys = re.findall(r"\w+", path)
        unknown = re.search(r"unknown field `([^`]+)`", problem)
        if unknown:
            keys.append(unknown[1])
        line = line_of(source, keys)
        named = ".".join(key for key in keys if not key.isdigit())
        raise ConfigurationError(place=f"{place}:{line}", problem=f"{named}: {problem}") from None


def line_of(source: str, keys: list[str]) -> int:
    """The 1-based line of ``source`` (TOML) on which the key at the path ``keys`` stands, 1 when it cannot be told.

    A table of an array of tables is reached by its index: ``["cinemas", "0", "url"]``.
    """
    while keys and keys[-1].isdigit():
        keys = keys[:-1]
    table: list[str] = []
    counts: dict[str, int] = {}
    for number, line in enumerate(source.splitlines(), start=1):
        header = re.match(r"\s*(\[+)\s*([^\]]+?)\s*\]+", line)
        if header:
            table = re.findall(r"[\w-]+", header[2])
            if header[1] == "[[":
                counts[header[2]] = counts.get(header[2], -1) + 1
                table.append(str(counts[header[2]]))
            if keys and table[: len(keys)] == keys:
                return number
        elif keys and table == keys[:-1] and re.match(rf"\s*[\"']?{re.escape(keys[-1])}[\"']?\s*=", line):
            return number
    return 1
