"""The folders of all sites of one state directory: reached without following links, changed by one process at a time.

Each is a folder ``sites/NAME`` with ``site.toml``, ``.env``, ``agent.env`` and ``data/``.
"""

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from cinestreamd.errors import ConfigurationError
from cinestreamd.sites.errors import DemoElsewhereError, SiteNameError, UnknownSiteError
from cinestreamd.sites.files import Folder
from cinestreamd.sites.values import SITE_NAME

FIRST_SITE: Final = "default"
"""The site that the daemon makes at its first start, where there is none."""
DEMO_SITE: Final = "demo"
"""The site of the demo, and its state directory, which lies in that of the demo's daemon."""

_REMOVED: Final = re.compile(r"\.[a-z][a-z0-9-]{0,31}\.[0-9a-f]{12}\.(removed|keeping)")
"""What a site's folder is called while it is removed: with all that is in it, or but for its data."""


class SiteFolders:
    """The folders of the sites; ``folder`` holds them all."""

    def __init__(self, state_dir: Path) -> None:
        self.folder = state_dir.absolute() / "sites"

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

    def _unknown(self, name: str) -> UnknownSiteError:
        demo = self.folder.parent / DEMO_SITE
        if name == DEMO_SITE and (demo / "sites" / name).is_dir():
            return DemoElsewhereError(name=name, place=demo)
        return UnknownSiteError(name=name)

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


def _has_settings(folder: Path) -> bool:
    """Whether a folder is a site's. One that is closed to this user is: whoever reads it is told so."""
    try:
        return (folder / "site.toml").is_file()
    except PermissionError:
        return True
