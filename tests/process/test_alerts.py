"""The real daemon tells its operator of a worker that was given up, and that it is well again."""

import asyncio
import json
import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from daemon_under_test import CALM, DaemonUnderTest, get, wait_until
from free_ports import free_ports
from hostile_town import KEY
from known_cities import CITIES
from product_store import store_of
from webhook_server import http_server, webhook_server

from cinestreamd.master.forking import DEFAULT_ENTRIES
from cinestreamd.sites.env import read_env, write_env
from cinestreamd.sites.model import CinemaEntry, Site, SiteSettings
from cinestreamd.store.base import (
    Cinema,
    Evidence,
    Film,
    Listing,
    Publication,
    Run,
    Showtime,
    Titles,
)
from cinestreamd.web.places import location_of


class Mailbox:
    """Keeps what a mail server was given."""

    def __init__(self) -> None:
        self.subjects: list[str] = []
        self.lines: list[str] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 - the library's name
        """Take a message."""
        message = message_from_bytes(envelope.content, policy=default)
        self.subjects.append(str(message["Subject"]))
        self.lines += message.get_content().splitlines()
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[tuple[int, Mailbox]]:
    kept = Mailbox()
    server = Controller(kept, hostname="127.0.0.1", port=free_ports(), ready_timeout=60)
    server.start()
    yield server.port, kept
    server.stop()


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    with webhook_server("/a-secret-of-the-operator") as served:
        yield served


def test_a_worker_that_is_given_up_is_told_by_every_way_and_so_is_its_end(
    daemon: DaemonUnderTest, mailbox: tuple[int, Mailbox], webhook: tuple[str, list[dict[str, Any]]]
) -> None:
    mail_port, mail = mailbox
    url, told = webhook
    daemon.add_site(processes=1)
    secrets = Path(daemon.registry.load("one").directory, ".env")
    good = read_env(secrets)
    write_env(secrets, {"SECRET_KEY": "short"})
    daemon.configure(
        supervisor=CALM,
        alerts={
            "look_every": 0.2,
            "hold_off": 0.5,
            "disk_free": 0.0,
            "language": "uk",
            "mail_to": ["operator@kino.example"],
            "mail_from": "daemon@kino.example",
            "smtp_host": "127.0.0.1",
            "smtp_port": mail_port,
            "smtp_security": "none",
        },
    )
    write_env(daemon.state_dir / "alerts.env", {"ALERT_WEBHOOK": url})
    daemon.start(DEFAULT_ENTRIES)

    def states() -> list[str]:
        return [f"{each['state']} {each['condition']['kind']}" for body in told for each in body["notices"]]

    wait_until(lambda: states() == ["raised worker_given_up"], seconds=100, what="the webhook hears of it")
    wait_until(lambda: len(mail.subjects) == 1, seconds=100, what="mail tells of it")
    assert "one: не піднімаються 1 із 1 вебпроцесів" in mail.subjects[0]
    assert "one: не піднімаються 1 із 1 вебпроцесів" in told[0]["text"]
    assert daemon.events("alert_raised")[0]["text"] == "one: 1 of 1 workers were given up (exit code 78)"
    assert json.loads((daemon.state_dir / "alerts.json").read_bytes())[0]["condition"]["kind"] == "worker_given_up"

    write_env(secrets, good)
    daemon.call("reload")
    wait_until(lambda: states() == ["raised worker_given_up", "over worker_given_up"], seconds=100, what="it is over")
    wait_until(lambda: len(mail.subjects) == 2, seconds=100, what="mail tells that it is over")
    assert "усунуто: one: не піднімаються 1 із 1" in mail.subjects[1]
    assert len(daemon.events("alert_raised")) == len(daemon.events("alert_over")) == 1
    assert "a-secret-of-the-operator" not in daemon.log_path.read_text()
    assert daemon.events("stray_killed") == []
    wait_until(lambda: daemon.zombies() == [], what="no sender is left")


def test_what_cannot_be_sent_is_logged_without_a_secret_and_keeps_nothing_from_serving(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.configure(alerts={"look_every": 0.2, "disk_free": 1.0})
    write_env(daemon.state_dir / "alerts.env", {"ALERT_WEBHOOK": f"http://127.0.0.1:{free_ports()}/hidden-word"})
    daemon.start(DEFAULT_ENTRIES)
    [event] = daemon.wait_for("alert_not_sent", seconds=100)
    assert event["problem"] == "The notice could not be sent: the webhook does not answer (ConnectionRefusedError)"
    assert (event["role"], event["way"]) == ("herald", "webhook")
    assert "hidden-word" not in daemon.log_path.read_text()
    assert list(daemon.workers()) == [port]


@pytest.mark.timeout(400)
def test_what_could_not_be_sent_yet_outlives_a_restart(
    daemon: DaemonUnderTest, webhook: tuple[str, list[dict[str, Any]]]
) -> None:
    url, told = webhook
    secrets = daemon.state_dir / "alerts.env"
    daemon.add_site(processes=1)
    daemon.configure(alerts={"look_every": 0.2, "disk_free": 1.0})
    write_env(secrets, {"ALERT_WEBHOOK": f"http://127.0.0.1:{free_ports()}/"})
    daemon.start(DEFAULT_ENTRIES)
    daemon.wait_for("alert_not_sent", seconds=150)
    assert daemon.stop() == 0
    write_env(secrets, {"ALERT_WEBHOOK": url})
    daemon.start(DEFAULT_ENTRIES)
    wait_until(lambda: told, seconds=150, what="the webhook hears of it")
    [notice] = told[0]["notices"]
    assert (notice["condition"]["kind"], notice["state"]) == ("disk_nearly_full", "raised")
    assert len(daemon.events("alert_raised")) == 1
    kept = daemon.state_dir / "alerts-webhook.json"
    wait_until(lambda: json.loads(kept.read_bytes()) == [], seconds=150, what="nothing waits any more")


@pytest.mark.timeout(400)
def test_a_disk_that_takes_nothing_keeps_nobody_from_being_told(
    daemon: DaemonUnderTest, webhook: tuple[str, list[dict[str, Any]]]
) -> None:
    url, told = webhook
    daemon.add_site(processes=1)
    daemon.configure(alerts={"look_every": 0.2, "disk_free": 1.0})
    write_env(daemon.state_dir / "alerts.env", {"ALERT_WEBHOOK": url})
    for name in ("alerts.json", "alerts-webhook.json"):
        (daemon.state_dir / name).mkdir()  # what cannot be replaced by a file
    daemon.start(DEFAULT_ENTRIES)
    wait_until(lambda: told, seconds=150, what="the webhook hears of it")
    assert told[0]["notices"][0]["condition"]["kind"] == "disk_nearly_full"
    daemon.wait_for("alerts_not_kept")


@pytest.fixture
def https(tmp_path: Path) -> Iterator[int]:
    """The port of a server whose certificate ends in five days."""
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=kino.example -days 5"
    subprocess.run([*command.split(), "-keyout", str(key), "-out", str(chain)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    with http_server(BaseHTTPRequestHandler, context) as port:
        yield port


def test_a_certificate_that_ends_soon_is_told(daemon: DaemonUnderTest, https: int) -> None:
    daemon.add_site(processes=1, domains=("kino.example",))
    daemon.configure(alerts={"look_every": 0.2, "disk_free": 0.0, "https_port": https})
    daemon.start()
    [event] = daemon.wait_for("alert_raised", seconds=150)
    assert (event["alert"], event["site"], event["subject"]) == ("certificate_ends", "one", "kino.example")


PROVOKED = {
    ("worker_given_up", "two", ""): "two: 1 of 1 workers were given up (exit code 78)",
    ("city_failing", "one", "lviv"): "one: lviv could not be read 1 time in a row",
    ("cinema_failing", "one", "kyiv-gone"): " in a row (unreachable)",
    ("cinema_failing", "one", "kyiv-dropped"): " in a row (unreadable)",
    ("cinema_silent", "one", "kyiv-past"): "one: past in kyiv answers, but has shown nothing for 3 days",
    ("budget_nearly_spent", "one", "day"): "of what Claude may cost this day is spent or held ($0.0010)",
    ("budget_spent", "one", "day"): "of what Claude may cost this day is spent or held ($0.0010)",
    ("claude_stopped", "one", ""): "one: no calls of Claude are made (unauthorised) until",
    ("certificate_ends", "one", "kino.example"): "the certificate of kino.example ends in 4 days",
    ("disk_nearly_full", "", ""): "of the disk with the state directory is free",
}
"""Every kind of alert, by what it is of, and what must be in its words."""


@pytest.mark.timeout(900)
def test_every_kind_is_told_by_every_way_once_and_once_when_it_is_over(
    daemon: DaemonUnderTest,
    mailbox: tuple[int, Mailbox],
    webhook: tuple[str, list[dict[str, Any]]],
    https: int,
) -> None:
    (mail_port, mail), (url, told) = mailbox, webhook
    port = free_ports(2)
    town = f"http://127.0.0.1:{port + 1}"
    named = {"kyiv": ("gone", "dropped", "past"), "lviv": ("fault",)}
    cinemas = tuple(
        CinemaEntry(city=city, name=name, url=f"{town}/cinema/{name}") for city in named for name in named[city]
    )
    site = daemon.registry.add(
        "one", SiteSettings(start_port=port, processes=1, domains=("kino.example",), cinemas=cinemas)
    )
    write_env(Path(site.directory, "agent.env"), {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": town})
    daemon.add_site("two", processes=1)
    secrets = Path(daemon.registry.load("two").directory, ".env")
    good = read_env(secrets)
    write_env(secrets, {name: value for name, value in good.items() if name != "SECRET_KEY"})
    write_env(daemon.state_dir / "alerts.env", {"ALERT_WEBHOOK": url})

    def configure(*, day_usd: float, failing: bool) -> None:
        daemon.configure(
            supervisor=CALM,
            claude={"day_usd": day_usd},
            discovery={"overpass_endpoints": []},
            fetch={"host_interval": 0},
            alerts={
                "look_every": 0.2,
                "hold_off": 1.0,
                "failures": 1,
                "disk_free": 1.0 if failing else 0.0,
                "certificate_days": 14 if failing else 0,
                "https_port": https,
                "mail_to": ["operator@kino.example"],
                "mail_from": "daemon@kino.example",
                "smtp_host": "127.0.0.1",
                "smtp_port": mail_port,
                "smtp_security": "none",
            },
        )

    def keys(state: str) -> list[tuple[str, str, str]]:
        heard = [each for body in told for each in body["notices"] if each["state"] == state]
        conditions = [each["condition"] for each in heard]
        return sorted((each["kind"], each["site"], each["subject"]) for each in conditions)

    configure(day_usd=2.0, failing=True)
    daemon.start("hostile_town", str(port + 1))
    asyncio.run(show_four_days_ago(site, cinemas[2]))
    daemon.scrape("lviv")
    daemon.scrape("kyiv")
    get(port + 1, "/lock")
    daemon.scrape("kyiv")
    configure(day_usd=0.001, failing=True)
    daemon.call("reload")
    wait_until(lambda: keys("raised") == sorted(PROVOKED), seconds=150, what="the webhook hears of all")
    wait_until(lambda: mail_tells(mail, "  "), seconds=150, what="mail tells of all")

    get(port + 1, "/mend")
    write_env(Path(site.directory, "agent.env"), {"ANTHROPIC_API_KEY": "sk-new", "ANTHROPIC_BASE_URL": town})
    write_env(secrets, good)
    configure(day_usd=2.0, failing=False)
    daemon.call("reload")
    daemon.scrape("lviv")
    daemon.scrape("kyiv")
    wait_until(lambda: keys("over") == sorted(PROVOKED), seconds=150, what="the webhook hears that all is over")
    wait_until(lambda: mail_tells(mail, "  over: "), seconds=150, what="mail tells that all is over")
    for event in ("alert_raised", "alert_over"):
        logged = [(each["alert"], each["site"], each["subject"]) for each in daemon.events(event)]
        assert sorted(logged) == sorted(PROVOKED), event


def mail_tells(mail: Mailbox, word: str) -> bool:
    """Whether every condition was told in some message, after this word."""
    lines = [line for line in list(mail.lines) if word in line]
    return all(any(text in line for line in lines) for text in PROVOKED.values())


async def show_four_days_ago(site: Site, entry: CinemaEntry) -> None:
    """Have a cinema of Kyiv known whose last showing was four days ago."""
    began = datetime.now(UTC) - timedelta(days=4)
    store, run_id = store_of(site), "former"
    kyiv = CITIES.get("kyiv")
    assert kyiv is not None
    await store.add_location(location_of(kyiv))
    cinema = Cinema(id=f"kyiv-{entry.name}", city_id="kyiv", name=entry.name, url=entry.url, source="config")
    row = Showtime(
        id="former",
        city_id="kyiv",
        cinema_id=cinema.id,
        film_id="f",
        start_time=began,
        business_day=began.date(),
        raw_title="F",
        evidence=Evidence(url=cinema.url, quote="F", fetched_at=began),
        reader="json_ld",
        run_id=run_id,
        created_at=began,
    )
    lease = await store.acquire_lease("kyiv", owner="former", now=began, seconds=150)
    assert lease is not None
    run = Run(id=run_id, city_id="kyiv", owner="former", trigger="refresh", started_at=began, outcome="published")
    await store.begin_run(lease, run)
    films = (Film(id="f", titles=Titles(original="F")),)
    listings = (Listing(cinema_id=cinema.id, showtimes=(row,)),)
    await store.publish(lease, Publication(cinemas=(cinema,), films=films, listings=listings, run=run), now=began)
    await store.close()
