"""By what name this daemon takes leases, so that its successor on this machine can free what it left behind."""

import hashlib
import re
import secrets
import socket
from collections.abc import Callable
from itertools import count
from pathlib import Path

from msgspec import Struct


class Identity(Struct, frozen=True):
    """A place (this machine and state directory) and an instance (this run of the daemon).

    Owners are ``PLACE/INSTANCE/NUMBER``. Numbers have a fixed width, so that no owner is the beginning of another.
    """

    place: str
    instance: str

    @property
    def place_prefix(self) -> str:
        """Begins the owner of every lease that any daemon of this place took."""
        return f"{self.place}/"

    @property
    def instance_prefix(self) -> str:
        """Begins the owner of every lease that this daemon took."""
        return f"{self.place}/{self.instance}/"

    def owners(self) -> Callable[[], str]:
        """A source of owners, each given once."""
        numbers = count(1)
        return lambda: f"{self.instance_prefix}{next(numbers):010d}"


def own_identity(state_dir: Path) -> Identity:
    """The identity of a daemon that starts now on ``state_dir``."""
    host = re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname())[:60]
    folder = hashlib.blake2s(str(state_dir.resolve()).encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()
    return Identity(f"{host}-{folder}", secrets.token_hex(6))
