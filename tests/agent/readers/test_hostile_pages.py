"""No page, however it is made, costs its whole extraction more than a second of CPU or 150 MB."""

import gc
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import stopwatch
from stopwatch import best_of, processor_seconds

from cinestreamd.agent.extract import extract_page
from cinestreamd.agent.model import Page, ReadContext
from cinestreamd.agent.readers.planeta_kino import read_planeta_kino

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
    "deep times": lambda: (
        BODY + "<div>" * 390 + "".join(f"<p><b>Film {n}</b> <i>19:{n % 60:02d}</i></p>" for n in range(20_000))
    ),
    "long rows": lambda: (
        BODY + "".join(f"<p>{'Of words there are many ' * 8}{n} <b>19:30</b></p>" for n in range(4_500))
    ),
    "no word of films": lambda: (
        BODY + "".join(f"<div><h3>Abc {n}</h3><b>19:{n % 60:02d}</b></div>" for n in range(20_000))
    ),
    "linked rows": lambda: (
        BODY
        + "".join(
            f'<li><a href="/film/f-{n}">Film {n}</a> <a href="/book/{n}">19:{n % 12 * 5:02d}</a> Hall 1 3D 12 €</li>'
            for n in range(9_000)
        )
    ),
    "full cells": lambda: BODY + "<table>" + ("<tr>" + "<td>A film 19:30</td>" * 8 + "</tr>") * 5_000,
    "tabs": lambda: (
        BODY
        + "".join(f'<a href="#d{n}">{1 + n % 28} Nov</a>' for n in range(4_000))
        + "".join(f'<div id="d{n}" hidden><p>Film {n} <b>19:30</b></p></div>' for n in range(4_000))
    ),
    "dated rows": lambda: (
        BODY
        + "".join(
            f'<p data-date="2026-11-{1 + n % 28:02d}"><b>Film {n}</b><time datetime="2026-11-21T19:30">19:30</time></p>'
            for n in range(9_000)
        )
    ),
    "sentences": lambda: (
        BODY
        + "".join(
            f"<p>On {1 + n % 28} November at 19:30 we show film number {n}. Doors open at 18.00, tickets 10 €.</p>"
            for n in range(8_000)
        )
    ),
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
    "nested films": lambda: json.dumps(
        [
            {"title": f"Film {n}", "days": [{"date": "2026-11-21", "shows": [{"time": "19:30", "url": f"/b/{n}"}]}]}
            for n in range(9_000)
        ]
    ),
    "joined films": lambda: json.dumps(
        {
            "films": [{"id": n, "name": f"Film {n}"} for n in range(6_000)],
            "shows": [{"filmId": n, "startsAt": "2026-11-21T19:30:00Z", "price": "10,00 EUR"} for n in range(9_000)],
        }
    ),
    "prices that are nowhere": lambda: (
        "[" + ",".join(f'{{"title":"A film","time":"19:30","price":"\\u0031{n},00 EUR"}}' for n in range(15_000)) + "]"
    ),
    "titles that are nowhere": lambda: (
        "[" + ",".join(f'{{"title":"F\\u200b{n}lm","start":"2026-11-21T19:30"}}' for n in range(18_000)) + "]"
    ),
    "prose": lambda: json.dumps(
        [
            {"title": f"Film {n}", "when": "Friday 21 November 2026 at 19:30 and 21.45, Saturday 22 November"}
            for n in range(8_000)
        ]
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


def page(text: str, content_type: str) -> Page:
    return Page(url="https://kino.example/", content_type=content_type, text=text, fetched_at=CONTEXT.now)


FORMS = {**HTML, **DATA, **XML}
KINDS = {**dict.fromkeys(HTML, "HTML"), **dict.fromkeys(DATA, "DATA"), **dict.fromkeys(XML, "XML")}
LIMIT = 1.0
"""Seconds of CPU time for reading and verifying a page as a whole."""
TRIES = 12
MEGABYTES = 150


def test_every_form_has_a_name_of_its_own() -> None:
    assert len(FORMS) == len(HTML) + len(DATA) + len(XML)


@pytest.fixture
def frozen_heap() -> Iterator[None]:
    """As in an agent, which begins with what the zygote has frozen: no collection goes through others' objects."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("frozen_heap")
@pytest.mark.parametrize("name", FORMS)
def test_no_page_costs_a_second(name: str) -> None:
    """As the best of several tries: others on the machine slow single ones down."""
    made = page(FORMS[name](), TYPES[KINDS[name]])
    best_of(TRIES, LIMIT, lambda: processor_seconds(lambda: extract_page(made, CONTEXT)), what=name)


def test_entities_are_refused() -> None:
    assert read_planeta_kino(page(XML["entities"](), "text/xml"), CONTEXT) is None


def peaks(kind: str) -> dict[str, int]:
    """What reading each page of a kind adds to the peak of a process of its own, in kilobytes.

    The pages are read one after the other in forked children, so that none begins with what another left.
    """
    code = (
        "import importlib.util as u, json, sys\n"
        "sys.path.insert(0, sys.argv[3])\n"
        "spec = u.spec_from_file_location('hostile', sys.argv[1]); m = u.module_from_spec(spec)\n"
        "spec.loader.exec_module(m)\n"
        "print(json.dumps({name: m.peak(sys.argv[2], name) for name in getattr(m, sys.argv[2])}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, __file__, kind, str(Path(stopwatch.__file__).parent)],
        capture_output=True,
        check=True,
        timeout=300,
    )
    measured: dict[str, int] = json.loads(done.stdout)
    return measured


def peak(kind: str, name: str) -> int:
    """Kilobytes that reading and verifying one page adds to the peak of a forked process."""
    made = page({"HTML": HTML, "DATA": DATA, "XML": XML}[kind][name](), TYPES[kind])
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        extract_page(made, CONTEXT)
        os.write(writing, str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return int(text)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["HTML", "DATA", "XML"])
def test_no_page_takes_150_megabytes(kind: str) -> None:
    assert {name: kilobytes for name, kilobytes in peaks(kind).items() if kilobytes >= MEGABYTES * 1024} == {}
