"""What a capability of the product is made of.

A feature is a folder under ``features/`` whose package root defines one ``FEATURE``, and one line in
``features/__init__.py``. Each part is a function, so that a process imports only the parts that it needs: a web worker
never loads commands, the command line never loads views.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

if TYPE_CHECKING:
    import click
    from aiohttp.web import AbstractRouteDef, Application


def _none() -> Sequence[object]:
    return ()


def _nothing(_app: object) -> None:
    pass


class Operation(Struct, frozen=True, kw_only=True):
    """One operation of the API.

    ``query``, ``body`` and ``answer`` are the types that the view itself uses; ``statuses`` are those of a good answer,
    ``problems`` those of the problem documents that it may give beside the ones that any address gives. Without an
    ``answer`` a good one has no body of JSON; ``content_type`` tells of what kind it is then, if it has any;
    ``also`` are kinds of text in which the same is told to those who ask for them.
    """

    method: Literal["get", "post"]
    path: str
    summary: str
    query: Any = None
    body: Any = None
    answer: Any = None
    statuses: tuple[int, ...] = (200,)
    problems: tuple[int, ...] = ()
    content_type: str = "application/json"
    also: tuple[str, ...] = ()


class Feature(Struct, frozen=True, kw_only=True):
    """One capability: its name, its HTTP routes, the operations of the API among them, and its commands.

    ``setup`` puts what the feature keeps while an application runs (state, ``cleanup_ctx`` tasks) on that application.
    Templates live in the feature's ``templates/``, static files in its ``static/``. What is ``rare`` is compiled when
    it is first asked for: most workers never need it.
    """

    name: str
    routes: "Callable[[], Sequence[AbstractRouteDef]]" = _none  # type: ignore[assignment]  # none of any
    operations: Callable[[], Sequence[Operation]] = _none  # type: ignore[assignment]  # none of any
    setup: "Callable[[Application], None]" = _nothing
    commands: "Callable[[], Sequence[click.Command]]" = _none  # type: ignore[assignment]  # none of any
    rare: bool = False
