"""Requests as commands that can be typed."""

import json
import shlex
from collections.abc import Iterator, Mapping
from urllib.parse import quote, urlencode

from schedy_server.http.endpoint import Endpoint


def curl(endpoint: Endpoint, path: str, names: Mapping[str, str]) -> str:
    """Return a command that sends an example of a request.

    It takes the server from the variable SCHEDY_ROOT, and the token from SCHEDY_TOKEN.

    Args:
        path: Like that of the endpoint, with the names in plain braces.
        names: What stands for each of them.
    """
    return " \\\n  ".join([*_target(endpoint, path, names), *_headers(endpoint), *_body(endpoint)])


def _target(endpoint: Endpoint, path: str, names: Mapping[str, str]) -> Iterator[str]:
    path = path.format_map({name: quote(each, safe="") for name, each in names.items()})
    examples = _examples(endpoint, "query")
    query = f"?{urlencode(examples)}" if examples else ""
    method = "" if endpoint.method == "GET" else f" -X {endpoint.method}"
    yield f'curl{method} "$SCHEDY_ROOT{path}{query}"'


def _headers(endpoint: Endpoint) -> Iterator[str]:
    if endpoint.need:
        yield '-H "Authorization: Bearer $SCHEDY_TOKEN"'
    for name, example in _examples(endpoint, "header").items():
        yield f"-H {shlex.quote(f'{name}: {example}')}"


def _body(endpoint: Endpoint) -> Iterator[str]:
    if endpoint.operation.takes:
        yield f"-d {shlex.quote(json.dumps(endpoint.operation.example, ensure_ascii=False))}"


def _examples(endpoint: Endpoint, place: str) -> dict[str, str]:
    return {
        parameter.name: parameter.example
        for parameter in endpoint.operation.parameters
        if parameter.place == place and parameter.example is not None
    }
