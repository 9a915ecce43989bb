"""What the master and the zygote say to each other."""

from typing import Final

from cinestreamd.channel import Message

CONTROL: Final = 3
"""The descriptor on which the zygote finds its end of the channel."""

MAX_DESCRIPTORS: Final = 8
"""No child inherits more."""

DEFAULT_ENTRIES: Final = "cinestreamd.master.entries:entries"
"""Where the zygote finds what each role runs."""

ENTRIES_WITH_MONGO: Final = "cinestreamd.master.entries:entries_with_mongo"
"""The same, with MongoDB's driver loaded for all."""


class ForkRequest(Message, frozen=True, kw_only=True):
    """Master to zygote: fork one child. The packet carries the descriptors, in the order of ``names``.

    ``user``: the numbers of the user and the group that the child becomes; None: it stays what the zygote is, without
    what only root may do. ``env`` is the path of the env file that it reads before that, if it has one.
    """

    id: int
    role: str
    title: str
    names: tuple[str, ...]
    user: tuple[int, int] | None = None
    env: str = ""


class Warm(Message, frozen=True):
    """Zygote to master: all modules are imported, which took ``seconds``; requests are served now."""

    seconds: float


class Forked(Message, frozen=True):
    """Zygote to master: the child of request ``id`` is the master's own by now."""

    id: int
    pid: int


class ForkFailed(Message, frozen=True):
    """Zygote to master: there is no child for request ``id``."""

    id: int
    problem: str


FromZygote = Warm | Forked | ForkFailed
