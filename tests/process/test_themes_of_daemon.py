"""A running daemon takes a theme up, and goes without one that cannot be used."""

from pathlib import Path

from click.testing import CliRunner
from daemon_under_test import DaemonUnderTest, get, wait_until

from cinestreamd.cli import root


def edit(daemon: DaemonUnderTest, *arguments: str) -> None:
    command = ["sites", "edit", "one", *arguments, "--state-dir", str(daemon.state_dir), "--config", str(daemon.config)]
    ended = CliRunner().invoke(root, command)
    assert ended.exit_code == 0, ended.output + repr(ended.exception)


def test_theme_comes_and_goes_with_a_command(daemon: DaemonUnderTest, tmp_path: Path) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.start()
    folder = tmp_path / "theme"
    (folder / "templates" / "cities").mkdir(parents=True)
    (folder / "templates" / "cities" / "front.html").write_text("<h1>ours</h1>")
    edit(daemon, "--theme", str(folder))
    wait_until(lambda: get(port, "/en/")[1] == "<h1>ours</h1>", what="the theme is used")
    stranger = daemon.state_dir / "sites" / "one" / "theme" / "templates" / "stranger.php"
    stranger.write_text("")
    daemon.call("restart")
    daemon.wait_for("theme_unusable", seconds=100)
    wait_until(lambda: "What is on tonight?" in get(port, "/en/")[1], what="the product's own look, for want of ours")
    stranger.unlink()
    edit(daemon, "--no-theme")
    wait_until(lambda: "What is on tonight?" in get(port, "/en/")[1], what="the product's own look")
