"""What is beyond this host: names, Claude, the cinemas' own rules."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from yarl import URL

from cinestreamd.agent.claude.access import read_access
from cinestreamd.agent.claude.client import AnthropicClient, CallError
from cinestreamd.agent.fetch import Fetcher, FetchError
from cinestreamd.doctor.finding import Finding, Patient
from cinestreamd.sites.model import CinemaEntry

KEY_SECONDS: Final = 20.0
MOST_CINEMAS: Final = 20
"""Of one site so many cinemas are asked for their robots.txt."""


def examine_dns(patient: Patient) -> Iterator[Finding]:
    """Each domain has an address. Whether it leads here is asked by ``deploy tls``."""
    if patient.offline:
        return
    for site in patient.sites():
        for domain in site.settings.domains:
            addresses = patient.resolve(domain)
            if addresses:
                yield Finding("ok", f"{domain} is {', '.join(addresses)}")
            else:
                yield Finding("fail", f"{domain} has no address", "enter it at your DNS provider")


def examine_keys(patient: Patient) -> Iterator[Finding]:
    """Each key to Claude is taken, by a question that costs nothing."""
    if patient.offline:
        return
    for site in patient.sites():
        access = read_access(Path(site.directory, "agent.env"))
        if not access.key:
            yield Finding("ok", f"{site.name}: no key; pages are read without Claude")
            continue
        outcome = asyncio.run(_ask_claude(AnthropicClient(access)))
        if outcome == "":
            yield Finding("ok", f"{site.name}: the key to Claude is taken")
        elif outcome == "unauthorised":
            fix = f"cinestreamd sites env {site.name} set ANTHROPIC_API_KEY"
            yield Finding("fail", f"{site.name}: the key to Claude is refused", fix)
        else:
            yield Finding("warn", f"{site.name}: Claude cannot be asked ({outcome})")


async def _ask_claude(client: AnthropicClient) -> str:
    try:
        await client.look(seconds=KEY_SECONDS)
    except CallError as error:
        return error.outcome
    finally:
        await client.close()
    return ""


def examine_robots(patient: Patient) -> Iterator[Finding]:
    """The pages of cinemas that the operator names may be read by robots.txt."""
    if patient.offline:
        return
    for site in patient.sites():
        for entry, problem in asyncio.run(_ask_cinemas(patient, site.settings.cinemas[:MOST_CINEMAS])):
            if problem:
                yield Finding("warn", f"{site.name}: {entry.name}: {problem}", "ask the cinema, or leave it out")
            else:
                yield Finding("ok", f"{site.name}: {entry.name} may be read")


async def _ask_cinemas(patient: Patient, entries: tuple[CinemaEntry, ...]) -> list[tuple[CinemaEntry, str]]:
    found = []
    async with Fetcher(patient.settings().fetch, allowed=patient.allowed) as fetcher:
        for entry in entries:
            try:
                allowed = (await fetcher.rules(entry.url)).allow(URL(entry.url))
                found.append((entry, "" if allowed else f"{entry.url} is closed to robots"))
            except FetchError as error:
                found.append((entry, str(error)))
    return found
