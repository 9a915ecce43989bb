"""The daemon's configuration: every setting with its default, its bounds and one line of help.

The ``Settings`` types are the single source: they validate ``config.toml`` and ``config.example.toml`` is rendered from
them, both in ``config_file``.
"""

from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from cinestreamd.i18n import Language

Seconds = Annotated[float, Meta(gt=0, le=86_400)]


class Daemon(Struct, frozen=True, forbid_unknown_fields=True):
    """[daemon] The process as a whole."""

    bind: Annotated[str, Meta(description="Address that web workers listen on.")] = "127.0.0.1"
    trusted_proxies: Annotated[
        tuple[str, ...], Meta(description="Networks whose X-Forwarded-* headers are believed.")
    ] = ("127.0.0.0/8", "::1/128")
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="Least severe event that is logged.")
    ] = "info"
    log_format: Annotated[
        Literal["auto", "json", "console"],
        Meta(description="json, console, or auto: console on a terminal, json elsewhere."),
    ] = "auto"
    log_requests: Annotated[
        float, Meta(ge=0, le=1, description="Share of requests that are logged; those of a second and more always are.")
    ] = 0.01
    landlock: Annotated[
        bool, Meta(description="Lock each child to its own files, where the kernel can (Landlock).")
    ] = True
    agent_user: Annotated[
        str,
        Meta(max_length=32, description="System user that agents become where the daemon is root, if there is one."),
    ] = "cinestreamd-agent"

    def networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """``trusted_proxies`` as networks."""
        return _networks(self.trusted_proxies)


@cache
def _networks(texts: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(text) for text in texts)


class Supervisor(Struct, frozen=True, forbid_unknown_fields=True):
    """[supervisor] How web workers are kept: when one counts as ready, stuck or hopeless, and what clients may ask.

    Times are in seconds.
    """

    boot_timeout: Annotated[Seconds, Meta(description="A worker not ready after this long is killed.")] = 10.0
    heartbeat_interval: Annotated[Seconds, Meta(description="How often a worker's event loop reports.")] = 1.0
    heartbeat_limit: Annotated[Seconds, Meta(description="A worker silent for this long is replaced.")] = 10.0
    stop_timeout: Annotated[Seconds, Meta(description="Requests get this long to finish when stopping.")] = 10.0
    refuse_after: Annotated[
        Seconds, Meta(description="A port without a ready worker refuses connections after this long.")
    ] = 1.0
    backoff_initial: Annotated[Seconds, Meta(description="Pause after the second crash in a row; doubles.")] = 0.5
    backoff_limit: Annotated[Seconds, Meta(description="Longest pause between two starts.")] = 30.0
    stable_after: Annotated[
        Seconds, Meta(description="A worker that served for this long has its crashes forgotten.")
    ] = 10.0
    crash_limit: Annotated[
        int, Meta(ge=1, le=1000, description="So many crashes in a row, the last one at boot, and it is given up.")
    ] = 10
    recycle_seconds: Annotated[
        float, Meta(ge=0, le=31_536_000, description="A worker is renewed at about this age; 0: never.")
    ] = 0
    recycle_requests: Annotated[
        int, Meta(ge=0, description="A worker is renewed after about so many requests; 0: never.")
    ] = 0
    recycle_memory_mb: Annotated[
        int, Meta(ge=0, description="A worker is renewed when its resident memory exceeds this; 0: never.")
    ] = 0
    max_connections: Annotated[
        int, Meta(ge=1, le=1_000_000, description="Connections of one worker; idle ones give way, then 503.")
    ] = 1000
    head_timeout: Annotated[Seconds, Meta(description="A client must send its request's head within this.")] = 10.0
    body_timeout: Annotated[Seconds, Meta(description="A client must send its request's body within this.")] = 30.0
    write_timeout: Annotated[Seconds, Meta(description="A client that takes nothing for this long is cut.")] = 30.0
    idle_timeout: Annotated[Seconds, Meta(description="A connection without a request is kept this long.")] = 75.0
    control_group: Annotated[
        str, Meta(max_length=64, description="Group that may use the control socket; empty: the owner alone.")
    ] = ""


class Scrape(Struct, frozen=True, forbid_unknown_fields=True):
    """[scrape] How cities are read."""

    agents_per_site: Annotated[int, Meta(ge=1, le=64, description="Agents of one site at a time.")] = 2
    queue_per_site: Annotated[int, Meta(ge=0, le=10_000, description="Cities that may wait; then 429.")] = 32
    lease_seconds: Annotated[int, Meta(ge=2, le=86_400, description="How long a lease holds.")] = 300
    deadline_seconds: Annotated[
        int, Meta(ge=1, le=86_400, description="An agent must be done after this long; below lease_seconds.")
    ] = 240
    agent_memory_mb: Annotated[int, Meta(ge=256, le=65_536, description="Address space of one agent.")] = 1024
    agent_cpu_seconds: Annotated[int, Meta(ge=1, le=86_400, description="Processor time of one agent.")] = 120
    agent_open_files: Annotated[int, Meta(ge=64, le=65_536, description="Open files and connections of one agent.")] = (
        256
    )
    agent_niceness: Annotated[
        int, Meta(ge=0, le=19, description="How far agents step back behind web workers (nice).")
    ] = 10
    stale_after_seconds: Annotated[
        int, Meta(ge=60, le=2_592_000, description="Data older than this is read anew on demand.")
    ] = 86_400
    posters: Annotated[
        bool,
        Meta(description="Fetch the posters that cinemas' pages name, and show them from this site's own address."),
    ] = True
    viewed_within_days: Annotated[
        int, Meta(ge=0, le=365, description="Cities viewed this recently are refreshed each day.")
    ] = 14
    keep_showtimes_days: Annotated[
        int, Meta(ge=1, le=3650, description="Showtimes go this long after the showing.")
    ] = 90
    keep_runs_days: Annotated[int, Meta(ge=1, le=3650, description="Run records go after this long.")] = 30


class Fetch(Struct, frozen=True, forbid_unknown_fields=True):
    """[fetch] How agents ask cinemas' servers."""

    user_agent: Annotated[str, Meta(min_length=1, max_length=200, description="How agents name themselves.")] = (
        "cinestreamd (+https://github.com/cinestreamd/cinestreamd)"
    )
    timeout: Annotated[Seconds, Meta(description="Total seconds for one page, redirects included.")] = 20.0
    max_bytes: Annotated[int, Meta(ge=10_000, le=50_000_000, description="Largest page, decoded.")] = 2_000_000
    host_interval: Annotated[
        float, Meta(ge=0, le=60, description="Least seconds between two requests to one host.")
    ] = 1.0


class DiscoverySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """[discovery] Cinemas on OpenStreetMap, asked for through Overpass servers, and found by web search."""

    overpass_endpoints: Annotated[
        tuple[str, ...], Meta(description="Overpass servers, asked in this order; none: the map is not asked.")
    ] = ("https://overpass-api.de/api/interpreter",)
    radius_metres: Annotated[int, Meta(ge=1000, le=50_000, description="How far around a city's centre.")] = 15_000
    keep_days: Annotated[int, Meta(ge=1, le=365, description="A city's answer is kept this long.")] = 30
    web_search: Annotated[
        bool, Meta(description="Where the map has too few websites, Claude searches the web (with a site's key).")
    ] = True


class ClaudeSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """[claude] What calls of Claude may cost, in US dollars, and what is asked. Days and months are of UTC."""

    call_usd: Annotated[float, Meta(ge=0, le=1000, description="The most that one call may cost.")] = 0.5
    city_day_usd: Annotated[float, Meta(ge=0, le=100_000, description="Of one city in a day.")] = 0.5
    day_usd: Annotated[float, Meta(ge=0, le=100_000, description="Of one site in a day.")] = 2.0
    month_usd: Annotated[float, Meta(ge=0, le=1_000_000, description="Of one site in a month.")] = 20.0
    all_sites_day_usd: Annotated[float, Meta(ge=0, le=1_000_000, description="Of all sites together in a day.")] = 5.0
    all_sites_month_usd: Annotated[
        float, Meta(ge=0, le=10_000_000, description="Of all sites together in a month.")
    ] = 50.0
    timeout: Annotated[Seconds, Meta(description="One call is given up after this long.")] = 90.0
    titles: Annotated[
        bool, Meta(description="Films' titles in the guide's languages are asked for where no page gives them.")
    ] = True
    nightly_batches: Annotated[
        bool, Meta(description="The daily refresh hands pages over at half the price; answers take up to a day.")
    ] = False


class StoreSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """[store] The embedded database."""

    write_timeout: Annotated[Seconds, Meta(description="A write that waits longer is refused.")] = 2.0


SiteName = Annotated[str, Meta(pattern=r"\A[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?\Z")]


class ConsoleSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """[console] The operator's pages at /ops/ of each site that has an OPS_PASSWORD."""

    overview_on: Annotated[
        tuple[SiteName, ...],
        Meta(description="Sites whose console shows all sites at one look; none: each shows its own alone."),
    ] = ()


class MetricsSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """[metrics] Figures for Prometheus; ``cinestreamd metrics`` prints them in any case."""

    port: Annotated[
        int,
        Meta(ge=0, le=65_535, description="Loopback port that serves /metrics to everyone on this machine; 0: none."),
    ] = 0


Address = Annotated[str, Meta(max_length=254, pattern=r"\A[^\s@<>,;]+@[^\s@<>,;]+\Z")]


class AlertSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """[alerts] What the operator is told: in the log, by a webhook and by mail. Secrets are in STATE/alerts.env."""

    failures: Annotated[
        int, Meta(ge=0, le=1000, description="So many failed readings of a city or cinema in a row are told; 0: none.")
    ] = 3
    silent_days: Annotated[
        int, Meta(ge=0, le=80, description="A cinema that had showings, and none for so many days, is told; 0: none.")
    ] = 3
    certificate_days: Annotated[
        int, Meta(ge=0, le=365, description="A certificate that ends in fewer days is told; 0: none.")
    ] = 14
    disk_free: Annotated[float, Meta(ge=0, le=1, description="Less free disk than this share is told; 0: none.")] = 0.1
    https_port: Annotated[
        int,
        Meta(ge=0, le=65_535, description="Where this host shows the sites' certificates; 0: they are not looked at."),
    ] = 443
    look_every: Annotated[Seconds, Meta(description="Seconds between two looks at everything.")] = 30.0
    hold_off: Annotated[
        Seconds, Meta(description="What is away for less than this goes on: told neither over nor anew.")
    ] = 600.0
    remind_hours: Annotated[
        float, Meta(ge=0, le=8760, description="What lasts is told again after so many hours; 0: once.")
    ] = 24.0
    language: Annotated[Language, Meta(description="Language of notices by webhook and mail: uk, en or ru.")] = "en"
    mail_to: Annotated[tuple[Address, ...], Meta(max_length=20, description="Who gets mail; none: nobody.")] = ()
    mail_from: Annotated[
        str,
        Meta(max_length=254, pattern=r"\A([^\s@<>,;]+@[^\s@<>,;]+)?\Z", description="Whose address the mail carries."),
    ] = ""
    smtp_host: Annotated[str, Meta(max_length=253, description="The mail server that takes it.")] = ""
    smtp_port: Annotated[int, Meta(ge=1, le=65_535, description="Its port.")] = 587
    smtp_security: Annotated[
        Literal["starttls", "tls", "none"], Meta(description="starttls, tls from the first byte (port 465), or none.")
    ] = "starttls"


class TracingSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """[tracing] Spans for OpenTelemetry; needs the extra cinestreamd[otel]."""

    endpoint: Annotated[
        str,
        Meta(
            max_length=500,
            pattern=r"\A(https?://[^\s@]+)?\Z",
            description="Where spans are sent (OTLP over HTTP, …/v1/traces); empty: there are none.",
        ),
    ] = ""
    share: Annotated[float, Meta(ge=0, le=1, description="Share of requests and scrapes that are traced.")] = 0.1


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """The daemon's whole configuration; each field is a table of the file."""

    daemon: Daemon = Daemon()
    supervisor: Supervisor = Supervisor()
    scrape: Scrape = Scrape()
    fetch: Fetch = Fetch()
    discovery: DiscoverySettings = DiscoverySettings()
    claude: ClaudeSettings = ClaudeSettings()
    store: StoreSettings = StoreSettings()
    console: ConsoleSettings = ConsoleSettings()
    metrics: MetricsSettings = MetricsSettings()
    alerts: AlertSettings = AlertSettings()
    tracing: TracingSettings = TracingSettings()

    def for_site(self, name: str) -> "Settings":
        """As the processes of one site may know them: without the names of other sites."""
        named = tuple(each for each in self.console.overview_on if each == name)[:1]
        return msgspec.structs.replace(self, console=ConsoleSettings(overview_on=named))
