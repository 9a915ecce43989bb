"""What is wrong with one site is that site's alone: the others are served, and it is told and mended by itself."""

import json
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from daemon_under_test import DaemonUnderTest, Load, answers, get, wait_until

from cinestreamd.cli import root

pytestmark = pytest.mark.timeout(400)


def command(daemon: DaemonUnderTest, *arguments: str) -> Result:
    return CliRunner().invoke(root, [*arguments, "--state-dir", str(daemon.state_dir), "--config", str(daemon.config)])


def place(daemon: DaemonUnderTest, name: str) -> Path:
    return daemon.state_dir / "sites" / name


def damage_database(folder: Path) -> None:
    (folder / "data" / "cinestreamd.sqlite").write_bytes(b"no database at all" * 100)


def link_data(folder: Path) -> None:
    (folder / "data").rename(folder / "kept")
    (folder / "data").symlink_to(folder / "kept")


def break_settings(folder: Path) -> None:
    (folder / "site.toml").write_text(f"{(folder / 'site.toml').read_text()}domains = ['NOT A DOMAIN']\n")


def mend_database(folder: Path) -> None:
    (folder / "data" / "cinestreamd.sqlite").unlink()


def mend_data(folder: Path) -> None:
    (folder / "data").unlink()
    (folder / "kept").rename(folder / "data")


def mend_settings(folder: Path) -> None:
    kept = [line for line in (folder / "site.toml").read_text().splitlines() if "NOT A DOMAIN" not in line]
    (folder / "site.toml").write_text("\n".join(kept) + "\n")


FAULTS: dict[str, tuple[Callable[[Path], None], Callable[[Path], None], str]] = {
    "damaged": (damage_database, mend_database, "is not a database, or a damaged one"),
    "linked": (link_data, mend_data, "must be a real folder, not a link"),
    "broken": (break_settings, mend_settings, "domains: 'NOT A DOMAIN' is not a lower-case domain name"),
}


def spoilt_sites(daemon: DaemonUnderTest) -> dict[str, int]:
    """A site with each fault, and one that wants the port of another; returns their ports."""
    ports = {}
    for name, (spoil, _, _) in FAULTS.items():
        [ports[name]] = daemon.add_site(name, processes=1, embedded=True)
        spoil(place(daemon, name))
    return ports


def test_daemon_starts_without_the_sites_that_cannot_be_served(make_daemon: Callable[[], DaemonUnderTest]) -> None:
    daemon = make_daemon()
    [good] = daemon.add_site("good", processes=1, embedded=True)
    ports = spoilt_sites(daemon)
    [contested] = daemon.add_site("other", processes=1, embedded=True)
    text = place(daemon, "other").joinpath("site.toml").read_text()
    place(daemon, "other").joinpath("site.toml").write_text(text.replace(str(contested), str(good)))
    daemon.start()
    assert get(good, "/readyz")[0] == 200
    status = daemon.status()
    assert [row["site"] for row in status["sites"]] == ["good"]
    assert set(status["failed"]) == {*FAULTS, "other"}
    assert f"port {good}: wanted by the sites good and other" in status["failed"]["other"]

    shown, listed = command(daemon, "status").output, command(daemon, "sites", "list").output
    told = {row["name"]: row for row in json.loads(command(daemon, "sites", "list", "--json").output)}
    examined = command(daemon, "doctor", "--offline")
    assert examined.exit_code == 1
    for name, (_, _, words) in FAULTS.items():
        assert words in status["failed"][name]
        assert words in told[name]["problem"]
        for page in (shown, listed):
            assert any(line.split()[:2] == [name, "failed"] or "failed" in line.split() for line in page.splitlines())
            assert f"Site {name} is not served: {status['failed'][name]}" in page
            assert f"put it right, then: cinestreamd sites start {name}" in page
        assert f"{name} is not served: {status['failed'][name]}" in examined.output
        assert f"put it right, then: cinestreamd sites start {name}" in examined.output
    assert "problem" not in told["good"]

    with Load([good], clients=2) as load:
        for name, (_, mend, words) in FAULTS.items():
            refused = command(daemon, "sites", "start", name)
            assert words in str(refused.exception)
            assert not answers(ports[name])
            mend(place(daemon, name))
            assert command(daemon, "sites", "start", name).exit_code == 0
            assert get(ports[name], "/readyz")[0] == 200
            load.wait(5)
    assert load.failures == {}
    assert set(daemon.status()["failed"]) == {"other"}


def test_reload_takes_up_what_it_can(make_daemon: Callable[[], DaemonUnderTest]) -> None:
    daemon = make_daemon()
    [good] = daemon.add_site("good", processes=1, embedded=True)
    [served] = daemon.add_site("served", processes=1, embedded=True)
    daemon.start()
    before = daemon.workers()
    with Load([good, served], clients=2) as load:
        load.wait(10)
        ports = spoilt_sites(daemon)
        break_settings(place(daemon, "served"))
        [fine] = daemon.add_site("fine", processes=1, embedded=True)
        answer = daemon.call("reload")
        assert (answer["sites"], set(answer["failed"])) == (["fine", "good", "served"], {*FAULTS, "served"})
        wait_until(lambda: answers(fine, "/readyz"), what="the new site")
        shown = command(daemon, "status").output
        assert "Site served goes on as it was: " in shown
        assert "put it right, then: cinestreamd reload" in shown
        refused = command(daemon, "reload")
        assert "The daemon does not serve site" in str(refused.exception)
        assert refused.output == "Read anew: fine, good\n"
        load.wait(10)
        for name, (_, mend, _) in FAULTS.items():
            mend(place(daemon, name))
        mend_settings(place(daemon, "served"))
        assert daemon.call("reload")["failed"] == {}
        for name, port in ports.items():
            wait_until(lambda port=port: answers(port, "/readyz"), what=name)
        load.wait(10)
    assert load.failures == {}
    assert {port: daemon.workers()[port] for port in before} == before


def test_change_of_one_site_stands_whatever_is_wrong_with_another(make_daemon: Callable[[], DaemonUnderTest]) -> None:
    daemon = make_daemon()
    [good] = daemon.add_site("good", processes=1, embedded=True)
    [bad] = daemon.add_site("bad", processes=1, embedded=True)
    damage_database(place(daemon, "bad"))
    daemon.start()
    assert command(daemon, "sites", "edit", "good", "--city", "kyiv").exit_code == 0
    assert daemon.registry.load("good").settings.cities == ("kyiv",)
    before = place(daemon, "bad").joinpath("site.toml").read_text()
    refused = command(daemon, "sites", "edit", "bad", "--city", "kyiv")
    assert str(refused.exception).startswith("The daemon does not serve site bad as it is set up: ")
    assert place(daemon, "bad").joinpath("site.toml").read_text() == before
    break_settings(place(daemon, "bad"))
    assert command(daemon, "sites", "edit", "good", "--city", "lviv").exit_code == 0
    wait_until(lambda: answers(good, "/readyz"), what="the good site")
    assert command(daemon, "sites", "stop-all").exit_code == 0
    assert not answers(good)
    started = command(daemon, "sites", "start-all")
    assert "NOT A DOMAIN" in str(started.exception)
    assert started.output == "Site good: serving\n"
    assert answers(good)
    assert command(daemon, "sites", "remove", "bad", "--yes").exit_code == 0
    assert daemon.status()["failed"] == {}
    assert not answers(bad)


def test_daemon_that_can_serve_no_site_says_why_and_ends(make_daemon: Callable[[], DaemonUnderTest]) -> None:
    daemon = make_daemon()
    spoilt_sites(daemon)
    daemon.start(wait=False)
    assert daemon.process is not None
    assert daemon.process.wait(60) == 78
    assert "NOT A DOMAIN" in daemon.log_path.read_text()


def test_linked_data_is_never_written_to(make_daemon: Callable[[], DaemonUnderTest], tmp_path: Path) -> None:
    daemon = make_daemon()
    daemon.add_site("good", processes=1, embedded=True)
    daemon.add_site("linked", processes=1, embedded=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    shutil.rmtree(place(daemon, "linked") / "data")
    (place(daemon, "linked") / "data").symlink_to(elsewhere)
    daemon.start()
    assert list(daemon.status()["failed"]) == ["linked"]
    assert list(elsewhere.iterdir()) == []
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o755
