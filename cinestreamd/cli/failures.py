"""Sites of a state directory that cannot be served as they are set up: the error that says so, and which they are."""

from cinestreamd.cli.options import Place
from cinestreamd.errors import ConfigurationError
from cinestreamd.i18n import N_
from cinestreamd.master.client import ControlClient, NotRunningError
from cinestreamd.master.failing_sites import Failure, failures_in
from cinestreamd.sites.survey import Survey


class SiteRefusedError(ConfigurationError):
    """A site cannot be served as it is set up; the others are."""

    code = "site_refused"
    message = N_("The daemon does not serve site {name} as it is set up: {problem}")


def failures_of(place: Place, found: Survey) -> dict[str, Failure]:
    """The failing sites of a state directory: those that cannot be read, and those that its daemon tells of."""
    failing = {name: Failure(" ".join(str(error).split())) for name, error in found.unusable.items()}
    known = {*failing, *(site.name for site in found.sites)}
    try:
        told = failures_in(ControlClient(place.state_dir).call("status"))
    except NotRunningError:
        return failing
    return failing | {name: failure for name, failure in told.items() if name in known}
