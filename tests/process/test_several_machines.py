"""Two daemons on one MongoDB, as two machines have them: what they share, and what one does when the other dies."""

import http.client
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from daemon_under_test import DaemonUnderTest, get, wait_until
from demo_town import ask, demo_on, ports_of, secret_of, showtimes, start_refused, use_mongo
from mongo_server import MongoServer
from pymongo import MongoClient

from cinestreamd.master.refresh import DUTY_SECONDS, LOOK_EVERY

IS_FULL = os.environ.get("CINESTREAMD_TEST_FIGHT") == "full"


@pytest.mark.timeout(400)
def test_the_duty_of_a_killed_daemon_is_taken_over_within_its_time(
    daemon: DaemonUnderTest, make_daemon: Callable[[], DaemonUnderTest], database: str
) -> None:
    """Three cities are due. The one that began them is killed: the other reads them, no sooner than the time is up.

    With CINESTREAMD_TEST_FIGHT=full that time passes; else the record of the duty is set back by as much.
    """
    demo_on(daemon, database)
    other = demo_on(make_daemon(), database, SECRET_KEY=secret_of(daemon))
    long_ago = time.time() - timedelta(days=2).total_seconds()
    for each in (daemon, other):
        os.utime(each.registry.folder / "demo" / ".env", (long_ago, long_ago))
    daemon.start("sleeping_agents", str(daemon.demo_port))
    daemon.wait_for("refresh_begins")
    other.start("hooked", str(other.demo_port))
    other.wait_for("store_swept")
    assert [event["held"] for event in daemon.events("refresh_duty")] == [True]

    with MongoClient[dict[str, Any]](database, tz_aware=True) as client:
        duties = client.get_default_database()["duties"]
        daemon.end()
        killed_at = datetime.now(UTC)
        until = duties.find_one({"_id": "refresh"})["until"]
        assert timedelta() < until - killed_at <= timedelta(seconds=DUTY_SECONDS)
        assert not other.events("refresh_duty"), "it is not taken from a daemon that may be alive"
        if not IS_FULL:
            duties.update_one({"_id": "refresh"}, {"$set": {"until": killed_at}})
    [duty] = other.wait_for("refresh_duty", seconds=DUTY_SECONDS + 3 * LOOK_EVERY)
    assert duty["held"]
    taken_at = datetime.fromisoformat(duty["timestamp"])
    assert taken_at >= (until if IS_FULL else killed_at)
    due = set(other.registry.load("demo").settings.cities)
    published = other.wait_for("scrape_published", count=len(due), seconds=100.0)
    assert {event["city"] for event in published} == due
    for city in due:
        assert showtimes(ports_of(other)[0], city)


def chosen_russian(port: int) -> str:
    """The cookie of a visitor who has chosen a language there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/language", body="language=ru&next=/", headers=form)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.headers["Set-Cookie"].partition(";")[0]


def front_page(port: int, *, cookie: str) -> str:
    """Where a visitor with an English browser is sent from /."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/", headers={"Accept-Language": "en", "Cookie": cookie})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.headers["Location"]


def test_two_daemons_share_a_site(
    daemon: DaemonUnderTest, make_daemon: Callable[[], DaemonUnderTest], database: str
) -> None:
    """As two machines do: one reading for two visitors, one that refreshes, data and sessions of both good for both."""
    demo_on(daemon, database).start("hooked", str(daemon.demo_port))
    other = demo_on(make_daemon(), database, SECRET_KEY=secret_of(daemon))
    other.start("hooked", str(other.demo_port))
    for port in (ports_of(daemon)[0], ports_of(other)[0]):
        assert ask(port, "/api/scrape", data={"city": "kyiv"})[0] == 202
    wait_until(lambda: showtimes(ports_of(daemon)[0]), seconds=100, what="kyiv was read")
    assert showtimes(ports_of(other)[1]) == showtimes(ports_of(daemon)[0])
    published = [*daemon.events("scrape_published"), *other.events("scrape_published")]
    assert len(published) == 1
    assert front_page(ports_of(other)[0], cookie="") == "/en/"
    assert front_page(ports_of(other)[0], cookie=chosen_russian(ports_of(daemon)[1])) == "/ru/"
    wait_until(lambda: other.events("store_swept"), what="the other has begun its duties")
    holders = [[event["held"] for event in each.events("refresh_duty")] for each in (daemon, other)]
    assert holders == [[True], []]


def test_another_secret_key_on_the_same_database_is_refused(
    daemon: DaemonUnderTest, make_daemon: Callable[[], DaemonUnderTest], database: str
) -> None:
    daemon.add_site(processes=1)
    use_mongo(daemon, "one", database)
    daemon.start()
    other = make_daemon()
    other.add_site(processes=1)
    use_mongo(other, "one", database)
    code, words = start_refused(other)
    assert code == 78
    assert words.startswith(
        "cinestreamd: SECRET_KEY: is another one than that of the machines which share this MongoDB"
    )

    use_mongo(other, "one", database, SECRET_KEY=secret_of(daemon, "one"))
    other.start()
    assert get(next(iter(other.workers())), "/readyz")[0] == 200


def test_a_key_found_wrong_after_the_start_ends_the_site_alone(
    daemon: DaemonUnderTest, make_daemon: Callable[[], DaemonUnderTest], mongo_server: MongoServer
) -> None:
    """Its server did not answer at the start, so that nobody could tell."""
    uri = mongo_server.database("site", options="serverSelectionTimeoutMS=300")
    daemon.add_site(processes=1)
    use_mongo(daemon, "one", uri)
    daemon.start()
    daemon.stop()
    mongo_server.kill()
    other = make_daemon()
    [port] = other.add_site("one", processes=1)
    [good] = other.add_site("two", processes=1, embedded=True)
    use_mongo(other, "one", uri)
    other.start()
    mongo_server.start()
    [refused] = other.wait_for("site_refused", seconds=100)
    assert refused["site"] == "one"
    wait_until(lambda: port not in other.workers(), what="the site is served no more")
    assert get(good, "/readyz")[0] == 200
