"""The bounds of an agent's process leave room for the threads that its libraries start."""

import subprocess
import sys

# Each thread that allocates while others do would else set 64 MB of the address space aside for itself.
THREADS = """
import threading
from cinestreamd.agent_process import limit_resources
from cinestreamd.config import Scrape

limit_resources(Scrape(agent_memory_mb=768))
together = threading.Barrier(16, timeout=40)
held = []

def allocate():
    together.wait()
    held.append([bytearray(2000) for _ in range(1000)])

threads = [threading.Thread(target=allocate, daemon=True) for _ in range(together.parties)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(held))
"""


def test_sixteen_threads_fit_into_the_bounded_address_space() -> None:
    ended = subprocess.run([sys.executable, "-c", THREADS], capture_output=True, text=True, timeout=120, check=False)
    assert (ended.returncode, ended.stdout) == (0, "16\n"), ended.stderr
