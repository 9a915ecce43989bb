"""What a worker gives back once nobody asks for anything."""

import ctypes
import mmap
import subprocess
import sys

from cinestreamd.resting import Rest, give_back_zeros

HOARD_AND_LET_GO = """
from pathlib import Path
from cinestreamd.resting import give_back_memory

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4

pieces = [bytes(100_000) for _ in range(400)]
pin = bytes(100_000)  # what lies above keeps the heap from shrinking by itself
del pieces
before = resident()
give_back_memory()
print(before - resident())
"""
"""Prints how many KiB went back to the system, of forty million bytes that were free."""


class Day:
    """A worker's day under a clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.forgotten = 0
        self.rest = Rest(self._forget, lambda: self.now)

    def _forget(self) -> None:
        self.forgotten += 1

    def rested_at(self, beats: range, requests: int) -> list[int]:
        """The seconds at which memory was given back, with so many requests up to each."""
        found = []
        for self.now in beats:
            if self.rest.look(requests):
                found.append(int(self.now))
        return found


def test_a_busy_time_is_followed_by_one_rest() -> None:
    day = Day()
    for second in range(60):
        assert day.rested_at(range(second, second + 1), requests=10 * second) == []
    assert day.rested_at(range(60, 200), requests=600) == [70]
    assert day.forgotten == 1


def test_few_requests_leave_nothing_to_give_back() -> None:
    day = Day()
    assert day.rested_at(range(100), requests=199) == []
    assert day.rested_at(range(100, 200), requests=200) == [110]
    assert day.rested_at(range(200, 300), requests=399) == []
    assert day.rested_at(range(300, 400), requests=400) == [310]


def test_free_memory_goes_back_to_the_system() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", HOARD_AND_LET_GO], capture_output=True, text=True, check=True, timeout=60
    )
    assert int(ended.stdout) > 20_000


def test_pages_full_of_zeros_are_given_back_and_come_back() -> None:
    """Ten pages and two halves, of which the fourth is in use."""
    page = mmap.PAGESIZE
    with mmap.mmap(-1, 13 * page) as memory:
        memory.write(bytes(13 * page))
        memory[4 * page + 5] = 7
        piece = (ctypes.c_char * len(memory)).from_buffer(memory)
        start = ctypes.addressof(piece) + page // 2
        assert give_back_zeros(start, 11 * page) == 9
        assert memory[4 * page + 5] == 7
        assert sum(memory[:]) == 7
        memory[8 * page] = 1
        assert give_back_zeros(start, 11 * page) == 8
        del piece


ZEROS = """
from pathlib import Path
from cinestreamd.resting import give_back_zeros
import ctypes, mmap

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE // 1024

zeros = mmap.mmap(-1, 40_000_000, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
zeros.write(bytes(40_000_000))
before = resident()
give_back_zeros(ctypes.addressof(ctypes.c_char.from_buffer(zeros)), len(zeros))
print(before - resident())
"""
"""Prints how many KiB went back to the system, of forty million zeros."""


def test_what_is_given_back_takes_no_room() -> None:
    done = subprocess.run([sys.executable, "-c", ZEROS], capture_output=True, text=True, check=True, timeout=60)
    assert int(done.stdout) > 30_000
