"""A site's own templates and static files: taken from a folder or a git repository, checked, and put into ``theme/``.

Only plain files under ``templates/`` and ``static/`` are taken, of known kinds and bounded sizes. Nothing of a
repository is checked out or run: its files are read as objects, so links, hooks, filters and submodules have no effect.
"""

import hashlib
import os
import re
import secrets
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from cinestreamd.addresses import is_place, is_web_address
from cinestreamd.errors import ConfigurationError, InvalidInputError
from cinestreamd.i18n import N_
from cinestreamd.sites.files import Folder
from cinestreamd.sites.model import Site, Theme
from cinestreamd.sites.values import REVISION

Files = Mapping[str, bytes]
"""The content of a theme by path: ``templates/…`` or ``static/…``."""

KINDS: Final = {
    "templates": frozenset({".html", ".xml", ".txt"}),
    "static": frozenset({".css", ".js", ".svg", ".png", ".jpg", ".webp", ".ico", ".woff2"}),
}
MAX_FILES: Final = 500
MAX_FILE_BYTES: Final = 1_000_000
MAX_BYTES: Final = 10_000_000
GIT_SECONDS: Final = 120
FILE_MODE, FOLDER_MODE = 0o640, 0o750
"""What a theme holds is shown to everybody; a site's user reads it by its group."""

_PART: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,59}(?:\.[A-Za-z0-9_-]{1,20}){0,2}")
_FILE_MODES: Final = {"100644", "100755"}


class ThemeError(InvalidInputError):
    """A theme cannot be used."""

    code = "theme"
    message = N_("Theme {source!r} cannot be used: {problem}")


def fetch_theme(source: str, rev: str = "") -> tuple[Theme, Files]:
    """Read a theme from a folder, or at a revision of a git repository (an https address, or a folder with ``rev``).

    Raises:
        ThemeError: it cannot be read, or has what no theme may have.
    """
    if not is_place(source) or (rev and not REVISION.fullmatch(rev)):
        raise ThemeError(source=source[:80], problem="its address or revision is no plain text")
    try:
        if source.startswith("https://"):
            files = _from_git(source, rev or "HEAD", protocol="https")
        elif not Path(source).is_dir():
            raise ThemeError(source=source, problem="it is neither a folder nor an https address")
        elif rev:
            files = _from_git(Path(source).absolute().as_uri(), rev, protocol="file")
        else:
            files = dict(_from_folder(Path(source)))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise ThemeError(source=source, problem=_reason(error)) from None
    if not files:
        raise ThemeError(source=source, problem="there is nothing in its folders templates/ and static/")
    _check_templates(source, files)
    kept = source if source.startswith("https://") else str(Path(source).absolute())
    return Theme(source=kept, rev=rev, digest=_digest(files)), files


def place_theme(site: Folder, files: Files) -> None:
    """Replace the site's ``theme/`` by these files, as a whole; none of them: there is no theme any more.

    Whenever this is interrupted, ``theme/`` is the former one or the new one. The caller holds the registry's lock.
    """
    site.sweep()
    draft = f".theme.{secrets.token_hex(6)}.tmp"
    try:
        if files:
            with site.make(draft, mode=FOLDER_MODE) as folder:
                for name in sorted(files):
                    _write(folder, name.split("/"), files[name])
        if not site.has("theme"):
            if files:
                site.rename(draft, "theme")
        elif files:
            site.exchange(draft, "theme")
        else:
            site.rename("theme", draft)
    finally:
        site.remove(draft)


def placed_theme(site: Folder) -> Files:
    """The files of the site's ``theme/``; none when it has no theme.

    Raises:
        ThemeError: there is something else than plain files in it.
    """
    if not site.has("theme"):
        return {}
    with site.enter("theme") as folder:
        try:
            return dict(_walk(folder, ""))
        except ValueError as error:
            raise ThemeError(source=str(folder.path), problem=str(error)[:200]) from None


def plain_theme(site: Folder) -> Files:
    """The plain files of the site's ``theme/``; whatever else somebody has put there is passed over, never followed."""
    try:
        with site.enter("theme") as folder:
            return dict(_walk(folder, "", others_too=True))
    except (FileNotFoundError, ConfigurationError):
        return {}


def is_placed(site: Folder, files: Files) -> bool:
    """Whether the site's ``theme/`` has exactly these files; none: it has no theme."""
    try:
        return placed_theme(site) == files and site.has("theme") == bool(files)
    except (ThemeError, ConfigurationError):
        return False


def theme_of(site: Site) -> Files:
    """The files of the site's theme, each such as a theme may have; none when its settings name no theme.

    Raises:
        ThemeError: there is something else among them.
    """
    if site.settings.theme is None:
        return {}
    try:
        with Folder.at(Path(site.directory)) as folder:
            files = placed_theme(folder)
        for name, data in files.items():
            theme_file(name, data)
    except (OSError, ValueError, ConfigurationError) as error:
        raise ThemeError(source=f"{site.directory}/theme", problem=str(error)[:200]) from None
    return files


def theme_file(name: str, data: bytes) -> None:
    """Refuse a file that no theme may have.

    Raises:
        ValueError: says why.
    """
    parts = name.split("/")
    kinds = KINDS.get(parts[0])
    if kinds is None or not 2 <= len(parts) <= 4 or not all(map(_PART.fullmatch, parts)):
        raise ValueError(f"{name[:80]!r} is not templates/NAME or static/NAME with plain names")
    if Path(name).suffix not in kinds:
        raise ValueError(f"{name}: {parts[0]} may have {', '.join(sorted(kinds))}")
    if len(data) > MAX_FILE_BYTES:
        raise ValueError(f"{name} is larger than {MAX_FILE_BYTES} bytes")


def _digest(files: Files) -> str:
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{len(files[name])}\0".encode() + files[name])
    return digest.hexdigest()


def _from_folder(source: Path) -> Iterator[tuple[str, bytes]]:
    with Folder.at(source) as folder:
        for kind in KINDS:
            if folder.has(kind):
                with folder.enter(kind) as inner:
                    yield from _bounded(_walk(inner, f"{kind}/"))


def _walk(folder: Folder, prefix: str, *, others_too: bool = False) -> Iterator[tuple[str, bytes]]:
    """The plain files below a folder, by path. ``others_too``: there may be others, which are passed over."""
    for name in folder.names():
        status = os.stat(name, dir_fd=folder.fileno(), follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode) and prefix.count("/") < 4:
            with folder.enter(name) as inner:
                yield from _walk(inner, f"{prefix}{name}/", others_too=others_too)
        elif stat.S_ISREG(status.st_mode) and not (others_too and status.st_size > MAX_FILE_BYTES):
            yield f"{prefix}{name}", folder.read(name, limit=MAX_FILE_BYTES)
        elif not others_too:
            raise ValueError(f"{prefix}{name} is no plain file")


def _bounded(found: Iterator[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    total = 0
    for number, (name, data) in enumerate(found):
        total += len(data)
        if number >= MAX_FILES or total > MAX_BYTES:
            raise ValueError(f"it has more than {MAX_FILES} files or {MAX_BYTES} bytes")
        theme_file(name, data)
        yield name, data


def _from_git(address: str, rev: str, *, protocol: str) -> dict[str, bytes]:
    if protocol == "https" and not is_web_address(address, schemes=frozenset({"https"})):
        raise ValueError("it is not an https address without credentials")
    with tempfile.TemporaryDirectory(prefix="cinestreamd-theme-") as scratch:
        repository = str(Path(scratch, "repository"))
        _git(scratch, protocol, "clone", "--quiet", "--bare", "--", address, repository)
        commit = _git(repository, protocol, "rev-parse", "--verify", "--end-of-options", f"{rev}^{{commit}}")
        tree = _git(repository, protocol, "ls-tree", "-r", "-z", "-l", "--full-tree", commit.decode().strip(), *KINDS)
        return dict(_bounded(_objects(repository, protocol, tree.decode("utf-8"))))


def _objects(repository: str, protocol: str, tree: str) -> Iterator[tuple[str, bytes]]:
    for row in tree.split("\0")[:-1]:
        facts, _, name = row.partition("\t")
        mode, _, sha, size = facts.split()
        if mode not in _FILE_MODES:
            raise ValueError(f"{name[:80]!r} is a link or a submodule")
        if int(size) > MAX_FILE_BYTES:
            raise ValueError(f"{name[:80]!r} is larger than {MAX_FILE_BYTES} bytes")
        yield name, _git(repository, protocol, "cat-file", "blob", sha)


def _git(folder: str, protocol: str, *arguments: str) -> bytes:
    environment = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": folder,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": protocol,
    }
    command = ["git", "-c", "core.hooksPath=/dev/null", *arguments]
    return subprocess.run(  # noqa: S603 - a fixed program; what was given is checked and stands behind "--"
        command, cwd=folder, env=environment, capture_output=True, check=True, timeout=GIT_SECONDS
    ).stdout


def _check_templates(source: str, files: Files) -> None:
    from jinja2 import Environment, TemplateSyntaxError  # noqa: PLC0415 - only where a theme is placed

    environment = Environment(extensions=["jinja2.ext.i18n"])  # noqa: S701 - only parsed, never rendered
    for name, data in files.items():
        if name.startswith("templates/"):
            try:
                environment.parse(data.decode("utf-8"), filename=name)
            except UnicodeDecodeError:
                raise ThemeError(source=source, problem=f"{name} is not UTF-8 text") from None
            except TemplateSyntaxError as error:
                raise ThemeError(source=source, problem=f"{name}:{error.lineno}: {error.message}") from None


def _write(folder: Folder, parts: list[str], data: bytes) -> None:
    if len(parts) == 1:
        folder.write(parts[0], data, mode=FILE_MODE)
    elif folder.has(parts[0]):
        with folder.enter(parts[0]) as inner:
            _write(inner, parts[1:], data)
    else:
        with folder.make(parts[0], mode=FOLDER_MODE) as inner:
            _write(inner, parts[1:], data)
        folder.sync()


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        said = error.stderr.decode("utf-8", "replace").strip().splitlines()
        # What git says first is what is wrong; the lines after it are advice on ways of access that are not used here.
        fatal = [line for line in said if line.startswith(("fatal: ", "error: "))]
        return (fatal or said)[0][:200] if said else f"git ended with {error.returncode}"
    return str(error)[:200]
