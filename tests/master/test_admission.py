"""Which sites are served when one of them cannot be: all others, on the ports that are theirs."""

import pytest

from cinestreamd.errors import ConfigurationError
from cinestreamd.master.admission import admit
from cinestreamd.master.listeners import Listener
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.sites.survey import Survey


def site(name: str, start: int, processes: int = 1) -> Site:
    return Site(
        name=name, settings=SiteSettings(start_port=start, processes=processes), directory=f"/state/sites/{name}"
    )


async def listen(ports: list[int]) -> dict[int, Listener]:
    """Nobody listens; port 9000 belongs to somebody else."""
    if 9000 in ports:
        raise ConfigurationError(place="127.0.0.1:9000", problem="cannot listen here")
    return {port: Listener.__new__(Listener) for port in ports}


async def test_what_is_wrong_with_one_site_is_its_own() -> None:
    broken, spoilt = ConfigurationError(place="a", problem="b"), ConfigurationError(place="c", problem="d")
    survey = Survey((site("good", 8001, 2), site("spoilt", 8003), site("taken", 9000)), {"broken": broken})
    admitted = await admit(survey, {"spoilt": spoilt}, served={}, listen=listen)
    assert [each.name for each in admitted.sites] == ["good"]
    assert set(admitted.listeners) == {8001, 8002}
    assert {name: str(error) for name, error in admitted.refused.items()} == {
        "broken": "a: b",
        "spoilt": "c: d",
        "taken": "127.0.0.1:9000: cannot listen here",
    }


async def test_of_two_sites_on_one_port_the_one_that_is_served_keeps_it() -> None:
    survey = Survey((site("one", 8001, 12), site("two", 8012, 2)))
    for served, kept, words in (
        ({}, "one", "port 8012: wanted by the sites one and two; give one another start_port"),
        ({"two": [8012, 8013]}, "two", "port 8012: wanted by the sites two and one; give one another start_port"),
    ):
        admitted = await admit(survey, {}, served=served, listen=listen)
        assert [each.name for each in admitted.sites] == [kept]
        assert [str(error) for error in admitted.refused.values()] == [words]


@pytest.mark.parametrize("start", [9000, 8002], ids=["somebody else's port", "another site's port"])
async def test_site_that_cannot_move_keeps_its_ports_from_all_others(start: int) -> None:
    """``mover`` wants away from 8001, which ``taker`` wants; it cannot go, so that ``taker`` cannot come."""
    survey = Survey((site("mover", start), site("taker", 8001), site("stays", 8002)))
    served = {"mover": [8001], "stays": [8002]}
    admitted = await admit(survey, {}, served=served, listen=listen)
    assert [each.name for each in admitted.sites] == ["stays"]
    assert set(admitted.refused) == {"mover", "taker"}
    assert admitted.listeners == {}


async def test_port_that_is_left_can_be_taken_over() -> None:
    survey = Survey((site("one", 8003), site("two", 8001)))
    admitted = await admit(survey, {}, served={"one": [8001], "two": [8002]}, listen=listen)
    assert [each.name for each in admitted.sites] == ["one", "two"]
    assert set(admitted.listeners) == {8003}
