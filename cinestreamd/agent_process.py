"""One agent: scrapes one city under limits on time, memory and processor, then is gone."""

import asyncio
import ctypes
import os
import resource
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Final

import structlog

from cinestreamd import tracing
from cinestreamd.agent.claude.access import Access, access_by
from cinestreamd.agent.claude.caller import Caller
from cinestreamd.agent.claude.client import AnthropicClient
from cinestreamd.agent.claude.means import Means
from cinestreamd.agent.claude.prices import is_priced
from cinestreamd.agent.fetch import Fetcher
from cinestreamd.agent.map_cache import MapCache
from cinestreamd.agent.run import scrape_city
from cinestreamd.agent.task import ScrapeTask, Tools
from cinestreamd.channel import Drain, NicenessRefused
from cinestreamd.child_process import Inheritance, MasterLink, run_child
from cinestreamd.config import Scrape
from cinestreamd.confinement import agent_files, confine
from cinestreamd.errors import ConfigurationError
from cinestreamd.gazetteer import Gazetteer
from cinestreamd.metering import (
    CLAUDE_CALLS,
    CLAUDE_COST,
    CLAUDE_ROWS,
    CLAUDE_TOKENS,
    REFUSALS,
    SCRAPE_SECONDS,
    SCRAPES,
    SHOWTIMES,
    SOURCES,
    Meter,
)
from cinestreamd.sites.database import certificates_of, open_store, refuse_links
from cinestreamd.sites.env import MissingEnvError
from cinestreamd.sites.files import make_real_folder
from cinestreamd.specs import AgentSpec
from cinestreamd.store.base import Run, RunOutcome, Store, StoreBusyError
from cinestreamd.store.measured import measured
from cinestreamd.store.spending import Caps, ClaudeState, ModelCall

MANY_CALLS: Final = 10_000

M_ARENA_MAX: Final = -8
"""A parameter of mallopt(3)."""

FEW_ARENAS: Final = 2
"""Else glibc sets 64 MB of the bounded address space aside for each of up to sixteen threads."""

logger = structlog.get_logger()


def run(inheritance: Inheritance) -> int:
    """Live an agent's life; returns its exit code."""
    spec = inheritance.spec(AgentSpec)
    inheritance.configure_log(
        spec.settings.daemon, role="agent", site=spec.site.name, city=spec.city_id, run=spec.run_id
    )
    if spec.request_id:
        structlog.contextvars.bind_contextvars(request_id=spec.request_id)
    if spec.shared is not None:
        with suppress(OSError):  # what cannot be shared is told by whoever wants to
            for folder in (Path(spec.shared), Path(spec.shared, "hosts"), Path(spec.shared, "map")):
                make_real_folder(folder)
    refuse_links(spec.site)
    confine(agent_files(spec.site, spec.shared, certificates_of(spec.mongo_uri)), spec.settings.daemon)
    limit_resources(spec.settings.scrape)
    return run_child(_work(spec, inheritance, access_of(spec, inheritance)))


def access_of(spec: AgentSpec, inheritance: Inheritance) -> Access | ConfigurationError:
    """The access to Claude by the site's ``agent.env``, which no other process reads; or why it cannot be used."""
    path = Path(spec.site.directory, "agent.env")
    try:
        return access_by(inheritance.secrets(), place=path)
    except MissingEnvError:
        return access_by({}, place=path)
    except ConfigurationError as error:
        return error


def limit_resources(settings: Scrape) -> None:
    """Bound what this process may take. The bounds are hard: it cannot lift them again."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_ARENA_MAX, FEW_ARENAS)
    for kind, most in (
        (resource.RLIMIT_AS, settings.agent_memory_mb * 2**20),
        (resource.RLIMIT_CPU, settings.agent_cpu_seconds),
        (resource.RLIMIT_NOFILE, settings.agent_open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (bound, bound))


async def _work(spec: AgentSpec, inheritance: Inheritance, access: Access | ConfigurationError) -> None:
    link = MasterLink(inheritance.socket("channel"), orders=Drain(deadline=5.0))
    try:
        os.nice(spec.settings.scrape.agent_niceness)
    except OSError as error:
        link.send(NicenessRefused(str(error)))
    meter = Meter()
    end_tracing = tracing.start(spec.settings.tracing, role="agent", site=spec.site.name)
    scrape = asyncio.create_task(_traced(spec, access, meter))
    stop = asyncio.create_task(link.stopping.wait())
    await asyncio.wait({scrape, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if not scrape.done():
        logger.info("scrape_stopped")  # as ordered: the run itself tells what became of it
        scrape.cancel()
    try:
        await scrape
    except asyncio.CancelledError:
        if not link.stopping.is_set():
            raise
    finally:
        link.report(meter)
        if tracing.is_active():
            await asyncio.to_thread(end_tracing)


async def _traced(spec: AgentSpec, access: Access | ConfigurationError, meter: Meter) -> None:
    """The scrape under one span, which names the visitor's request that asked for it."""
    fields = {"city": spec.city_id, "run": spec.run_id, "trigger": spec.trigger, "request_id": spec.request_id}
    with tracing.span("scrape", **fields):
        await scrape_within(spec, access, meter)


async def scrape_within(spec: AgentSpec, access: Access | ConfigurationError, meter: Meter | None = None) -> None:
    """Scrape the city; the scrape keeps its deadline by itself, and gives its lease back whatever happens.

    ``access`` to Claude may be one without a key, or what is wrong with it. What came of it is counted into ``meter``.
    """
    meter = meter or Meter()
    settings = spec.settings
    with Gazetteer() as gazetteer:
        city = gazetteer.get(spec.city_id)
    if city is None:
        raise ConfigurationError(place=spec.city_id, problem="is no city of the gazetteer")
    task = ScrapeTask(
        city=city,
        owner=spec.owner,
        run_id=spec.run_id,
        trigger=spec.trigger,
        cinemas=spec.cinemas,
        cinema_id=spec.cinema_id,
    )
    store = measured(open_store(spec.site, spec.mongo_uri, write_timeout=settings.store.write_timeout), meter)
    began = monotonic()
    outcome: RunOutcome = "failed"
    claude: Caller | None = None
    try:
        claude = await claude_of(spec, access, store)
        shared = None if spec.shared is None else Path(spec.shared)
        turns = None if shared is None else shared / "hosts"
        async with Fetcher(settings.fetch, allowed=spec.allowed, turns=turns) as fetcher:
            tools = Tools(
                store=store,
                fetcher=fetcher,
                clock=lambda: datetime.now(UTC),
                memory=store,
                discovery=settings.discovery,
                claude=claude,
                map_cache=None if shared is None else MapCache(shared / "map"),
            )
            outcome = await scrape_city(task, tools, settings=settings.scrape)
    finally:
        meter.time(SCRAPE_SECONDS, monotonic() - began, outcome)
        meter.count(SCRAPES, spec.trigger, outcome)
        count_run(await store.run(spec.run_id), meter)
        count_calls(await store.calls(run_id=spec.run_id, limit=MANY_CALLS), meter)
        if claude is not None:
            await claude.close()
        await store.close()


def count_run(run: Run | None, meter: Meter) -> None:
    """Count what a finished run has given; one that never began has given nothing."""
    for source in () if run is None else run.sources:
        meter.count(SOURCES, source.outcome, source.reader or "none")
        meter.count(SHOWTIMES, "quarantined" if source.outcome == "quarantined" else "published", by=source.kept)
        for reason, rows in source.refused.items():
            meter.count(SHOWTIMES, "refused", by=rows)
            meter.count(REFUSALS, reason, by=rows)


def count_calls(calls: Iterable[ModelCall], meter: Meter) -> None:
    """Count what a run's calls of Claude were and have cost; those still on their way are left out."""
    for call in calls:
        if call.outcome == "open":
            continue
        where = (call.stage, call.model + (" (simulated)" if call.simulated else ""))
        meter.count(CLAUDE_CALLS, *where, call.outcome)
        meter.count(CLAUDE_TOKENS, *where, "in", by=call.tokens_in + call.tokens_cached + call.tokens_cache_written)
        meter.count(CLAUDE_TOKENS, *where, "out", by=call.tokens_out)
        meter.count(CLAUDE_COST, *where, by=(call.cost or 0) / 1e6)
        meter.count(CLAUDE_ROWS, *where, "kept", by=call.kept)
        meter.count(CLAUDE_ROWS, *where, "refused", by=max(call.proposed - call.kept, 0))


async def claude_of(spec: AgentSpec, access: Access | ConfigurationError, store: Store) -> Caller | None:
    """The means to call Claude.

    None without a key, or with a file that cannot be used: then the city is read by the readers alone.
    """
    if isinstance(access, ConfigurationError):
        logger.error("claude_not_usable", problem=str(access))
        await _note_keyless(store, "", problem=str(access))
        return None
    if not access.key:
        await _note_keyless(store, access.model)
        return None
    settings, loop = spec.settings.claude, asyncio.get_running_loop()
    ends = loop.time() + spec.settings.scrape.deadline_seconds * 0.85
    caller = Caller(
        Means(
            client=AnthropicClient(access),
            access=access,
            store=store,
            caps=Caps(
                call=round(settings.call_usd * 1e6),
                city_day=round(settings.city_day_usd * 1e6),
                day=round(settings.day_usd * 1e6),
                month=round(settings.month_usd * 1e6),
            ),
            allowance=spec.allowance,
            timeout=settings.timeout,
            clock=lambda: datetime.now(UTC),
            left=lambda: ends - loop.time(),
            titles=settings.titles,
            batches=settings.nightly_batches,
        ),
        run_id=spec.run_id,
        city_id=spec.city_id,
    )
    await caller.look()
    return caller


async def _note_keyless(store: Store, model: str, *, problem: str = "") -> None:
    """Write down, where it is news, that no call can be made; a busy store must not cost the city its scrape."""
    known = await store.claude_state()
    state = ClaudeState(
        checked_at=datetime.now(UTC), has_key=False, model=model, priced=is_priced(model), problem=problem
    )
    if known is not None and (known.has_key, known.problem) == (False, problem):
        return
    try:
        await store.set_claude_state(state)
    except StoreBusyError:
        logger.warning("claude_state_not_kept")
