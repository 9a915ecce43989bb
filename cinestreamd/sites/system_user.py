"""The system users that a site's processes become where the daemon is root: workers one, agents another.

``data/`` belongs to the site's user. The site's folder, with all secrets in it, is root's, or the site's user's (where
the daemon may some time run as that user). By a folder of root's the site's group alone may pass.
"""

import os
import pwd
import sysconfig
from functools import cache
from pathlib import Path

import cinestreamd
from cinestreamd.errors import ConfigurationError
from cinestreamd.privileges import Identity
from cinestreamd.sites.model import Site

PASSING, WRITING = 0o1, 0o3
"""Rights to a folder: to pass through it, and to make files in it besides."""


def named_user(name: str) -> Identity | None:
    """The user of this name; None when there is none, or it is root by another name."""
    try:
        entry = pwd.getpwnam(name)
    except (KeyError, ValueError):
        return None
    return None if entry.pw_uid == 0 else (entry.pw_uid, entry.pw_gid)


def owner_of(site: Site) -> Identity:
    """The user and the group that the site's data belongs to; of a folder that is not root's all is its owner's.

    Raises:
        ConfigurationError: the folder cannot be looked at.
    """
    folder = Path(site.directory)
    try:
        status = folder.stat(follow_symlinks=False)
        if status.st_uid == 0 and (folder / "data").exists():
            status = (folder / "data").stat()  # in root's folder a link is root's as well
    except OSError as error:
        raise ConfigurationError(place=site.directory, problem=f"cannot be looked at ({error.strerror})") from None
    return status.st_uid, status.st_gid


def identity_of(site: Site) -> Identity | None:
    """Whom a worker of this site becomes before it does anything; None: it stays what the daemon is.

    Only root can become another. Of data that is root's own the processes stay root's.

    Raises:
        ConfigurationError: the folder cannot be looked at, or the site has a user of its own and it is another's.
    """
    owner = owner_of(site)
    wanted = named_user(site.settings.user) if site.settings.user else owner
    if wanted != owner:
        problem = f"is not {site.settings.user}'s; run: cinestreamd sites edit {site.name} --user {site.settings.user}"
        raise ConfigurationError(place=site.directory, problem=problem)
    if os.geteuid() != 0:
        if owner[0] != os.geteuid():
            raise ConfigurationError(place=site.directory, problem="belongs to another user; run the daemon as root")
        return None
    return None if owner[0] == 0 else owner


def agent_identity_of(site: Site, agent_user: str) -> Identity | None:
    """Whom an agent of this site becomes: the user of all agents, with this site's group, where its data is open to it.

    Where there is no such user, or it could not get to what the site's own gets to, an agent is whom a worker is.

    Raises:
        ConfigurationError: as ``identity_of``.
    """
    own = identity_of(site)
    other = named_user(agent_user) if own is not None else None
    if own is None or other is None or other[0] == own[0]:
        return own
    agent, folder = (other[0], own[1]), Path(site.directory)
    is_open = _may(agent, folder, PASSING) and _may(agent, folder / "data", WRITING)
    places = (folder, *program_folders())
    return agent if is_open and all(reaches(agent, each) or not reaches(own, each) for each in places) else own


def helper_identity(agent_user: str) -> Identity | None:
    """Whom a child that belongs to no site becomes: the agents' user, if the daemon is root and that one can run it."""
    user = named_user(agent_user) if os.geteuid() == 0 else None
    return user if user is not None and can_run(user) else None


def can_run(user: Identity) -> bool:
    """Whether a user gets to the program and to Python, as far as the modes of folders tell."""
    return all(reaches(user, folder) for folder in program_folders())


def reaches(user: Identity, path: Path) -> bool:
    """Whether a user may pass through all folders on the way to ``path`` and into it, as far as their modes tell."""
    return all(_may(user, folder, PASSING) for folder in (path, *path.absolute().parents))


@cache
def program_folders() -> tuple[Path, ...]:
    """The folders that must be read to run this program."""
    return Path(cinestreamd.__file__).resolve().parent, Path(sysconfig.get_path("stdlib")).resolve()


def name_of(number: int) -> str:
    """A user's name, or the number of one without."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _may(user: Identity, folder: Path, rights: int) -> bool:
    try:
        status = folder.stat()
    except OSError:
        return False
    shift = 6 if status.st_uid == user[0] else 3 if status.st_gid == user[1] else 0
    return user[0] == 0 or (status.st_mode >> shift) & rights == rights
