"""What nginx's configuration says, read as nginx reads it: comments and quotes understood, includes followed."""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from glob import glob
from pathlib import Path
from typing import Final

from msgspec import Struct

from cinestreamd.errors import ConfigurationError

_TOKEN: Final = re.compile(
    r"""(?P<comment>\#[^\n]*)|"(?P<double>(?:\\.|[^"\\])*)"|'(?P<single>(?:\\.|[^'\\])*)'"""
    r"""|(?P<mark>[;{}])|(?P<word>(?:\\.|\$\{|[^\s;{\\])+)""",
    re.DOTALL,
)
_SERVER: Final = ("http", "server")


class Directive(Struct, frozen=True):
    """One directive: its words, and the names of the blocks that it stands in, the outermost first."""

    words: tuple[str, ...]
    blocks: tuple[str, ...]


def directives(main: Path, *, without: AbstractSet[Path] = frozenset()) -> Iterator[Directive]:
    """The directives of the file ``main`` and of all that it includes, but for the files ``without``.

    Raises:
        ConfigurationError: a file cannot be read.
    """
    yield from _followed(main, main.parent, (), (*without,))


def _followed(path: Path, folder: Path, blocks: tuple[str, ...], passed: tuple[Path, ...]) -> Iterator[Directive]:
    for directive in directives_in(read(path), blocks):
        yield directive
        if directive.words[0] != "include":
            continue
        # nginx takes a relative path from the folder of its main file; like a shell, it leaves out hidden files.
        for name in sorted(glob(str(folder / directive.words[-1]))):  # noqa: PTH207 - an absolute pattern
            included = Path(name)
            if included not in passed and included.is_file():
                yield from _followed(included, folder, directive.blocks, (*passed, path))


def directives_in(text: str, blocks: tuple[str, ...] = ()) -> Iterator[Directive]:
    """The directives of one text that stands in ``blocks``."""
    inner, words = list(blocks), list[str]()
    for token in _TOKEN.finditer(text):
        mark = token["mark"]
        if token["comment"] is not None:
            continue
        if mark is None:
            words.append(next(part for part in (token["double"], token["single"], token["word"]) if part is not None))
            continue
        if mark == ";" and words:
            yield Directive(tuple(words), tuple(inner))
        elif mark == "{":
            inner.append(words[0] if words else "")
        elif mark == "}" and len(inner) > len(blocks):
            inner.pop()
        words = []


def served_names(found: AbstractSet[Directive]) -> set[str]:
    """The names that servers have."""
    return {
        name for each in found if each.blocks == _SERVER and each.words[0] == "server_name" for name in each.words[1:]
    }


def default_listens(found: AbstractSet[Directive]) -> frozenset[str]:
    """Where a server is the default one, of what is reached on any address: ``80`` by IPv4, ``[::]:80`` by IPv6."""
    return frozenset(
        place
        for each in found
        if each.blocks == _SERVER and each.words[0] == "listen" and {"default_server", "default"} & {*each.words[2:]}
        if (place := _anywhere(each.words[1]))
    )


def _anywhere(address: str) -> str:
    """How we write a ``listen`` of any address; empty for one of a single address or a socket file."""
    if address.isdecimal():
        return address
    host, _, port = address.rpartition(":") if re.search(r":\d+\Z", address) else (address, "", "80")
    if host in {"*", "0.0.0.0"}:  # noqa: S104 - what others listen on
        return port
    return f"[::]:{port}" if re.fullmatch(r"\[[0:]*\]", host) else ""


def read(path: Path) -> str:
    """A file's text.

    Raises:
        ConfigurationError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ConfigurationError(place=path, problem=f"cannot be read ({error.strerror})") from None
