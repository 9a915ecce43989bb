"""What the agent needs remembered from run to run; every store keeps it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from cinestreamd.store.memory import Discovery, PageMemory, Recipe


class Memory(Protocol):
    """What the agent needs remembered. Forgetting is always safe: it costs requests, never data."""

    async def pages(self, cinema_id: str) -> list[PageMemory]:
        """The pages that carried the cinema's schedule when it was read last, the chief one first."""

    async def remember_pages(self, cinema_id: str, pages: Sequence[PageMemory]) -> None:
        """Replace what is remembered of a cinema's pages. Called after the run's publication is in place."""

    async def discovery(self, city_id: str) -> Discovery | None:
        """What was last learned of a city's cinemas."""

    async def remember_discovery(self, discovery: Discovery) -> None:
        """Replace what is remembered of a city's cinemas."""

    async def paused_until(self, server: str) -> datetime | None:
        """Until when no run of any city may ask a shared server (its address), None when it may be asked."""

    async def pause(self, server: str, until: datetime) -> None:
        """Leave a shared server alone until then."""

    async def recipes(self, cinema_id: str) -> list[Recipe]:
        """How the cinema's pages can be read without a model, in the order in which they were remembered."""

    async def remember_recipes(self, cinema_id: str, recipes: Sequence[Recipe]) -> None:
        """Replace a cinema's recipes. Called after the run's publication is in place."""


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
