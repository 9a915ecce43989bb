"""Which files each kind of child may open: its own site's, the program's, and what the system needs. Nothing else.

So a web worker that was broken into reads neither ``agent.env`` nor another site's data, although all children run
under one user, and an agent that a hostile page has taken over reads no other site's secrets. A child's own secrets
were read before it is locked; not even those can be opened from then on.
"""

import os
import ssl
import sys
import sysconfig
import zoneinfo
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

import structlog
from msgspec import Struct

import cinestreamd
from cinestreamd import landlock
from cinestreamd.config import Daemon
from cinestreamd.sites.model import Site

LIBRARIES: Final = frozenset({"site-packages", "dist-packages", "lib-dynload"})
SYSTEM: Final = (
    *("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo", "/usr/share/locale", "/usr/share/mime"),
    *("/etc/localtime", "/etc/timezone", "/etc/mime.types", "/etc/ld.so.cache", "/sys/devices/system/cpu"),
    *("/proc/self", "/dev/urandom", "/dev/random"),
)
NETWORK: Final = (
    *("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf", "/etc/services"),
    *("/etc/protocols", "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/usr/share/ca-certificates"),
    *("/usr/local/share/ca-certificates", "/etc/os-release"),
)

log = structlog.get_logger()


class Files(Struct, frozen=True, kw_only=True):
    """Folders and files that may be read, those that may be written to as well, and folders that may be listed."""

    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def worker_files(site: Site, certificates: tuple[str, ...] = ()) -> Files:
    """What a web worker of a site opens: its theme, its data, and what finds a database elsewhere.

    ``certificates`` are files that the address of that database names.
    """
    return Files(
        read=(f"{site.directory}/theme", *certificates, *NETWORK, *_trusted()),
        write=(f"{site.directory}/data",),
        names=(site.directory,),
    )


def agent_files(site: Site, shared: str | None, certificates: tuple[str, ...] = ()) -> Files:
    """What an agent of a site opens: its data, what finds cinemas, and what it shares with other agents.

    ``certificates`` are files that the address of the site's database names.
    """
    write = (f"{site.directory}/data", *(() if shared is None else (shared,)))
    return Files(read=(*certificates, *NETWORK, *_trusted()), write=write)


def demo_files(access_log: str) -> Files:
    """What the demo's server opens: its access log, which must exist by then."""
    return Files(write=(access_log,))


def herald_files() -> Files:
    """What the process opens that sends notices: what finds a server elsewhere."""
    return Files(read=(*NETWORK, *_trusted()))


def confine(files: Files, settings: Daemon) -> bool:
    """Lock this process to its files where the kernel can; tells whether it is locked.

    To be called after the fork, before there is a second thread. A kernel without Landlock is no fault; one that
    refuses is told in the log, and the process goes on: ``cinestreamd doctor`` says what protects.
    """
    if not settings.landlock or landlock.version() == 0:
        return False
    try:
        landlock.lock(
            read=(*_program_files(), *SYSTEM, *files.read),
            write=("/dev/null", *_terminals(), *files.write),
            names=files.names,
        )
    except OSError as error:
        log.warning("child_not_confined", problem=str(error))
        return False
    return True


def rehearse_confinement() -> None:
    """Make what ``confine`` makes, without locking anybody; where that cannot be, children do without it."""
    with suppress(OSError):
        os.close(landlock.make_rules(read=(*_program_files(), *SYSTEM, *NETWORK, *_trusted()), write=("/dev/null",)))


@cache
def _program_files() -> tuple[str, ...]:
    """Where the program, its libraries and Python itself are: folders of code, never one that holds others as well."""
    paths = sysconfig.get_paths()
    found = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    found += [path for path in sys.path if Path(path).name in LIBRARIES]
    found += [str(Path(each).resolve()) for each in cinestreamd.__path__]
    found += [str(Path(sys.executable).resolve()), *zoneinfo.TZPATH]
    return tuple(dict.fromkeys(path for path in found if _is_there(path)))


def _is_there(path: str) -> bool:
    """Whether there is such a file or folder for this user; one beneath a folder closed to it is none."""
    try:
        Path(path).stat()
    except OSError:
        return False
    return True


@cache
def _trusted() -> tuple[str, ...]:
    """The certificates of those who are trusted, where OpenSSL looks for them."""
    paths = ssl.get_default_verify_paths()
    return tuple(path for path in (paths.cafile, paths.capath, paths.openssl_cafile, paths.openssl_capath) if path)


def _terminals() -> list[str]:
    """The terminals that output goes to: log lines open them anew (see ``log_file``)."""
    return [os.ttyname(descriptor) for descriptor in (1, 2) if os.isatty(descriptor)]
