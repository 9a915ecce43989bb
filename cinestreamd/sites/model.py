"""What ``sites/NAME/site.toml`` may say. Types validate; nothing that is not valid is ever written or started."""

from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from cinestreamd.addresses import ACCOUNT, is_domain, is_text, is_web_address
from cinestreamd.i18n import Language
from cinestreamd.sites.values import CLOCK, REVISION, is_city_id, is_theme_source, is_tile_address, is_timezone


class CinemaEntry(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """[[cinemas]] A cinema that the operator names: its city, name, and the page that carries its schedule.

    ``lat`` and ``lon`` are in degrees (WGS 84); both or none.
    """

    city: str
    name: str
    url: str
    address: str | None = None
    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None


class DonationMethod(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """[[donations]] One way to give: a label and an https link."""

    label: Annotated[str, Meta(min_length=1, max_length=60)]
    url: Annotated[str, Meta(pattern=r"\Ahttps://[^\s]+\Z", max_length=500)]


class MapTiles(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """[map] Whose pictures a map that can be pushed along is made of: visitors' browsers fetch them there.

    ``tiles`` is an https address with {z}, {x} and {y} (and {s} as its first label, if need be); ``credit`` is what the
    tiles' owner asks to stand on the map.
    """

    tiles: str
    credit: str

    @property
    def origin(self) -> str:
        """Where pictures may come from, as a content security policy says it."""
        parts = urlsplit(self.tiles.replace("{s}.", "*.", 1))
        return f"{parts.scheme}://{parts.netloc}"


class Theme(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """[theme] Where the site's own templates and static files came from, and what they are.

    ``digest`` is that of the files in ``theme/``: a new one renews the workers.
    """

    source: str
    rev: str = ""
    digest: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")] = "0" * 64


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

    user: Annotated[
        str,
        Meta(description="System user of this site's processes, where the daemon runs as root; empty: the daemon's."),
    ] = ""
    map: Annotated[MapTiles | None, Meta(description="Tiles for the map of cinemas; none: the server draws it.")] = None
    theme: Annotated[Theme | None, Meta(description="The site's own templates and static files.")] = None

    @property
    def ports(self) -> range:
        """The ports of the web workers."""
        return range(self.start_port, self.start_port + self.processes)

    def problems(self) -> list[tuple[str, str]]:
        """What no type can tell, as (field, what is wrong) pairs; empty when the site can be used."""
        found = [
            ("domains", f"{domain!r} is not a lower-case domain name (use the xn-- form for non-Latin names)")
            for domain in self.domains
            if not is_domain(domain)
        ]
        if len(set(self.domains)) != len(self.domains) or len(self.domains) > 100:
            found.append(("domains", "are more than 100, or one stands twice"))
        found += [("cities", f"{city!r} is not a city id") for city in self.cities if not is_city_id(city)]
        found += [problem for entry in self.cinemas for problem in _cinema_problems(entry)]
        found += [problem for method in self.donations for problem in _donation_problems(method)]
        if self.ports.stop > 65_536:
            found.append(("start_port", f"{self.processes} processes from {self.start_port} leave the port range"))
        if not CLOCK.fullmatch(self.refresh_at):
            found.append(("refresh_at", f"{self.refresh_at!r} is not a time of day such as 06:00"))
        if not is_timezone(self.timezone):
            found.append(("timezone", f"{self.timezone!r} is not an IANA timezone"))
        if self.user and (not ACCOUNT.fullmatch(self.user) or self.user == "root"):
            found.append(("user", f"{self.user!r} is not the name of a system user other than root"))
        if self.theme is not None and not is_theme_source(self.theme.source):
            found.append(("theme", "its source is neither an https address nor the whole path of a folder"))
        if self.theme is not None and self.theme.rev and not REVISION.fullmatch(self.theme.rev):
            found.append(("theme", "its rev is not the name of a branch, a tag or a commit"))
        if self.map is not None and not (is_tile_address(self.map.tiles) and is_text(self.map.credit, most=200)):
            found.append(("map", "needs tiles, an https address with {z}, {x} and {y}, and a credit of one plain line"))
        return found


def _cinema_problems(entry: CinemaEntry) -> list[tuple[str, str]]:
    checks = (
        (is_city_id(entry.city), f"{entry.city!r} is not a city id"),
        (is_web_address(entry.url), f"{entry.url!r} is not an http(s) address of a genuine host"),
        (is_text(entry.name, most=120), f"{entry.name!r} is not a usable name"),
        (entry.address is None or is_text(entry.address, most=200), f"{entry.address!r} is not a usable address"),
        ((entry.lat is None) == (entry.lon is None), f"{entry.name!r} has one of lat and lon, and needs both or none"),
    )
    return [("cinemas", problem) for usable, problem in checks if not usable]


def _donation_problems(method: DonationMethod) -> list[tuple[str, str]]:
    checks = (
        (is_text(method.label, most=60), f"{method.label!r} is not a usable label"),
        (
            is_web_address(method.url, schemes=frozenset({"https"})),
            f"{method.url!r} is not an https address of a genuine host",
        ),
    )
    return [("donations", problem) for usable, problem in checks if not usable]


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

    @property
    def authority(self) -> str:
        """Who gives out ids that others keep: the site's first domain, else a name that no host can have."""
        return self.settings.domains[0] if self.settings.domains else f"{self.name}.invalid"
