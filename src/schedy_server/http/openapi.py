"""The OpenAPI 3.1 document, made of the URL table, the handlers' docstrings and the types."""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version as version_of
from typing import Any

import msgspec

from schedy_server.http.curl import curl
from schedy_server.http.endpoint import (
    FORM,
    HTML,
    JSON,
    TEXT,
    Answer,
    Endpoint,
    Operation,
    Parameter,
    Shape,
    Tag,
)
from schedy_server.http.scheduler_schemas import SCHEDULER_SCHEMAS
from schedy_server.model.accounts import Scope

Json = dict[str, Any]

_ABOUT = """\
Hyperparameter search for any number of workers. Workers claim jobs of an experiment, and report
results; a scheduler chooses the hyperparameters.

Bodies are JSON, whatever `Content-Type` says; an error is one plain sentence that says what is
wrong, and where. Names in a path are one segment each, percent-encoded: `/` is `%2F`. Every answer
has an `X-Request-Id`, by which the server's log has more. JSON may hold the bare words `NaN`,
`Infinity` and `-Infinity` where users sent them.

A request under a name that is not the server's is answered with 421, one with more than 100 headers
or 64 KiB of them with 431.

Whatever is answered with 2xx is stored durably. 429 and 503 pass: wait for as long as `Retry-After`
says, then send the same request again.
"""
_TAGS = {
    Tag.WORKERS: "What a worker does: claim a job, report, finish, give a sign of life.",
    Tag.JOBS: "The trials of an experiment.",
    Tag.EXPERIMENTS: "What is searched for, and how.",
    Tag.ANALYSIS: "What the results say: which hyperparameters matter, which jobs are the best.",
    Tag.ACCOUNTS: "Signing in, and API tokens.",
    Tag.DASHBOARD: "What the dashboard asks for: tables, columns for charts, and what is new.",
    Tag.OPERATIONS: "For whoever runs the server, and for programs that read its description.",
}
_SEGMENTS = re.compile(r"\{(\w+):segment\}")
_NAMES = {
    "experiment": ("The name of the experiment, percent-encoded.", "mnist"),
    "job": ("The id of the job, percent-encoded.", "bqkvw7zt3x"),
    "token": ("The id of the token.", "Zl5tTn8yBH"),
    "session": ("The id of the session.", "Q4m7sVzK2p"),
    "kept": ("The id under which it was kept.", "17"),
    "view": ("The name of the view, percent-encoded.", "best"),
    "worker": ("The name of the worker, percent-encoded.", "node7"),
}
_TOO_FEW = "The token's scope does not allow it."
_COMMON = {
    400: "Something in the request is wrong; the sentence says what, and where.",
    401: "The token is missing, expired, revoked or forged.",
    413: "The body is too large.",
    414: "The URL is too long: 16 KiB are taken.",
    422: "The `Idempotency-Key` was used before, for another request.",
    428: "`If-Match` is missing.",
    503: "The server can't answer right now; nothing was changed.",
}
_ETAG = {
    "description": "The version of the job, for `If-Match`.",
    "required": True,
    "schema": {"type": "string"},
}
_RETRY_AFTER = {
    "description": "After how many seconds to try again.",
    "required": True,
    "schema": {"type": "integer", "minimum": 1},
}
_CHALLENGE = {"description": "`Bearer`", "required": True, "schema": {"type": "string"}}
_HEADERS_OF = {
    401: {"WWW-Authenticate": _CHALLENGE},
    429: {"Retry-After": _RETRY_AFTER},
    503: {"Retry-After": _RETRY_AFTER},
}


def document(endpoints: Sequence[Endpoint], *, version: str | None = None, root: str = "/") -> Json:
    """Return the description of the API.

    Args:
        version: Of the server; by default the one that is installed.
        root: The URL at which the API is found.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Schedy",
            "version": version or version_of("schedy"),
            "description": _unwrapped(_ABOUT),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": root}],
        "tags": [{"name": tag.value, "description": _TAGS[tag]} for tag in Tag],
        "paths": _paths(endpoints),
        "components": {
            "schemas": dict(sorted({**_schemas(endpoints), **SCHEDULER_SCHEMAS}.items())),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API token (`sdy_…`), or a session token from `/token/` or "
                    "`/passauth/`. A token has a scope: `read`, `worker`, which includes it, or "
                    "`admin`, which includes both.",
                }
            },
        },
    }


def _paths(endpoints: Iterable[Endpoint]) -> Json:
    paths: Json = {}
    for endpoint in endpoints:
        path = _SEGMENTS.sub(r"{\1}", endpoint.path)
        paths.setdefault(path, {})[endpoint.method.lower()] = _operation(endpoint, path)
    return paths


def _operation(endpoint: Endpoint, path: str) -> Json:
    names = _SEGMENTS.findall(endpoint.path)
    operation = endpoint.operation
    summary, _, description = inspect.cleandoc(endpoint.handler.__doc__ or "").partition("\n\n")
    body = {"requestBody": _request_body(operation)} if operation.takes else {}
    need = {"x-scope": endpoint.need.value} if endpoint.need else {}
    return {
        "operationId": endpoint.handler.__name__,
        "tags": [operation.tag.value],
        "summary": _unwrapped(summary).removesuffix("."),
        "description": _unwrapped(description),
        "security": [{"bearer": []}] if endpoint.need else [],
        **need,
        "parameters": [
            *(_path_parameter(name) for name in names),
            *(_parameter(parameter) for parameter in operation.parameters),
        ],
        **body,
        "responses": {str(status): answer for status, answer in _responses(endpoint)},
        "x-codeSamples": [
            {
                "lang": "Shell",
                "label": "curl",
                "source": curl(endpoint, path, {name: _NAMES[name][1] for name in names}),
            }
        ],
    }


def _path_parameter(name: str) -> Json:
    meaning, example = _NAMES[name]
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": meaning,
        "schema": {"type": "string", "minLength": 1},
        "example": example,
    }


def _parameter(parameter: Parameter) -> Json:
    example: Any = parameter.example
    if parameter.schema.get("type") == "array":
        example = [example]
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required,
        "description": parameter.meaning,
        "schema": dict(parameter.schema),
        **({} if parameter.example is None else {"example": example}),
    }


def _request_body(operation: Operation) -> Json:
    schema = {"schema": _reference(operation.takes)}
    media_types = [JSON, FORM] if operation.form else [JSON]
    content = {media_type: {**schema, "example": operation.example} for media_type in media_types}
    # An empty body is an empty object, which will do where nothing has to be said.
    return {"required": _has_to_say(operation.takes), "content": content}


def _has_to_say(shape: Shape | None) -> bool:
    return shape is not None and any(field.required for field in msgspec.structs.fields(shape))


def _reference(shape: Shape | None) -> Json:
    return {"$ref": f"#/components/schemas/{shape.__name__}"} if shape else {}


# Answers


def _responses(endpoint: Endpoint) -> Iterator[tuple[int, Json]]:
    operation = endpoint.operation
    for status, answer in sorted(operation.gives.items()):
        yield status, _response(answer)
    for status, meaning in sorted(_refusals(endpoint).items()):
        yield status, _refusal(status, meaning, pages=operation.pages)


def _response(answer: Answer) -> Json:
    content: Json = {}
    if answer.shape:
        content[JSON] = {"schema": _reference(answer.shape)}
    for media_type, schema in (answer.bodies or {}).items():
        content[media_type] = {"schema": dict(schema)}
    return {
        "description": answer.meaning,
        **({"headers": {"ETag": _ETAG}} if answer.tagged else {}),
        **({"content": content} if content else {}),
    }


def _refusals(endpoint: Endpoint) -> Mapping[int, str]:
    """Return why a request may be refused, what all of its kind have in common included."""
    operation = endpoint.operation
    headers = {parameter.name for parameter in operation.parameters if parameter.required}
    keyed = any(parameter.name == "Idempotency-Key" for parameter in operation.parameters)
    applies = {
        400: True,  # of a URL with too many parameters, too
        401: endpoint.need,
        413: operation.takes,
        414: True,
        422: keyed,
        428: "If-Match" in headers,
        503: operation.stored,
    }
    common = {status: meaning for status, meaning in _COMMON.items() if applies[status]}
    # Every token may read.
    forbidden = {403: _TOO_FEW} if endpoint.need not in {None, Scope.READ} else {}
    return {**common, **forbidden, **operation.refuses}


def _refusal(status: int, meaning: str, *, pages: bool) -> Json:
    content: Json = {TEXT: {"schema": {"type": "string"}}}
    if pages:
        content[HTML] = {"schema": {"type": "string"}}
    headers = {"headers": _HEADERS_OF[status]} if status in _HEADERS_OF else {}
    return {"description": meaning, **headers, "content": content}


# Types


def _schemas(endpoints: Iterable[Endpoint]) -> Json:
    shapes = {
        shape
        for endpoint in endpoints
        for shape in (endpoint.operation.takes, *_given(endpoint.operation))
        if shape is not None
    }
    _, schemas = msgspec.json.schema_components(
        sorted(shapes, key=lambda shape: shape.__name__),
        ref_template="#/components/schemas/{name}",
    )
    return {name: _described(schema) for name, schema in schemas.items()}


def _given(operation: Operation) -> Iterator[Shape | None]:
    return (answer.shape for answer in operation.gives.values())


def _described(schema: Json) -> Json:
    """Move what a docstring says of attributes to the properties, where readers look for it."""
    text = inspect.cleandoc(schema.get("description", ""))
    about, _, attributes = text.partition("Attributes:\n")
    properties = schema.get("properties", {})
    for name, meaning in _attributes(attributes):
        sent = name if name in properties else _camel(name)
        if sent in properties:
            properties[sent] = {"description": meaning, **properties[sent]}
    return {**schema, "description": _unwrapped(about)}


def _attributes(text: str) -> Iterator[tuple[str, str]]:
    for item in re.split(r"\n(?!\s)", inspect.cleandoc(text)):
        name, colon, meaning = item.partition(": ")
        if colon:
            yield name, " ".join(meaning.split())


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def _unwrapped(text: str) -> str:
    """Return paragraphs as one line each: where they break is the reader's business."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n")).strip()
