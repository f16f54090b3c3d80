"""Handlers that describe the API, to programs and to people."""

import functools
import json
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from schedy_server.http import docs_page, openapi
from schedy_server.http.addresses import public_root
from schedy_server.http.endpoint import Endpoint


async def show_openapi(request: Request) -> Response:
    """Return this description, as an OpenAPI document."""
    return Response(_document(request), media_type="application/json")


async def show_docs(request: Request) -> Response:
    """Show this description, as a page."""
    described = json.loads(_document(request))
    return HTMLResponse(docs_page.render(described), headers=docs_page.HEADERS)


def _document(request: Request) -> str:
    root = public_root(request).removesuffix("/") or "/"
    return _cached(tuple(request.app.state.endpoints), root)


@functools.lru_cache(maxsize=8)  # a server is reached under a few names
def _cached(endpoints: Sequence[Endpoint], root: str) -> str:
    return json.dumps(openapi.document(endpoints, root=root))
