"""The OpenAPI document as a judge of answers."""

import json
import math
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import jsonschema_rs
from starlette.routing import compile_path

from schedy_server.http.openapi import document
from schedy_server.http.routes import ALIASES, ENDPOINTS
from schedy_server.model.jsontext import loads
from tests.server.http.asking import Answer

DOCUMENT = document(ENDPOINTS, version="1.0.0")
SCHEMAS: Mapping[str, Any] = DOCUMENT["components"]["schemas"]

_PATHS = [(each, compile_path(each.path)[0]) for each in ENDPOINTS]
_LARGEST = 2**53


def operations() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield path, method and description of each."""
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def operation_of(method: str, path: str) -> Mapping[str, Any] | None:
    """Return the description of what answers at a path, given as it is sent."""
    for endpoint, pattern in _PATHS:
        if endpoint.method == method and pattern.match(ALIASES.get(path, path)):
            operation: Mapping[str, Any] = _by_id()[endpoint.handler.__name__]
            return operation
    return None


def assert_described(operation: Mapping[str, Any], answer: Answer) -> None:
    """Fail unless the document describes such an answer to that operation."""
    described = operation["responses"].get(str(answer.status))
    assert described is not None, f"status {answer.status} is not described: {answer.body[:200]!r}"
    for name, header in described.get("headers", {}).items():
        assert not header["required"] or name.lower() in answer.headers, f"no header {name}"
    content = described.get("content", {})
    if not content:
        assert answer.body == b""
        return
    media_type = answer.headers["content-type"].partition(";")[0]
    assert media_type in content, f"{media_type} is not described"
    if media_type == "application/json":
        validator(content[media_type]["schema"]).validate(_strict(loads(answer.text)))


def validator(schema: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """Return what judges values by a schema of the document."""
    return _validator(json.dumps(schema))


def is_valid(name: str, value: object) -> bool:
    """Tell whether a value is of a type of the document."""
    return validator({"$ref": f"#/components/schemas/{name}"}).is_valid(_strict(value))


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    whole = {**json.loads(schema), "components": {"schemas": SCHEMAS}}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


@cache
def _by_id() -> Mapping[str, Any]:
    return {operation["operationId"]: operation for _, _, operation in operations()}


def _strict(value: Any) -> Any:
    """Return a value without what JSON Schema does not know: NaN and 10**400 are numbers."""
    if isinstance(value, float) and not math.isfinite(value):
        return 0.5
    if isinstance(value, int) and abs(value) > _LARGEST:
        return _LARGEST
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_strict(each) for each in value]
    if isinstance(value, dict):
        return {_strict(name): _strict(each) for name, each in value.items()}
    return value
