"""What keeps memory shared, each in a process of its own."""

import subprocess
import sys

FORGET = """
import re, sqlite3, ssl
from cinestreamd.master.memory import forget_loaded_code

def machine_code():
    name, kib = "", 0
    for line in open("/proc/self/smaps"):
        if match := re.match(r"[0-9a-f]+-[0-9a-f]+ (\\S+) \\S+ \\S+ (\\d+)", line):
            wanted = match[1] == "r-xp" and match[2] != "0"
        elif wanted and line.startswith("Rss:"):
            kib += int(line.split()[1])
    return kib

machine_code()
before = machine_code()
forget_loaded_code()
print(before, machine_code(), sqlite3.connect(":memory:").execute("select 6 * 7").fetchone()[0])
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


def test_forgotten_code_comes_back_when_it_runs() -> None:
    before, after, answer = run(FORGET)
    assert after < before / 2
    assert answer == 42


def test_few_holes_are_left_when_they_were_filled() -> None:
    """Every second of a thousand large objects is gone.

    A busy machine may not get through all their holes within the patience of one filling, so there are ten.
    """
    before, after = run(FILL)
    assert before > 500
    assert after < 100
