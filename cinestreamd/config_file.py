"""The file ``config.toml``: read into ``Settings``, and its example.

It is read once, at the edge, into a frozen object; an unknown key, a wrong type or a value out of bounds is refused
with the line at fault.
"""

from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Meta, Struct

from cinestreamd.addresses import ACCOUNT, is_host, is_web_address
from cinestreamd.config import AlertSettings, Settings
from cinestreamd.errors import ConfigurationError
from cinestreamd.toml_text import line_of, parse_toml

DEFAULT_PLACES = (Path("/etc/cinestreamd/config.toml"), Path("/usr/share/defaults/cinestreamd/config.toml"))


def load_settings(path: Path | None = None) -> Settings:
    """Read ``path``, or the first of ``DEFAULT_PLACES`` that exists, or nothing at all: then all is default.

    Raises:
        ConfigurationError: the file is missing, is no TOML, or holds a value that cannot be used.
    """
    chosen = path or next((place for place in DEFAULT_PLACES if place.is_file()), None)
    if chosen is None:
        return Settings()
    try:
        source = chosen.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(place=chosen, problem=f"cannot be read ({error})") from None
    settings = parse_toml(source, Settings, place=str(chosen))
    _check(settings, source, str(chosen))
    return settings


def _check(settings: Settings, source: str, place: str) -> None:
    """Refuse what no single field's bounds can tell."""
    for table, field, problem in (*_hidden(settings), *_problems(settings)):
        line = line_of(source, [table, field])
        raise ConfigurationError(place=f"{place}:{line}", problem=f"{table}.{field} {problem}")


def _hidden(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Texts with something that cannot be seen in them."""
    for table in settings.__struct_fields__:
        values = getattr(settings, table)
        for field in values.__struct_fields__:
            value = getattr(values, field)
            for text in value if isinstance(value, tuple) else (value,):
                if isinstance(text, str) and not (text.isprintable() and text == text.strip()):
                    yield table, field, "has an invisible character, or white space around it"


def _problems(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Table, field and what is wrong with it."""
    if settings.scrape.deadline_seconds >= settings.scrape.lease_seconds:
        yield "scrape", "deadline_seconds", "must be below scrape.lease_seconds"
    if not _is_ip(settings.daemon.bind):
        yield "daemon", "bind", f"{settings.daemon.bind!r} is not an IP address"
    try:
        settings.daemon.networks()
    except ValueError as error:
        yield "daemon", "trusted_proxies", f"has what is no network: {error}"
    accounts = (("supervisor", "control_group", "group"), ("daemon", "agent_user", "system user"))
    for table, field, kind in accounts:
        name = getattr(getattr(settings, table), field)
        if name and not ACCOUNT.fullmatch(name):
            yield table, field, f"{name!r} is not the name of a {kind}"
    if settings.tracing.endpoint and not is_web_address(settings.tracing.endpoint):
        yield "tracing", "endpoint", f"{settings.tracing.endpoint!r} is not an http(s) address of a genuine host"
    for address in settings.discovery.overpass_endpoints:
        if not is_web_address(address):
            yield "discovery", "overpass_endpoints", f"{address!r} is not an http(s) address of a genuine host"
    yield from (("alerts", field, problem) for field, problem in _problems_of_mail(settings.alerts))


def _problems_of_mail(alerts: AlertSettings) -> Iterator[tuple[str, str]]:
    """Field and what is wrong with it."""
    if alerts.mail_to and not (alerts.mail_from and alerts.smtp_host):
        yield "mail_to", "needs alerts.mail_from and alerts.smtp_host"
    for field, addresses in (("mail_to", alerts.mail_to), ("mail_from", (alerts.mail_from,))):
        for address in filter(None, addresses):
            if not is_host(address.rpartition("@")[2].lower()):
                yield field, f"{address!r} is not at a genuine host"
    if alerts.smtp_host and not is_host(alerts.smtp_host.lower()):
        yield "smtp_host", f"{alerts.smtp_host!r} is not a genuine host"


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def render_example(kind: type[Struct] = Settings) -> str:
    """The text of ``config.example.toml``: every setting, commented out, with its help and its default."""
    blocks = []
    for table in msgspec.structs.fields(kind):
        heading = (table.type.__doc__ or "").strip().splitlines()[0]
        lines = [f"[{table.name}]", f"# {heading.partition('] ')[2]}"]
        for field in msgspec.structs.fields(table.type):
            lines += [f"# {help_of(field.type)}", f"#{field.name} = {_toml(field.default)}"]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def help_of(annotation: Any) -> str:
    """The description in an ``Annotated[…, Meta(description=…)]``."""
    metas = [meta for meta in getattr(annotation, "__metadata__", ()) if isinstance(meta, Meta)]
    return next((meta.description for meta in metas if meta.description), "")


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return str(value)
