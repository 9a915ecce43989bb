"""The families of errors that a person may see.

Each error class carries a stable ``code`` for programs, a message template for people (a gettext msgid, see
``cinestreamd.i18n``) and the fields that fill it. HTTP maps ``status`` once, in ``web.middleware``; the terminal maps
``exit_code`` once, in ``cli``. A concrete error lives beside the code that raises it and derives from one family here.
"""

from typing import ClassVar


class CinestreamError(Exception):
    """An error with a code, a translatable message template and the fields that fill it."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1
    message: ClassVar[str] = "Something went wrong."

    def __init__(self, **fields: object) -> None:
        super().__init__()
        self.fields = fields

    def __str__(self) -> str:
        return self.message.format(**self.fields)

    @property
    def reason(self) -> str:
        """What is behind it, for the log alone; empty where there is no more to say."""
        return str(self.fields.get("reason", ""))


class InvalidInputError(CinestreamError):
    """What was given cannot be understood; the same input will never work."""

    code = "invalid_input"
    status = 400
    exit_code = 2


class NotFoundError(CinestreamError):
    """What was asked for does not exist."""

    code = "not_found"
    status = 404
    exit_code = 4


class TooManyRequestsError(CinestreamError):
    """Work is refused for now. The field ``retry_after`` (seconds) says when to come again."""

    code = "too_many_requests"
    status = 429
    exit_code = 75


class UnavailableError(CinestreamError):
    """A part that is needed does not answer. The field ``retry_after`` (seconds) says when to come again."""

    code = "unavailable"
    status = 503
    exit_code = 69


class ConfigurationError(CinestreamError):
    """The operator's configuration cannot be used: nothing is started or changed with it."""

    code = "configuration"
    exit_code = 78
    message = "{place}: {problem}"
