"""``make bench`` in short: every part starts what it needs, measures it and tells it. Its figures mean nothing here."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(400)
def test_every_part_measures_and_tells(tmp_path: Path) -> None:
    command = [
        sys.executable,
        str(ROOT / "benchmarks" / "bench.py"),
        "--quick",
        "--output",
        str(tmp_path),
    ]
    environment = {**os.environ, "PEER_PYTHON": sys.executable}
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=380, env=environment)
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    found = json.loads((tmp_path / "bench.json").read_text())
    assert [part["title"].rpartition(" ")[2] for part in found["parts"]] == [
        "(a)",
        "(b)",
        "(c)",
        "(d)",
        "(e)",
        "(f)",
        "(g)",
    ]
    assert all(figure["median"] >= 0 for part in found["parts"] for figure in part["figures"])
    assert sum(len(part["ratios"]) for part in found["parts"]) == 14
    told = (tmp_path / "bench.md").read_text()
    assert "### Twelve workers behind nginx (b)" in told
    names = [figure["name"].partition(": processor")[0] for part in found["parts"] for figure in part["figures"]]
    assert all(name in told for name in names)


def test_a_part_that_there_is_not_is_refused() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "bench.py"), "--parts", "xa"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 2
    assert "no such parts: x" in ended.stderr
