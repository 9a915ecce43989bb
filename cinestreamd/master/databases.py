"""The sites' databases as the master sees them: ready before a site is served, or once their server answers."""

from collections.abc import Iterable

import structlog

from cinestreamd.errors import ConfigurationError
from cinestreamd.master.forking import DEFAULT_ENTRIES, ENTRIES_WITH_MONGO
from cinestreamd.sites.database import Access, prepare_store, read_access
from cinestreamd.sites.model import Site
from cinestreamd.sites.ownership import arrange
from cinestreamd.store.base import StoreUnavailableError

log = structlog.get_logger()


def access_of(site: Site, *, otherwise: Access | None = None) -> Access:
    """The access to a site's database; ``otherwise``, or the embedded one, while its ``.env`` cannot be read.

    Its workers read the same file: they say what is wrong with it, and the site is given up alone.
    """
    try:
        return read_access(site)
    except ConfigurationError:
        return otherwise or Access()


def prepare_all(sites: Iterable[Site], agent_user: str) -> None:
    """Make the sites' databases ready for use, by their workers and by agents that are ``agent_user``. Blocks.

    Raises:
        ConfigurationError: one cannot be used.
        StoreUnavailableError: the server of one does not answer.
    """
    for site in sites:
        arrange(site, agent_user)  # refuses a folder whose processes would be somebody else's
        prepare_store(site, access_of(site))


def prepare_patiently(sites: Iterable[Site], agent_user: str) -> frozenset[str]:
    """Prepare what can be; returns the sites whose database's server does not answer, which will be tried again.

    A machine that boots may have its daemons up before its databases. Blocks, and raises ``ConfigurationError`` as
    ``prepare_all`` does.
    """
    unprepared = set()
    for site in sites:
        arrange(site, agent_user)
        try:
            prepare_store(site, access_of(site))
        except StoreUnavailableError as error:
            log.warning("store_not_prepared", site=site.name, problem=str(error))
            unprepared.add(site.name)
    return frozenset(unprepared)


def entries_for(sites: Iterable[Site], entries: str) -> str:
    """What the zygote loads: MongoDB's driver too if a site uses it, for its children to share."""
    if entries == DEFAULT_ENTRIES and any(access_of(site).mongo_uri for site in sites):
        return ENTRIES_WITH_MONGO
    return entries
