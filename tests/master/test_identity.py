"""By what names leases are taken."""

import pytest

from cinestreamd.master.identity import Identity, own_identity


def test_no_owner_begins_another() -> None:
    """Leases are freed by the beginning of their owner: number 1 must not free number 10."""
    next_owner = Identity("host-1a2b", "abc").owners()
    owners = [next_owner() for _ in range(12)]
    assert owners[0] == "host-1a2b/abc/0000000001"
    assert len(set(owners)) == 12
    assert not [(a, b) for a in owners for b in owners if a != b and b.startswith(a)]


def test_place_stays_and_instance_changes(tmp_path_factory: pytest.TempPathFactory) -> None:
    here, there = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("there")
    assert own_identity(here).place == own_identity(here).place != own_identity(there).place
    assert own_identity(here).instance != own_identity(here).instance
    assert "/" not in own_identity(here).place
