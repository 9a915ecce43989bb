"""Load by wrk: some requests in turn, over some connections, with the delay that most and nearly all had to bear."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

SCRIPT: Final = """
local asked, texts, at = {ASKED}, {}, 0
init = function()
  for i, each in ipairs(asked) do texts[i] = wrk.format("GET", each.path, each.headers) end
end
request = function()
  at = at % #texts + 1
  return texts[at]
end
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format("FOUND %d %d %f %f %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    errors.connect, errors.read, errors.write, errors.timeout, errors.status))
end
"""


@dataclass(frozen=True)
class Asked:
    """One GET."""

    path: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Load:
    """What came of a load: answers a second, milliseconds at the median and the 99th percentile, failures by kind."""

    rate: float
    p50: float
    p99: float
    requests: int
    failures: Mapping[str, int]


def put_load_on(
    port: int, asked: Sequence[Asked], *, clients: int = 64, seconds: int = 3, tolerant: bool = False
) -> Load:
    """Ask as fast as answers come, over so many connections. Unless ``tolerant``, a failure ends the benchmark.

    There are enough clients that neither side waits for the other: to wake a process costs more than an answer.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(SCRIPT.replace("ASKED", ", ".join(_lua(each) for each in asked)))
        script.flush()
        Path(script.name).chmod(0o644)
        command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "30s", "-s", script.name]
        said = subprocess.run(
            [*command, f"http://127.0.0.1:{port}/"], capture_output=True, text=True, check=True
        ).stdout
    found = re.search(r"^FOUND ([\d. ]+)$", said, re.MULTILINE)
    if found is None:
        sys.exit(f"bench: wrk said what it does not usually say:\n{said}")
    requests, duration, p50, p99, *failed = (float(each) for each in found[1].split())
    kinds = ("connect", "read", "write", "timeout", "status")
    failures = {kind: int(count) for kind, count in zip(kinds, failed, strict=True) if count}
    if failures and not tolerant:
        sys.exit(f"bench: port {port} failed under load: {failures}")
    return Load(requests / duration * 1e6, p50 / 1000, p99 / 1000, int(requests), failures)


def require_wrk() -> None:
    """End with a word on what to install where wrk or nginx is missing."""
    for tool in ("nginx", "wrk"):
        if shutil.which(tool) is None:
            sys.exit(f"bench: needs {tool} (Debian: apt-get install {tool})")


def _lua(asked: Asked) -> str:
    headers = ", ".join(f"[{json.dumps(name)}]={json.dumps(value)}" for name, value in asked.headers.items())
    return f"{{path={json.dumps(asked.path)}, headers={{{headers}}}}}"
