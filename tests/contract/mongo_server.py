"""The MongoDB that tests run on: one server a test process, one database a test.

``CINESTREAMD_TEST_MONGO_URI`` (mongodb://host:port/?options, without a database) names a real one instead.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from pymongo import MongoClient

# A process of its own, that ends with the process that started it: when its standard input closes.
_SERVE = """
import sys
from secantus import SecantusDBServer
with SecantusDBServer(host="127.0.0.1", port=0, storage_path=sys.argv[1], ttl_sweep_seconds=3600) as server:
    print(server.uri, flush=True)
    sys.stdin.read()
"""


@cache
def server_uri() -> str:
    """The address of this test process's server, started by the first call."""
    given = os.environ.get("CINESTREAMD_TEST_MONGO_URI")
    if given:
        return given
    folder = tempfile.mkdtemp(prefix="cinestreamd-mongo-")
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVE, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def stop() -> None:
        server.communicate()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    assert server.stdout is not None
    return f"{server.stdout.readline().strip()}?retryWrites=false&journal=true"


def database_uri(name: str) -> str:
    """The address of one database of that server."""
    parts = urlsplit(server_uri())
    return urlunsplit(parts._replace(path=f"/{name}"))


@contextmanager
def empty_database() -> Iterator[str]:
    """A database of its own, dropped afterwards."""
    name = f"test_{uuid4().hex}"
    uri = database_uri(name)
    yield uri
    with MongoClient[dict[str, object]](uri) as client:
        client.drop_database(name)
