"""The console of a running daemon: a command turns it on, it shows the site's own processes, and nobody else's."""

import re
import urllib.error
import urllib.parse
import urllib.request
from email.message import Message

from click.testing import CliRunner
from daemon_under_test import DaemonUnderTest, wait_until

from cinestreamd.cli import root

PASSWORD = "an evening at the cinema"


class Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing."""

    def redirect_request(self, *_: object) -> None:
        """Stay where we are."""


def ask(port: int, path: str, *, cookie: str = "", form: dict[str, str] | None = None) -> tuple[int, Message, str]:
    """Status, head and body of an answer; redirects are not followed."""
    origin = f"http://127.0.0.1:{port}"
    body = None if form is None else urllib.parse.urlencode(form).encode()
    headers = {"Cookie": cookie, "Origin": origin, "Accept-Language": "en"}
    request = urllib.request.Request(f"{origin}{path}", body, headers)  # noqa: S310 - http, on loopback
    try:
        with urllib.request.build_opener(Stay).open(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def env(daemon: DaemonUnderTest, *arguments: str, given: str = "") -> str:
    place = ["--state-dir", str(daemon.state_dir), "--config", str(daemon.config)]
    ended = CliRunner().invoke(root, ["sites", "env", "one", *arguments, *place], input=given)
    assert ended.exit_code == 0, ended.output + repr(ended.exception)
    return str(ended.output)


def renewed(daemon: DaemonUnderTest, before: set[int]) -> bool:
    """Whether all workers of the site "one" are others than these, and ready; none of these is there any more."""
    rows = [row for row in daemon.rows("worker") if row["site"] == "one"]
    return len(rows) == 2 and all(row["state"] == "ready" and row["pid"] not in before for row in rows)


def pids(daemon: DaemonUnderTest) -> set[int]:
    return {row["pid"] for row in daemon.rows("worker") if row["site"] == "one"}


def test_console_is_turned_on_and_off_by_a_command(daemon: DaemonUnderTest) -> None:
    ports = daemon.add_site(processes=2)
    [other] = daemon.add_site("two", processes=1)
    daemon.start("noting_agents")
    assert ask(ports[0], "/ops/login")[0] == 404
    before = pids(daemon)
    said = env(daemon, "set", "OPS_PASSWORD", given=f"{PASSWORD}\n")
    kept = (daemon.state_dir / "sites" / "one" / ".env").read_text()
    assert PASSWORD not in said + kept
    wait_until(lambda: renewed(daemon, before), seconds=100, what="workers with a console")
    assert ask(other, "/ops/login")[0] == 404
    assert ask(ports[0], "/ops/")[0] == 303
    status, head, _ = ask(ports[0], "/ops/login", form={"password": PASSWORD})
    assert status == 303
    cookie = head["Set-Cookie"].partition(";")[0]
    _, _, page = ask(ports[1], "/ops/", cookie=cookie)  # another worker knows the login as well
    told = re.findall(r'<th scope="row">web worker (\d+)</th><td><span class="ops-mark ops-(\w+)">', page)
    assert sorted(told) == [(str(port), "ready") for port in ports]
    assert str(other) not in page
    token = re.findall(r'name="token" value="([0-9a-f]{64})"', page)[0]
    assert ask(ports[1], "/ops/cities/kyiv/retry", cookie=cookie, form={"token": token})[0] == 303
    noted = daemon.state_dir / "sites" / "one" / "data" / "agents"
    wait_until(lambda: noted.exists() and "kyiv operator " in noted.read_text(), what="an agent reads the city")
    before = pids(daemon)
    env(daemon, "unset", "OPS_PASSWORD")
    wait_until(lambda: renewed(daemon, before), seconds=100, what="workers without a console")
    for port in ports:
        assert ask(port, "/ops/login")[0] == 404
