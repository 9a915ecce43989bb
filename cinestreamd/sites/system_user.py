"""The system user that a site's processes become: the one that the site's folder belongs to."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cinestreamd.errors import ConfigurationError
from cinestreamd.sites.model import Site

Identity = tuple[int, int]
"""The numbers of a user and its group."""

_ASK = 0xFFFFFFFF
"""No user's number: changes nothing, and tells whose powers are in force."""


def named_user(name: str) -> Identity | None:
    """The user of this name; None when there is none, or it is root by another name."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return None if entry.pw_uid == 0 else (entry.pw_uid, entry.pw_gid)


def become(user: Identity | None) -> None:
    """Give up what root may do, for good; None: stay who this process is.

    To be called before anything is opened, and before ties that a change of user undoes (PR_SET_PDEATHSIG).
    """
    if user is not None:
        number, group = user
        os.setgroups([])
        os.setresgid(group, group, group)
        os.setresuid(number, number, number)


@contextmanager
def acting_as(user: Identity | None) -> Iterator[None]:
    """Reach files as this user, without root's powers, in this thread alone (setfsuid(2)); None: as ever.

    For what root does in a folder in which that user may put links meanwhile: it can do no more than the user could.

    Raises:
        ConfigurationError: this process may not.
    """
    if user is None:
        yield
        return
    import ctypes  # noqa: PLC0415 - only where sites have users

    library, (number, group) = ctypes.CDLL(None), user
    library.setfsgid(ctypes.c_uint(group))
    library.setfsuid(ctypes.c_uint(number))
    try:
        if library.setfsuid(ctypes.c_uint(_ASK)) != number:  # the call itself tells of no failure
            raise ConfigurationError(place=f"user {number}", problem="this process may not act for that user")
        yield
    finally:
        library.setfsuid(ctypes.c_uint(os.geteuid()))
        library.setfsgid(ctypes.c_uint(os.getegid()))


def identity_of(site: Site) -> Identity | None:
    """Whom a child of this site becomes before it does anything; None: it stays what the daemon is.

    Only root can become another. Of a folder that is root's own the processes stay root's.

    Raises:
        ConfigurationError: the folder cannot be looked at, or the site has a user of its own and it is another's.
    """
    try:
        status = Path(site.directory).stat(follow_symlinks=False)
    except OSError as error:
        raise ConfigurationError(place=site.directory, problem=f"cannot be looked at ({error.strerror})") from None
    owner = (status.st_uid, status.st_gid)
    wanted = named_user(site.settings.user) if site.settings.user else owner
    if wanted != owner:
        problem = f"is not {site.settings.user}'s; run: cinestreamd sites edit {site.name} --user {site.settings.user}"
        raise ConfigurationError(place=site.directory, problem=problem)
    if os.geteuid() != 0:
        if owner[0] != os.geteuid():
            raise ConfigurationError(place=site.directory, problem="belongs to another user; run the daemon as root")
        return None
    return None if owner[0] == 0 else owner
