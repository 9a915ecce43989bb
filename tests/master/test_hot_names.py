"""The names that are made before anything is loaded."""

import json
import subprocess
import sys
from typing import Any

MAKE = """
import json, sys
before = set(sys.modules)
from cinestreamd.hot_names import make_names, names
loaded = set(sys.modules) - before
make_names()
made = [sys.intern(name) for name in sorted(names())]
pages = {id(name) // 4096 for name in made}
import cinestreamd.master.daemon
same = sum(sys.intern(name) is first for name, first in zip(sorted(names()), made))
print(json.dumps([sorted(loaded), len(made), len(pages), same]))
"""

USE = """
import json
from cinestreamd.hot_names import names
from cinestreamd.master.hot_code import names_in
from cinestreamd.master.roles import hot_code
used = names_in(hot_code())
print(json.dumps([len(used), sorted(set(used) - names())]))
"""

START = """
import json, sys
import cinestreamd.__main__
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules} & {"click", "asyncio", "msgspec"})))
"""


def run(source: str) -> Any:
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True, timeout=120)
    return json.loads(done.stdout.splitlines()[-1])


def test_names_lie_side_by_side() -> None:
    """Some forty lie on a page; those that the interpreter itself begins with lie elsewhere, and stay there."""
    loaded, made, pages, same = run(MAKE)
    assert loaded == ["cinestreamd", "cinestreamd.hot_names"]
    assert made > 1000
    assert pages < made / 3
    assert same == made


def test_names_are_those_that_workers_use() -> None:
    """A few may be missing: only memory is lost by it. When this fails, ``make names`` writes them anew."""
    used, missing = run(USE)
    assert used > 500
    assert len(missing) < used / 4, missing


def test_command_loads_nothing_before_the_names() -> None:
    assert run(START) == []
