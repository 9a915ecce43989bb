"""The memory of a run that nobody keeps anything of."""

from collections.abc import Sequence
from datetime import datetime

from cinestreamd.store.memory import Discovery, PageMemory, Recipe


class Forgetful:
    """A memory that keeps nothing: every page is read, every city is asked for."""

    async def pages(self, cinema_id: str) -> list[PageMemory]:  # noqa: ARG002 - the protocol's signature
        """Nothing."""
        return []

    async def remember_pages(self, cinema_id: str, pages: Sequence[PageMemory]) -> None:
        """Let it go."""

    async def discovery(self, city_id: str) -> Discovery | None:  # noqa: ARG002 - the protocol's signature
        """Nothing."""
        return None

    async def remember_discovery(self, discovery: Discovery) -> None:
        """Let it go."""

    async def paused_until(self, server: str) -> datetime | None:  # noqa: ARG002 - the protocol's signature
        """Never."""
        return None

    async def pause(self, server: str, until: datetime) -> None:
        """Let it go."""

    async def recipes(self, cinema_id: str) -> list[Recipe]:  # noqa: ARG002 - the protocol's signature
        """Nothing."""
        return []

    async def remember_recipes(self, cinema_id: str, recipes: Sequence[Recipe]) -> None:
        """Let them go."""
