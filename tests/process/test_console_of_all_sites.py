"""A running daemon tells of all sites to the consoles that its configuration names, and to no other worker."""

import re

from click.testing import CliRunner
from daemon_under_test import DaemonUnderTest, get, wait_until
from test_console_of_daemon import PASSWORD, ask

from cinestreamd.cli import root


def set_password(daemon: DaemonUnderTest, site: str) -> None:
    """Before the daemon is started."""
    place = ["--state-dir", str(daemon.state_dir), "--config", str(daemon.config)]
    ended = CliRunner().invoke(root, ["sites", "env", site, "set", "OPS_PASSWORD", *place], input=f"{PASSWORD}\n")
    assert ended.exit_code == 0, ended.output + repr(ended.exception)


def log_in(port: int) -> str:
    """The cookie of a login."""
    status, head, _ = ask(port, "/ops/login", form={"password": PASSWORD})
    assert status == 303
    return str(head["Set-Cookie"]).partition(";")[0]


def page_of(port: int, cookie: str, names: list[str]) -> str:
    """The page, once it has all these sites; a busy master may answer too late."""
    status, _, page = ask(port, "/ops/sites", cookie=cookie)
    found = re.findall(r"<h2><bdi>([a-z0-9-]+)</bdi> <span class=\"ops-mark ops-serving\">", page)
    return page if status == 200 and sorted(found) == names else ""


def test_only_the_sites_that_are_named_are_told_of_the_others(daemon: DaemonUnderTest) -> None:
    [one] = daemon.add_site(processes=1)
    [two] = daemon.add_site("two", processes=1, domains=("two.example",))
    for number in range(6):
        daemon.add_site(f"further-{number}", processes=1)
    for site in ("one", "two"):
        set_password(daemon, site)
    daemon.configure(console={"overview_on": ["one", "no-such-site"]})
    daemon.start()
    assert ask(one, "/ops/sites")[1]["Location"] == "/ops/login?next=%2Fops%2Fsites"
    named, other = log_in(one), log_in(two)
    assert ask(one, "/ops/sites", cookie=named)[1]["Cache-Control"] == "no-store"
    all_names = [*(f"further-{number}" for number in range(6)), "one", "two"]
    page = wait_until(lambda: page_of(one, named, all_names), what="all sites are told")
    assert "https://two.example" in page
    for site in ("one", "two"):
        for line in (daemon.state_dir / "sites" / site / ".env").read_text().splitlines():
            assert line.partition("=")[2] not in page  # no secret of any of them

    assert ask(two, "/ops/sites", cookie=other)[0] == 404
    assert "/ops/sites" not in ask(two, "/ops/", cookie=other)[2]
    assert daemon.events("overview_refused") == []
    assert get(two, "/hook/sites", timeout=60)[1] == "nothing"  # a worker that is no longer ours asks all the same
    [refused] = daemon.wait_for("overview_refused")
    assert (refused["site"], refused["port"]) == ("two", two)

    daemon.configure(console={"overview_on": ["two"]})
    daemon.call("reload")
    wait_until(lambda: ask(two, "/ops/sites", cookie=other)[0] == 200, what="the other site is named now")
    wait_until(lambda: ask(one, "/ops/sites", cookie=named)[0] == 404, what="the former one is named no more")
    renewed = {event["site"] for event in daemon.events("site_renewed")}
    assert renewed <= {"one", "two"}  # nobody else's workers are concerned
