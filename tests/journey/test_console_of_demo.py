"""The demo's console opens with the password that the documents name."""

import http.cookiejar
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Daemon


def test_the_documented_password_opens_the_console(daemon: "Daemon") -> None:
    daemon.start()
    origin = f"http://127.0.0.1:{daemon.ports.start}"
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    browser.addheaders = [("Accept-Language", "en")]
    form = urllib.parse.urlencode({"password": "demonstration"}).encode()
    login = urllib.request.Request(f"{origin}/ops/login", data=form, headers={"Origin": origin})  # noqa: S310 - http, on loopback
    with browser.open(login, timeout=30) as overview:
        assert overview.status == 200
        assert overview.url == f"{origin}/ops/"
        page = overview.read().decode()
    assert f"web worker {daemon.ports.start}" in page
