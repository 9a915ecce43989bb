"""Sites that a daemon does not serve, or not as they are set up now: why, and what to do about it."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from cinestreamd.cli.options import Place
from cinestreamd.errors import ConfigurationError
from cinestreamd.i18n import N_
from cinestreamd.master.client import ControlClient, NotRunningError
from cinestreamd.sites.survey import Survey


class SiteRefusedError(ConfigurationError):
    """A site cannot be served as it is set up; the others are."""

    code = "site_refused"
    message = N_("The daemon does not serve site {name} as it is set up: {problem}")


class Failure(Struct, frozen=True):
    """What is wrong with a site, in one line, and whether it is served all the same, as it was before."""

    problem: str
    is_served: bool = False

    def told(self, name: str) -> str:
        """One line for people."""
        state = "goes on as it was" if self.is_served else "is not served"
        return f"Site {name} {state}: {self.problem}"

    def remedy(self, name: str) -> str:
        """What to do."""
        return f"put it right, then: cinestreamd {'reload' if self.is_served else f'sites start {name}'}"


def failures_in(status: Mapping[str, Any]) -> dict[str, Failure]:
    """The failing sites in what a daemon answers to ``status``."""
    served = {row["site"] for row in status["sites"]}
    return {name: Failure(problem, name in served) for name, problem in status.get("failed", {}).items()}


def failures_of(place: Place, found: Survey) -> dict[str, Failure]:
    """The failing sites of a state directory: those that cannot be read, and those that its daemon tells of."""
    failing = {name: Failure(" ".join(str(error).split())) for name, error in found.unusable.items()}
    known = {*failing, *(site.name for site in found.sites)}
    try:
        told = failures_in(ControlClient(place.state_dir).call("status"))
    except NotRunningError:
        return failing
    return failing | {name: failure for name, failure in told.items() if name in known}
