"""What a request says, read into a typed record or refused with the field at fault."""

import re
from collections.abc import Hashable, Iterable
from functools import cache
from typing import Annotated, Any, TypeVar, cast, get_args, get_origin
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from cinestreamd.errors import InvalidInputError
from cinestreamd.i18n import N_

T = TypeVar("T")

_MAX_FIELDS = 50


class InvalidFieldError(InvalidInputError):
    """A value is missing, of the wrong kind or out of bounds; ``field`` names it."""

    code = "invalid_field"
    message = N_("The value of “{field}” is missing or cannot be understood.")


class InvalidBodyError(InvalidInputError):
    """The body is not of the form that its content type promises."""

    code = "invalid_body"
    message = N_("The body of the request cannot be understood.")


class UnsupportedMediaTypeError(InvalidInputError):
    """The body comes in another form than the one accepted."""

    code = "unsupported_media_type"
    status = 415
    message = N_("The body of this request must be {expected}.")


def parse_query(request: web.Request, kind: type[T]) -> T:
    """The query as ``kind``; an empty value counts as not given, an unknown one is left alone.

    A field that is a tuple takes every value given under its name; of any other the last one counts.

    Raises:
        InvalidFieldError: a field is missing or does not fit.
    """
    return _convert(_gather(request.query.items(), _repeated(cast("Hashable", kind))), kind)


def _gather(pairs: Iterable[tuple[str, str]], repeated: frozenset[str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if value and name in repeated:
            fields.setdefault(name, []).append(value)
        elif value:
            fields[name] = value
    return fields


@cache
def _repeated(kind: Hashable) -> frozenset[str]:
    """The names of the fields of ``kind`` that are tuples."""
    return frozenset(field.encode_name for field in msgspec.structs.fields(cast("Any", kind)) if _is_tuple(field.type))


def _is_tuple(annotation: Any) -> bool:
    inner = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    return get_origin(inner) is tuple


async def parse_json(request: web.Request, kind: type[T]) -> T:
    """The JSON body as ``kind``.

    Raises:
        UnsupportedMediaTypeError: the body is not declared as JSON.
        InvalidBodyError: it is not JSON.
        InvalidFieldError: a field is missing or does not fit.
    """
    _require_type(request, "application/json")
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except msgspec.ValidationError as error:
        raise InvalidFieldError(field=_field_of(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidBodyError from None


async def parse_form(request: web.Request, kind: type[T]) -> T:
    """The URL-encoded form body as ``kind``; raises like ``parse_json``."""
    _require_type(request, "application/x-www-form-urlencoded")
    try:
        fields = parse_qsl((await request.read()).decode(), max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise InvalidBodyError from None
    return _convert(dict(fields), kind)


def _require_type(request: web.Request, expected: str) -> None:
    if request.content_type != expected:
        raise UnsupportedMediaTypeError(expected=expected)


def _convert(fields: dict[str, Any], kind: type[T]) -> T:
    try:
        return msgspec.convert(fields, kind, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidFieldError(field=_field_of(error)) from None


def _field_of(error: msgspec.ValidationError) -> str:
    """The name of the field in msgspec's message: its path (``$.city``), or the missing one in backticks."""
    found = re.search(r"\$\.(\w+)", str(error)) or re.search(r"field `(\w+)`", str(error))
    return found[1] if found else "body"
