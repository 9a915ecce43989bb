"""All sites of one state directory.

Each is a folder ``sites/NAME`` with ``site.toml``, ``.env``, ``agent.env`` and ``data/``.
"""

import hmac
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec
import tomlkit

from cinestreamd.errors import ConfigurationError, InvalidInputError, NotFoundError
from cinestreamd.i18n import N_
from cinestreamd.privileges import Identity
from cinestreamd.sites.env import parse_env, read_env_in, render_env
from cinestreamd.sites.files import Folder
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.sites.ownership import PACKAGED_USER, settle
from cinestreamd.sites.system_user import can_run, named_user, reaches
from cinestreamd.sites.theme import Files, place_theme
from cinestreamd.sites.values import SITE_NAME
from cinestreamd.toml_text import line_of, parse_toml

FIRST_SITE: Final = "default"
"""The site that the daemon makes at its first start, where there is none."""
DEMO_SITE: Final = "demo"
"""The site of the demo, and its state directory, which lies in that of the demo's daemon."""
LAST_PORT: Final = 65_535
NOT_SHARED: Final = ("SECRET_KEY", "MONGO_URI")
"""Secrets that no two sites of a machine may have alike: by the one they would read each other's cookies, by the other
each other's records."""

_FORMER: Final = ".former"
"""In a site's folder: the name that it had before the last one, so that a renaming that is repeated is known."""
_REMOVED: Final = re.compile(r"\.[a-z][a-z0-9-]{0,31}\.[0-9a-f]{12}\.(removed|keeping)")
"""What a site's folder is called while it is removed: with all that is in it, or but for its data."""


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


class DemoElsewhereError(UnknownSiteError):
    """The site is the demo's, which has a state directory of its own."""

    code = "demo_elsewhere"
    message = N_("Site {name} is the demo's; name its state directory: --state-dir {place}")


class SiteSettingsError(InvalidInputError):
    """A value in the site's settings cannot be used."""

    code = "site_settings"
    message = N_("{field}: {problem}")


class SitesTakenError(InvalidInputError):
    """A port or a domain belongs to another site."""

    code = "site_conflict"
    message = N_("{what} belongs to site {name} already.")


class SharedSecretError(InvalidInputError):
    """Two sites would have the same secret."""

    code = "shared_secret"
    message = N_("Site {name} has the same {key}; no two sites of a machine may share it")


class Registry:
    """The sites of one state directory. Changes are serialised by a lock file and replace whole files."""

    def __init__(self, state_dir: Path, *, packaged_user: str = PACKAGED_USER) -> None:
        self.folder = state_dir.absolute() / "sites"
        self._packaged_user = packaged_user

    def names(self) -> list[str]:
        """The names of all sites, sorted."""
        with self._usable():
            if not self.folder.is_dir() or self.folder.is_symlink():
                return []
            return sorted(
                entry.name
                for entry in self.folder.iterdir()
                if SITE_NAME.fullmatch(entry.name) and not entry.is_symlink() and _has_settings(entry)
            )

    def load(self, name: str) -> Site:
        """Read a site.

        Raises:
            SiteNameError: the name cannot name a site.
            UnknownSiteError: there is none of that name.
            ConfigurationError: its ``site.toml`` cannot be used; says in which line.
        """
        path = self.directory(name) / "site.toml"
        settings = read_settings(self.source(name), place=str(path))
        return Site(name=name, settings=settings, directory=str(path.parent))

    def source(self, name: str) -> str:
        """The text of a site's ``site.toml``; raises as ``load`` does."""
        with self.opened(name) as folder:
            try:
                return folder.read("site.toml").decode("utf-8")
            except UnicodeDecodeError as error:
                raise ConfigurationError(place=folder.path / "site.toml", problem=f"cannot be read ({error})") from None

    def sites(self) -> list[Site]:
        """All sites, by name; raises as ``load`` does if one of them cannot be read."""
        return [self.load(name) for name in self.names()]

    def readable(self) -> Iterator[Site]:
        """The sites whose settings can be read: what is wrong with one is not to keep others from being changed."""
        for name in self.names():
            with suppress(ConfigurationError):
                yield self.load(name)

    @contextmanager
    def opened(self, name: str) -> Iterator[Folder]:
        """A site's folder, reached without following links.

        Raises:
            SiteNameError: the name cannot name a site.
            UnknownSiteError: there is none of that name.
            ConfigurationError: it is a link.
        """
        self.directory(name)
        with ExitStack() as stack:
            try:
                with self._usable():
                    state = stack.enter_context(Folder.at(self.folder.parent))
                    folder = stack.enter_context(stack.enter_context(state.enter("sites")).enter(name))
            except FileNotFoundError:
                raise self._unknown(name) from None
            if not folder.has("site.toml"):
                raise self._unknown(name)
            yield folder

    def _unknown(self, name: str) -> UnknownSiteError:
        demo = self.folder.parent / DEMO_SITE
        if name == DEMO_SITE and (demo / "sites" / name).is_dir():
            return DemoElsewhereError(name=name, place=demo)
        return UnknownSiteError(name=name)

    def check(self, name: str, settings: SiteSettings) -> None:
        """Refuse what ``add`` and ``edit`` would refuse, and write nothing.

        Raises:
            SiteNameError: the name cannot name a site.
            SiteSettingsError: a value cannot be used.
            SitesTakenError: a port or a domain belongs to another site.
        """
        self.directory(name)
        for field, problem in settings.problems():
            raise SiteSettingsError(field=field, problem=problem)
        _owner(settings)
        self._require_free(name, settings)

    def add(self, name: str, settings: SiteSettings) -> Site:
        """Make a site with a fresh SECRET_KEY. Its folder appears complete or not at all."""
        return self.place(name, settings, {".env": render_env({"SECRET_KEY": new_secret()}), "agent.env": ""})

    def place(
        self,
        name: str,
        settings: SiteSettings,
        files: Mapping[str, str],
        theme: Files | None = None,
        *,
        furnish: Callable[[Path], object] = lambda _: None,
    ) -> Site:
        """Make a site with these files beside its ``site.toml``, mode 0600, and its theme: complete or not at all.

        ``furnish`` is given its folder before that appears, to put records into it; other changes wait meanwhile.

        Raises:
            SharedSecretError: another site has its SECRET_KEY or its MongoDB; and as ``check``.
        """
        self.check(name, settings)
        with self.locked() as sites:
            if sites.has(name):
                raise SiteExistsError(name=name)
            self._require_free(name, settings)
            self.require_own(name, parse_env(files.get(".env", ""), place=".env"))
            draft = f".{name}.{secrets.token_hex(6)}.tmp"
            try:
                with sites.make(draft) as folder:
                    with folder.make("data"):
                        pass
                    for file, text in {"site.toml": render_settings(settings), **files}.items():
                        folder.write(file, text.encode(), mode=0o600)
                    place_theme(folder, theme or {})
                    furnish(folder.path)
                    self._settle(settings, sites, folder)
                sites.rename(draft, name)
            except BaseException:
                sites.remove(draft)
                raise
        return self.load(name)

    def edit(self, name: str, settings: SiteSettings) -> Site:
        """Replace a site's settings; comments in its file stay where their keys stay."""
        self.check(name, settings)
        with self.locked() as sites:
            former = self.load(name).settings
            self._require_free(name, settings)
            with sites.enter(name) as folder:
                text = render_settings(settings, folder.read("site.toml").decode())
                folder.write("site.toml", text.encode(), mode=0o600)
                if settings.user or former.user:
                    self._settle(settings, sites, folder)
        return self.load(name)

    def rename(self, name: str, new: str) -> Site:
        """Give a site, with all that is its own, another name; it remembers the former one."""
        self.directory(new)
        with self.locked() as sites:
            self.load(name)
            if sites.has(new):
                raise SiteExistsError(name=new)
            with sites.enter(name) as folder:
                folder.sweep()
                folder.write(_FORMER, name.encode(), mode=0o600)
            sites.rename(name, new)
        return self.load(new)

    def was_renamed(self, name: str, new: str) -> bool:
        """Whether there is no site ``name`` any more because it is called ``new`` now."""
        known = self.names()
        if name in known or new not in known:
            return False
        with self.opened(new) as folder:
            return folder.has(_FORMER) and folder.read(_FORMER, limit=64) == name.encode()

    def remove(
        self, name: str, *, keep_data: bool = False, before_deleting: Callable[[], object] = lambda: None
    ) -> Path | None:
        """Delete a site and all its data; with ``keep_data`` its data stays; returns where, if so.

        The site is gone at once; ``before_deleting`` is called then, and if it raises, the site is there again. A
        removal that was interrupted later than that is finished by the next change to any site.
        """
        with self.locked() as sites:
            with self.opened(name):
                pass
            grave = f".{name}.{secrets.token_hex(6)}.{'keeping' if keep_data else 'removed'}"
            sites.rename(name, grave)
            try:
                before_deleting()
            except BaseException:
                sites.rename(grave, name)
                raise
            return self._clear(sites, grave)

    def finish_removals(self) -> None:
        """Finish what was interrupted; a state directory without sites is left as it is."""
        if self.folder.is_dir():
            with self.locked():
                pass

    def _clear(self, sites: Folder, grave: str) -> Path | None:
        if grave.endswith(".removed"):
            sites.remove(grave)
            return None
        with sites.enter(grave) as folder:
            for other in folder.names():
                if other != "data":
                    folder.remove(other)
        kept = grave.replace(".keeping", ".kept")
        sites.rename(grave, kept)
        return self.folder / kept / "data"

    def set_theme(self, name: str, files: Files) -> None:
        """Replace the files of a site's theme as a whole; none: it has no theme any more."""
        with self.locked(), self.opened(name) as folder:
            place_theme(folder, files)

    def require_own(self, name: str, values: Mapping[str, str]) -> None:
        """Refuse secrets of a site that another site has.

        Raises:
            SharedSecretError: names the other site.
        """
        for key in NOT_SHARED:
            other = self.holder(key, values.get(key, ""), but=name)
            if other is not None:
                raise SharedSecretError(name=other, key=key)

    def holder(self, key: str, value: str, *, but: str) -> str | None:
        """The site, other than ``but``, whose ``.env`` has this value of a key; None when there is none."""
        for other in self.names():
            if value and other != but:
                with self.opened(other) as folder:
                    known = read_env_in(folder, ".env").get(key, "")
                if hmac.compare_digest(known.encode(), value.encode()):
                    return other
        return None

    def free_start_port(
        self, processes: int, *, first: int = 8001, is_free: Callable[[int], bool] = lambda _: True
    ) -> int:
        """The lowest start of a port range, from ``first`` up, that no site uses and whose ports are all free.

        Raises:
            SiteSettingsError: there is no such range.
        """
        taken = {port for site in self.readable() for port in site.settings.ports}
        start, port = first, first
        while port < start + processes:
            if port > LAST_PORT:
                raise SiteSettingsError(
                    field="start_port", problem=f"{processes} free ports in a row are not to be had"
                )
            if port in taken or not is_free(port):
                start = port + 1
            port += 1
        return start

    def directory(self, name: str) -> Path:
        """Where the site's folder is, or would be.

        Raises:
            SiteNameError: the name cannot name a site.
            ConfigurationError: it is a link.
        """
        if not SITE_NAME.fullmatch(name):
            raise SiteNameError(name=name[:40])
        directory = self.folder / name
        with self._usable():
            is_link = directory.is_symlink()
        if is_link:
            raise ConfigurationError(place=directory, problem="is a symbolic link; a site is a real folder")
        return directory

    def _settle(self, settings: SiteSettings, sites: Folder, folder: Folder) -> None:
        """Say whose a site's files are: where it names no user, the packaged one's, if that gets to them."""
        owner, packaged = _owner(settings), named_user(self._packaged_user)
        if owner is None and packaged is not None and reaches(packaged, self.folder.parent.parent):
            owner = packaged if can_run(packaged) and sites.owner[0] == 0 else None
        settle(sites, folder, owner)

    def _require_free(self, name: str, settings: SiteSettings) -> None:
        for other in (site for site in self.readable() if site.name != name):
            ports = other.settings.ports
            if settings.ports.start < ports.stop and ports.start < settings.ports.stop:
                raise SitesTakenError(what=f"Port {max(settings.ports.start, ports.start)}", name=other.name)
            for domain in set(settings.domains) & set(other.settings.domains):
                raise SitesTakenError(what=domain, name=other.name)

    @contextmanager
    def _usable(self, *, missing: bool = False) -> Iterator[None]:
        """Say in one line what is wrong with the state directory; one that is not there is told only if ``missing``."""
        try:
            yield
        except FileNotFoundError as error:
            if missing:
                raise self._refusal(error) from None
            raise
        except OSError as error:
            raise self._refusal(error) from None

    def _refusal(self, error: OSError) -> ConfigurationError:
        problem = f"cannot be used as the state directory ({error.strerror})"
        return ConfigurationError(place=self.folder.parent, problem=problem)

    @contextmanager
    def locked(self) -> Iterator[Folder]:
        """Hold the folder of all sites, and the lock that lets one process at a time change something in it.

        What a process that was killed has left half made or half removed is gone then.

        Raises:
            ConfigurationError: the state directory is none, or is somebody else's.
        """
        with ExitStack() as stack:
            with self._usable(missing=True):
                self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                state = stack.enter_context(Folder.at(self.folder.parent))
                if not state.has("sites"):
                    with suppress(FileExistsError), state.make("sites"):
                        pass
            sites = stack.enter_context(state.enter("sites"))
            stack.enter_context(sites.lock(".lock"))
            sites.sweep()
            for name in sites.names():
                if _REMOVED.fullmatch(name):
                    self._clear(sites, name)
            yield sites


def _has_settings(folder: Path) -> bool:
    """Whether a folder is a site's. One that is closed to this user is: whoever reads it is told so."""
    try:
        return (folder / "site.toml").is_file()
    except PermissionError:
        return True


def read_settings(source: str, *, place: str) -> SiteSettings:
    """The settings in the text of a ``site.toml``.

    Raises:
        ConfigurationError: they cannot be used; says in which line of ``place``.
    """
    settings = parse_toml(source, SiteSettings, place=place)
    for field, problem in settings.problems():
        raise ConfigurationError(place=f"{place}:{line_of(source, [field])}", problem=f"{field}: {problem}")
    return settings


def new_secret() -> str:
    """A fresh key to sign cookies with: 48 random bytes."""
    return secrets.token_urlsafe(48)


def _owner(settings: SiteSettings) -> Identity | None:
    """The site's own user; None when it has none."""
    if not settings.user:
        return None
    if os.geteuid() != 0:
        raise SiteSettingsError(field="user", problem="only root can give a site a user of its own")
    owner = named_user(settings.user)
    if owner is None:
        raise SiteSettingsError(field="user", problem=f"there is no system user {settings.user} other than root")
    return owner


def render_settings(settings: SiteSettings, former: str = "") -> str:
    """``site.toml`` for these settings: what differs from the defaults, in the former order, with its comments."""
    document = tomlkit.parse(former)
    wanted, known = msgspec.to_builtins(settings, builtin_types=()), document.unwrap()
    for key in [key for key in document if key not in wanted]:
        del document[key]
    for key, value in wanted.items():
        if known.get(key) != _lists(value):
            document[key] = _lists(value)
    return tomlkit.dumps(document)


def _lists(value: object) -> object:
    """Tuples as lists, since TOML knows arrays only."""
    return [_lists(item) for item in value] if isinstance(value, tuple | list) else value
