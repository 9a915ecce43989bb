"""The OpenAPI 3.1 document, made from the operations' own types."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec

from cinestreamd import __version__
from cinestreamd.feature import Operation
from cinestreamd.web.problems import Problem

_REFERENCE: Final = "#/components/schemas/{name}"
_ANY_ADDRESS: Final = (400, 503)
"""Problems that every operation may have."""

_POSTED: Final = (403, 413, 415)
"""Problems that every operation with a body may have."""


def openapi_document(operations: Iterable[Operation], base_url: str) -> dict[str, Any]:
    """The document of a site's API."""
    found = list(operations)
    kinds = {kind: None for each in found for kind in (each.query, each.body, each.answer, Problem) if kind is not None}
    references, components = msgspec.json.schema_components(kinds, ref_template=_REFERENCE)
    named = dict(zip(kinds, references, strict=True))
    schemas = {name: _told(schema) for name, schema in components.items()}
    bodies = {each.body for each in found}
    queries = {_name(named[each.query]) for each in found if each.query is not None and each.query not in bodies}
    paths: dict[str, dict[str, Any]] = {}
    for each in found:
        paths.setdefault(each.path, {})[each.method] = _operation(each, named, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "cinestreamd",
            "version": __version__,
            "summary": "Cinema showtimes, with proof beside each.",
        },
        "servers": [{"url": base_url}],
        "paths": paths,
        "components": {"schemas": {name: schema for name, schema in schemas.items() if name not in queries}},
    }


def _operation(each: Operation, named: Mapping[Any, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "summary": each.summary,
        "operationId": f"{each.method}{''.join(part.title() for part in each.path.split('/'))}",
        "responses": _responses(each, named),
    }
    if each.query is not None:
        told["parameters"] = _parameters(schemas[_name(named[each.query])])
    if each.body is not None:
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": named[each.body]}}}
    return told


def _responses(each: Operation, named: Mapping[Any, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for status in each.statuses:
        answers[str(status)] = {"description": HTTPStatus(status).phrase}
        if each.answer is not None:
            kinds = {each.content_type: {"schema": named[each.answer]}}
            answers[str(status)]["content"] = kinds | {kind: {"schema": {"type": "string"}} for kind in each.also}
    problem = {"application/problem+json": {"schema": named[Problem]}}
    for status in sorted({*each.problems, *_ANY_ADDRESS, *(_POSTED if each.body is not None else ())}):
        answers[str(status)] = {"description": HTTPStatus(status).phrase, "content": problem}
    return answers


def _parameters(query: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    required = set(query.get("required", ()))
    parameters = []
    for name, schema in query["properties"].items():
        given = {key: value for key, value in schema.items() if key not in {"default", "description"}}
        told = _given(given) if name in required else _or_empty(_given(given))
        parameter = {"name": name, "in": "query", "required": name in required, "schema": told}
        if "description" in schema:
            parameter["description"] = schema["description"]
        parameters.append(parameter)
    return parameters


def _given(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a value that is given: what is not given is left out, never null."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]
    if len(choices) != 1:
        return schema
    return {**{key: value for key, value in schema.items() if key != "anyOf"}, **choices[0]}


def _or_empty(schema: dict[str, Any]) -> dict[str, Any]:
    """An empty value counts as not given."""
    if schema.get("type") == "array":
        return {**schema, "items": _or_empty(schema["items"])}
    return {"anyOf": [schema, {"const": ""}]}


def _name(reference: Mapping[str, str]) -> str:
    return reference["$ref"].rsplit("/", 1)[1]


def _told(schema: Any) -> Any:
    """``schema`` with patterns as ECMAScript writes them, and without what only describes Python."""
    if isinstance(schema, dict):
        return {
            key: _ecma(value) if key == "pattern" and isinstance(value, str) else _told(value)
            for key, value in schema.items()
        }
    return [_told(item) for item in schema] if isinstance(schema, list | tuple) else schema


def _ecma(pattern: str) -> str:
    return pattern.replace(r"\A", "^").replace(r"\Z", "$")
