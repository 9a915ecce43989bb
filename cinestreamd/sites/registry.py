"""All sites of one state directory: found, made, changed and renamed; none has what belongs to another."""

import hmac
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from cinestreamd.errors import ConfigurationError
from cinestreamd.privileges import Identity
from cinestreamd.sites.env import parse_env, read_env_in, render_env
from cinestreamd.sites.errors import SharedSecretError, SiteExistsError, SiteSettingsError, SitesTakenError
from cinestreamd.sites.files import Folder
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.sites.ownership import PACKAGED_USER, settle
from cinestreamd.sites.settings_file import read_settings, render_settings
from cinestreamd.sites.site_folders import SiteFolders
from cinestreamd.sites.system_user import can_run, named_user, reaches
from cinestreamd.sites.theme import Files, place_theme

LAST_PORT: Final = 65_535
NOT_SHARED: Final = ("SECRET_KEY", "MONGO_URI")
"""Secrets that no two sites of a machine may have alike: by the one they would read each other's cookies, by the other
each other's records."""

_FORMER: Final = ".former"
"""In a site's folder: the name that it had before the last one, so that a renaming that is repeated is known."""


class Registry(SiteFolders):
    """The sites of one state directory. Changes are serialised by a lock file and replace whole files."""

    def __init__(self, state_dir: Path, *, packaged_user: str = PACKAGED_USER) -> None:
        super().__init__(state_dir)
        self._packaged_user = packaged_user

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
