"""Sites that a daemon does not serve, or not as they are set up now, by its answer to ``status``."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct


class Failure(Struct, frozen=True):
    """What is wrong with a site, in one line, and whether it is served all the same, as it was before."""

    problem: str
    is_served: bool = False

    def told(self, name: str) -> str:
        """One line for people, which begins with the site's name."""
        state = "goes on as it was" if self.is_served else "is not served"
        return f"{name} {state}: {self.problem}"

    def remedy(self, name: str) -> str:
        """What to do."""
        return f"put it right, then: cinestreamd {'reload' if self.is_served else f'sites start {name}'}"


def failures_in(status: Mapping[str, Any]) -> dict[str, Failure]:
    """The failing sites in what a daemon answers to ``status``."""
    served = {row["site"] for row in status["sites"]}
    return {name: Failure(problem, name in served) for name, problem in status.get("failed", {}).items()}
