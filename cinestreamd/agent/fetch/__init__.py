"""Asking cinemas' servers: only public addresses, politely, within limits of time and size."""

from cinestreamd.agent.fetch.errors import (
    AddressRefusedError,
    BadContentTypeError,
    BadUrlError,
    ConnectionFailedError,
    FetchError,
    FetchTimeoutError,
    HttpStatusError,
    NoPictureError,
    RobotsRefusedError,
    TooLargeError,
    TooManyRedirectsError,
)
from cinestreamd.agent.fetch.fetcher import Fetcher, Validators

__all__ = [
    "AddressRefusedError",
    "BadContentTypeError",
    "BadUrlError",
    "ConnectionFailedError",
    "FetchError",
    "FetchTimeoutError",
    "Fetcher",
    "HttpStatusError",
    "NoPictureError",
    "RobotsRefusedError",
    "TooLargeError",
    "TooManyRedirectsError",
    "Validators",
]
