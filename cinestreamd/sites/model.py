"""What ``sites/NAME/site.toml`` may say. Types validate; nothing that is not valid is ever written or started."""

import re
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta, Struct

from cinestreamd.i18n import Language

SITE_NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?")
DOMAIN = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
CITY_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?")
CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


class CinemaEntry(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """[[cinemas]] A cinema that the operator names: its city, name, and the page that carries its schedule."""

    city: str
    name: str
    url: str
    address: str | None = None


class DonationMethod(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """[[donations]] One way to give: a label and an https link."""

    label: Annotated[str, Meta(min_length=1, max_length=60)]
    url: Annotated[str, Meta(pattern=r"\Ahttps://[^\s]+\Z", max_length=500)]


class SiteSettings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One site."""

    domains: Annotated[
        tuple[str, ...], Meta(description="Domains of the site; the first one makes absolute URLs.")
    ] = ()
    start_port: Annotated[int, Meta(ge=1024, le=65_535, description="Port of the first web worker.")] = 8001
    processes: Annotated[int, Meta(ge=1, le=128, description="Web workers, one port each.")] = 12
    enabled: Annotated[bool, Meta(description="Whether the daemon runs this site.")] = True
    language: Annotated[Language, Meta(description="Language of visitors whose browser names none of ours.")] = "uk"
    timezone: Annotated[str, Meta(description="Timezone of the daily refresh.")] = "Europe/Kyiv"
    refresh_at: Annotated[str, Meta(description="Local time of the daily refresh, HH:MM.")] = "06:00"
    cities: Annotated[
        tuple[str, ...], Meta(description="Ids of the cities on the front page, refreshed each day.")
    ] = ()
    cinemas: Annotated[tuple[CinemaEntry, ...], Meta(description="Cinemas that the operator names.")] = ()
    donations: Annotated[tuple[DonationMethod, ...], Meta(description="Ways to give, shown in the footer.")] = ()

    @property
    def ports(self) -> range:
        """The ports of the web workers."""
        return range(self.start_port, self.start_port + self.processes)

    def problems(self) -> list[tuple[str, str]]:
        """What no type can tell, as (field, what is wrong) pairs; empty when the site can be used."""
        found = [
            ("domains", f"{domain!r} is not a lower-case domain name (use the xn-- form for non-Latin names)")
            for domain in self.domains
            if not DOMAIN.fullmatch(domain)
        ]
        found += [("cities", f"{city!r} is not a city id") for city in self.cities if not CITY_ID.fullmatch(city)]
        for entry in self.cinemas:
            if not CITY_ID.fullmatch(entry.city):
                found.append(("cinemas", f"{entry.city!r} is not a city id"))
            if not re.fullmatch(r"https?://[^\s\x00-\x20]+", entry.url):
                found.append(("cinemas", f"{entry.url!r} is not an http(s) address"))
            if not entry.name.strip() or not entry.name.isprintable() or len(entry.name) > 120:
                found.append(("cinemas", f"{entry.name!r} is not a usable name"))
        if self.ports.stop > 65_536:
            found.append(("start_port", f"{self.processes} processes from {self.start_port} leave the port range"))
        if not CLOCK.fullmatch(self.refresh_at):
            found.append(("refresh_at", f"{self.refresh_at!r} is not a time of day such as 06:00"))
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            found.append(("timezone", f"{self.timezone!r} is not an IANA timezone"))
        return found


class Site(Struct, frozen=True, kw_only=True):
    """A site by name, with its settings and its directory (absolute path)."""

    name: str
    settings: SiteSettings
    directory: str

    @property
    def database(self) -> str:
        """Path of the embedded database file."""
        return f"{self.directory}/data/cinestreamd.sqlite"

    @property
    def base_url(self) -> str:
        """Scheme and host of the site's absolute URLs: its first domain, else its first port on loopback."""
        if self.settings.domains:
            return f"https://{self.settings.domains[0]}"
        return f"http://localhost:{self.settings.start_port}"
