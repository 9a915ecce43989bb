"""The OpenAPI document says what the API does, for every address of it, and the page shows it."""

from typing import Any

import pytest

from cinestreamd.features import FEATURES

LEFT_OUT = {"/api/openapi.json", "/api/docs", "/api/visit/seen.gif"}
"""Addresses that are no operations: the document and its page, and an image for pages without JavaScript."""


@pytest.fixture
async def document(client: Any) -> Any:
    response = await client.get("/api/openapi.json")
    assert (response.status, response.content_type) == (200, "application/json")
    return await response.json()


def test_every_address_of_the_api_is_an_operation() -> None:
    routes = {
        (route.method.lower(), route.path)
        for feature in FEATURES
        for route in feature.routes()
        if route.path.startswith(("/api/", "/healthz", "/readyz")) and route.path not in LEFT_OUT
    }
    operations = {(each.method, each.path) for feature in FEATURES for each in feature.operations()}
    assert operations == routes
    assert len(routes) == 11


async def test_the_document_to_the_letter_where_it_is_short(document: Any) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": "http://localhost:8001"}]
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    assert document["paths"]["/api/search"]["get"] == {
        "summary": "Films that are to come, and cinemas, by the beginning of a name.",
        "operationId": "getApiSearch",
        "parameters": [
            {
                "name": "q",
                "in": "query",
                "required": True,
                "schema": {"type": "string", "minLength": 1, "maxLength": 100},
            },
            {
                "name": "city",
                "in": "query",
                "required": False,
                "schema": {
                    "anyOf": [
                        {"type": "string", "minLength": 1, "maxLength": 80, "pattern": "^[a-z0-9][a-z0-9-]*$"},
                        {"const": ""},
                    ]
                },
            },
        ],
        "responses": {
            "200": {
                "description": "OK",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Finds"}}},
            },
            "400": {"description": "Bad Request", "content": problem},
            "404": {"description": "Not Found", "content": problem},
            "503": {"description": "Service Unavailable", "content": problem},
        },
    }


async def test_every_reference_leads_somewhere(document: Any) -> None:
    schemas = document["components"]["schemas"]

    def references(part: Any) -> set[str]:
        if isinstance(part, dict):
            own = {part["$ref"]} if "$ref" in part else set()
            return own.union(*(references(each) for each in part.values()))
        return set().union(*(references(each) for each in part)) if isinstance(part, list) else set()

    found = references(document)
    assert len(found) > 15
    assert found <= {f"#/components/schemas/{name}" for name in schemas}


async def test_the_page_shows_every_operation_and_asks_nobody_else(client: Any, page: Any, document: Any) -> None:
    moved = await client.get("/api/docs", headers={"Accept-Language": "en"}, allow_redirects=False)
    assert (moved.status, moved.headers["Location"]) == (302, "/en/api/docs")
    tree = await page("/en/api/docs")
    shown = [" ".join(node.text().split()) for node in tree.css("section[id^=get] h2, section[id^=post] h2")]
    assert shown == [f"{method.upper()} {path}" for path, found in document["paths"].items() for method in found]
    links = [node.attributes["href"] for node in tree.css(".api a")]
    assert links
    assert all(tree.css_first(link) is not None for link in links)
