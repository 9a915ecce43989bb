"""All sites of one state directory.

Each is a folder ``sites/NAME`` with ``site.toml``, ``.env``, ``agent.env`` and ``data/``.
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import tomlkit

from cinestreamd.config import line_of, parse_toml
from cinestreamd.errors import ConfigurationError, InvalidInputError, NotFoundError
from cinestreamd.i18n import N_
from cinestreamd.sites.env import write_env
from cinestreamd.sites.files import sync_folder, write_file
from cinestreamd.sites.model import SITE_NAME, Site, SiteSettings


class SiteNameError(InvalidInputError):
    """The name cannot name a site."""

    code = "site_name"
    message = N_("{name!r} cannot name a site: use 1-32 of a-z, 0-9 and -, beginning with a letter.")


class SiteExistsError(InvalidInputError):
    """There is such a site already."""

    code = "site_exists"
    message = N_("There is a site {name} already; change it with: cinestreamd sites edit {name}")


class UnknownSiteError(NotFoundError):
    """There is no such site."""

    code = "unknown_site"
    message = N_("There is no site {name}; see: cinestreamd sites list")


class SiteSettingsError(InvalidInputError):
    """A value in the site's settings cannot be used."""

    code = "site_settings"
    message = N_("{field}: {problem}")


class SitesTakenError(InvalidInputError):
    """A port or a domain belongs to another site."""

    code = "site_conflict"
    message = N_("{what} belongs to site {name} already.")


class Registry:
    """The sites of one state directory. Changes are serialised by a lock file and replace whole files."""

    def __init__(self, state_dir: Path) -> None:
        self.folder = state_dir.absolute() / "sites"

    def names(self) -> list[str]:
        """The names of all sites, sorted."""
        if not self.folder.is_dir():
            return []
        return sorted(
            entry.name
            for entry in self.folder.iterdir()
            if SITE_NAME.fullmatch(entry.name) and not entry.is_symlink() and (entry / "site.toml").is_file()
        )

    def load(self, name: str) -> Site:
        """Read a site.

        Raises:
            SiteNameError: the name cannot name a site.
            UnknownSiteError: there is none of that name.
            ConfigurationError: its ``site.toml`` cannot be used; says in which line.
        """
        path = self._directory(name) / "site.toml"
        try:
            source = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise UnknownSiteError(name=name) from None
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(place=path, problem=f"cannot be read ({error})") from None
        settings = parse_toml(source, SiteSettings, place=str(path))
        for field, problem in settings.problems():
            place = f"{path}:{line_of(source, [field])}"
            raise ConfigurationError(place=place, problem=f"{field}: {problem}")
        return Site(name=name, settings=settings, directory=str(path.parent))

    def sites(self) -> list[Site]:
        """All sites, by name."""
        return [self.load(name) for name in self.names()]

    def add(self, name: str, settings: SiteSettings) -> Site:
        """Make a site with a fresh SECRET_KEY. Its folder appears complete or not at all."""
        directory = self._directory(name)
        _require_valid(settings)
        with self._locked():
            if directory.exists() or directory.is_symlink():
                raise SiteExistsError(name=name)
            self._require_free(name, settings)
            draft = self.folder / f".{name}.{secrets.token_hex(6)}.tmp"
            try:
                (draft / "data").mkdir(mode=0o700, parents=True)
                draft.chmod(0o700)
                write_file(draft / "site.toml", render_settings(settings), mode=0o600)
                write_env(draft / ".env", {"SECRET_KEY": secrets.token_urlsafe(48)})
                write_env(draft / "agent.env", {})
                draft.rename(directory)
            except BaseException:
                shutil.rmtree(draft, ignore_errors=True)
                raise
            sync_folder(self.folder)
        return self.load(name)

    def edit(self, name: str, settings: SiteSettings) -> Site:
        """Replace a site's settings; comments in its file stay where their keys stay."""
        _require_valid(settings)
        with self._locked():
            self.load(name)
            self._require_free(name, settings)
            path = self._directory(name) / "site.toml"
            write_file(path, render_settings(settings, path.read_text(encoding="utf-8")), mode=0o600)
        return self.load(name)

    def remove(self, name: str) -> None:
        """Delete a site and all its data."""
        with self._locked():
            directory = self._directory(name)
            if not (directory / "site.toml").is_file():
                raise UnknownSiteError(name=name)
            grave = self.folder / f".{name}.{secrets.token_hex(6)}.removed"
            directory.rename(grave)
            sync_folder(self.folder)
            shutil.rmtree(grave)

    def free_start_port(self, processes: int, *, first: int = 8001) -> int:
        """The lowest start of a port range, from ``first`` up, that no site uses."""
        start = first
        for taken in sorted((site.settings.ports for site in self.sites()), key=lambda ports: ports.start):
            if start + processes > taken.start and start < taken.stop:
                start = taken.stop
        return start

    def _directory(self, name: str) -> Path:
        if not SITE_NAME.fullmatch(name):
            raise SiteNameError(name=name[:40])
        directory = self.folder / name
        if directory.is_symlink():
            raise ConfigurationError(place=directory, problem="is a symbolic link; a site is a real folder")
        return directory

    def _require_free(self, name: str, settings: SiteSettings) -> None:
        for other in (self.load(known) for known in self.names() if known != name):
            ports = other.settings.ports
            if settings.ports.start < ports.stop and ports.start < settings.ports.stop:
                raise SitesTakenError(what=f"Port {max(settings.ports.start, ports.start)}", name=other.name)
            for domain in set(settings.domains) & set(other.settings.domains):
                raise SitesTakenError(what=domain, name=other.name)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def render_settings(settings: SiteSettings, former: str = "") -> str:
    """``site.toml`` for these settings: what differs from the defaults, in the former order, with its comments."""
    document = tomlkit.parse(former)
    wanted = msgspec.to_builtins(settings, builtin_types=())
    for key in [key for key in document if key not in wanted]:
        del document[key]
    for key, value in wanted.items():
        if document.get(key) is None or document[key].unwrap() != _lists(value):
            document[key] = _lists(value)
    return tomlkit.dumps(document)


def _lists(value: object) -> object:
    """Tuples as lists, since TOML knows arrays only."""
    return [_lists(item) for item in value] if isinstance(value, tuple | list) else value


def _require_valid(settings: SiteSettings) -> None:
    for field, problem in settings.problems():
        raise SiteSettingsError(field=field, problem=problem)
