"""A certificate that signs itself."""

import subprocess
from pathlib import Path


def make_certificate(folder: Path) -> Path:
    """A certificate of 127.0.0.1 in ``folder``, with its key in ``key.pem`` beside it."""
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(folder / "key.pem")),
            *("-out", str(folder / "certificate.pem")),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return folder / "certificate.pem"
