"""What a write waits for before it counts as made, and what the driver's errors mean to the rest of the product."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from mongo_server import empty_database
from pymongo import monitoring
from pymongo.errors import AutoReconnect, DuplicateKeyError, ExecutionTimeout, OperationFailure, PyMongoError

from cinestreamd.store.base import StoreBusyError, StoreUnavailableError
from cinestreamd.store.mongo import MongoStore, prepare
from cinestreamd.store.mongo.connection import meaning_of, options_of

if TYPE_CHECKING:
    from conftest import Samples

LASTING = {"w": "majority", "j": True}
WRITES = {"insert", "update", "delete", "findAndModify", "commitTransaction"}


class Noting(monitoring.CommandListener):
    """Notes the commands of this process."""

    def __init__(self) -> None:
        self.commands: list[Mapping[str, Any]] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Note a command."""
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


@pytest.mark.parametrize("transactions", [True, False])
async def test_every_write_waits_for_a_majority_and_its_journals(
    uri: str, noting: Noting, samples: "Samples", *, transactions: bool
) -> None:
    """In a transaction it is the commit that waits."""
    store = MongoStore(uri, write_timeout=20.0, transactions=transactions)
    await store.add_location(samples.city())
    lease = await store.acquire_lease("kyiv", owner="agent", now=samples.now, seconds=300)
    assert lease is not None
    await store.publish(lease, samples.publication("a"), now=samples.now)
    await store.count_visits(date(2026, 11, 21), visits=1, views={"kyiv": 1}, batch="b")
    await store.close()
    writes = [command for command in noting.commands if next(iter(command)) in WRITES]
    outside = [command for command in writes if "txnNumber" not in command or "commitTransaction" in command]
    assert [command.get("writeConcern") for command in outside] == [LASTING] * len(outside)
    assert any("commitTransaction" in command for command in writes) is transactions
    assert len(writes) > 5


def test_an_address_that_asks_for_something_else_gets_it() -> None:
    name, options = options_of("mongodb://h/kino", timeout=2.0)
    assert (name, options["w"], options["journal"]) == ("kino", "majority", True)
    name, options = options_of("mongodb://h/?W=1&journal=false&connectTimeoutMS=5", timeout=2.0)
    assert name == "cinestreamd"
    assert not {"w", "journal", "connectTimeoutMS"} & set(options)


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (AutoReconnect("connection reset"), StoreUnavailableError),
        (ExecutionTimeout("too slow", 50), StoreUnavailableError),
        (OperationFailure("no space left on device", 14031), StoreUnavailableError),
        (OperationFailure("not authorized", 13), StoreUnavailableError),
        (OperationFailure("not primary", 10107), StoreUnavailableError),
        (OperationFailure("write conflict", 112), StoreBusyError),
        (OperationFailure("unknown operator", 2), OperationFailure),
        (DuplicateKeyError("there already", 11000), DuplicateKeyError),
    ],
)
def test_what_the_drivers_errors_mean(error: PyMongoError, meaning: type[Exception]) -> None:
    """A mistake of the program's own stays what it is; a full disk is told by what the server said of it."""
    found = meaning_of(error)
    assert type(found) is meaning
    if isinstance(found, StoreUnavailableError):
        assert str(error) in found.reason
