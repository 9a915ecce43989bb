"""The packaged gazetteer, and the way to the builder, which is no part of the installed package."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cinestreamd.gazetteer import Gazetteer

sys.path.insert(0, str(Path(__file__).parents[2] / "packaging" / "gazetteer"))


@pytest.fixture(scope="session")
def gazetteer() -> Iterator[Gazetteer]:
    with Gazetteer() as gazetteer:
        yield gazetteer
