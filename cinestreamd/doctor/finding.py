"""What a check is given, and what it finds."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from msgspec import Struct

from cinestreamd.config import Settings
from cinestreamd.errors import ConfigurationError
from cinestreamd.sites.model import Site
from cinestreamd.sites.registry import Registry

Level = Literal["ok", "warn", "fail"]


class Finding(Struct, frozen=True):
    """One line: how bad it is, what was found, and what to do about it."""

    level: Level
    says: str
    fix: str = ""


class Patient(Struct, frozen=True, kw_only=True):
    """An installation: where it is, and by what it is looked at.

    ``certificates`` are folders with ``NAME/fullchain.pem``; ``offline``: nothing outside this host is asked;
    ``resolve`` gives the addresses of a domain, ``held_ports`` the ports that systemd holds by a socket unit;
    ``renewer`` says by what certbot is run again and again;
    ``allowed`` are (address, port) pairs exempt from the fetcher's public-address rule.
    """

    state_dir: Path
    settings: Callable[[], Settings]
    nginx_folder: Path
    certificates: tuple[Path, ...]
    now: datetime
    resolve: Callable[[str], Sequence[str]]
    held_ports: Callable[[str], frozenset[int]] = lambda _: frozenset()
    renewer: Callable[[], str | None] = lambda: None
    offline: bool = False
    allowed: frozenset[tuple[str, int]] = frozenset()

    def sites(self) -> Iterator[Site]:
        """The enabled sites that can be read; what cannot be is found by the check of files."""
        registry = Registry(self.state_dir)
        for name in registry.names():
            try:
                site = registry.load(name)
            except ConfigurationError:
                continue
            if site.settings.enabled:
                yield site


Check = Callable[[Patient], Iterator[Finding]]
