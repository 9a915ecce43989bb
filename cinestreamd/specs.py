"""What the master tells each kind of child about its work.

A specification is written before the fork and read after it, in the child alone. It holds no secret, since the child
opens the files that it needs by itself, but for one: an agent is told the address of its site's MongoDB, so that it
need not open the file that has the site's SECRET_KEY too. It is free of heavy imports, so that the master stays small.
"""

import msgspec
from msgspec import Struct

from cinestreamd.config import Settings
from cinestreamd.sites.model import CinemaEntry, Site
from cinestreamd.store.base import Trigger


class WorkerSpec(Struct, frozen=True, kw_only=True):
    """One web worker: the site that it serves, on the listening socket that it inherits."""

    settings: Settings
    site: Site
    port: int
    demo: bool = False


class AgentSpec(Struct, frozen=True, kw_only=True):
    """One scrape of one city, or of its ``cinema_id`` alone.

    ``allowed`` are (address, port) pairs exempt from the public-address rule: the demo's. ``allowance`` is the most
    that calls of Claude may cost, in millionths of a US dollar. ``shared`` is the folder through which the agents of
    one daemon take turns at a host and share what the map knows; None: this agent is alone. ``request_id`` names the
    visitor's request that asked for it, in the log.
    """

    settings: Settings
    site: Site
    city_id: str
    owner: str
    run_id: str
    trigger: Trigger
    cinemas: tuple[CinemaEntry, ...]
    cinema_id: str | None = None
    request_id: str = ""
    mongo_uri: str | None = None
    allowed: frozenset[tuple[str, int]] = frozenset()
    allowance: int = 0
    shared: str | None = None


class DemoSpec(Struct, frozen=True, kw_only=True):
    """The demo town's web server, on the listening socket that it inherits."""

    settings: Settings
    base_url: str
    access_log: str


def encode_spec(spec: Struct) -> bytes:
    """A specification as bytes."""
    return msgspec.msgpack.encode(spec)
