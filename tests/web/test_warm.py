"""What the zygote loads before it forks."""

import subprocess
import sys

PROGRAM = """
import sys
from cinestreamd.features import FEATURES
assert "cinestreamd.features.guide.views" not in sys.modules, "the feature list alone must load no views"
assert "jinja2" not in sys.modules
from cinestreamd.web.app import warm
warm(FEATURES)
before = set(sys.modules)
from cinestreamd.web.app import _files
templates = _files(FEATURES)[1]
for environment in templates._environments.values():
    assert {"base.html", "guide/city.html", "cities/front.html"} <= set(environment.list_templates())
    needed = [name for name in environment.list_templates(extensions=["html"]) if not name.startswith("console/")]
    assert len(environment.cache) >= len(needed) > 10
    compiled = {key[1] for key in environment.cache}
    assert not [name for name in compiled if name.startswith("console/")], "few workers ever serve the console"
assert "cinestreamd.features.guide.views" in sys.modules
assert not {"anthropic", "motor", "pymongo"} & set(sys.modules), "a web worker stays lean"
console = {name.rpartition(".")[2] for name in sys.modules if name.startswith("cinestreamd.features.console.")}
assert console == {"door"}, console
import asyncio
try:
    asyncio.get_running_loop()
except RuntimeError:
    print("warm")
"""


def test_warming_loads_everything_and_starts_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("warm\n", "")
