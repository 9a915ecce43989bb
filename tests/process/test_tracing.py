"""Spans of a real daemon at a real collector: request → service → store, and the stages of a scrape."""

import gzip
import http.client
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from daemon_under_test import DaemonUnderTest, get, wait_until
from free_ports import free_ports
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from cinestreamd.demo.settings import demo_settings

LIBRARY = "opentelemetry"


class Collector:
    """What was sent: spans by their ids, each with its name, its parent and its attributes."""

    def __init__(self) -> None:
        self.spans: dict[bytes, tuple[str, bytes, dict[str, object]]] = {}

    def take(self, body: bytes) -> None:
        """Keep the spans of one message."""
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    told = {each.key: each.value.string_value or each.value.int_value for each in span.attributes}
                    self.spans[span.span_id] = span.name, span.parent_span_id, told

    def names(self) -> set[str]:
        """What there is."""
        return {name for name, _, _ in list(self.spans.values())}

    def way_to(self, name: str) -> list[str]:
        """The names from the outermost span to one of this name."""
        current = next(each for each, (found, _, _) in self.spans.items() if found == name)
        way: list[str] = []
        while current in self.spans:
            found, current, _ = self.spans[current]
            way.insert(0, found)
        return way

    def told(self, name: str) -> dict[str, object]:
        """The attributes of the first span of a name."""
        return next(told for found, _, told in self.spans.values() if found == name)


@pytest.fixture
def collector() -> Iterator[tuple[str, Collector]]:
    kept = Collector()

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Take spans."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.take(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/traces", kept
    server.shutdown()
    server.server_close()


def test_a_wish_and_its_scrape_are_traced_to_the_store(
    daemon: DaemonUnderTest, collector: tuple[str, Collector]
) -> None:
    endpoint, kept = collector
    start = free_ports(2)
    daemon.registry.add("demo", demo_settings(f"http://127.0.0.1:{start + 1}", start_port=start, processes=1))
    daemon.configure(tracing={"endpoint": endpoint, "share": 1.0})
    daemon.start("hooked", str(start + 1))
    connection = http.client.HTTPConnection("127.0.0.1", start, timeout=30)
    headers = {"Content-Type": "application/json", "X-Request-Id": "0123456789abcdef"}
    connection.request("POST", "/api/scrape", json.dumps({"city": "kyiv"}), headers)
    assert connection.getresponse().status == 202
    connection.close()
    daemon.wait_for("agent_ended", seconds=100)
    assert get(start, "/uk/city/kyiv?q=a-visitors-word", timeout=30)[0] == 200
    assert get(start, "/uk/city/kyiv/film/no-such-film", timeout=30)[0] == 404
    daemon.stop()
    assert {"scrape.discover", "scrape.read", "scrape.cinema", "scrape.publish"} <= kept.names()
    assert kept.way_to("scrape.cinema") == ["scrape", "scrape.read", "scrape.cinema"]
    assert kept.way_to("store.publish") == ["scrape", "scrape.publish", "store.publish"]
    page = "GET /{language}/city/{city}"
    assert kept.way_to("guide.city_page") == [page, "guide.city_page"]
    assert kept.way_to("store.showtimes")[-1] == "store.showtimes"
    assert kept.told(page)["http.response.status_code"] == 200
    assert kept.told("guide.film_page")["error.type"] == "unknown_film"
    assert kept.told("scrape")["cinestreamd.request_id"] == "0123456789abcdef"
    assert kept.told("POST /api/scrape")["cinestreamd.request_id"] == "0123456789abcdef"
    assert "a-visitors-word" not in str(kept.spans.values())


def test_without_an_endpoint_nothing_of_it_is_loaded(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.start()
    assert not [name for name in json.loads(get(port, "/hook/modules")[1]) if name.startswith(LIBRARY)]


def test_a_collector_that_does_not_answer_keeps_nobody_from_being_served(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.configure(tracing={"endpoint": f"http://127.0.0.1:{free_ports()}/v1/traces", "share": 1.0})
    daemon.start()
    assert get(port, "/uk/", timeout=30)[0] == 200
    wait_until(lambda: daemon.stop(seconds=100) == 0, what="it stops well")
