"""One daemon a state directory: a lock that the kernel gives back whatever happens to its holder."""

import fcntl
import os
from pathlib import Path

from cinestreamd.errors import ConfigurationError, UnavailableError
from cinestreamd.i18n import N_
from cinestreamd.sites.files import make_real_folder


class AlreadyRunningError(UnavailableError):
    """Another daemon runs on the same state directory."""

    code = "already_running"
    message = N_("Another cinestreamd (process {pid}) runs on {state_dir}; stop it first, or use another --state-dir")


def take_lock(state_dir: Path) -> int:
    """Lock ``STATE/run/daemon.lock`` and write the own process id into it; returns the descriptor that holds the lock.

    Raises:
        AlreadyRunningError: another process holds it.
        ConfigurationError: the state directory cannot be used.
    """
    path = state_dir / "run" / "daemon.lock"
    try:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_real_folder(path.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigurationError(place=path, problem=f"cannot be used ({error.strerror})") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
        os.close(descriptor)
        raise AlreadyRunningError(pid=holder or "unknown", state_dir=state_dir, retry_after=1) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
    return descriptor
