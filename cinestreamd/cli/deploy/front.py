"""The options that the commands about nginx share."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from cinestreamd.cli.options import Place
from cinestreamd.deploy.front import Front
from cinestreamd.deploy.paths import plain_path
from cinestreamd.sites.model import Site

PORT = click.IntRange(1, 65_535)
USUAL = Front()


def with_front(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a ``Front``, and pass that on as ``front``."""

    def folder(name: str, words: str) -> Callable[..., Any]:
        usual = getattr(USUAL, name.removeprefix("--").replace("-", "_"))
        return click.option(name, default=usual, show_default=True, help=words)

    options = (
        folder("--nginx-folder", "Where nginx.conf is."),
        folder("--certificates", "Has NAME/fullchain.pem for each certificate."),
        folder("--self-signed-folder", "The same for trying out."),
        folder("--webroot", "For ACME challenges."),
        folder("--cache", "nginx's cache."),
        click.option("--http-port", type=PORT, default=USUAL.http_port, show_default=True, help="Port of plain http."),
        click.option("--https-port", type=PORT, default=USUAL.https_port, show_default=True, help="Port of https."),
    )

    @wraps(function)
    def command(*args: Any, **given: Any) -> Any:
        front = Front(**{field: given.pop(field) for field in Front.__struct_fields__})
        for path in (front.nginx_folder, front.certificates, front.self_signed_folder, front.webroot, front.cache):
            plain_path(path)
        return function(*args, front=front, **given)

    wrapped: Callable[..., Any] = command
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped


def public_sites(place: Place) -> list[Site]:
    """The sites that nginx serves: enabled ones that have a domain."""
    return [site for site in place.registry().sites() if site.settings.enabled and site.settings.domains]
