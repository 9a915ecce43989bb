"""A site's secret files: ``.env`` (for web workers) and ``agent.env`` (for agents alone).

Plain ``KEY=VALUE`` lines. A file is read only if it is a regular file, owned by this user or root, with mode 0600 or
stricter, and not reached through a symbolic link; it is replaced as a whole or not at all.
"""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from cinestreamd.errors import ConfigurationError
from cinestreamd.sites.files import write_file

KEY = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
MAX_BYTES = 64 * 1024


def read_env(path: Path) -> dict[str, str]:
    """The values of an env file.

    Raises:
        ConfigurationError: the file is absent, open to others, a link, or holds a line that is not ``KEY=VALUE``.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise ConfigurationError(place=path, problem=f"cannot be opened ({error.strerror})") from None
    try:
        _check(os.fstat(descriptor), path)
        data = os.read(descriptor, MAX_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(data) > MAX_BYTES:
        raise ConfigurationError(place=path, problem=f"is larger than {MAX_BYTES} bytes")
    try:
        return parse_env(data.decode("utf-8"), place=path)
    except UnicodeDecodeError:
        raise ConfigurationError(place=path, problem="is not UTF-8 text") from None


def write_env(path: Path, values: Mapping[str, str]) -> None:
    """Replace an env file by these values, mode 0600.

    Raises:
        ConfigurationError: a key is not UPPER_CASE or a value has a line break or another control character.
    """
    write_file(path, render_env(values, place=path), mode=0o600)


def render_env(values: Mapping[str, str], *, place: Path = Path(".env")) -> str:
    """The text of an env file with these values; raises as ``write_env`` does, naming ``place``."""
    for key, value in values.items():
        if not KEY.fullmatch(key):
            raise ConfigurationError(place=place, problem=f"{key!r} is not a key such as SECRET_KEY")
        if not value.isprintable() or value != value.strip():
            raise ConfigurationError(place=place, problem=f"the value of {key} has control or outer white space")
    return "".join(f"{key}={value}\n" for key, value in values.items())


def _check(status: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ConfigurationError(place=path, problem="is not a regular file")
    if status.st_uid not in {0, os.geteuid()}:
        raise ConfigurationError(place=path, problem="belongs to another user; chown it to the daemon's user")
    if status.st_mode & 0o077:
        raise ConfigurationError(place=path, problem="is open to other users; run: chmod 600 on it")


def parse_env(text: str, *, place: Path | str) -> dict[str, str]:
    """The values in the text of an env file.

    Raises:
        ConfigurationError: a line is not ``KEY=VALUE``; says which line of ``place``.
    """
    values = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, separator, value = line.partition("=")
        if not separator or not KEY.fullmatch(key.strip()):
            raise ConfigurationError(place=f"{place}:{number}", problem="is not KEY=VALUE")
        values[key.strip()] = value.strip()
    return values
