"""The page of the HTTP API, from the document that the server gives at /openapi.json."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from schedy_server.http.openapi import document
from schedy_server.http.routes import ENDPOINTS
from scripts.reference.markdown import MADE, block, code, table, whole

Json = dict[str, Any]

_ABOUT = """\
Every server explains its own API at `/docs`, and describes it to programs at `/openapi.json`. This
page says the same. Paths are relative to the server's URL, and end in a slash.
"""
_MEDIA = {
    "text/plain": "text",
    "text/html": "a page",
    "text/csv": "CSV",
    "application/jsonl": "JSON lines",
    "application/x-www-form-urlencoded": "a form",
}
_COMMON = 10  # endpoints; what so many have in common is said once


def page() -> str:
    """Return the page."""
    api: Json = document(ENDPOINTS)
    operations = [
        (method.upper(), path, operation)
        for path, methods in api["paths"].items()
        for method, operation in methods.items()
    ]
    common = _common([operation for _, _, operation in operations])
    parts = [
        part
        for tag in api["tags"]
        for part in (
            f"## {tag['name']}",
            tag["description"],
            *(
                part
                for method, path, operation in operations
                if operation["tags"] == [tag["name"]]
                for part in _operation(method, path, operation, common)
            ),
        )
    ]
    return whole(
        MADE,
        "# HTTP",
        _ABOUT,
        api["info"]["description"],
        "## What all endpoints have in common",
        table(("status", "meaning"), sorted(common)),
        *parts,
        "## Types",
        *(part for name, schema in _types(api) for part in _type(name, schema)),
    )


def _common(operations: list[Json]) -> set[tuple[str, str]]:
    count = Counter(
        (status, answer["description"])
        for operation in operations
        for status, answer in operation["responses"].items()
        if status >= "400"
    )
    return {pair for pair, times in count.items() if times >= _COMMON}


def _operation(
    method: str, path: str, operation: Json, common: set[tuple[str, str]]
) -> Iterator[str]:
    yield f"### {operation['summary']}"
    yield f"`{method} {path}`" + _scope(operation)
    yield operation.get("description", "")
    yield from _request(operation)
    rows = [
        (status, answer["description"] + _tagged(answer), _body(answer))
        for status, answer in operation["responses"].items()
        if (status, answer["description"]) not in common
    ]
    yield table(("answer", "meaning", "body"), rows)


def _tagged(answer: Json) -> str:
    return " It has an `ETag`." if "ETag" in answer.get("headers", {}) else ""


def _scope(operation: Json) -> str:
    scope = operation.get("x-scope")
    return f", for tokens of scope `{scope}` or more" if scope else ", without a token"


def _request(operation: Json) -> Iterator[str]:
    given = [each for each in operation.get("parameters", ()) if each["in"] != "path"]
    if given:
        yield table(
            ("parameter", "in", "meaning"),
            ((code(each["name"]), each["in"], _meaning(each)) for each in given),
        )
    body = operation.get("requestBody")
    if body:
        yield f"It takes {_body(body)}."
    for sample in operation.get("x-codeSamples", ()):
        yield block(sample["source"], "sh")


def _meaning(parameter: Json) -> str:
    return f"{parameter['description']}{' Required.' if parameter.get('required') else ''}"


def _body(holder: Json) -> str:
    kinds = holder.get("content", {})
    names = (_MEDIA.get(media) or _kind(content["schema"]) for media, content in kinds.items())
    return " or ".join(dict.fromkeys(names))


def _types(api: Json) -> Iterator[tuple[str, Json]]:
    yield from sorted(api["components"]["schemas"].items())


def _type(name: str, schema: Json) -> Iterator[str]:
    yield f"### {name}"
    yield schema.get("description", "")
    if "enum" in schema:
        yield "One of " + ", ".join(code(str(each)) for each in schema["enum"]) + "."
    if "oneOf" in schema:
        yield "One of:"
        yield "\n".join(_alternative(each) for each in schema["oneOf"])
    if properties := schema.get("properties"):
        required = schema.get("required", ())
        yield table(
            ("key", "value", "meaning"),
            (
                (
                    code(key) + ("" if key in required else ", optional"),
                    _kind(each) or "any",
                    each.get("description", ""),
                )
                for key, each in properties.items()
            ),
        )


def _alternative(schema: Json) -> str:
    keys = ", ".join(map(code, schema.get("properties", ())))
    said = schema.get("description", "")
    return f"- {keys or _kind(schema)}{': ' if said else ''}{said}"


def _kind(schema: Json) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return " or ".join(_kind(each) for each in schema[key])
    if "enum" in schema:
        return " or ".join(code(str(each)) for each in schema["enum"])
    kind = schema.get("type", "")
    if kind == "array":
        return f"list of {_kind(schema.get('items', {})) or 'values'}"
    return " or ".join(kind) if isinstance(kind, list) else str(kind)
