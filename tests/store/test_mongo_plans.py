"""No operation walks a whole collection: the server is asked how it would carry out each command it was sent."""

import os
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from mongo_server import empty_database
from pymongo import MongoClient, monitoring

from cinestreamd.store.base import CinemaCorrection
from cinestreamd.store.mongo import MongoStore, prepare
from cinestreamd.store.mongo.schema import INDEXES

if TYPE_CHECKING:
    from conftest import Samples

DAY = date(2026, 11, 21)
WHOLE = {
    "locations": "the list of all cities returns every one",
    "stats": "one document a day: their sum, and the latest",
    "batches": "the few that are pending",
}
"""Collections that are read as a whole on purpose."""


class Noting(monitoring.CommandListener):
    """Notes the commands of this process."""

    def __init__(self) -> None:
        self.commands: list[Mapping[str, Any]] = []
        self.is_on = False

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Note a command."""
        if self.is_on:
            self.commands.append(dict(event.command))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing to note."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing to note."""


@pytest.fixture
def noting(monkeypatch: pytest.MonkeyPatch) -> Noting:
    """Listens to the clients that are made during the test."""
    listener = Noting()
    listeners = monitoring._LISTENERS
    monkeypatch.setattr(monitoring, "_LISTENERS", listeners._replace(command_listeners=[listener]))
    return listener


@pytest.fixture
def uri() -> Iterator[str]:
    with empty_database() as uri:
        prepare(uri)
        yield uri


async def do_everything(store: MongoStore, samples: "Samples") -> None:
    later = samples.now + timedelta(days=1)
    await store.add_location(samples.city())
    for _ in range(2):
        lease = await store.acquire_lease("kyiv", owner="agent", now=samples.now, seconds=300)
        assert lease is not None
        await store.begin_run(lease, samples.publication().run)
        await store.report_progress(lease, "run-1", done=1, total=1, now=samples.now)
        lease = await store.renew_lease(lease, now=samples.now, seconds=300)
        await store.publish(lease, samples.publication("a", "b"), now=samples.now)
        await store.acquire_lease("kyiv", owner="agent", now=samples.now, seconds=300)
        await store.free_leases("agent")
        await store.acquire_lease("kyiv", owner="agent", now=samples.now, seconds=300)
        await store.expire_leases(later)
    await store.correct_cinema(CinemaCorrection(cinema_id="zhovten", city_id="kyiv", name="x"), now=samples.now)
    await store.corrections("kyiv")
    await store.count_visits(DAY, visits=1, views={"kyiv": 1}, batch="b")
    for film_id, cinema_id in ((None, None), ("f", None), (None, "c"), ("f", "c")):
        await store.showtimes("kyiv", since=samples.now, film_id=film_id, cinema_id=cinema_id)
    await store.cinemas("kyiv")
    await store.cinema("zhovten")
    await store.films(["dovbush-2023", "mavka-2023"])
    await store.run("run-1")
    await store.runs()
    await store.runs("kyiv")
    await store.calls(run_id="run-1")
    await store.calls(city_id="kyiv", since=samples.now)
    await store.calls(until=later)
    await store.spent(samples.now)
    await store.known_titles(["a", "b"])
    await store.recipes("zhovten")
    await store.viewed_cities(DAY)
    await store.stats(now=samples.now)
    await store.locations()
    await store.pending_batches()
    await store.cinemas()
    await store.corrections()
    await store.journal()
    await store.noted("a")
    await store.row_corrections("kyiv")
    await store.found_showtime("a")
    await store.report("run-1")
    await store.count_attempts("1", ["all"])
    await store.hold_duty("refresh", owner="here", now=samples.now, seconds=90)
    await store.prune(showtimes_before=later, runs_before=later, calls_before=later)


EXPLAINED = {"find", "aggregate", "update", "delete", "findAndModify", "distinct"}
NOT_OURS = {
    "lsid",
    "$db",
    "$readPreference",
    "txnNumber",
    "startTransaction",
    "autocommit",
    "$clusterTime",
    "readConcern",
    "writeConcern",
}


def stages(plan: Any) -> Iterator[str]:
    """The names of all stages in a plan."""
    if isinstance(plan, dict):
        if "stage" in plan:
            yield plan["stage"]
        for key, value in plan.items():
            if key != "rejectedPlans":
                yield from stages(value)
    elif isinstance(plan, list):
        for part in plan:
            yield from stages(part)


@pytest.mark.parametrize("transactions", [True, False])
async def test_every_command_goes_by_an_index(
    uri: str, noting: Noting, samples: "Samples", *, transactions: bool
) -> None:
    """By primary key, or by an index that begins with a field that is asked for.

    A true server is asked for its plans as well; what the test server tells of its own is no use.
    """
    store = MongoStore(uri, write_timeout=20.0, transactions=transactions)
    noting.is_on = True
    await do_everything(store, samples)
    noting.is_on = False
    await store.close()
    asked = {}
    for command in noting.commands:
        name = next(iter(command))
        if name in EXPLAINED and command[name] not in WHOLE:
            plain = {key: value for key, value in command.items() if key not in NOT_OURS}
            asked |= {f"{name} {plain[name]} {_shape(part)}": part for part in _parts(name, plain)}
    assert len(asked) > 30
    walks = [shape for shape, part in asked.items() if not _has_index(part)]
    assert walks == []
    if "CINESTREAMD_TEST_MONGO_URI" in os.environ:
        with MongoClient[dict[str, Any]](uri) as client:
            database = client.get_default_database()
            for shape, part in asked.items():
                plan = database.command("explain", part, verbosity="queryPlanner")
                assert "COLLSCAN" not in set(stages(plan)), shape


def _has_index(command: dict[str, Any]) -> bool:
    """Whether some index begins with a field of the condition, or gives the order that is asked for."""
    collection = command.get("find") or command["aggregate"]
    condition = command["filter"] if "find" in command else command["pipeline"][0]["$match"]
    fields = set(condition) | {part for each in condition.get("$and", []) for part in each}
    first = {"_id"} | {next(iter(index.document["key"])) for index in INDEXES.get(collection, ())}
    order = next(iter(command.get("sort", {})), None)
    return bool(fields & first) or order in first


def _parts(name: str, command: dict[str, Any]) -> list[dict[str, Any]]:
    """A command as such that explain takes. For a change: how its documents are found."""
    if name in {"update", "delete"}:
        changes = command["updates" if name == "update" else "deletes"]
        return [{"find": command[name], "filter": change["q"]} for change in changes]
    if name == "findAndModify":
        return [{"find": command[name], "filter": command["query"]}]
    return [command]


def _shape(command: dict[str, Any]) -> str:
    """What a command asks for, without the values."""
    asked = (
        command.get("filter")
        or command.get("query")
        or command.get("pipeline")
        or [change["q"] for change in command.get("updates", command.get("deletes", []))]
    )
    return str(_fields(asked))


def _fields(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _fields(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_fields(each) for each in value if isinstance(each, dict)]
    return ""
