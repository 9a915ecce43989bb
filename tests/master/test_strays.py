"""Children that nobody holds; and one that is only just being forked, which somebody will hold in a moment."""

import os
import sys
import time
from types import SimpleNamespace

from cinestreamd.master.strays import Strays, living_children


def test_child_that_ended_while_it_was_being_forked_is_left_to_who_asked_for_it() -> None:
    held = living_children()  # whatever else this test process may have started
    child = os.posix_spawn(sys.executable, [sys.executable, "-c", ""], os.environ)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    forker = SimpleNamespace(is_forking=True)
    strays = Strays(forker)
    strays.look(held)
    assert os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT | os.WNOHANG).si_pid == child
    forker.is_forking = False
    strays.look(held)
    assert child not in living_children()


def test_living_stray_is_killed_at_the_second_look() -> None:
    held = living_children()
    child = os.posix_spawn(sys.executable, [sys.executable, "-c", "import time; time.sleep(3600)"], os.environ)
    strays = Strays(SimpleNamespace(is_forking=False))
    strays.look(held)
    assert child in living_children()
    strays.look(held)
    deadline = time.monotonic() + 20
    while child in living_children() and time.monotonic() < deadline:
        strays.look(held)
        time.sleep(0.02)
    assert child not in living_children()
