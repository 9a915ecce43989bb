"""docs/METRICS.md, a live scrape after the demo has run, the dashboard and the alert rules name the same metrics."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from promtool import promtool

if TYPE_CHECKING:
    from conftest import Daemon

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"\| `(cinestreamd_\w+)` \| (\w+) \| ([\w, ]*) ?\|")
QUIET = {"cinestreamd_store_errors_total"}
"""Metrics without a sample as long as nothing goes wrong."""


def documented() -> dict[str, tuple[str, set[str]]]:
    """Kind and labels of every metric in the documentation."""
    rows = ROW.findall((ROOT / "docs" / "METRICS.md").read_text())
    return {name: (kind, set(labels.replace(",", " ").split())) for name, kind, labels in rows}


def expressions() -> Iterator[str]:
    rules = yaml.safe_load((ROOT / "packaging/prometheus/cinestreamd.rules.yml").read_text())
    yield from (rule["expr"] for group in rules["groups"] for rule in group["rules"])
    board = json.loads((ROOT / "packaging/grafana/cinestreamd.json").read_text())
    for panel in board["panels"]:
        yield from (target["expr"].replace("$__rate_interval", "5m") for target in panel["targets"])


def selectors(expression: str) -> list[Any]:
    found: list[Any] = []

    def visit(node: Any) -> bool:
        selector = getattr(node, "vector_selector", node)
        if isinstance(selector, promql_parser.VectorSelector):
            found.append(selector)
        return True

    promql_parser.walk(promql_parser.parse(expression), visit)
    return found


def family(name: str, known: dict[str, tuple[str, set[str]]]) -> str:
    """The documented metric that a series belongs to."""
    stem = re.sub(r"_(bucket|count|sum)$", "", name)
    return stem if known.get(stem, ("",))[0] == "histogram" else name


@pytest.mark.parametrize("expression", list(expressions()))
def test_alerts_and_panels_ask_for_documented_series_by_their_own_labels(expression: str) -> None:
    known = documented()
    asked = selectors(expression)
    assert asked
    for selector in asked:
        name = family(selector.name, known)
        assert name in known
        labels = {matcher.name for matcher in selector.matchers.matchers}
        assert labels <= known[name][1] | {"le"}


@pytest.mark.timeout(400)
def test_every_metric_is_documented_and_every_documented_one_is_there(daemon: "Daemon") -> None:
    daemon.start()
    daemon.scrape("kyiv")
    daemon.scrape("lviv")  # where one page is read by the stand-in for Claude alone

    texts: list[str] = []

    def families() -> dict[str, Any]:
        texts.append(daemon.command("metrics").stdout)
        found = text_string_to_metric_families(texts[-1])
        return {each.name + ("_total" if each.type == "counter" else ""): each for each in found}

    def pages(result: str) -> float:
        found = families()["cinestreamd_cache_total"].samples
        return sum(sample.value for sample in found if sample.labels["result"] == result)

    known = documented()
    # A ready page is made anew when its minute is over, so two requests need not meet it.
    daemon.wait_for(lambda: daemon.get("/uk/city/kyiv")[0] == 200 and pages("hit") > 0, "a page was ready")
    assert pages("miss") > 0
    daemon.wait_for(
        lambda: all(families()[name].samples for name in known.keys() - QUIET), "every metric has been counted"
    )
    live = families()
    assert set(live) == set(known)
    for name, (kind, labels) in known.items():
        assert live[name].type == kind
        for sample in live[name].samples:
            assert set(sample.labels) - {"le"} == labels
    samples = {
        (sample.name, *sorted(sample.labels.items())): sample.value for each in live.values() for sample in each.samples
    }
    published = samples["cinestreamd_showtimes_total", ("fate", "published"), ("site", "demo")]
    assert published == len(json.loads(daemon.get("/api/showtimes?city=kyiv")[1])["showtimes"]) + len(
        json.loads(daemon.get("/api/showtimes?city=lviv")[1])["showtimes"]
    )
    assert samples["cinestreamd_leases_total", ("event", "granted"), ("site", "demo")] == 2
    # One call of the stand-in was counted, against what the site may spend as against what all may.
    for site, cap in (("demo", 2.0), ("", 5.0)):
        left = samples["cinestreamd_claude_budget_left_usd", ("period", "day"), ("site", site)]
        assert cap - 0.5 < left < cap, site
    checked = promtool("check", "metrics", given=texts[-1])
    assert checked.returncode == 0, checked.stdout + checked.stderr
