"""Locking a process to files: in processes of their own, since there is no way back."""

import subprocess
import sys
from pathlib import Path

import pytest

from cinestreamd import landlock

PROBE = """
import errno, os, sys
from cinestreamd import landlock
allowed, written, refused = sys.argv[1:]
if landlock.version():
    landlock.lock(read=[allowed, "/nowhere/at/all"], write=[written])
def attempt(path, flags):
    try:
        os.close(os.open(path, flags, 0o600))
    except OSError as error:
        return errno.errorcode[error.errno]
    return "open"
print(attempt(allowed + "/file", os.O_RDONLY), attempt(allowed + "/file", os.O_WRONLY))
print(attempt(written + "/new", os.O_WRONLY | os.O_CREAT), attempt(written + "/new", os.O_RDONLY))
print(attempt(refused, os.O_RDONLY), attempt("/etc/passwd", os.O_RDONLY))
try:
    os.execv(sys.executable, [sys.executable, "-c", "print('executed')"])
except OSError as error:
    print(errno.errorcode[error.errno])
"""


def test_version_is_what_the_kernel_says() -> None:
    """Without Landlock in the kernel there is no file that tells so; with it, the version is a small number."""
    assert 0 <= landlock.version() < 100


@pytest.mark.parametrize("times", [1, 3])
def test_a_locked_process_opens_what_it_may_and_nothing_else(tmp_path: Path, times: int) -> None:
    """Where the kernel has no Landlock, the same probe shows that nothing is refused: it tells the truth either way."""
    for name in ("allowed", "written"):
        (tmp_path / name).mkdir()
    (tmp_path / "allowed" / "file").touch()
    (tmp_path / "secret").touch()
    code = PROBE.replace("    landlock.lock(", "    for _ in range(%d): landlock.lock(" % times)  # noqa: UP031 - braces
    paths = [str(tmp_path / name) for name in ("allowed", "written", "secret")]
    done = subprocess.run([sys.executable, "-c", code, *paths], capture_output=True, text=True, check=True, timeout=60)
    expected = "open EACCES\nopen open\nEACCES EACCES\nEACCES\n"
    assert done.stdout == (expected if landlock.version() else "open open\nopen open\nopen open\nexecuted\n")
