"""What keeps memory shared, each in a process of its own."""

import subprocess
import sys

FORGET = """
import re, sqlite3, ssl
from cinestreamd.master.memory import forget_loaded_files

def read_only_files():
    kib, found = {"r-xp": 0, "r--p": 0}, ("", "0")
    for line in open("/proc/self/smaps"):
        if match := re.match(r"[0-9a-f]+-[0-9a-f]+ (\\S+) \\S+ \\S+ (\\d+)", line):
            found = match.groups()
        elif found[0] in kib and found[1] != "0" and line.startswith("Shared_Clean:"):
            kib[found[0]] += int(line.split()[1])
        elif found[0] in kib and found[1] != "0" and line.startswith("Private_Clean:"):
            kib[found[0]] += int(line.split()[1])
    return kib

read_only_files()
before = read_only_files()
forget_loaded_files()
after = read_only_files()
print(before["r-xp"], after["r-xp"], before["r--p"], after["r--p"])
print(sqlite3.connect(":memory:").execute("select 6 * 7").fetchone()[0])
"""

FILL = """
import ctypes
from cinestreamd.master.memory import fill_holes

class Info(ctypes.Structure):  # struct mallinfo2: the second number is that of free chunks
    _fields_ = [(f"n{number}", ctypes.c_size_t) for number in range(10)]

libc = ctypes.CDLL(None)
libc.mallinfo2.restype = Info
kept = [bytes(2000) for _ in range(1_000)]
del kept[::2]
before = libc.mallinfo2().n1
for _ in range(10):
    fill_holes()
print(before, libc.mallinfo2().n1)
"""


def run(source: str) -> list[int]:
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    return [int(number) for number in done.stdout.split()]


def test_forgotten_files_come_back_when_they_are_used() -> None:
    """Machine code, and the tables that it was linked by. What linking has written to stays: nothing would run."""
    code_before, code_after, tables_before, tables_after, answer = run(FORGET)
    assert code_after < code_before / 2
    assert tables_after < tables_before / 2
    assert answer == 42


def test_few_holes_are_left_when_they_were_filled() -> None:
    """Every second of a thousand large objects is gone.

    A busy machine may not get through all their holes within the patience of one filling, so there are ten.
    """
    before, after = run(FILL)
    assert before > 500
    assert after < 100
