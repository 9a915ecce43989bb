"""The daemon's composition root: read it top to bottom to see what the master is made of."""

import asyncio
import os
import resource
import signal
import socket
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog
from msgspec import Struct
from setproctitle import setproctitle

from cinestreamd import log as logs
from cinestreamd.alerts.model import Way
from cinestreamd.channel import ReopenLog
from cinestreamd.config import Settings
from cinestreamd.errors import CinestreamError
from cinestreamd.gazetteer import Gazetteer
from cinestreamd.log_file import log_path, reopen
from cinestreamd.master.account import Account
from cinestreamd.master.admission import Admitted, admit
from cinestreamd.master.agents import Means
from cinestreamd.master.alert_conditions import Lookout
from cinestreamd.master.alerts import Alerts
from cinestreamd.master.attention import TICK, Attention
from cinestreamd.master.commands import Commands
from cinestreamd.master.control import ControlServer
from cinestreamd.master.databases import entries_for, prepare_each
from cinestreamd.master.duties import attempt, every
from cinestreamd.master.exposition import Exposition
from cinestreamd.master.fleet import Fleet, Tools
from cinestreamd.master.forker import Forker, ForkError
from cinestreamd.master.forking import DEFAULT_ENTRIES
from cinestreamd.master.gauges import Observer
from cinestreamd.master.identity import own_identity
from cinestreamd.master.listeners import Listener, bind, take_given
from cinestreamd.master.lock import take_lock
from cinestreamd.master.metrics_port import MetricsPort
from cinestreamd.master.notify import Notifier, forget_service_manager
from cinestreamd.master.outbox import Outbox
from cinestreamd.master.prctl import adopt_orphans
from cinestreamd.master.reload import Reload, Sources
from cinestreamd.master.strays import Strays
from cinestreamd.master.sums import Sums
from cinestreamd.master.zygote import MASTERS_OWN, Hatched, hatch
from cinestreamd.sites.model import Site
from cinestreamd.sites.ownership import make_shared_folder
from cinestreamd.sites.survey import Survey

CANNOT_START: Final = 70
LOOPBACK: Final = "127.0.0.1"
WAYS: Final[tuple[Way, ...]] = ("webhook", "mail")
STOP_SIGNALS: Final = frozenset({signal.SIGTERM, signal.SIGINT})

log = structlog.get_logger()


class DemoOptions(Struct, frozen=True):
    """The demo town is served on this loopback port, and agents may go there."""

    port: int


def run_daemon(
    *,
    settings: Settings,
    load_settings: Callable[[], Settings],
    state_dir: Path,
    sites: Callable[[], Survey],
    demo: DemoOptions | None,
    entries: str = DEFAULT_ENTRIES,
) -> int:
    """Run the daemon until it is told to stop; returns its exit code.

    ``load_settings`` and ``sites`` read the configuration anew at each call: at the start and at each reload.
    ``entries`` ("module:function") names what children run; only tests give another.

    Raises:
        AlreadyRunningError: another daemon runs on ``state_dir``.
        ConfigurationError: none of the sites can be served, for want of a port or a database, say; nothing was started.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, MASTERS_OWN)  # until there is somebody to hear them; they would end it
    told = dict(os.environ)
    forget_service_manager(os.environ)
    lock = take_lock(state_dir)
    try:
        adopt_orphans()
        _allow_many_files()
        entries = entries_for(sites().sites, entries)
        zygote = _hatch(entries, settings)
        if zygote is None:
            return CANNOT_START
        with closing(Notifier(told, pid=os.getpid())) as notifier:
            daemon = Daemon(settings, Sources(load_settings, sites), state_dir, take_given(told), notifier)
            return asyncio.run(daemon.run(demo, zygote, entries))
    except KeyboardInterrupt:  # told to stop while modules were loaded
        return 0
    finally:
        os.close(lock)


def _hatch(entries: str, settings: Settings) -> Hatched | None:
    """Fork the first zygote, before this process has a loop, a store or a listening socket; None when that failed."""
    try:
        zygote = hatch(entries, settings.daemon)
    except (Exception, SystemExit):
        logs.configure(settings.daemon, role="master")
        log.exception("daemon_cannot_start")
        return None
    logs.configure(settings.daemon, role="master")
    setproctitle("cinestreamd: master")
    return zygote


class Daemon:
    """The running master: what it is made of, and what it does when it is told something."""

    def __init__(
        self,
        settings: Settings,
        sources: Sources,
        state_dir: Path,
        given: Mapping[int, socket.socket],
        notifier: Notifier,
    ) -> None:
        self._settings = settings
        self._sources = sources
        self._state_dir = state_dir
        self._given = given
        self._notifier = notifier
        self._gazetteer = Gazetteer()
        self._log_path = log_path()
        self._attention = Attention(time.monotonic)
        self._signals: asyncio.Queue[signal.Signals] = asyncio.Queue()
        self._told_to_stop = asyncio.Event()
        self._latecomers: asyncio.Task[None] | None = None
        self._niceness_warned = False

    async def run(self, demo: DemoOptions | None, zygote: Hatched, entries: str) -> int:
        """Start everything, serve until told to stop, stop everything."""
        self._listen_to_signals()
        admitted = await self._admit()
        demo_listeners = bind(LOOPBACK, [] if demo is None else [demo.port], {}, option="--demo-port")
        tools = await self._make_tools(admitted.sites, demo_listeners, zygote, entries)
        self._forker = tools.forker
        self._fleet = Fleet(tools)
        self._reload = self._make_reload()
        self._strays = Strays(self._forker)
        self._alerts = self._make_alerts(tools.means)
        control, metrics_port = await self._open_ports(tools.means)
        self._attention.begin()
        duties = [asyncio.create_task(duty) for duty in self._duties()]
        try:
            await self._start_zygote()
        except ForkError as error:
            log.critical("daemon_cannot_start", problem=str(error))
            await control.close()
            return CANNOT_START
        if not self._told_to_stop.is_set():
            self._begin_to_serve(admitted, demo_listeners)
            duties.append(asyncio.create_task(self._announce()))
            duties.append(asyncio.create_task(self._alerts.run()))
        try:
            await self._obey_signals()
        finally:
            await self._stop(control)
            for duty in duties:
                duty.cancel()
            metrics_port.close()
            self._gazetteer.close()
        return 0

    async def _admit(self) -> Admitted:
        """The sites that can be served; a database whose server does not answer yet is tried again later.

        A machine that boots may have its daemons up before its databases.

        Raises:
            CinestreamError: there are sites, and none can be served; says what is wrong with the first.
        """
        survey = self._sources.sites()
        prepared = await asyncio.to_thread(prepare_each, survey.sites, self._settings.daemon.agent_user)
        for name, error in prepared.late.items():
            log.warning("store_not_prepared", site=name, problem=str(error))

        async def listen(ports: list[int]) -> dict[int, Listener]:
            return bind(self._settings.daemon.bind, ports, self._given)

        admitted = await admit(survey, prepared.refused, served={}, listen=listen)
        if admitted.refused and not admitted.sites:
            raise next(iter(admitted.refused.values()))
        for port in self._given.keys() - admitted.listeners.keys():
            log.warning("given_socket_unused", port=port, problem="no site has this port")
        return msgspec.structs.replace(admitted, unprepared=frozenset(prepared.late))

    async def _make_tools(
        self, sites: Sequence[Site], demo_listeners: Mapping[int, Listener], zygote: Hatched, entries: str
    ) -> Tools:
        """What the fleet and its agents work with; where there is a demo, its town has an account of its own."""
        agent_user = self._settings.daemon.agent_user
        shared = await asyncio.to_thread(make_shared_folder, self._state_dir, sites, agent_user)
        clock = self._attention.now
        forker = Forker(clock, self._settings.daemon, first=zygote, entries=entries)
        identity = own_identity(self._state_dir)
        means = Means(
            forker=forker,
            clock=clock,
            wall=_utc_now,
            next_owner=identity.owners(),
            knows_city=_knows_city(self._gazetteer),
            on_niceness_refused=self._warn_of_niceness,
            sums=Sums(),
            account=Account(self._state_dir / "demo" if demo_listeners else self._state_dir, _utc_now),
            allowed=frozenset((LOOPBACK, port) for port in demo_listeners),
            shared=str(shared),
        )
        return Tools(forker=forker, clock=clock, identity=identity, means=means)

    def _make_reload(self) -> Reload:
        return Reload(
            self._settings,
            self._sources,
            given=self._given,
            fleet=self._fleet,
            forker=self._forker,
            notifier=self._notifier,
            told_to_stop=self._told_to_stop,
        )

    async def _open_ports(self, means: Means) -> tuple[ControlServer, MetricsPort]:
        """Open what the daemon is asked through: its control socket, and the port for Prometheus if it has one."""
        observer = Observer(
            fleet=self._fleet,
            forker=self._forker,
            account=means.account,
            wall=means.wall,
            state_dir=self._state_dir,
            started=time.time(),
        )
        exposition = Exposition(observer, means.sums)
        metrics_port = MetricsPort(self._settings.metrics.port, exposition.text)
        await metrics_port.start()
        commands = Commands(
            self._fleet, self._forker, means.clock, reload=self._reload, stop=self._ask_to_stop, metrics=exposition.text
        )
        control = ControlServer(self._state_dir, commands.table(), group=self._settings.supervisor.control_group)
        await control.start()
        return control, metrics_port

    def _begin_to_serve(self, admitted: Admitted, demo_listeners: Mapping[int, Listener]) -> None:
        for listener in demo_listeners.values():
            self._fleet.open_demo(listener, self._settings, self._state_dir / "demo")
        self._fleet.arrange(self._settings, admitted)

    def _make_alerts(self, means: Means) -> Alerts:
        def settings() -> Settings:
            return self._reload.settings

        lookout = Lookout(self._fleet, means.account, settings, self._state_dir, means.wall)
        webhook, mail = (Outbox(way, means.forker, self._state_dir, means.clock) for way in WAYS)
        return Alerts(lookout, (webhook, mail), settings, self._state_dir, means.wall)

    async def _start_zygote(self) -> None:
        """Wait until the zygote is warm, or somebody has had enough of waiting.

        Raises:
            ForkError: it cannot load.
        """
        starting = asyncio.create_task(self._forker.start())
        told = asyncio.create_task(self._told_to_stop.wait())
        await asyncio.wait({starting, told}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        if starting.done():
            starting.result()
        starting.cancel()

    def _duties(self) -> list[Coroutine[Any, Any, None]]:
        duties = [every(TICK, "tick", self._tick), every(1.0, "strays", self._look_for_strays)]
        if self._notifier.watchdog_seconds is not None:
            duties.append(every(self._notifier.watchdog_seconds / 3, "watchdog", self._feed_watchdog))
        return duties

    async def _tick(self) -> None:
        forgiven = self._attention.tick()
        if forgiven:
            log.warning("master_was_late", seconds=round(forgiven, 2))
        self._fleet.tick()

    async def _look_for_strays(self) -> None:
        self._strays.look(self._fleet.pids | self._alerts.pids)

    async def _feed_watchdog(self) -> None:
        self._notifier.say("WATCHDOG=1", f"STATUS={self._fleet.summary()}")

    async def _announce(self) -> None:
        """Say that the daemon is ready once every site serves, or was given up."""
        while not self._fleet.is_settled:  # noqa: ASYNC110 - once a start; an event would need a wire from every worker
            await asyncio.sleep(0.02)
        addresses = [f"http://localhost:{min(tenant.workers.ports)}/" for tenant in self._fleet.tenants.values()]
        log.info("daemon_ready", summary=self._fleet.summary(), open=addresses)
        self._reload.announced = True
        self._notifier.ready(self._fleet.summary())

    def _warn_of_niceness(self, problem: str) -> None:
        if not self._niceness_warned:
            self._niceness_warned = True
            log.warning("agents_not_niced", problem=problem)

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (*STOP_SIGNALS, *MASTERS_OWN):
            loop.add_signal_handler(number, self._note, number)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, MASTERS_OWN)

    def _note(self, number: signal.Signals) -> None:
        self._signals.put_nowait(number)
        if number in STOP_SIGNALS:
            self._told_to_stop.set()

    def _ask_to_stop(self) -> None:
        self._note(signal.SIGTERM)

    async def _obey_signals(self) -> None:
        """Act on signals in the order of their coming, until one says stop."""
        while True:
            number = await self._signals.get()
            log.info("signal", name=number.name)
            if number in STOP_SIGNALS:
                return
            if number == signal.SIGHUP:
                await attempt("reload", self._reload_by_signal)
            elif number == signal.SIGUSR1:
                await attempt("reopen_log", self._reopen_log)

    async def _reload_by_signal(self) -> None:
        with suppress(CinestreamError):  # the reload itself has logged that it was refused
            await self._reload()

    async def _reopen_log(self) -> None:
        if self._log_path is None:
            return
        reopen(self._log_path)
        message = ReopenLog(self._log_path)
        self._forker.send(message)
        self._fleet.send(message, descriptor=1)  # its own output; they may not open it
        if self._forker.is_forking:
            self._latecomers = asyncio.create_task(self._tell_latecomers(message))
        log.info("log_reopened")

    async def _tell_latecomers(self, message: ReopenLog) -> None:
        """Tell all again when the child is known that was being forked, with the old log, while they were told."""
        await self._forker.wait_for_turn()
        self._fleet.send(message, descriptor=1)

    async def _stop(self, control: ControlServer) -> None:
        """Stop gracefully; a second signal to stop means at once."""
        self._notifier.stopping()
        log.info("daemon_stops")
        stopping = asyncio.create_task(self._fleet.stop(self._reload.settings.supervisor.stop_timeout))
        hurry = asyncio.create_task(self._wait_for_another_stop())
        await asyncio.wait({stopping, hurry}, return_when=asyncio.FIRST_COMPLETED)
        if not stopping.done():
            log.warning("daemon_stops_at_once")
            self._fleet.drain(0.0)
        await asyncio.gather(stopping, return_exceptions=True)
        hurry.cancel()
        await self._forker.stop()
        await control.close()
        log.info("daemon_stopped")

    async def _wait_for_another_stop(self) -> None:
        while await self._signals.get() not in STOP_SIGNALS:
            pass


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _knows_city(gazetteer: Gazetteer) -> Callable[[str], bool]:
    return lambda city_id: gazetteer.get(city_id) is not None


def _allow_many_files() -> None:
    """Allow as many open files as the system lets us: a worker needs a few in the master and one a client in itself."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
