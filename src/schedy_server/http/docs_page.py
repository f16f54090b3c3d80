"""The reference of the API as one page for people: no script, and nothing from elsewhere."""

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from http import HTTPStatus
from typing import Any

from schedy_server.http.docs_style import STYLE
from schedy_server.http.page_headers import page_headers

Json = Mapping[str, Any]

HEADERS = page_headers(STYLE)
_CODE = re.compile(r"`([^`]+)`")


def render(document: Json) -> str:
    """Return the page that shows an OpenAPI document."""
    info = document["info"]
    title = f"{info['title']} {info['version']}: HTTP API"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>
<body><nav aria-label="Contents">{_contents(document)}</nav>
<main><h1>{escape(title)}</h1>
{_prose(info["description"])}
{_start(document)}
{"".join(_chapter(document, tag) for tag in document["tags"])}
<section><h2 id="types">Types</h2>
{"".join(_type(name, schema) for name, schema in document["components"]["schemas"].items())}
</section></main></body></html>
"""


def _contents(document: Json) -> str:
    chapters = "".join(
        f'<li><a href="#{escape(tag["name"])}">{escape(tag["name"])}</a><ul>'
        + "".join(
            f'<li><a href="#{escape(operation["operationId"])}">{_prose_line(operation["summary"])}'
            "</a></li>"
            for _, _, operation in _operations(document, tag["name"])
        )
        + "</ul></li>"
        for tag in document["tags"]
    )
    return f'<ul>{chapters}<li><a href="#types">Types</a></li></ul>'


def _start(document: Json) -> str:
    root = document["servers"][0]["url"].rstrip("/")
    lines = f"export SCHEDY_ROOT={root}\nexport SCHEDY_TOKEN=sdy_w_…"
    scheme = document["components"]["securitySchemes"]["bearer"]
    return (
        f"<h2>Signing in</h2>{_prose(scheme['description'])}"
        "<p>The examples take the server and the token from two variables:</p>"
        f"<pre><code>{escape(lines)}</code></pre>"
        f'<p>For programs, there is an <a href="{escape(root)}/openapi.json">OpenAPI document</a>.'
        "</p>"
    )


def _operations(document: Json, tag: str) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if tag in operation["tags"]:
                yield path, method.upper(), operation


def _chapter(document: Json, tag: Json) -> str:
    types = document["components"]["schemas"]
    operations = (_operation(*each, types=types) for each in _operations(document, tag["name"]))
    name = escape(tag["name"])
    return (
        f'<section><h2 id="{name}">{name}</h2>{_prose(tag["description"])}{"".join(operations)}'
        "</section>"
    )


def _operation(path: str, method: str, operation: Json, *, types: Json) -> str:
    scope = f"scope <code>{operation['x-scope']}</code>" if "x-scope" in operation else "open"
    return f"""<article id="{escape(operation["operationId"])}">
<h3>{_prose_line(operation["summary"])}</h3>
<p class="url"><b class="{method.lower()}">{method}</b> <code>{escape(path)}</code>
<span>{scope}</span></p>
{_prose(operation["description"])}
<pre><code>{escape(operation["x-codeSamples"][0]["source"])}</code></pre>
{_parameters(operation["parameters"])}
{_body(operation, types)}
<h4>Answers</h4><table><tbody>
{"".join(_answer(status, answer) for status, answer in operation["responses"].items())}
</tbody></table></article>
"""


def _parameters(parameters: list[Json]) -> str:
    if not parameters:
        return ""
    rows = "".join(
        f"<tr><th><code>{escape(each['name'])}</code><small>{each['in']}"
        f"{', required' if each['required'] else ''}</small></th>"
        f"<td>{_shown(each['schema'])}<br>{_prose_line(each['description'])}</td></tr>"
        for each in parameters
    )
    return f"<h4>Parameters</h4><table><tbody>{rows}</tbody></table>"


def _body(operation: Json, types: Json) -> str:
    if "requestBody" not in operation:
        return ""
    content = operation["requestBody"]["content"]
    name = next(iter(content.values()))["schema"]["$ref"].rpartition("/")[2]
    return f"<h4>Body</h4><p>{_content(content)}</p>{_properties(types[name])}"


def _answer(status: str, answer: Json) -> str:
    headers = "".join(
        f"<br><code>{escape(name)}</code>: {_prose_line(header['description'])}"
        for name, header in answer.get("headers", {}).items()
    )
    # That a refusal is one sentence of plain text is said once, at the top.
    said = {each for each in answer.get("content", {}) if each != "text/plain"}
    content = f"<br>{_content(answer['content'])}" if said else ""
    return (
        f"<tr><th>{status}<small>{HTTPStatus(int(status)).phrase}</small></th>"
        f"<td>{_prose_line(answer['description'])}{headers}{content}</td></tr>"
    )


def _content(content: Json) -> str:
    return ", or ".join(
        f"<code>{escape(media_type)}</code> {_shown(each['schema'])}"
        for media_type, each in content.items()
    )


# Types


def _type(name: str, schema: Json) -> str:
    content = _properties(schema) if "properties" in schema else f"<p>{_shown(schema)}</p>"
    return (
        f'<article id="type-{escape(name)}"><h3>{escape(name)}</h3>'
        f"{_prose(schema.get('description', ''))}{content}</article>"
    )


def _properties(schema: Json) -> str:
    rows = "".join(
        f"<tr><th><code>{escape(name)}</code>"
        f"<small>{'required' if name in schema.get('required', []) else ''}</small></th>"
        f"<td>{_shown(content)}{_meaning(content)}</td></tr>"
        for name, content in schema["properties"].items()
    )
    return f"<table><tbody>{rows}</tbody></table>"


def _meaning(schema: Json) -> str:
    return f"<br>{_prose_line(schema['description'])}" if "description" in schema else ""


def _shown(schema: Json) -> str:
    """Return a schema in words, with links to the types that it names."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#type-{name}">{name}</a>'
    if "oneOf" in schema:
        return "".join(f"<br>{_alternative(each)}" for each in schema["oneOf"])
    if "anyOf" in schema:
        return " or ".join(_shown(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(f"<code>{escape(str(each))}</code>" for each in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_shown(schema.get('items', {}))}"
    kinds = schema.get("type", "anything")
    return escape(kinds if isinstance(kinds, str) else " or ".join(kinds)) + _limits(schema)


def _alternative(schema: Json) -> str:
    [(name, content)] = schema["properties"].items()
    inner = f"{{{_fields(content)}}}" if "properties" in content else _shown(content)
    return (
        f"<code>{escape(json.dumps(name))}</code>: {inner}<br>"
        f"<small>{_prose_line(schema['description'])}</small>"
    )


def _fields(schema: Json) -> str:
    return ", ".join(
        f"<code>{escape(name)}</code>{'' if name in schema['required'] else '?'}: {_shown(content)}"
        for name, content in schema["properties"].items()
    )


def _limits(schema: Json) -> str:
    words = {
        "minimum": "≥",
        "exclusiveMinimum": ">",
        "maximum": "≤",
        "maxLength": "characters ≤",
        "default": "default",
    }
    said = [f"{word} {schema[key]}" for key, word in words.items() if schema.get(key) is not None]
    if isinstance(schema.get("additionalProperties"), dict):
        return f" of {_shown(schema['additionalProperties'])}"
    return escape(f" ({', '.join(said)})") if said else ""


# Text


def _prose(text: str) -> str:
    return "".join(f"<p>{_prose_line(paragraph)}</p>" for paragraph in text.split("\n\n") if text)


def _prose_line(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text))
