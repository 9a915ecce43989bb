"""No page, however it is made, costs a reader more than a second of CPU or 150 MB."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.agent.model import Page, ReadContext, Reading
from cinestreamd.agent.readers.embedded_state import read_embedded_state
from cinestreamd.agent.readers.json_ld import read_json_ld
from cinestreamd.agent.readers.json_records import read_json_records
from cinestreamd.agent.readers.miner import read_structure
from cinestreamd.agent.readers.planeta_kino import read_planeta_kino
from cinestreamd.agent.readers.quickbook import read_quickbook
from cinestreamd.agent.readers.vista_ocapi import read_vista_ocapi
from cinestreamd.agent.readers.xml_records import read_xml_records

CONTEXT = ReadContext(now=datetime(2026, 11, 20, 9, tzinfo=UTC), timezone=ZoneInfo("Europe/Kyiv"))
BODY = "<html><body>"
HTML: dict[str, Callable[[], str]] = {
    "open tags": lambda: BODY + "<div>" * 200_000,
    "times in list items": lambda: BODY + "<ul>" + "<li>19:30</li>" * 100_000,
    "films with times": lambda: (
        BODY + "".join(f"<div><h3>Film {n}</h3><b>19:{n % 60:02d}</b></div>" for n in range(20_000))
    ),
    "one line of times": lambda: BODY + "<p>" + "19:30 " * 160_000,
    "one line of dates": lambda: BODY + "<p>" + "Fri 21 November 19:30 Film " * 35_000,
    "day headings": lambda: (
        BODY + "".join(f"<h2>{1 + n % 28} November</h2><p>Film {n} 19:30</p>" for n in range(12_000))
    ),
    "a class for each": lambda: (
        BODY + "".join(f'<p class="a{n}">19:30 <i class="b{n}">Film {n}</i></p>' for n in range(14_000))
    ),
    "ranges without end": lambda: BODY + "<p>" + "19:30 - " * 120_000,
    "one number": lambda: BODY + "<p>" + "1" * 1_000_000,
    "numbers and dots": lambda: BODY + "<p>" + "1." * 500_000,
    "white space": lambda: BODY + "<p>19:30" + " " * 900_000 + "pm",
    "weekdays": lambda: BODY + "<p>" + "Mo-Fr, " * 140_000 + "19:30",
    "attributes": lambda: BODY + "<a " + " ".join(f"data-a{n}=2026-11-21" for n in range(50_000)) + ">19:30</a>",
    "spanning cells": lambda: BODY + "<table>" + "<tr><td rowspan=60 colspan=60>19:30</td></tr>" * 20_000,
    "pictures": lambda: BODY + "".join(f'<div><img alt="Film {n}"><b>19:30</b></div>' for n in range(17_000)),
    "closed options": lambda: BODY + "<p>19:30</p><select>" + "<option>a</option>" * 55_000,
    "open options": lambda: BODY + "<p>19:30</p><select>" + "<option>x" * 80_000,
    "listed days": lambda: BODY + "<p>" + "Sat & Sun Nov 28-29 & 30 19:30 " * 30_000,
    "comments": lambda: "<!--" * 250_000,
    "open scripts": lambda: "<script>" * 120_000,
    "open arrays in a script": lambda: BODY + "<script>var a=" + "[{" * 100_000 + "</script>",
    "calls in a script": lambda: BODY + "<script>" + 'f("2026-11-21",[' * 60_000 + "</script>",
    "data in attributes": lambda: (
        BODY + """<div :x='[{"time":"19:30","title":"A film"},{"time":"20:30","title":"B"}]'></div>""" * 8_000
    ),
}
DATA: dict[str, Callable[[], str]] = {
    "open arrays": lambda: "[" * 500_000,
    "open objects": lambda: '{"a":' * 200_000 + "1" + "}" * 200_000,
    "many shows": lambda: json.dumps(
        [{"id": n, "title": f"Film {n}", "start": "2026-11-21T19:30"} for n in range(14_000)]
    ),
    "many kinds": lambda: json.dumps(
        {f"k{n}x": {"title": "A film", "time": "19:30"} for n in range(20_000)} | {"z": 1}
    ),
    "a long chain": lambda: '{"film":{"title":"A"},"start":"2026-11-21T19:30","x":' * 900 + "1" + "}" * 900,
}
XML: dict[str, Callable[[], str]] = {
    "open elements": lambda: '<?xml version="1.0"?>' + "<a>" * 300_000,
    "many elements": lambda: '<?xml version="1.0"?><a>' + '<b start="2026-11-21 19:30" title="x"/>' * 25_000 + "</a>",
    "entities": lambda: (
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
        '<a><show full-date="2026-11-21 19:30"/>&b;</a>'
    ),
}


TYPES = {"HTML": "text/html", "DATA": "application/json", "XML": "text/xml"}
READERS_OF: dict[str, tuple[Callable[[Page, ReadContext], Reading | None], ...]] = {
    "HTML": (read_embedded_state, read_json_ld, read_structure),
    "DATA": (read_vista_ocapi, read_quickbook, read_json_records),
    "XML": (read_planeta_kino, read_xml_records),
}


def page(text: str, content_type: str) -> Page:
    return Page(url="https://kino.example/", content_type=content_type, text=text, fetched_at=CONTEXT.now)


LIMIT = 1.0
"""Seconds of CPU time; readings take half of it or less on a machine that does nothing else."""
TRIES = 6
MEGABYTES = 150


def seconds(reader: Callable[[Page, ReadContext], Reading | None], made: Page) -> float:
    """CPU time of the quickest of several readings: others on the machine slow single ones down."""
    measured = []
    while len(measured) < TRIES and min(measured, default=LIMIT) >= LIMIT / 2:
        began = time.process_time()
        reader(made, CONTEXT)
        measured.append(time.process_time() - began)
    return min(measured)


@pytest.mark.parametrize("name", HTML)
def test_no_html_costs_a_second(name: str) -> None:
    made = page(HTML[name](), "text/html")
    assert seconds(read_structure, made) < LIMIT
    assert seconds(read_embedded_state, made) < LIMIT


@pytest.mark.parametrize("name", DATA)
def test_no_json_costs_a_second(name: str) -> None:
    assert seconds(read_json_records, page(DATA[name](), "application/json")) < LIMIT


@pytest.mark.parametrize("name", XML)
def test_no_xml_costs_a_second(name: str) -> None:
    made = page(XML[name](), "text/xml")
    assert seconds(read_xml_records, made) < LIMIT
    assert seconds(read_planeta_kino, made) < LIMIT


def test_entities_are_refused() -> None:
    assert read_planeta_kino(page(XML["entities"](), "text/xml"), CONTEXT) is None


def peaks(kind: str) -> dict[str, int]:
    """What reading each page of a kind adds to the peak of a process of its own, in kilobytes.

    The pages are read one after the other in forked children, so that none begins with what another left.
    """
    code = (
        "import importlib.util as u, json, os, resource, sys\n"
        "spec = u.spec_from_file_location('hostile', sys.argv[1]); m = u.module_from_spec(spec)\n"
        "spec.loader.exec_module(m)\n"
        "print(json.dumps({name: m.peak(sys.argv[2], name) for name in getattr(m, sys.argv[2])}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, __file__, kind], capture_output=True, check=True, timeout=300)
    measured: dict[str, int] = json.loads(done.stdout)
    return measured


def peak(kind: str, name: str) -> int:
    """Kilobytes that reading one page with every reader of its kind adds to the peak of a forked process."""
    made = page({"HTML": HTML, "DATA": DATA, "XML": XML}[kind][name](), TYPES[kind])
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for reader in READERS_OF[kind]:
            reader(made, CONTEXT)
        os.write(writing, str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return int(text)


@pytest.mark.parametrize("kind", ["HTML", "DATA", "XML"])
def test_no_page_takes_150_megabytes(kind: str) -> None:
    assert {name: kilobytes for name, kilobytes in peaks(kind).items() if kilobytes >= MEGABYTES * 1024} == {}
