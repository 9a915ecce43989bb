"""``cinestreamd status`` for people: what it prints of a daemon's answer."""

import pytest

from cinestreamd.cli.status import print_status

CLAUDE = {"key": True, "model": "claude-haiku-4-5", "today": 0, "day_cap": 2_000_000, "month": 0, "month_cap": 0}
WORKER = {"role": "worker", "site": "kino", "restarts": 3, "requests": 7}
ANSWER = {
    "processes": [
        {"role": "master", "pid": 10, "state": "ready", "age": 100.0},
        {**WORKER, "port": 8001, "pid": 12, "state": "ready", "age": 90.0, "cause": "", "requests_per_second": 0.5},
        {**WORKER, "port": 8002, "pid": None, "state": "fatal", "age": None, "cause": "exit code 78"},
    ],
    "sites": [
        {
            "site": "kino",
            "state": "serving",
            "ports": [8001, 8002],
            "workers": 2,
            "ready": 1,
            "outdated": True,
            "refusing": [8002],
            "claude": CLAUDE,
        }
    ],
    "agents": {"kino": {"running": ["kyiv"], "queued": ["lviv", "odesa"], "outcomes": {}}},
}


def test_what_keeps_a_site_from_serving_is_told_to_people_too(capsys: pytest.CaptureFixture[str]) -> None:
    print_status(ANSWER)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[3] == ["worker", "kino", "8002", "fatal", "3", "7", "exit", "code", "78"]
    assert lines[5] == ["site", "state", "ports", "ready", "refusing", "configuration", "reading", "waiting"]
    assert lines[6] == ["kino", "serving", "8001-8002", "1/2", "8002", "outdated", "kyiv", "2"]
