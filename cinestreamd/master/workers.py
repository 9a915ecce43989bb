"""The web workers of one site: one port each, scaled, renewed and recycled without a gap."""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import structlog
from msgspec import Struct

from cinestreamd.channel import FromChild
from cinestreamd.config import Settings
from cinestreamd.master.forker import Forker
from cinestreamd.master.listeners import Listener
from cinestreamd.master.port import IDLE_GRACE, Port
from cinestreamd.master.recycling import Recycling
from cinestreamd.master.ward import Duty, Ward
from cinestreamd.sites.model import Site
from cinestreamd.sites.system_user import identity_of
from cinestreamd.specs import WorkerSpec, encode_spec

log = structlog.get_logger()


class Posting(Struct, frozen=True, kw_only=True):
    """What the workers of a site are made from. Two postings that are equal need no renewal.

    ``env_mark`` changes when the site's ``.env`` was replaced; its content is the workers' alone to read.
    """

    settings: Settings
    site: Site
    demo: bool
    env_mark: tuple[int, ...]

    @property
    def essence(self) -> tuple[object, ...]:
        """What decides whether a running worker is out of date: all but how many of them there are."""
        neutral = msgspec.structs.replace(self.site.settings, processes=1)
        return self.settings, msgspec.structs.replace(self.site, settings=neutral), self.demo, self.env_mark

    def duty(self, port: int) -> Duty:
        """The duty of the worker on ``port``."""
        spec = WorkerSpec(settings=self.settings, site=self.site, port=port, demo=self.demo)
        return Duty(
            role="worker",
            title=f"cinestreamd: worker {self.site.name} :{port}",
            spec=encode_spec(spec),
            site=self.site.name,
            port=port,
            user=identity_of(self.site),
            env=str(Path(self.site.directory, ".env")),
        )


def env_mark(site: Site) -> tuple[int, ...]:
    """Identity, size and time of the site's ``.env``, without opening it; empty if there is none."""
    try:
        status = Path(site.directory, ".env").stat(follow_symlinks=False)
    except OSError:
        return ()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


class Workers:
    """The workers of one site. ``on_message`` gets what a worker asks of the master."""

    def __init__(
        self,
        posting: Posting,
        listeners: Mapping[int, Listener],
        *,
        forker: Forker,
        clock: Callable[[], float],
        recycling: Recycling,
        on_message: Callable[[Ward, FromChild], None],
    ) -> None:
        self.posting = posting
        self._forker = forker
        self._clock = clock
        self._recycling = recycling
        self._on_message = on_message
        self.ports: dict[int, Port] = {}
        self.leaving: list[Port] = []
        self.outdated = False
        self.add(listeners)

    @property
    def all_ports(self) -> list[Port]:
        """The ports in service, then those that are being given up."""
        return [*self.ports.values(), *self.leaving]

    @property
    def wards(self) -> list[Ward]:
        """All worker processes of the site."""
        return [ward for port in self.all_ports for ward in port.wards]

    @property
    def is_fatal(self) -> bool:
        """Whether a worker of this site was given up."""
        return any(port.current.state == "fatal" for port in self.ports.values())

    @property
    def is_settled(self) -> bool:
        """Whether every port is served, or given up."""
        return all(port.current.state in {"ready", "fatal"} for port in self.ports.values())

    @property
    def has_been_tried(self) -> bool:
        """Whether every port is served, was given up, or has failed to boot more than once in a row."""
        return all(
            port.current.state in {"ready", "fatal"} or port.current.child.crashes > 1 for port in self.ports.values()
        )

    def tick(self) -> None:
        """Do what is due on every port; renew a worker that has served its time."""
        for port in self.all_ports:
            port.tick()
        self.leaving = [port for port in self.leaving if not port.is_stopped]
        self._recycling.tick(list(self.ports.values()), self.posting.settings.supervisor)

    def add(self, listeners: Mapping[int, Listener]) -> None:
        """Serve these ports as well."""
        for number, listener in listeners.items():
            self.ports[number] = Port(
                listener,
                self.posting.duty(number),
                self.posting.settings.supervisor,
                forker=self._forker,
                clock=self._clock,
                on_message=self._on_message,
            )
            self.ports[number].tick()

    def give_up(self, numbers: set[int]) -> dict[int, Listener]:
        """Serve these ports no longer: their workers finish what they have and go.

        Returns the listening sockets by port. They are the caller's now, to hand on or to close: when the worker lets
        go of its own copy the last one is gone, and the port refuses.
        """
        given_up: dict[int, Listener] = {}
        for number in sorted(numbers & self.ports.keys()):
            port = self.ports.pop(number)
            port.drain(port.policy.stop_timeout, idle_grace=IDLE_GRACE)
            self.leaving.append(port)
            given_up[number] = port.listener
        return given_up

    async def renew(self, posting: Posting) -> bool:
        """Renew one worker after the other; stops at the first that does not come up. Returns whether all did."""
        self.posting = posting
        self.outdated = True
        for number, port in list(self.ports.items()):
            if self.ports.get(number) is port and not await port.renew(
                posting.duty(number), posting.settings.supervisor
            ):
                return False
        self.outdated = False
        log.info("site_renewed", site=posting.site.name, workers=len(self.ports))
        return True

    @property
    def is_stopped(self) -> bool:
        """Whether all workers are gone for good."""
        return all(port.is_stopped for port in self.all_ports)

    def drain(self, seconds: float, *, idle_grace: float = 0.0) -> dict[int, Listener]:
        """Stop all workers for good. Returns the listening sockets by port: they are the caller's now."""
        for port in self.all_ports:
            port.drain(seconds, idle_grace=idle_grace)
        return {number: port.listener for number, port in self.ports.items()}
