"""What root's children give up before they do anything: being root, or at least what only root may do."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from cinestreamd.errors import ConfigurationError
from cinestreamd.libc import libc

Identity = tuple[int, int]
"""The numbers of a user and its group."""

ASK: Final = 0xFFFFFFFF
"""No user's number: changes nothing, and tells whose powers are in force."""
PR_SET_NO_NEW_PRIVS: Final = 38
CAPABILITIES_VERSION_3: Final = 0x20080522
"""From include/uapi/linux/capability.h: two sets of 32 bits each."""


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def become(user: Identity | None) -> None:
    """Give up what root may do, for good; with a ``user``, become that one, with its group alone.

    To be called before anything is opened, and before ties that a change of user undoes (PR_SET_PDEATHSIG). Who is not
    root stays what it is. Where a sandbox forbids root to lay its capabilities down, those that it left stay.
    """
    if user is not None:
        number, group = user
        os.setgroups([])
        os.setresgid(group, group, group)
        os.setresuid(number, number, number)
    elif os.geteuid() == 0:
        with suppress(OSError):
            lay_down_capabilities()


def lay_down_capabilities() -> None:
    """Keep none of root's capabilities, and get none by executing a program: what is left is an owner of files.

    Raises:
        OSError: the system refused.
    """
    if libc().prctl(PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs")
    header, none = _Header(CAPABILITIES_VERSION_3, 0), (_Sets * 2)()
    if libc().capset(ctypes.byref(header), none) != 0:
        raise OSError(ctypes.get_errno(), "capset")


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
    library, (number, group) = libc(), user
    library.setfsgid(ctypes.c_uint(group))
    library.setfsuid(ctypes.c_uint(number))
    try:
        if library.setfsuid(ctypes.c_uint(ASK)) != number:  # the call itself tells of no failure
            raise ConfigurationError(place=f"user {number}", problem="this process may not act for that user")
        yield
    finally:
        library.setfsuid(ctypes.c_uint(os.geteuid()))
        library.setfsgid(ctypes.c_uint(os.getegid()))
