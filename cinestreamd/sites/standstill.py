"""Sites that one command works on alone, such as a move to another database: no daemon serves them meanwhile.

The command holds a lock on ``STATE/run/standing/NAME``. The kernel takes that back when the command ends, in whatever
way: one that was killed keeps no site from being served. The file itself stays and says nothing.
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from cinestreamd.errors import UnavailableError
from cinestreamd.i18n import N_
from cinestreamd.sites.files import Folder

PATIENCE: Final = 2.0
"""Seconds after which the lock is another command's; who only looks holds it for an instant."""
LOOK_EVERY: Final = 0.05


class SiteInUseError(UnavailableError):
    """Another command works on the site."""

    code = "site_in_use"
    message = N_("Another command works on site {name}; try again when it has ended")


@contextmanager
def standstill(state_dir: Path, name: str) -> Iterator[None]:
    """Have a site to oneself: no daemon of this state directory takes it up, no other command works on it.

    Raises:
        SiteInUseError: another one does.
    """
    with _held(state_dir, name, fcntl.LOCK_EX):
        yield


@contextmanager
def at_work(state_dir: Path, name: str) -> Iterator[None]:
    """Write to a site beside others that do, such as its daemon; nobody brings it to a standstill meanwhile.

    Raises:
        SiteInUseError: somebody has.
    """
    with _held(state_dir, name, fcntl.LOCK_SH):
        yield


def standing_still(state_dir: Path) -> frozenset[str]:
    """The names of the sites that a command has to itself at this moment."""
    with ExitStack() as stack:
        try:
            state = stack.enter_context(Folder.at(state_dir))
            folder = stack.enter_context(stack.enter_context(state.enter("run")).enter("standing"))
        except FileNotFoundError:
            return frozenset()
        return frozenset(name for name in folder.names() if _is_held(folder, name))


def _is_held(folder: Folder, name: str) -> bool:
    try:
        with folder.lock(name, how=fcntl.LOCK_SH | fcntl.LOCK_NB):
            return False
    except BlockingIOError:
        return True


@contextmanager
def _held(state_dir: Path, name: str, how: int) -> Iterator[None]:
    with ExitStack() as stack:
        folder = stack.enter_context(Folder.at(state_dir))
        for part in ("run", "standing"):
            if not folder.has(part):
                with suppress(FileExistsError), folder.make(part):
                    pass
            folder = stack.enter_context(folder.enter(part))
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                stack.enter_context(folder.lock(name, how=how | fcntl.LOCK_NB))
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise SiteInUseError(name=name, retry_after=30) from None
                time.sleep(LOOK_EVERY)
        yield
