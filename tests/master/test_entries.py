"""What is loaded before the first fork."""

import json
import os
import subprocess
import sys
from pathlib import Path

from own_certificate import make_certificate

LOAD = """
import json, os, ssl, sys
import cinestreamd.master.daemon
early = "aiohttp" in sys.modules
from cinestreamd.master.entries import entries
roles = sorted(entries())
import aiohttp.connector
own = len(aiohttp.connector._SSL_CONTEXT_VERIFIED.get_ca_certs())
now = len(ssl.create_default_context().get_ca_certs())
print(json.dumps([early, roles, own, now, os.environ["SSL_CERT_FILE"], "SSL_CERT_DIR" in os.environ]))
"""


def test_no_authorities_are_carried_and_agents_find_them_all_the_same(tmp_path: Path) -> None:
    """aiohttp, once loaded, keeps whom it found; a context that is made later has those whom the environment names."""
    given = {name: value for name, value in os.environ.items() if name != "SSL_CERT_DIR"}
    given["SSL_CERT_FILE"] = str(make_certificate(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", LOAD], env=given, capture_output=True, text=True, check=True, timeout=120
    )
    early, roles, own, now, file, has_folder = json.loads(done.stdout.splitlines()[-1])
    assert not early
    assert roles == ["agent", "demo", "herald", "worker"]
    assert own == 0
    assert now == 1
    assert (file, has_folder) == (given["SSL_CERT_FILE"], False)
