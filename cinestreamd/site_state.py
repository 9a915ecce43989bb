"""What the master tells a site's web worker of the site's own processes: nothing of any other site."""

from msgspec import Struct


class ProcessState(Struct, frozen=True, array_like=True):
    """One worker (with its port) or one agent (with its city). Seconds since it was started, restarts since ever."""

    role: str
    state: str
    seconds: float | None = None
    restarts: int = 0
    requests_per_second: float = 0.0
    port: int | None = None
    city_id: str | None = None


class SiteState(Struct, frozen=True, kw_only=True):
    """A site as its master sees it.

    ``waiting`` are the first cities that wait to be read, ``queued`` is how many there are.
    """

    state: str
    processes: tuple[ProcessState, ...]
    waiting: tuple[str, ...]
    queued: int
