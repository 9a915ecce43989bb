"""All sites of a state directory at one look: those that can be used, and what is wrong with each of the others."""

from collections.abc import Callable, Container, Mapping

from msgspec import Struct

from cinestreamd.errors import ConfigurationError
from cinestreamd.sites.errors import UnknownSiteError
from cinestreamd.sites.model import Site
from cinestreamd.sites.registry import Registry


class Survey(Struct, frozen=True):
    """The sites whose settings can be used, and by name why those of the others cannot."""

    sites: tuple[Site, ...]
    unusable: Mapping[str, ConfigurationError] = {}

    def only(self, wanted: Callable[[Site], bool]) -> "Survey":
        """The same with those sites alone that are wanted; of the unusable ones nobody can tell."""
        return Survey(tuple(filter(wanted, self.sites)), self.unusable)


def survey(registry: Registry, *, without: Container[str] = ()) -> Survey:
    """Look at every site but those ``without``. A broken one keeps no other from being seen.

    Raises:
        ConfigurationError: the state directory itself cannot be used.
    """
    sites: list[Site] = []
    unusable: dict[str, ConfigurationError] = {}
    for name in registry.names():
        if name in without:
            continue
        try:
            sites.append(registry.load(name))
        except UnknownSiteError:
            continue  # it was removed meanwhile
        except ConfigurationError as error:
            unusable[name] = error
    return Survey(tuple(sites), unusable)
