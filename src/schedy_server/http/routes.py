"""The whole URL table on one page.

Paths are matched as sent, still encoded, and every segment is decoded once afterwards: a name may
hold a slash, which travels as `%2F`. All paths end in a slash, and nothing is ever redirected:
clients turn a redirected PUT into a GET and take its answer for a stored result.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Lifespan

from schedy_server.http import claims, experiments, export, jobs
from schedy_server.model.errors import Invalid

Handler = Callable[[Request], Awaitable[Response]]

E_ = "/experiments/{experiment:segment}/"
J_ = E_ + "jobs/{job:segment}/"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method at one URL."""

    method: str
    path: str
    handler: Handler


ENDPOINTS = (
    Endpoint("POST", E_ + "claims/", claims.claim),
    Endpoint("POST", J_ + "finish/", claims.finish),
    Endpoint("POST", J_ + "report/", claims.report),
    Endpoint("POST", J_ + "heartbeat/", claims.heartbeat),
    Endpoint("GET", E_ + "nextjob/", jobs.next_job),
    Endpoint("GET", E_ + "jobs/", jobs.list_jobs),
    Endpoint("POST", E_ + "jobs/", jobs.add_job),
    Endpoint("POST", E_ + "batches/", jobs.add_jobs),
    Endpoint("GET", E_ + "export/", export.export_jobs),
    Endpoint("GET", J_, jobs.get_job),
    Endpoint("PUT", J_, jobs.put_job),
    Endpoint("DELETE", J_, jobs.delete_job),
    Endpoint("GET", "/experiments/", experiments.list_experiments),
    Endpoint("GET", E_, experiments.get_experiment),
    Endpoint("PUT", E_, experiments.put_experiment),
    Endpoint("PATCH", E_, experiments.patch_experiment),
    Endpoint("DELETE", E_, experiments.delete_experiment),
)


class Segment(Convertor[str]):
    """One segment of a path, decoded; the slash that it may hold never parts it."""

    regex = "[^/]+"

    def convert(self, value: str) -> str:
        """Decode once, as UTF-8."""
        try:
            return unquote_to_bytes(value.encode("latin-1")).decode("utf-8")
        except UnicodeDecodeError as error:
            raise Invalid("The URL holds a name that is not UTF-8.") from error

    def to_string(self, value: str) -> str:
        """Encode; the counterpart that Starlette asks for."""
        return quote(value, safe="")


register_url_convertor("segment", Segment())


def router(lifespan: Lifespan[ASGIApp], endpoints: Iterable[Endpoint] = ENDPOINTS) -> Router:
    """Return the router for a table of endpoints."""
    methods: dict[str, dict[str, Handler]] = {}
    for endpoint in endpoints:
        methods.setdefault(endpoint.path, {})[endpoint.method] = endpoint.handler
    routes = [
        Route(path, _by_method(handlers), methods=list(handlers))
        for path, handlers in methods.items()
    ]
    return Router(routes, redirect_slashes=False, lifespan=lifespan)


def _by_method(handlers: Mapping[str, Handler]) -> Handler:
    allowed = {"Allow": ", ".join(handlers)}

    async def handle(request: Request) -> Response:
        # Starlette answers HEAD like GET; looking for a job is no mere look.
        handler = handlers.get(request.method)
        if handler is None and request.method == "HEAD" and handlers["GET"] is not jobs.next_job:
            handler = handlers["GET"]
        if handler is None:
            raise HTTPException(405, headers=allowed)
        return await handler(request)

    return handle
