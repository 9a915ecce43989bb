"""What a store may answer instead of a result, whichever store it is."""

from cinestreamd.errors import InvalidInputError, NotFoundError, TooManyRequestsError, UnavailableError
from cinestreamd.i18n import N_


class StoreBusyError(UnavailableError):
    """The store did not take a write within its deadline."""

    code = "store_busy"
    message = N_("The data store is busy. Try again in {retry_after} seconds.")


class StoreUnavailableError(UnavailableError):
    """The store cannot be read or written at all: missing, damaged, full or closed. ``reason`` is for the log."""

    code = "store_unavailable"
    message = N_("The data store does not answer. Try again in {retry_after} seconds.")


class UnknownCityError(NotFoundError):
    """A lease was asked for a city that was never added."""

    code = "unknown_city"
    message = N_("This site does not know the city {city}.")


class UnknownShowtimeError(NotFoundError):
    """A word was said on a showing that is not there."""

    code = "unknown_showtime"
    message = N_("There is no such showing (any more).")


class UnstorableTextError(InvalidInputError):
    """A record holds text that is no valid Unicode (a lone surrogate). Nothing was written."""

    code = "unstorable_text"
    message = N_("A text contains characters that cannot be stored.")


class InvalidPublicationError(InvalidInputError):
    """A publication reaches beyond the city of its lease. Nothing was written."""

    code = "invalid_publication"
    message = N_("A run of {city} may not write {record}: it belongs elsewhere.")


class StaleLeaseError(TooManyRequestsError):
    """The lease was lost: its time is up or another holder has it. Nothing was written."""

    code = "stale_lease"
    message = N_("Another run has taken over {city}.")
