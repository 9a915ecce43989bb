"""The sites' databases as the master sees them: ready before a site is served, or once their server answers."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from cinestreamd.errors import CinestreamError, ConfigurationError
from cinestreamd.master.forking import DEFAULT_ENTRIES, ENTRIES_WITH_MONGO
from cinestreamd.sites.database import Access, prepare_store, read_access
from cinestreamd.sites.model import Site
from cinestreamd.sites.ownership import arrange
from cinestreamd.store.base import StoreUnavailableError


def access_of(site: Site, *, otherwise: Access | None = None) -> Access:
    """The access to a site's database; ``otherwise``, or the embedded one, while its ``.env`` cannot be read.

    Its workers read the same file: they say what is wrong with it, and the site is given up alone.
    """
    try:
        return read_access(site)
    except ConfigurationError:
        return otherwise or Access()


class Prepared(Struct, frozen=True):
    """The sites whose database is not ready: ``refused`` cannot be used as set up, ``late`` has a silent server."""

    refused: Mapping[str, CinestreamError]
    late: Mapping[str, StoreUnavailableError]


def prepare_each(sites: Iterable[Site], agent_user: str) -> Prepared:
    """Make the sites' databases ready for use, by their workers and by agents that are ``agent_user``. Blocks.

    What is wrong with one site keeps no other from being prepared.
    """
    refused: dict[str, CinestreamError] = {}
    late: dict[str, StoreUnavailableError] = {}
    for site in sites:
        try:
            arrange(site, agent_user)  # refuses a folder whose processes would be somebody else's
            prepare_store(site, access_of(site))
        except StoreUnavailableError as error:
            late[site.name] = error
        except CinestreamError as error:
            refused[site.name] = error
        except OSError as error:
            problem = f"{error.filename or 'its folder'} cannot be used ({error.strerror})"
            refused[site.name] = ConfigurationError(place=site.directory, problem=problem)
    return Prepared(refused, late)


def entries_for(sites: Iterable[Site], entries: str) -> str:
    """What the zygote loads: MongoDB's driver too if a site uses it, for its children to share."""
    if entries == DEFAULT_ENTRIES and any(access_of(site).mongo_uri for site in sites):
        return ENTRIES_WITH_MONGO
    return entries
