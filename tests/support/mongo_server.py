"""The MongoDB that tests run on: one server a test process, one database a test; and servers of a test's own.

``CINESTREAMD_TEST_MONGO_URI`` (mongodb://host:port/?options, without a database) names a real one instead of the
common server. A test that stops, freezes or protects its server always has one of its own.
"""

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from pymongo import MongoClient

# A process of its own, that ends with the process that started it: when its standard input closes.
_SERVE = """
import json, sys
from secantus import SecantusDBServer
options = json.loads(sys.argv[1])
with SecantusDBServer(host="127.0.0.1", **{"ttl_sweep_seconds": 3600, **options}) as server:
    print(server.uri, flush=True)
    sys.stdin.read()
"""
OPTIONS = "retryWrites=false&journal=true"
IS_SHARED = "CINESTREAMD_TEST_MONGO_URI" in os.environ
"""Whether the common server goes on when these tests are over."""


class MongoServer:
    """One server process over a folder; it can be killed and started again on the same port with the same data."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self._options = {"port": 0, "storage_path": str(folder), **options}
        self._process: subprocess.Popen[str] | None = None
        self.uri = ""

    @property
    def port(self) -> int:
        """The port on which it listens."""
        return int(self._options["port"])

    def start(self) -> "MongoServer":
        """Start it and wait until it listens."""
        command = [sys.executable, "-c", _SERVE, json.dumps(self._options)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        assert line.startswith("mongodb://"), f"the server did not start: {line}"
        parts = urlsplit(line)
        self._options["port"] = parts.port
        self.uri = urlunsplit(parts._replace(path="/", query=OPTIONS))
        return self

    def database(self, name: str, *, user: str = "", options: str = "") -> str:
        """The address of one database of it."""
        parts = urlsplit(self.uri)
        host = f"{user}@{parts.netloc}" if user else parts.netloc
        return urlunsplit(parts._replace(netloc=host, path=f"/{name}", query=f"{OPTIONS}&{options}".rstrip("&")))

    def kill(self) -> None:
        """End it at once (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def freeze(self) -> None:
        """Stop it where it is: it takes connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


@contextmanager
def own_server(folder: Path, **options: Any) -> Iterator[MongoServer]:
    """A server of a test's own."""
    server = MongoServer(folder, **options).start()
    try:
        yield server
    finally:
        server.kill()


@cache
def server_uri() -> str:
    """The address of this test process's server, started by the first call."""
    given = os.environ.get("CINESTREAMD_TEST_MONGO_URI")
    if given:
        return given
    folder = tempfile.mkdtemp(prefix="cinestreamd-mongo-")
    server = MongoServer(Path(folder)).start()

    def stop() -> None:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    return server.uri


def database_uri(name: str) -> str:
    """The address of one database of that server."""
    parts = urlsplit(server_uri())
    return urlunsplit(parts._replace(path=f"/{name}"))


@contextmanager
def empty_database() -> Iterator[str]:
    """A database of its own, dropped afterwards."""
    uri = database_uri(f"test_{uuid4().hex}")
    yield uri
    drop_database(uri)


def drop_database(uri: str) -> None:
    """Leave nothing of a database."""
    with MongoClient[dict[str, object]](uri) as client:
        client.drop_database(client.get_default_database().name)
