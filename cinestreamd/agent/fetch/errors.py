"""Why a page could not be fetched: one class a reason, each with its stable ``code``.

Messages name the address only, shortened; response headers and bodies never enter an error.
"""

from cinestreamd.errors import UnavailableError
from cinestreamd.i18n import N_


class FetchError(UnavailableError):
    """A page could not be fetched. The field ``url`` is the address asked for, shortened and printable."""

    code = "fetch"
    message = N_("{url} could not be fetched.")

    def __init__(self, url: str, **fields: object) -> None:
        printable = "".join(letter if letter.isprintable() else "?" for letter in url[:200])
        super().__init__(url=printable, **fields)


class BadUrlError(FetchError):
    """Not an http(s) address that may be asked: other scheme or port, user name, or no host."""

    code = "bad_url"
    status = 400
    exit_code = 2
    message = N_("{url} is not an address that may be fetched: {problem}.")


class AddressRefusedError(FetchError):
    """The host's address is not on the public internet."""

    code = "address_refused"
    message = N_("{url} is not on the public internet.")


class ConnectionFailedError(FetchError):
    """No connection, a broken one, or an answer that is no HTTP."""

    code = "connection"
    message = N_("{url} does not answer.")


class FetchTimeoutError(FetchError):
    """The whole exchange took longer than allowed."""

    code = "timeout"
    message = N_("{url} took too long to answer.")


class TooLargeError(FetchError):
    """The decoded page is larger than allowed."""

    code = "too_large"
    message = N_("{url} is larger than {limit} bytes.")


class HttpStatusError(FetchError):
    """The server answered with another status than 200. The field ``http_status`` is that status."""

    code = "http_status"
    message = N_("{url} answered with status {http_status}.")

    @property
    def http_status(self) -> int:
        """The status of the answer."""
        return int(str(self.fields["http_status"]))

    @property
    def is_lasting(self) -> bool:
        """Whether asking again soon makes no sense: the page is not there, or not for us."""
        return 400 <= self.http_status < 500 and self.http_status not in {408, 425, 429}


class TooManyRedirectsError(FetchError):
    """More redirects in a row than allowed."""

    code = "too_many_redirects"
    message = N_("{url} redirects too often.")


class BadContentTypeError(FetchError):
    """The answer is no text: its media type, or the coding that it is packed in, is not one that is read."""

    code = "bad_content_type"
    message = N_("{url} is not a text page ({found}).")


class NoPictureError(FetchError):
    """The answer is no picture of a kind that is read."""

    code = "no_picture"
    message = N_("{url} is not a picture that can be shown ({found}).")


class RobotsRefusedError(FetchError):
    """The host's robots.txt does not want this page read, or could not be asked for."""

    code = "robots"
    message = N_("{url} may not be read: robots.txt of its host does not allow it.")
