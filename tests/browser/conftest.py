"""A real Chromium before a real daemon with the demo town. A browser that is missing is a failure."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from free_ports import free_ports
from playwright.async_api import Page, async_playwright
from product_store import settle_demo
from real_browser import FOLDER, PATIENCE, PHONE, chromium

_UNREACHED = "net::ERR_CONNECTION_REFUSED"

OpenPage = Callable[..., AbstractAsyncContextManager[Page]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs all of these: two browsers at once would only wait for each other."""
    for item in items:
        if item.path.is_relative_to(FOLDER):
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running demo in which nothing has been read."""
    state = tmp_path_factory.mktemp("guide") / "state"
    port = free_ports(2)
    options = ("--start-port", str(port), "--processes", "1", "--demo-port", str(port + 1), "--state-dir", str(state))
    settle_demo(state)
    with state.with_suffix(".log").open("ab") as log:
        daemon = subprocess.Popen(
            [sys.executable, "-m", "cinestreamd", "run", "--demo", *options], stdout=log, stderr=log
        )
    address = f"http://localhost:{port}"
    try:
        deadline = time.monotonic() + PATIENCE
        while not _answers(f"{address}/readyz"):
            assert time.monotonic() < deadline, state.with_suffix(".log").read_text()
            time.sleep(0.05)
        yield address
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(PATIENCE)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - http, on loopback
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture
async def open_page() -> AsyncIterator[OpenPage]:
    """Opens pages in contexts of their own; each must run without an error, and ask no other host for anything.

    ``offline``: what is asked for in vain is no error; nor is, what is answered by the status ``refused``. ``also`` is
    another host that may be asked.
    """
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox"] if os.geteuid() == 0 else []
        )

        @asynccontextmanager
        async def open_one(
            base_url: str, *, offline: bool = False, refused: int = 0, also: str = "", **options: Any
        ) -> AsyncIterator[Page]:
            context = await browser.new_context(base_url=base_url, **{"viewport": PHONE, **options})
            context.set_default_timeout(PATIENCE * 1000)
            page = await context.new_page()
            faults: list[str] = []
            own = {urlsplit(base_url).netloc, also}
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
            page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
            page.on(
                "request",
                lambda asked: faults.append(f"asked {asked.url}") if urlsplit(asked.url).netloc not in own else None,
            )
            yield page
            await context.close()
            no_faults = [_UNREACHED] if offline else [f"responded with a status of {refused} "]
            assert [each for each in faults if not any(words in each for words in no_faults)] == []

        yield open_one
        await browser.close()
