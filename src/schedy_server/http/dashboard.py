"""The dashboard: a page, its scripts and styles, all from this server.

The files are built from `frontend/` and lie in the package. Every address of the dashboard gets the
same page, whose script shows what the address means.
"""

import functools
import mimetypes
from collections.abc import Mapping
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

from schedy_server.http.calls import core_of
from schedy_server.model.errors import NotFound

_WEB = files("schedy_server").joinpath("web")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; worker-src 'self'; font-src 'self'; base-uri 'self'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_FOR_EVER = "public, max-age=31536000, immutable"
_MISSING = (
    "This server was installed without its dashboard. Everything else works: see /docs, and the "
    "command line 'schedy --help'."
)


async def show_page(request: Request) -> Response:
    """Show the dashboard."""
    page = _file("index.html")
    if page is None:
        return Response(_MISSING, 404, media_type="text/plain")
    base = f"{core_of(request).settings.root_path}/"
    html = page.replace(b'<base href="/"', f'<base href="{base}"'.encode(), 1)
    return Response(html, headers={**_HEADERS, "Cache-Control": "no-cache"}, media_type="text/html")


def is_sought(request: Request) -> bool:
    """Tell whether somebody looks for a page, rather than a program for an answer."""
    return request.method == "GET" and "text/html" in request.headers.get("accept", "")


async def show_nothing(request: Request) -> Response:
    """Show the dashboard where nothing is: its script says so, and leads back."""
    response = await show_page(request)
    response.status_code = 404
    return response


async def show_asset(request: Request) -> Response:
    """Return a script, a style sheet or a picture of the dashboard."""
    name = request.path_params["asset"]
    content = _file(f"assets/{name}")
    if content is None or "/" in name or name.startswith("."):
        raise NotFound("There is no such file.")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    headers = {**_HEADERS, "Cache-Control": _FOR_EVER}
    packed = _file(f"assets/{name}.gz")
    if packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        content, headers = (
            packed,
            {**headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"},
        )
    return Response(content, headers=headers, media_type=kind)


def pages() -> Mapping[str, str]:
    """Return the addresses of the dashboard's pages, each with what it shows."""
    return {
        "/": "the experiments",
        "/login": "signing in",
        "/account": "the account",
        "/workers": "the workers",
        "/compare": "jobs or experiments side by side",
        "/e/{experiment:segment}": "an experiment",
        "/e/{experiment:segment}/{part:segment}": "a part of an experiment",
        "/e/{experiment:segment}/jobs/{job:segment}": "a job",
    }


@functools.cache
def _file(name: str) -> bytes | None:
    file = _WEB.joinpath(*name.split("/"))
    return file.read_bytes() if file.is_file() else None
