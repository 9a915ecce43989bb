"""The text of a site's ``site.toml``: read into its settings, and written so that an operator's comments stay."""

import msgspec

from cinestreamd.errors import ConfigurationError
from cinestreamd.sites.model import SiteSettings
from cinestreamd.toml_text import line_of, parse_toml


def read_settings(source: str, *, place: str) -> SiteSettings:
    """The settings in the text of a ``site.toml``.

    Raises:
        ConfigurationError: they cannot be used; says in which line of ``place``.
    """
    settings = parse_toml(source, SiteSettings, place=place)
    for field, problem in settings.problems():
        raise ConfigurationError(place=f"{place}:{line_of(source, [field])}", problem=f"{field}: {problem}")
    return settings


def render_settings(settings: SiteSettings, former: str = "") -> str:
    """``site.toml`` for these settings: what differs from the defaults, in the former order, with its comments."""
    import tomlkit  # noqa: PLC0415 - a daemon writes such a file at its first start only

    document = tomlkit.parse(former)
    wanted, known = msgspec.to_builtins(settings, builtin_types=()), document.unwrap()
    for key in [key for key in document if key not in wanted]:
        del document[key]
    for key, value in wanted.items():
        if known.get(key) != _lists(value):
            document[key] = _lists(value)
    return tomlkit.dumps(document)


def _lists(value: object) -> object:
    """Tuples as lists, since TOML knows arrays only."""
    return [_lists(item) for item in value] if isinstance(value, tuple | list) else value
