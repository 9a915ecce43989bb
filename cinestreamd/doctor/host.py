"""The machine: interpreter, limits, clock, disk."""

import ctypes
import resource
import shutil
import sys
from collections.abc import Iterator
from typing import Final

from cinestreamd.doctor.finding import Finding, Patient

OLDEST: Final = (3, 11)
ENOUGH_FILES: Final = 4096
GIB: Final = 2**30
TIME_ERROR: Final = 5
_TIMEX_BYTES: Final = 256


def examine_python(_patient: Patient) -> Iterator[Finding]:
    """The interpreter is one that the daemon was written for."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST:
        yield Finding("fail", f"Python {version} is too old", "install Python 3.11 or newer")
    else:
        yield Finding("ok", f"Python {version}")


def examine_open_files(_patient: Patient) -> Iterator[Finding]:
    """A process may open enough files: one a visitor."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < ENOUGH_FILES:
        fix = "raise it (LimitNOFILE= in the service, or ulimit -Hn)"
        yield Finding("warn", f"a process may open {hard} files only; fewer visitors are served at a time", fix)
    else:
        yield Finding("ok", "a process may open enough files")


def examine_clock(_patient: Patient) -> Iterator[Finding]:
    """The kernel's clock follows a time server (adjtimex(2)); showtimes and certificates go by it."""
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    if state == TIME_ERROR:
        yield Finding("warn", "the clock follows no time server", "run systemd-timesyncd, chrony or another NTP client")
    elif state < 0:
        yield Finding("warn", "the clock's state cannot be asked here")
    else:
        yield Finding("ok", "the clock follows a time server")


def examine_disk(patient: Patient) -> Iterator[Finding]:
    """There is room where the sites' data is."""
    place = patient.state_dir
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    says = f"{free / GIB:.1f} GiB free in {place}"
    if free < GIB // 8:
        yield Finding("fail", says, "make room: writes will fail soon")
    elif free < GIB:
        yield Finding("warn", says, "make room")
    else:
        yield Finding("ok", says)
