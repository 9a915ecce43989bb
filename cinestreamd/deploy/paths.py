"""Paths that go into the configuration of other programs: nothing is escaped, what would need it is refused."""

import re
from typing import Final

from cinestreamd.errors import InvalidInputError
from cinestreamd.i18n import N_

_PLAIN: Final = re.compile(r"(?:/\.?[A-Za-z0-9_][A-Za-z0-9._@+-]*)+")


class PlainPathError(InvalidInputError):
    """A path cannot stand in the configuration of another program."""

    code = "plain_path"
    message = N_("{path!r} is not an absolute path of plain names")


def plain_path(text: str) -> str:
    """The path itself, if it is absolute and its names mean nothing to nginx, systemd or a shell.

    Raises:
        PlainPathError: it is not.
    """
    if len(text) > 300 or not _PLAIN.fullmatch(text):
        raise PlainPathError(path=text[:80])
    return text
