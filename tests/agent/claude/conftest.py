"""The town in which Claude's part is tested."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # test folders are no packages

from town import Town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path / "cinestreamd.sqlite")
    await town.web.start_server()
    await town.api.start_server()
    yield town
    await town.web.close()
    await town.api.close()
    await town.store.close()
