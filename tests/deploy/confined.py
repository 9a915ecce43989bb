"""Runs a command under the restrictions of a systemd unit, as far as they can be set up without systemd.

``unshare --mount --ipc --propagation private python confined.py UNIT WRITABLE COMMAND…``

Set up from the unit's own words: the system call filter, address families, namespaces, personality, memory that is
writable and executable, capabilities, no new privileges, a read-only file system but for WRITABLE, few devices, a /proc
that shows the own user's processes alone. Left out: the user, ProtectHome and PrivateTmp (the interpreter or WRITABLE
may be in a folder that they hide), PrivateUsers, RestrictRealtime, RestrictSUIDSGID, and what is about cgroups.
"""

import ctypes
import errno
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pyseccomp as seccomp

PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, CLEAR_ALL = 24, 38, 47, 4
PROT_WRITE, PROT_EXEC, SHM_EXEC, CLONE_NEW = 2, 4, 0o100000, 0x7E020080
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
REFUSED = seccomp.ERRNO(errno.EPERM)


def directives(unit: Path) -> dict[str, list[str]]:
    """The values of each key, in order."""
    found: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", unit.read_text(), re.MULTILINE):
        found.setdefault(key, []).append(value)
    return found


def system_calls(names: list[str]) -> set[str]:
    """System calls by the names of systemd's sets (``@system-service``) or their own."""
    found: set[str] = set()
    for name in names:
        if not name.startswith("@"):
            found.add(name)
            continue
        shown = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True)
        inner = [line.strip() for line in shown.stdout.splitlines()[1:] if line.strip()]
        found |= system_calls([line for line in inner if not line.startswith("#")])
    return found


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def confine_files(writable: str) -> None:
    """ProtectSystem=strict, PrivateDevices, ProtectProc=invisible and ProcSubset=pid."""
    mount("--bind", writable, writable)
    mount("-t", "tmpfs", "-o", "mode=0755", "none", "/mnt")
    for name in DEVICES:
        Path("/mnt", name).touch()
        mount("--bind", f"/dev/{name}", f"/mnt/{name}")
    Path("/mnt/shm").mkdir(mode=0o1777)
    mount("--move", "/mnt", "/dev")
    mount("-t", "proc", "-o", "hidepid=invisible,subset=pid", "proc", "/proc")
    points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for point in points:
        if point != writable and not point.startswith(("/dev", "/proc")):
            subprocess.run(["mount", "-o", "remount,bind,ro", point], check=False, capture_output=True)


def confine_calls(unit: dict[str, list[str]]) -> None:
    """Every directive that systemd itself carries out by seccomp."""
    first, second, third = unit["SystemCallFilter"]
    allowed = system_calls([*first.split(), *third.split()])
    refused = system_calls(second.removeprefix("~").split())
    rules = seccomp.SyscallFilter(REFUSED)
    conditional = {"socket", "mmap", "mprotect", "pkey_mprotect", "shmat", "unshare", "setns", "clone", "personality"}
    for name in sorted(allowed - refused - conditional):
        try:
            rules.add_rule(seccomp.ALLOW, name)
        except (OSError, RuntimeError):
            continue  # a call that this kernel or architecture does not have
    for family in unit["RestrictAddressFamilies"][0].split():
        number = getattr(__import__("socket"), family)
        rules.add_rule(seccomp.ALLOW, "socket", seccomp.Arg(0, seccomp.EQ, int(number)))
    assert unit["MemoryDenyWriteExecute"] == unit["RestrictNamespaces"] == unit["LockPersonality"] == ["yes"]
    rules.add_rule(seccomp.ALLOW, "mmap", seccomp.Arg(2, seccomp.MASKED_EQ, PROT_EXEC, 0))
    rules.add_rule(seccomp.ALLOW, "mmap", seccomp.Arg(2, seccomp.MASKED_EQ, PROT_WRITE, 0))
    rules.add_rule(seccomp.ALLOW, "mprotect", seccomp.Arg(2, seccomp.MASKED_EQ, PROT_EXEC, 0))
    rules.add_rule(seccomp.ALLOW, "shmat", seccomp.Arg(2, seccomp.MASKED_EQ, SHM_EXEC, 0))
    rules.add_rule(seccomp.ALLOW, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, CLONE_NEW, 0))
    rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")  # its flags are in memory, where no filter sees them
    rules.add_rule(seccomp.ALLOW, "personality", seccomp.Arg(0, seccomp.EQ, 0))
    rules.load()


def drop_capabilities(unit: dict[str, list[str]]) -> None:
    assert unit["CapabilityBoundingSet"] == unit["AmbientCapabilities"] == [""]
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_CAP_AMBIENT, CLEAR_ALL, 0, 0, 0)
    for number in range(64):
        libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0)
    assert unit["NoNewPrivileges"] == ["yes"]
    assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0


def main() -> None:
    unit, writable, command = directives(Path(sys.argv[1])), sys.argv[2], sys.argv[3:]
    assert stat.S_ISDIR(Path(writable).stat().st_mode)
    confine_files(writable)
    drop_capabilities(unit)
    os.umask(int(unit["UMask"][0], 8))
    confine_calls(unit)
    os.execvp(command[0], command)  # noqa: S606 - a test's own command; with an empty bounding set this also loses what is left of root's capabilities


main()
