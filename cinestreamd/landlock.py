"""Locking the calling process to some files, by the kernel: landlock(7), through its three system calls.

It needs no privilege, holds for everything the process does from then on, whatever its user, and cannot be undone. What
is not handed over as an open descriptor before, and is beneath none of the allowed paths, cannot be opened. Signals to,
and tracing of, processes outside are refused as well (signals from ABI 6 on).
"""

import ctypes
import os
import stat
from collections.abc import Iterable
from typing import Final

from cinestreamd.libc import libc

CREATE_RULESET: Final = 444
ADD_RULE: Final = 445
RESTRICT_SELF: Final = 446
"""System call numbers, the same on every architecture (include/uapi/asm-generic/unistd.h)."""

VERSION: Final = 1
PATH_BENEATH: Final = 1
PR_SET_NO_NEW_PRIVS: Final = 38

# Rights on files, as in include/uapi/linux/landlock.h.
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << bit for bit in range(6))
MAKE_CHAR, MAKE_DIR, MAKE_REG, MAKE_SOCK, MAKE_FIFO, MAKE_BLOCK, MAKE_SYM, REFER, TRUNCATE, IOCTL_DEV = (
    1 << bit for bit in range(6, 16)
)
FIRST_RIGHTS: Final = REFER - 1
LATER_RIGHTS: Final = ((2, REFER), (3, TRUNCATE), (5, IOCTL_DEV))
"""Rights that came with later versions of the interface."""

OF_FILES: Final = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
READING: Final = READ_FILE | READ_DIR
WRITING: Final = READING | WRITE_FILE | TRUNCATE | MAKE_REG | REMOVE_FILE | MAKE_DIR | REMOVE_DIR
SCOPES: Final = 0b11
"""Abstract sockets and signals (ABI 6)."""


class _RulesetAttr(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneathAttr(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def version() -> int:
    """The version of the kernel's interface; 0 where there is none, or it is switched off."""
    try:
        return _syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(VERSION))
    except OSError:
        return 0


def lock(*, read: Iterable[str], write: Iterable[str], names: Iterable[str] = ()) -> None:
    """Let this process open nothing from now on but what is beneath these paths.

    Paths that are not there, or that its user cannot reach, are left out.

    Beneath ``names`` folders may be opened and listed, but no file.

    To be called while the process has one thread: others would stay as free as they are.

    Raises:
        OSError: the kernel has no such lock, or refused.
    """
    ruleset = make_rules(read=read, write=write, names=names)
    try:
        if libc().prctl(PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "no_new_privs")
        _syscall(RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)


def make_rules(*, read: Iterable[str], write: Iterable[str], names: Iterable[str] = ()) -> int:
    """The rules of such a lock, as an open descriptor; nobody is locked by them yet.

    Raises:
        OSError: the kernel has no such lock, or refused.
    """
    known = version()
    if known == 0:
        raise OSError("the kernel has no Landlock")
    handled = FIRST_RIGHTS
    for since, right in LATER_RIGHTS:
        handled |= right if known >= since else 0
    attributes = _RulesetAttr(handled, 0, SCOPES if known >= 6 else 0)
    size = ctypes.sizeof(attributes) if known >= 6 else 8
    ruleset = _syscall(CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), ctypes.c_uint32(0))
    try:
        for paths, rights in ((read, READING), (write, WRITING), (names, READ_DIR)):
            for path in dict.fromkeys(paths):
                _allow(ruleset, path, rights & handled)
    except OSError:
        os.close(ruleset)
        raise
    return ruleset


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):
        return  # what this user cannot reach needs no rule, and must not cost the others theirs
    try:
        allowed = rights if stat.S_ISDIR(os.fstat(descriptor).st_mode) else rights & OF_FILES
        rule = _PathBeneathAttr(allowed, descriptor)
        _syscall(ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(PATH_BENEATH), ctypes.byref(rule), ctypes.c_uint32(0))
    finally:
        os.close(descriptor)


def _syscall(number: int, *arguments: object) -> int:
    result = int(libc().syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"Landlock: {os.strerror(code)}")
    return result
