"""A site as one file to take to another machine: its settings and theme, with its secrets only where asked for.

The file is a gzipped tar with plain files alone: ``site.toml``, ``theme/…``, and ``.env`` and ``agent.env`` if wanted.
What a visitor sees (the database) is not in it; a backup is.
"""

import gzip
import io
import tarfile
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from cinestreamd.errors import ConfigurationError, InvalidInputError
from cinestreamd.i18n import N_
from cinestreamd.sites.env import parse_env, secret_bytes
from cinestreamd.sites.files import Folder
from cinestreamd.sites.model import SiteSettings
from cinestreamd.sites.secret_keys import FILES, check_value
from cinestreamd.sites.settings_file import read_settings
from cinestreamd.sites.theme import MAX_BYTES, MAX_FILES, Files, placed_theme, theme_file

MAX_BUNDLE: Final = MAX_BYTES + 2_000_000


class BundleError(InvalidInputError):
    """A file is no export of a site."""

    code = "bundle"
    message = N_("This is no export of a site that can be used: {problem}")


class Bundle(Struct, frozen=True):
    """What an export holds. ``secrets`` are the texts of ``.env`` and ``agent.env``, when they were exported."""

    settings: SiteSettings
    theme: Files
    secrets: Mapping[str, str]


def contents(folder: Folder, *, with_secrets: bool) -> dict[str, bytes]:
    """What an export of the site in ``folder`` would hold, by name.

    Raises:
        ConfigurationError: a file is a link, or a secret file is somebody else's or open to others.
    """
    files = {"site.toml": folder.read("site.toml")}
    files |= {name: secret_bytes(folder, name) for name in (FILES if with_secrets else ()) if folder.has(name)}
    files |= {f"theme/{name}": data for name, data in placed_theme(folder).items()}
    return dict(sorted(files.items()))


def pack(files: Mapping[str, bytes]) -> bytes:
    """The export of these files. The same files give the same bytes."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o600
            archive.addfile(entry, io.BytesIO(data))
    return gzip.compress(plain.getvalue(), mtime=0)


def unpack(data: bytes) -> Bundle:
    """Read an export; nothing is written.

    Raises:
        BundleError: it holds anything but plain files of a site, or a value that cannot be used.
    """
    try:
        files = _files(data)
        settings = read_settings(files.pop("site.toml").decode("utf-8"), place="site.toml")
        secrets = {name: files.pop(name).decode("utf-8") for name in FILES if name in files}
        for name, text in secrets.items():
            for key, value in parse_env(text, place=name).items():
                check_value(key, value)
        theme = {name.removeprefix("theme/"): content for name, content in files.items()}
        for name, content in theme.items():
            theme_file(name, content)
    except KeyError:
        raise BundleError(problem="it has no site.toml") from None
    except (OSError, EOFError, ValueError, tarfile.TarError, ConfigurationError, InvalidInputError) as error:
        raise BundleError(problem=str(error)[:200]) from None
    return Bundle(settings, theme, secrets)


def _files(data: bytes) -> dict[str, bytes]:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
        plain = packed.read(MAX_BUNDLE + 1)
    if len(plain) > MAX_BUNDLE:
        raise ValueError(f"it is larger than {MAX_BUNDLE} bytes")
    files: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as archive:
        for entry in archive:
            known = entry.name in {"site.toml", *FILES} or entry.name.startswith("theme/")
            content = archive.extractfile(entry) if entry.isreg() and known and entry.name not in files else None
            if content is None or len(files) > MAX_FILES:
                raise ValueError(f"{entry.name[:80]!r} is no plain file of a site")
            files[entry.name] = content.read()
    return files
