"""A site's secret files: ``.env`` (for web workers) and ``agent.env`` (for agents alone).

Plain ``KEY=VALUE`` lines. A file is read only if it is a regular file, owned by this user or root (for
root: by whom its folder belongs to), with mode 0600 or
stricter, and not reached through a symbolic link; it is replaced as a whole or not at all.
"""

import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cinestreamd.errors import ConfigurationError
from cinestreamd.sites.files import Folder, write_file

KEY = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
MAX_BYTES = 64 * 1024


def read_env(path: Path) -> dict[str, str]:
    """The values of an env file.

    Raises:
        ConfigurationError: the file is absent, open to others, a link, or holds a line that is not ``KEY=VALUE``.
    """
    with _opened(path) as descriptor:
        data = os.read(descriptor, MAX_BYTES + 1)
    _refuse_large(len(data), path)
    try:
        return parse_env(data.decode("utf-8"), place=path)
    except UnicodeDecodeError:
        raise ConfigurationError(place=path, problem="is not UTF-8 text") from None


def read_env_in(folder: Folder, file: str) -> dict[str, str]:
    """The values of an env file in an open folder; none where there is no such file.

    Raises:
        ConfigurationError: as ``read_env``.
    """
    if not folder.has(file):
        return {}
    place = folder.path / file
    try:
        return parse_env(secret_bytes(folder, file).decode("utf-8"), place=place)
    except UnicodeDecodeError:
        raise ConfigurationError(place=place, problem="is not UTF-8 text") from None


def secret_bytes(folder: Folder, file: str) -> bytes:
    """The bytes of an env file in an open folder, if it may be trusted."""
    return folder.read(file, limit=MAX_BYTES, trust=lambda status: _check(status, folder.path / file))


class MissingEnvError(ConfigurationError):
    """There is no such file."""


Held = dict[str, str] | ConfigurationError
"""The values of an env file, or why they cannot be had."""


def hold(path: Path) -> Held:
    """Read an env file for a process that gives up what it needs to open it; what is wrong is said when it is used."""
    try:
        return read_env(path)
    except ConfigurationError as error:
        return error


def glean(path: Path, takers: Mapping[str, Callable[[memoryview], object]]) -> set[str]:
    """Show each key's taker its value where it lies, then wipe what was read; returns the keys that were there.

    For a process that may know some values of a file but is to keep no copy of the others.

    Raises:
        ConfigurationError: as ``read_env``, except that lines which are not ``KEY=VALUE`` are passed over.
    """
    buffer = bytearray(MAX_BYTES + 1)
    seen = set()
    try:
        with _opened(path) as descriptor:
            size = os.readv(descriptor, [buffer])
        _refuse_large(size, path)
        start = 0
        while start < size:
            end = buffer.find(b"\n", start, size)
            end = size if end < 0 else end
            equals = buffer.find(b"=", start, end)
            key = bytes(buffer[start:equals]).decode("ascii", "replace").strip() if equals >= 0 else ""
            if key in takers:
                seen.add(key)
                takers[key](_stripped(buffer, equals + 1, end))
            start = end + 1
    finally:
        buffer[:] = bytes(len(buffer))
    return seen


def _stripped(buffer: bytearray, start: int, end: int) -> memoryview:
    """A part of the buffer without the white space around it; no copy."""
    while start < end and buffer[start] in b" \t\r":
        start += 1
    while end > start and buffer[end - 1] in b" \t\r":
        end -= 1
    return memoryview(buffer)[start:end]


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """The descriptor of an env file that may be trusted."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise MissingEnvError(place=path, problem="is not there") from None
    except OSError as error:
        raise ConfigurationError(place=path, problem=f"cannot be opened ({error.strerror})") from None
    try:
        _check(os.fstat(descriptor), path)
        yield descriptor
    finally:
        os.close(descriptor)


def _refuse_large(size: int, path: Path) -> None:
    if size > MAX_BYTES:
        raise ConfigurationError(place=path, problem=f"is larger than {MAX_BYTES} bytes")


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
    # Root reads what belongs to a site's own user, in the folder that is that user's.
    allowed = {0, path.parent.stat().st_uid if os.geteuid() == 0 else os.geteuid()}
    if status.st_uid not in allowed:
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
