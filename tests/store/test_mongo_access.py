"""User, password and TLS of the address reach the driver; what the server refuses is told in one line."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from free_ports import free_ports
from mongo_server import MongoServer, own_server
from own_certificate import make_certificate
from pymongo import MongoClient

from cinestreamd.errors import ConfigurationError
from cinestreamd.store.base import StoreUnavailableError
from cinestreamd.store.mongo import MongoStore, prepare
from cinestreamd.store.mongo.prepare import MongoUnreachableError

if TYPE_CHECKING:
    from conftest import Samples

PASSWORD = "p@ss/wörd:?"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[MongoServer]:
    """A server that asks who you are, and knows a user."""
    folder = tmp_path / "mongo"
    with own_server(folder, sync_on_commit=True) as server:
        with MongoClient[dict[str, Any]](server.uri) as client:
            roles = [{"role": "readWrite", "db": "site"}]
            client["admin"].command("createUser", "kino", pwd=PASSWORD, roles=roles)
        server.kill()
        port = server.port
    with own_server(folder, port=port, require_auth=True) as server:
        yield server


async def works(uri: str, samples: "Samples") -> bool:
    """Whether a store can be prepared, written and read there."""
    prepare(uri)
    store = MongoStore(uri, write_timeout=20.0)
    await store.add_location(samples.city())
    found = await store.location("kyiv")
    await store.close()
    return found == samples.city()


async def test_a_user_with_the_right_password_may(guarded: MongoServer, samples: "Samples") -> None:
    uri = guarded.database("site", user=f"kino:{quote(PASSWORD, safe='')}", options="authSource=admin")
    assert await works(uri, samples)


@pytest.mark.parametrize("user", ["kino:wrong", "nobody:wrong"])
def test_a_wrong_password_is_one_line_without_it(guarded: MongoServer, user: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        prepare(guarded.database("site", user=user, options="authSource=admin"))
    assert str(caught.value) == "MONGO_URI: the server refuses this user or password"


def test_no_user_where_one_is_needed_is_one_line(guarded: MongoServer) -> None:
    with pytest.raises(ConfigurationError) as caught:
        prepare(guarded.database("site"))
    assert str(caught.value).startswith("MONGO_URI: this user may not do what is needed (")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 that signs itself, with its key in ``key.pem`` beside it."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def encrypted(tmp_path: Path, certificate: Path) -> Iterator[MongoServer]:
    """A server that speaks TLS alone."""
    key = certificate.with_name("key.pem")
    with own_server(tmp_path / "mongo", tls_cert_file=str(certificate), tls_key_file=str(key)) as server:
        yield server


async def test_tls_with_a_known_authority(encrypted: MongoServer, certificate: Path, samples: "Samples") -> None:
    assert await works(encrypted.database("site", options=f"tls=true&tlsCAFile={certificate}"), samples)


def test_a_certificate_of_nobody_is_refused_in_one_line(encrypted: MongoServer) -> None:
    with pytest.raises(ConfigurationError) as caught:
        prepare(encrypted.database("site", options="tls=true"), timeout=1.0)
    words = str(caught.value)
    assert words.startswith("MONGO_URI: no TLS with the server (")
    assert "certificate verify failed" in words
    assert "\n" not in words


def test_nobody_at_the_address_is_one_line() -> None:
    port = free_ports(1)
    with pytest.raises(MongoUnreachableError) as caught:
        prepare(f"mongodb://kino:secretword@127.0.0.1:{port}/site", timeout=0.5)
    assert str(caught.value) == f"MongoDB does not answer: 127.0.0.1:{port}: [Errno 111] Connection refused"
    assert isinstance(caught.value, StoreUnavailableError)


@pytest.mark.parametrize(
    "uri", ["mongodb://", "mongodb://h/x?w=-1", "mongodb://u:p@ss@h/x", "http://h/x", "mongodb://h:99999/x"]
)
def test_what_is_no_address_is_one_line_without_it(uri: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        prepare(uri, timeout=0.5)
    assert str(caught.value).startswith("MONGO_URI: is not the address of a MongoDB such as mongodb://host/name")
    assert "p@ss" not in str(caught.value)


def test_a_newer_programs_database_is_left_alone(tmp_path: Path) -> None:
    with own_server(tmp_path / "mongo") as server:
        uri = server.database("site")
        prepare(uri)
        with MongoClient[dict[str, Any]](uri) as client:
            client["site"]["site"].update_one({"_id": "schema"}, {"$set": {"version": 99}})
        with pytest.raises(ConfigurationError, match="made by a newer cinestreamd; upgrade"):
            prepare(uri)
