"""A site as one file with all that it has: settings, theme, secrets and every record, to be restored anywhere.

The file is a gzipped tar of plain files: ``backup.json`` (what is in it, with a digest of each kind of record),
``site.tar.gz`` (the site's export with its secrets), and ``records/KIND.jsonl``, one item a line. It does not matter of
which kind of database it was made, and into which kind it is restored. Keep it to yourself: it holds the secrets.
"""

import io
import tarfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final

import msgspec
from msgspec import Struct

from cinestreamd.errors import InvalidInputError
from cinestreamd.i18n import N_
from cinestreamd.sites.bundle import Bundle, BundleError, unpack
from cinestreamd.store.transfer.items import READING_ORDER, Depot, Digest, Item, Tally

FORMAT: Final = 1
SITE: Final = "site.tar.gz"
CONTENTS: Final = "backup.json"

_encoder: Final = msgspec.json.Encoder()
_decode_item: Final = msgspec.json.Decoder(Item).decode


class BackupError(InvalidInputError):
    """A file is no backup of a site, or a damaged one."""

    code = "backup"
    message = N_("This is no backup of a site that can be used: {problem}")


class Contents(Struct, frozen=True, kw_only=True):
    """What a backup says of itself."""

    format: int
    site: str
    made_at: datetime
    kind: str
    held: dict[str, Digest]


class Backup:
    """An open backup. ``contents`` and ``bundle`` were read; records are read kind by kind."""

    def __init__(self, archive: tarfile.TarFile, contents: Contents, bundle: Bundle) -> None:
        self._archive = archive
        self.contents = contents
        self.bundle = bundle

    async def items(self, kind: str) -> AsyncIterator[Item]:
        """All items of a kind.

        Raises:
            BackupError: they are not those that were backed up.
        """
        tally = Tally()
        file = _member(self._archive, f"records/{kind}.jsonl")
        with _read_errors():
            for line in file:
                item = _decode_item(line)
                tally.add(item)
                yield item
        if tally.digest != self.contents.held.get(kind, Digest(0, "0" * 32)):
            raise BackupError(problem=f"its records of kind {kind} are damaged")


async def write_backup(target: IO[bytes], depot: Depot, *, site: str, bundle: bytes, now: datetime) -> Contents:
    """Write a backup of all that a depot holds; returns what is in it."""
    held = {}
    with tarfile.open(fileobj=target, mode="w:gz", compresslevel=6) as archive:
        _add(archive, SITE, io.BytesIO(bundle), len(bundle), now)
        for kind in READING_ORDER:
            tally = Tally()
            with TemporaryFile() as lines:
                async for item in depot.items(kind):
                    tally.add(item)
                    lines.write(_encoder.encode(item) + b"\n")
                size = lines.tell()
                lines.seek(0)
                _add(archive, f"records/{kind}.jsonl", lines, size, now)
            held[kind] = tally.digest
        contents = Contents(format=FORMAT, site=site, made_at=now, kind=str((await depot.facts())["kind"]), held=held)
        data = _encoder.encode(contents)
        _add(archive, CONTENTS, io.BytesIO(data), len(data), now)
    return contents


@contextmanager
def open_backup(path: Path) -> Iterator[Backup]:
    """Open a backup for reading.

    Raises:
        BackupError: it is none, or of a newer program.
        OSError: it cannot be read.
    """
    with path.open("rb") as file, _read_errors(), tarfile.open(fileobj=file, mode="r:gz") as archive:
        contents = msgspec.json.decode(_member(archive, CONTENTS).read(), type=Contents)
        if contents.format > FORMAT:
            raise BackupError(problem="it was made by a newer cinestreamd; upgrade")
        yield Backup(archive, contents, unpack(_member(archive, SITE).read()))


def _add(archive: tarfile.TarFile, name: str, data: IO[bytes], size: int, now: datetime) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = size, 0o600, int(now.timestamp())
    archive.addfile(entry, data)


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        file = archive.extractfile(name)
    except KeyError:
        raise BackupError(problem=f"it has no {name}") from None
    if file is None:
        raise BackupError(problem=f"{name} is no plain file in it")
    return file


@contextmanager
def _read_errors() -> Iterator[None]:
    try:
        yield
    except BundleError as error:
        raise BackupError(problem=str(error)) from None
    except (EOFError, tarfile.TarError, msgspec.DecodeError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise BackupError(problem=str(error)[:200] or type(error).__name__) from None
