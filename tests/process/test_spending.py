"""A daemon with a key, left on in public: what anonymous visitors can make it spend, and start."""

import http.client
import json
import time
from typing import Any

import pytest
from claude_town import KEY
from daemon_under_test import DaemonUnderTest, get, wait_until
from free_ports import free_ports
from known_cities import CITIES

from cinestreamd.sites.env import write_env
from cinestreamd.sites.model import SiteSettings

CAP_USD = 0.03
MANY = 1000


class Visitor:
    """Anonymous visitors, one after the other on one connection."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def ask(self, city: str) -> tuple[int, str, int]:
        """``POST /api/scrape``: status, problem code, Retry-After."""
        body = json.dumps({"city": city})
        self._connection.request("POST", "/api/scrape", body, {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
        return response.status, answer.get("code", ""), int(response.headers["Retry-After"] or 0)

    def ask_until_taken(self, city: str) -> tuple[int, str, int]:
        """Ask until there is room in the queue."""
        deadline = time.monotonic() + 120
        while (answer := self.ask(city))[1] == "queue_full":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return answer


def cities(count: int) -> list[str]:
    """Ids of so many different cities."""
    found: dict[str, None] = {}
    for lat in range(-35, 65, 3):
        for lon in range(-120, 150, 4):
            found.update({city.id: None for city, _ in CITIES.nearest(lat, lon, limit=2)})
    assert len(found) >= count
    return list(found)[:count]


def test_a_thousand_cities_cost_no_more_than_the_cap_and_past_it_no_agent_is_started(
    daemon: DaemonUnderTest, request: pytest.FixtureRequest
) -> None:
    port = free_ports(2)
    town = f"http://127.0.0.1:{port + 1}"
    daemon.registry.add("open", SiteSettings(start_port=port, processes=1))
    secrets = {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": town}
    write_env(daemon.registry.folder / "open" / "agent.env", secrets)
    daemon.configure(
        claude={"day_usd": CAP_USD, "city_day_usd": CAP_USD},
        discovery={"overpass_endpoints": [f"{town}/overpass"]},
        fetch={"host_interval": 0},
    )
    daemon.start("claude_town", str(port + 1))

    def idle() -> bool:
        agents = daemon.status()["agents"]["open"]
        return not agents["running"] and not agents["queued"]

    visitor = Visitor(port)
    request.addfinalizer(visitor.close)
    asked = iter(cities(MANY + 200))
    answers = [visitor.ask_until_taken(next(asked)) for _ in range(MANY)]
    wait_until(idle, seconds=120)
    while (
        visitor.ask_until_taken(next(asked))[1] == ""
    ):  # calls that were under way left something of what they had reserved
        wait_until(idle, seconds=120)

    billed = json.loads(get(port + 1, "/billed")[1])
    assert 0 < billed["microusd"] <= CAP_USD * 1e6
    codes = [code for _, code, _ in answers]
    assert set(codes) == {"", "budget_spent"}
    assert codes.count("budget_spent") > 0.9 * MANY

    # What is past the cap stays past it: nobody is started any more, be it asked a hundred times.
    started = len(daemon.events("agent_started"))
    for _ in range(100):
        status, code, retry_after = visitor.ask(next(asked))
        assert (status, code) == (429, "budget_spent")
        assert 0 < retry_after <= 86_400
    assert idle()
    assert len(daemon.events("agent_started")) == started
    assert json.loads(get(port + 1, "/billed")[1]) == billed
