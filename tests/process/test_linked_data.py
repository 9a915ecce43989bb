"""A site whose data has become a link to elsewhere: no new worker opens it, and the former ones go on."""

import shutil
from collections.abc import Callable

import pytest
from daemon_under_test import DaemonUnderTest, answers

from cinestreamd.master.client import ControlClient

pytestmark = pytest.mark.timeout(300)


def test_worker_refuses_data_that_is_a_link(make_daemon: Callable[[], DaemonUnderTest]) -> None:
    daemon = make_daemon()
    [port] = daemon.add_site("one", processes=1, embedded=True)
    daemon.start()
    data, elsewhere = daemon.state_dir / "sites" / "one" / "data", daemon.state_dir.parent / "elsewhere"
    shutil.copytree(data, elsewhere)
    data.rename(data.with_name("former"))
    data.symlink_to(elsewhere)
    before = {path.name: path.read_bytes() for path in elsewhere.iterdir()}
    client = ControlClient(daemon.state_dir)
    assert client.call("restart", timeout=None)["failed"] == ["one"]
    assert answers(port)
    assert "must be a real folder, not a link" in daemon.log_path.read_text()
    assert {path.name: path.read_bytes() for path in elsewhere.iterdir()} == before
