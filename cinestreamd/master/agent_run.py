"""One agent process: one scrape of one city, under a deadline that the master keeps as well."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import structlog

from cinestreamd.channel import Channel, Counted, Drain, FromChild, Message, NicenessRefused, channel_pair
from cinestreamd.errors import ConfigurationError
from cinestreamd.master.child import Ending
from cinestreamd.master.forker import Forker, ForkError
from cinestreamd.master.process import Process
from cinestreamd.metering import Entry
from cinestreamd.sites.system_user import agent_identity_of
from cinestreamd.specs import AgentSpec, encode_spec

MARGIN: Final = 0.5
"""Of the time between the agent's own deadline and the end of its lease, the master waits this share, then kills."""

log = structlog.get_logger()


class AgentRun:
    """One agent. ``ended`` is set, and ``outcome`` says how, when its process was reaped."""

    def __init__(
        self,
        spec: AgentSpec,
        *,
        clock: Callable[[], float],
        on_niceness_refused: Callable[[str], None],
        on_counted: Callable[[Sequence[Entry]], None],
    ) -> None:
        self.spec = spec
        self.process: Process | None = None
        self.born = clock()
        self.outcome = "running"
        self._ended = asyncio.Event()
        self._channel: Channel[FromChild] | None = None
        self._on_niceness_refused = on_niceness_refused
        self._on_counted = on_counted
        self._log = log.bind(role="agent", site=spec.site.name, city=spec.city_id, run=spec.run_id)
        if spec.request_id:
            self._log = self._log.bind(request_id=spec.request_id)

    async def run(self, forker: Forker) -> None:
        """Start the agent and wait until it is gone.

        Raises:
            ForkError: it could not be started.
            OSError: the master has no descriptor left for it.
        """
        async with forker.turn():
            channel = self._channel = await self._start(forker)
        try:
            await self._outlive(self._time())
        finally:
            for message in channel.remaining():  # its last words may be read later than its end is noticed
                self._receive(message)
            channel.close()

    async def _start(self, forker: Forker) -> Channel[FromChild]:
        ours, theirs = channel_pair()
        try:
            with theirs:
                pid = await forker.fork(
                    role="agent",
                    title=f"cinestreamd: agent {self.spec.site.name} {self.spec.city_id}",
                    spec=encode_spec(self.spec),
                    descriptors={"channel": theirs.fileno()},
                    user=agent_identity_of(self.spec.site, self.spec.settings.daemon.agent_user),
                    env=str(Path(self.spec.site.directory, "agent.env")),
                )
            self.process = Process(pid, self._on_exit)
        except ConfigurationError as error:
            ours.close()
            raise ForkError(str(error)) from None
        except BaseException:
            ours.close()
            raise
        self._log.info("agent_started", pid=pid, trigger=self.spec.trigger)
        return Channel[FromChild](
            ours,
            FromChild,  # type: ignore[arg-type]  # msgspec takes a union where typing wants one class
            on_message=self._receive,
            on_end=lambda: None,
        )

    def send(self, message: Message, *, descriptor: int | None = None) -> bool:
        """Send the agent a message, if it runs and takes it; a copy of ``descriptor`` goes along."""
        return self._channel is not None and self._channel.send(message, descriptor=descriptor)

    def stop(self, seconds: float) -> None:
        """Have the agent give its lease back and go within ``seconds``."""
        self.send(Drain(deadline=seconds))
        if self.process is not None:
            asyncio.get_running_loop().call_later(seconds, self.process.kill)

    def _time(self) -> float:
        scrape = self.spec.settings.scrape
        return scrape.deadline_seconds + MARGIN * (scrape.lease_seconds - scrape.deadline_seconds)

    async def _outlive(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._ended.wait()
        except TimeoutError:
            self._log.warning("agent_overdue", seconds=seconds)
            self.outcome = "overdue"
            if self.process is not None:
                self.process.kill()
            await self._ended.wait()

    def _receive(self, message: FromChild) -> None:
        if isinstance(message, NicenessRefused):
            self._on_niceness_refused(message.problem)
        elif isinstance(message, Counted):
            self._on_counted(message.entries)

    def _on_exit(self, ending: Ending) -> None:
        if self.outcome == "running":
            self.outcome = "done" if ending.code == 0 else "failed"
        report = self._log.info if self.outcome == "done" else self._log.warning
        report("agent_ended", outcome=self.outcome, code=ending.code, signal=ending.signal)
        self._ended.set()
