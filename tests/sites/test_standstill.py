"""A site that one command has to itself, until it ends in whatever way."""

import subprocess
import sys
from pathlib import Path

import pytest

from cinestreamd.sites.standstill import SiteInUseError, at_work, standing_still, standstill

HOLD = """
import sys
from pathlib import Path
from cinestreamd.sites.standstill import standstill
with standstill(Path(sys.argv[1]), "one"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_killed_command_has_no_site_any_more(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    assert standing_still(tmp_path) == frozenset()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert standing_still(tmp_path) == {"one"}
        with pytest.raises(SiteInUseError, match="Another command works on site one"), standstill(tmp_path, "one"):
            pass
        with pytest.raises(SiteInUseError), at_work(tmp_path, "one"):
            pass
        with standstill(tmp_path, "two"):
            assert standing_still(tmp_path) == {"one", "two"}
        holder.kill()
    assert standing_still(tmp_path) == frozenset()
    with standstill(tmp_path, "one"):
        assert standing_still(tmp_path) == {"one"}


def test_several_may_be_at_work_on_a_site_that_none_has_to_itself(tmp_path: Path) -> None:
    with at_work(tmp_path, "one"), at_work(tmp_path, "one"):
        assert standing_still(tmp_path) == frozenset(), "it may be served"
        with pytest.raises(SiteInUseError), standstill(tmp_path, "one"):
            pass
    with standstill(tmp_path, "one"):
        pass
