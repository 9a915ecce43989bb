"""Why a site cannot be found, made or changed."""

from cinestreamd.errors import InvalidInputError, NotFoundError
from cinestreamd.i18n import N_


class SiteNameError(InvalidInputError):
    """The name cannot name a site."""

    code = "site_name"
    message = N_("{name!r} cannot name a site: use 1-32 of a-z, 0-9 and -, beginning with a letter.")


class SiteExistsError(InvalidInputError):
    """There is such a site already."""

    code = "site_exists"
    message = N_("There is a site {name} already; change it with: cinestreamd sites edit {name}")


class UnknownSiteError(NotFoundError):
    """There is no such site."""

    code = "unknown_site"
    message = N_("There is no site {name}; see: cinestreamd sites list")


class DemoElsewhereError(UnknownSiteError):
    """The site is the demo's, which has a state directory of its own."""

    code = "demo_elsewhere"
    message = N_("Site {name} is the demo's; name its state directory: --state-dir {place}")


class SiteSettingsError(InvalidInputError):
    """A value in the site's settings cannot be used."""

    code = "site_settings"
    message = N_("{field}: {problem}")


class SitesTakenError(InvalidInputError):
    """A port or a domain belongs to another site."""

    code = "site_conflict"
    message = N_("{what} belongs to site {name} already.")


class SharedSecretError(InvalidInputError):
    """Two sites would have the same secret."""

    code = "shared_secret"
    message = N_("Site {name} has the same {key}; no two sites of a machine may share it")
