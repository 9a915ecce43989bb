"""Where the daemon is root: whom each kind of child becomes, and what is refused to it by that alone. Needs root."""

import grp
import http.client
import json
import pwd
import shutil
import urllib.parse
from pathlib import Path

import psutil
import pytest
from daemon_under_test import DaemonUnderTest, get, wait_until

from cinestreamd.sites.env import write_env
from cinestreamd.sites.files import Folder
from cinestreamd.sites.model import SiteSettings
from cinestreamd.sites.ownership import arrange, settle
from cinestreamd.sites.registry import Registry
from cinestreamd.sites.system_user import agent_identity_of, can_run, identity_of

pytestmark = pytest.mark.timeout(400)


def tried(port: int, path: str, **options: str) -> str:
    return get(port, f"/hook/open?{urllib.parse.urlencode({'path': path, **options})}", timeout=20)[1]


def users_of(pid: int) -> tuple[set[str], set[str]]:
    """The names of the users and of the groups that a process is."""
    process = psutil.Process(pid)
    return {pwd.getpwuid(number).pw_name for number in process.uids()}, {
        grp.getgrgid(number).gr_name for number in process.gids()
    }


def test_each_kind_of_child_is_another_user_and_that_alone_keeps_it_from_what_is_not_its_own(
    open_daemon: DaemonUnderTest,
) -> None:
    """With Landlock switched off: what is refused here is refused to the user."""
    daemon = open_daemon
    [port] = daemon.add_site("one", processes=1, user="nobody", embedded=True)
    daemon.add_site("two", processes=1, user="games", embedded=True)
    own, other = daemon.state_dir / "sites" / "one", daemon.state_dir / "sites" / "two"
    write_env(own / "agent.env", {"ANTHROPIC_API_KEY": "the-key-of-one"})
    write_env(daemon.state_dir / "alerts.env", {"SMTP_PASSWORD": "x"})
    secret = [own / ".env", own / "agent.env", daemon.state_dir / "alerts.env", Path("/etc/shadow")]
    foreign = [other / name for name in (".env", "agent.env", "data/cinestreamd.sqlite", "data", "")]
    database, shared = own / "data" / "cinestreamd.sqlite", daemon.state_dir / "agents" / "host"
    within = [str(own / "data"), f"+{database}", f"+{shared}"]
    (own / "data" / "wanted").write_text("".join(f"{path}\n" for path in (*within, *secret, *foreign)))
    daemon.configure(daemon={"landlock": False, "agent_user": "news"})
    daemon.start("looking_agents")

    assert users_of(daemon.workers()[port]) == ({"nobody"}, {"nogroup"})
    for path in (*secret, *foreign):
        assert tried(port, str(path)) == "EACCES", path
    assert tried(port, str(database), write="1") == "open"
    assert tried(port, str(shared), write="1") == "EACCES"
    assert tried(port, str(own / ".env"), write="1") == "EACCES", "nor can it put another in its place"
    assert tried(port, str(own / "new"), write="1") == "EACCES"

    assert daemon.call("scrape", city="kyiv", site="one")["answer"] == "accepted"
    wait_until((own / "data" / "seen").exists, what="the agent has looked around")
    [agent] = daemon.rows("agent")
    assert users_of(agent["pid"]) == ({"news"}, {"nogroup"})
    seen = dict(line.rsplit(" ", 1) for line in (own / "data" / "seen").read_text().splitlines())
    assert seen.pop("key") == "the-key-of-one", "its own secret was read before it became that user"
    assert seen == {**dict.fromkeys(within, "open"), **{str(path): "EACCES" for path in (*secret, *foreign)}}
    told = {row["role"]: row["user"] for row in daemon.status()["processes"] if row.get("site") != "two"}
    assert told == {"master": "root", "zygote": "root", "worker": "nobody", "agent": "news"}


def test_agent_and_worker_share_an_embedded_database_as_two_users(open_daemon: DaemonUnderTest) -> None:
    daemon = open_daemon
    [port] = daemon.add_site("one", processes=1, user="nobody", embedded=True)
    daemon.configure(daemon={"agent_user": "news"}, discovery={"overpass_endpoints": []})
    daemon.start()
    data = daemon.state_dir / "sites" / "one" / "data"
    for done in (1, 2):
        assert daemon.call("scrape", city="kyiv", site="one")["answer"] == "accepted"
        ended = daemon.wait_for("agent_ended", count=done)
        assert ended[-1]["outcome"] == "done"
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("POST", "/hook/write")
        assert connection.getresponse().read() == b"written"
        connection.close()
    assert json.loads(get(port, "/api/showtimes?city=kyiv")[1])["updated"] is not None
    assert {path.stat().st_mode & 0o777 for path in data.glob("cinestreamd.sqlite*")} == {0o660}
    assert (daemon.state_dir / "agents").owner() == "news"
    assert daemon.events("map_not_shared") == daemon.events("child_not_confined") == []


def test_folder_of_a_site_whose_user_had_all_of_it_is_made_roots_at_the_start(open_daemon: DaemonUnderTest) -> None:
    daemon = open_daemon
    [port] = daemon.add_site("one", processes=1, user="nobody")
    folder = daemon.state_dir / "sites" / "one"
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, "nobody", "nogroup")
    folder.chmod(0o700)
    daemon.start()
    assert users_of(daemon.workers()[port])[0] == {"nobody"}
    assert {path.name: path.owner() for path in folder.iterdir()} == {
        ".env": "root", "agent.env": "root", "site.toml": "root", "data": "nobody"
    }  # fmt: skip


def test_site_without_a_user_is_whose_the_packaged_one_is(open_daemon: DaemonUnderTest) -> None:
    """Under a state directory of root's; what belongs to the packaged user stays so, for a daemon that is not root."""
    state_dir = open_daemon.state_dir
    site = Registry(state_dir).add("kino", SiteSettings())
    assert identity_of(site) is None
    games = pwd.getpwnam("games")
    with Folder.at(state_dir / "sites") as sites, sites.enter("kino") as folder:
        settle(sites, folder, (games.pw_uid, games.pw_gid))
    assert identity_of(site) == (games.pw_uid, games.pw_gid)
    assert Path(site.directory, ".env").owner() == "root"
    reachable = Registry(state_dir, packaged_user="games").add("film", SiteSettings(start_port=9000))
    assert (identity_of(reachable) is not None) is can_run((games.pw_uid, games.pw_gid))
    state_dir.parent.chmod(0o700)
    hidden = Registry(state_dir, packaged_user="games").add("saal", SiteSettings(start_port=9100))
    assert identity_of(hidden) is None
    shutil.chown(state_dir / "sites", "games", "games")
    state_dir.parent.chmod(0o755)
    packaged = Registry(state_dir).add("haus", SiteSettings(start_port=9200))
    assert {path.owner() for path in (Path(packaged.directory), *Path(packaged.directory).rglob("*"))} == {"games"}
    arrange(packaged, "news")
    assert Path(packaged.directory, ".env").owner() == "games"


def test_agents_are_the_sites_user_where_theirs_cannot_get_to_the_data(open_daemon: DaemonUnderTest) -> None:
    site = Registry(open_daemon.state_dir).add("one", SiteSettings(user="nobody"))
    nobody, news = pwd.getpwnam("nobody"), pwd.getpwnam("news")
    own = (nobody.pw_uid, nobody.pw_gid)
    assert agent_identity_of(site, "news") == own, "nobody has opened the data to agents yet"
    arrange(site, "news")
    assert agent_identity_of(site, "news") == (news.pw_uid, nobody.pw_gid)
    assert agent_identity_of(site, "nosuchuser") == agent_identity_of(site, "") == own
    assert agent_identity_of(site, "root") == own
    shutil.chown(open_daemon.state_dir.parent, "nobody")
    open_daemon.state_dir.parent.chmod(0o700)
    assert agent_identity_of(site, "news") == own
