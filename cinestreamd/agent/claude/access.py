"""A site's access to Claude: what ``agent.env`` says. Only agents read it."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from cinestreamd.agent.claude.prices import DEFAULT_MODEL, model_id
from cinestreamd.errors import ConfigurationError
from cinestreamd.sites.env import MissingEnvError, read_env


class Access(Struct, frozen=True, kw_only=True):
    """The key, the model and, where it is not Anthropic's own, the server. ``simulated``: no real model answers."""

    key: str
    model: str
    base_url: str | None = None
    simulated: bool = False

    def __repr__(self) -> str:
        """Without the key: a representation may end up in a log."""
        return f"Access(model={self.model!r})"

    @property
    def key_mark(self) -> str:
        """Tells one key from another without giving it away."""
        return sha256(f"cinestreamd {self.key}".encode()).hexdigest()[:8] if self.key else ""


def read_access(path: Path) -> Access:
    """The access that an env file gives; one without a key is an access that nobody has.

    Raises:
        ConfigurationError: the file is there but cannot be used.
    """
    try:
        return access_by(read_env(path), place=path)
    except MissingEnvError:
        return access_by({}, place=path)


def access_by(values: Mapping[str, str], *, place: Path) -> Access:
    """The access that the values of an env file give.

    Raises:
        ConfigurationError: one cannot be used; it is in the file at ``place``.
    """
    url = values.get("ANTHROPIC_BASE_URL") or None
    if url is not None and not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise ConfigurationError(place=place, problem="ANTHROPIC_BASE_URL must be https (or on loopback)")
    return Access(
        key=values.get("ANTHROPIC_API_KEY", ""),
        model=model_id(values.get("CLAUDE_MODEL", DEFAULT_MODEL)),
        base_url=url,
        simulated=values.get("CLAUDE_SIMULATED") == "yes",
    )
