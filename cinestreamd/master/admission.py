"""Which sites can be served: one that cannot is refused alone, and the others never notice.

A site that is served already goes on as it was when its new settings, ports or database cannot be used.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping

from msgspec import Struct

from cinestreamd.errors import CinestreamError, ConfigurationError
from cinestreamd.master.listeners import Listener
from cinestreamd.sites.model import Site
from cinestreamd.sites.survey import Survey

Listen = Callable[[list[int]], Awaitable[dict[int, Listener]]]
"""Listens on all of these ports or on none; raises ``ConfigurationError``."""


class Admitted(Struct, frozen=True, kw_only=True):
    """What is to be served: ``sites``, with a socket for each port that is not served yet.

    ``refused`` says of every other site why not. ``unprepared`` are those whose database's server does not answer yet.
    """

    sites: tuple[Site, ...]
    listeners: Mapping[int, Listener]
    refused: Mapping[str, CinestreamError] = {}
    unprepared: frozenset[str] = frozenset()


async def admit(
    survey: Survey, refused: Mapping[str, CinestreamError], *, served: Mapping[str, Collection[int]], listen: Listen
) -> Admitted:
    """Sort out by ports which sites can be served, of those that are not ``refused`` already.

    ``served`` are the ports of each site that is served now: one that is refused keeps them.
    """
    faults: dict[str, CinestreamError] = {**survey.unusable, **refused}
    listeners: dict[int, Listener] = {}
    while True:
        left = [site for site in survey.sites if site.name not in faults]
        kept = {number: name for name in faults.keys() & served.keys() for number in served[name]}
        # Who has its ports already comes first.
        order = sorted(left, key=lambda site: not {*site.settings.ports}.issubset(served.get(site.name, ())))
        news = contested(order, kept)
        if not news:
            in_use = {number for ports in served.values() for number in ports}
            news = await _listen(left, in_use, listeners, listen)
        if not news:
            return Admitted(sites=tuple(left), listeners=listeners, refused=faults)
        faults |= news


def contested(sites: Iterable[Site], kept: Mapping[int, str]) -> dict[str, ConfigurationError]:
    """The sites that want a port of one that comes before them, or one that is ``kept`` (by port) for another."""
    owners = dict(kept)
    refused = {}
    for site in sites:
        taken = next((number for number in site.settings.ports if number in owners), None)
        if taken is None:
            owners |= dict.fromkeys(site.settings.ports, site.name)
        else:
            problem = f"wanted by the sites {owners[taken]} and {site.name}; give one another start_port"
            refused[site.name] = ConfigurationError(place=f"port {taken}", problem=problem)
    return refused


async def _listen(
    sites: Iterable[Site], in_use: Collection[int], listeners: dict[int, Listener], listen: Listen
) -> dict[str, ConfigurationError]:
    """Listen on the ports that nobody serves yet; returns the sites whose ports are not to be had."""
    refused = {}
    for site in sites:
        missing = [number for number in site.settings.ports if number not in in_use and number not in listeners]
        try:
            listeners |= await listen(missing)
        except ConfigurationError as error:
            refused[site.name] = error
    return refused
