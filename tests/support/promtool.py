"""Prometheus' own checker of rules and metrics."""

import shutil
import subprocess
from pathlib import Path


def promtool(*arguments: str, folder: Path | None = None, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run it in a folder; ``given`` is what it reads. Fails where there is none."""
    command = shutil.which("promtool")
    assert command is not None, "install promtool (Debian: in the package prometheus): it checks rules and metrics"
    return subprocess.run(
        [command, *arguments], cwd=folder, input=given, capture_output=True, text=True, check=False, timeout=120
    )
