"""Whether Claude can be paid, and what keeps it from costing more than it may."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from cinestreamd.doctor.finding import Finding, Patient
from cinestreamd.errors import CinestreamError
from cinestreamd.master.account import Account
from cinestreamd.sites.caps import MILLIONTHS, common_caps
from cinestreamd.sites.database import open_store, read_access
from cinestreamd.sites.model import Site
from cinestreamd.store.spending import ClaudeState

STORE_SECONDS = 10.0


def examine_account(patient: Patient) -> Iterator[Finding]:
    """The account of all sites together can be used: a damaged one pays nothing."""
    if not patient.state_dir.is_dir():
        return
    book, caps = Account(patient.state_dir, lambda: patient.now).read(), common_caps(patient.settings().claude)
    today = f"${book.day_spent / MILLIONTHS:.2f} of ${caps.day / MILLIONTHS:.2f} today"
    month = f"${book.month_spent / MILLIONTHS:.2f} of ${caps.month / MILLIONTHS:.2f} this month"
    yield Finding("ok", f"all sites: {today}, {month}")


def examine_access(patient: Patient) -> Iterator[Finding]:
    """What each site's agents found when they looked for a key last."""
    for site in patient.sites():
        try:
            state = _state(site)
        except (CinestreamError, TimeoutError):  # the check of stores says what is wrong
            continue
        yield _finding(site.name, state, patient)


def _state(site: Site) -> ClaudeState | None:
    access = read_access(site)
    if access.mongo_uri is None and not Path(site.database).exists():
        return None

    async def ask() -> ClaudeState | None:
        store = open_store(site, access.mongo_uri, write_timeout=1.0)
        try:
            async with asyncio.timeout(STORE_SECONDS):
                return await store.claude_state()
        finally:
            await store.close()

    return asyncio.run(ask())


def _finding(name: str, state: ClaudeState | None, patient: Patient) -> Finding:
    if state is None:
        return Finding("ok", f"{name}: no agent has looked for a key yet")
    if state.problem:
        return Finding("fail", f"{name}: {state.problem}")
    if not state.has_key:
        return Finding("ok", f"{name}: no key; pages are read by the readers alone")
    if state.breaker is not None and state.retry_at is not None and state.retry_at > patient.now:
        says = f"{name}: no calls of Claude before {state.retry_at:%Y-%m-%d %H:%M} UTC ({state.breaker})"
        return Finding("fail", says, "look at the key and its limits")
    if not state.priced:
        says = f"{name}: {state.model} has no known price; its calls count at a deliberately high one"
        return Finding("warn", says, "choose haiku or sonnet as CLAUDE_MODEL")
    return Finding("ok", f"{name}: calls go to {state.model}")
