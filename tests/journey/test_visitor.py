"""The main job, from the operator's one command to a visitor's showtimes with their proof."""

import html
import json
import re
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cinestreamd.web.text import readable_quote

if TYPE_CHECKING:
    from conftest import Daemon

CITIES = ("kyiv", "lviv", "london")
SCHEDULES = {"kyiv": ("/zirka-podil/rozklad/", "/mayak/")}


def published(row: dict[str, Any]) -> tuple[Any, ...]:
    """One row of the API, in the truth's terms."""
    price = row["price"] or {"min": None, "max": None, "currency": None}
    return (
        row["cinema"]["name"],
        row["title"],
        datetime.fromisoformat(row["start"]).astimezone(UTC).isoformat(),
        row["business_day"],
        row["format"],
        row["language"],
        row["original_language"],
        row["subtitles"],
        row["room"],
        (price["min"], price["max"], price["currency"]),
        row["availability"],
        re.sub(r"^http://[^/]+", "", row["buy_link"] or ""),
    )


def told(row: dict[str, Any]) -> tuple[Any, ...]:
    """One row of the truth, in the same order."""
    return (
        row["cinema_name"],
        row["title"],
        datetime.fromisoformat(row["start"]).astimezone(UTC).isoformat(),
        row["day"],
        row["format"],
        row["language"],
        row["original_language"],
        row["subtitles"],
        row["room"],
        (row["price_min"], row["price_max"], row["currency"]),
        row["availability"],
        row["booking"],
    )


def folded(text: str) -> str:
    """``text`` as a browser shows its white space."""
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("city", CITIES)
def test_every_future_row_of_the_truth_is_published_and_nothing_else(daemon: "Daemon", city: str) -> None:
    daemon.start()
    before = {told(row) for row in daemon.truth(city)}
    now = datetime.now(UTC)
    answer = daemon.scrape(city)
    after = {told(row) for row in daemon.truth(city)}
    rows = {published(row) for row in answer["showtimes"] if datetime.fromisoformat(row["start"]) > now}
    assert len(after) >= 6
    assert after <= rows <= before


def test_every_showtime_on_the_page_is_proved_by_the_page_it_links_to(daemon: "Daemon") -> None:
    daemon.start()
    answer = daemon.scrape("lviv")
    documents: dict[str, str] = {}
    for row in answer["showtimes"]:
        url = row["evidence"]["url"]
        if url not in documents:
            documents[url] = daemon.demo(url.removeprefix(daemon.demo_url)) or ""
        assert row["evidence"]["quote"] in documents[url]
    today = answer["showtimes"][0]["business_day"]
    status, page = daemon.get(f"/uk/city/lviv?date={today}")
    assert status == 200
    text = folded(html.unescape(page))
    tonight = [row for row in answer["showtimes"] if row["business_day"] == today]
    assert tonight
    for row in tonight:
        assert folded(readable_quote(row["evidence"]["quote"])).strip() in text
        assert f'href="{row["evidence"]["url"]}"' in text
        assert datetime.fromisoformat(row["start"]).strftime("%H:%M") in text
        assert row["title"] in text


def test_what_a_stand_in_for_claude_read_says_so_wherever_it_shows(daemon: "Daemon") -> None:
    daemon.start()
    rows = [row for row in daemon.scrape("lviv")["showtimes"] if row["cinema"]["name"] == "Кіноклуб «На Підзамчі»"]
    assert len(rows) >= 6
    assert {(row["reader"], row["simulated"]) for row in rows} == {("claude-simulated", True)}
    page = daemon.get(f"/en/city/lviv/cinema/{rows[0]['cinema']['id']}")[1]
    shown = page.count("Simulated: a stand-in for Claude read this, no real model.")
    assert shown == page.count("<blockquote>") > 0
    [site] = json.loads(daemon.command("status", "--json").stdout)["sites"]
    assert (site["claude"]["key"], site["claude"]["simulated"]) == (True, True)
    assert "claude-haiku-5-5 (simulated)" in daemon.command("status").stdout
    [run] = json.loads(daemon.command("runs", "list", "--json").stdout)
    assert (run["spending"]["calls"], run["spending"]["simulated"]) == (1, True)
    assert "claude-haiku-5-5 (simulated)" in daemon.command("runs", "show", run["id"]).stdout
    assert "(simulated)" in daemon.command("spend").stdout
    counted = 'cinestreamd_claude_calls_total{model="claude-haiku-5-5 (simulated)",outcome="ok",site="demo"'
    daemon.wait_for(lambda: counted in daemon.command("metrics").stdout, "the call is counted")
    told = daemon.command("metrics").stdout
    assert 'cinestreamd_claude_budget_left_usd{period="day",site="demo"} 1.99' in told
    assert 'cinestreamd_claude_breaker_open{site="demo"} 0.0' in told


def test_two_visitors_on_two_workers_cause_one_scrape(daemon: "Daemon") -> None:
    """Both ask at the same moment, each another worker; the cinemas' own log counts the fetches."""
    daemon.start()
    answers: list[int] = []
    barrier = threading.Barrier(8)

    def visit(port: int) -> None:
        barrier.wait()
        answers.append(daemon.post("/api/scrape", {"city": "kyiv"}, port=port)[0])

    visitors = [threading.Thread(target=visit, args=(daemon.ports[number % 2],)) for number in range(8)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert set(answers) <= {200, 202}
    daemon.wait_for(lambda: daemon.state("kyiv")["status"] == "fresh", "kyiv is fresh")
    assert [daemon.fetches(path) for path in SCHEDULES["kyiv"]] == [1, 1]
    assert daemon.post("/api/scrape", {"city": "kyiv"})[0] == 200
    assert [daemon.fetches(path) for path in SCHEDULES["kyiv"]] == [1, 1]


def test_showtimes_are_there_again_after_a_restart(daemon: "Daemon") -> None:
    daemon.start()
    before = daemon.scrape("london")["showtimes"]
    assert daemon.stop() == 0
    daemon.start()
    after = json.loads(daemon.get("/api/showtimes?city=london")[1])["showtimes"]
    assert [row["id"] for row in after] == [row["id"] for row in before]
    assert [daemon.fetches(path) for path in ("/lantern/whats-on",)] == [1]


def test_pages_get_no_cookie_and_start_no_scrape(daemon: "Daemon") -> None:
    daemon.start()
    for path in (
        "/uk/",
        "/en/city/kyiv",
        "/ru/city/kyiv",
        "/api/showtimes?city=kyiv",
        "/api/scrape?city=kyiv",
        "/api/stats",
    ):
        assert daemon.get(path)[0] == 200, path
    assert json.loads(daemon.command("status", "--json").stdout)["agents"]["demo"]["outcomes"] == {}
    assert daemon.state("kyiv")["status"] == "stale"


def test_command_line_scrapes_through_the_daemon(daemon: "Daemon") -> None:
    daemon.start()
    result = daemon.command("scrape", "london", "--json")
    assert result.returncode == 0, f"{result.stderr}\n{result.stdout}\n{daemon.log.read_text(encoding='utf-8')}"
    run = json.loads(result.stdout)
    assert (run["outcome"], run["trigger"], run["done"], run["total"]) == ("published", "operator", 2, 2)
    assert daemon.state("london")["status"] == "fresh"


def test_log_of_a_whole_visit_holds_no_secret_and_nothing_above_info(daemon: "Daemon", tmp_path: Path) -> None:
    daemon.start()
    daemon.scrape("kyiv")
    for path in (
        "/api/showtimes?city=%00",
        "/uk/nowhere",
        "/api/locations?near=999,0",
        "/api/showtimes?city=kyiv&date=x",
    ):
        assert 400 <= daemon.get(path)[0] < 500, path
    assert daemon.stop() == 0
    log = daemon.log.read_text(encoding="utf-8")
    secret = (tmp_path / "state/demo/sites/demo/.env").read_text(encoding="utf-8").partition("=")[2].strip()
    assert len(secret) >= 64
    assert secret not in log
    events = [json.loads(line) for line in log.splitlines()]
    # The disk of the machine that runs the tests may be full: that is told, and no fault of the visit.
    assert {event["level"] for event in events if event.get("alert") != "disk_nearly_full"} == {"info"}


def test_operator_reloads_restarts_and_stops_the_daemon(daemon: "Daemon") -> None:
    daemon.start()
    before = {row["pid"] for row in daemon.processes() if row["role"] == "worker"}
    assert daemon.command("reload").stdout == "Read anew: demo\n"
    assert daemon.command("restart", "demo").stdout == "Renewed: demo\n"
    after = {row["pid"] for row in daemon.processes() if row["role"] == "worker" and row["state"] == "ready"}
    assert len(after) == 2
    assert not before & after
    assert daemon.command("restart", "none").returncode == 4
    assert daemon.command("stop", "--json").returncode == 0
    assert daemon.process is not None
    assert daemon.process.wait(30) == 0
    assert daemon.command("status").returncode == 69
