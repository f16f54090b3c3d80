"""Handlers for whoever runs the server: is it alive, is it ready, what does it do."""

from functools import partial
from importlib.metadata import version

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from schedy_server.http import steering_shapes, wire
from schedy_server.http.calls import core_of
from schedy_server.service.pressure import ORDER
from schedy_server.storage.durability import replication_of
from schedy_server.storage.ledger import Ledger
from schedy_server.storage.opening import dialect_of
from schedy_server.storage.session import DatabaseFailed

# What a client may rely on, by name: it asks for these rather than compare versions.
CAPABILITIES = (
    "claims",
    "leases",
    "release",
    "resume",
    "time_left",
    "limits",
    "steering",
    "attempts",
    "log",
    "kept",
    "workers",
)


async def healthz(request: Request) -> Response:
    """Tell that the process lives; restart it when this does not answer."""
    return PlainTextResponse("ok")


async def readyz(request: Request) -> Response:
    """Tell whether requests will be answered; send them elsewhere when not."""
    core = core_of(request)
    if core.wakeups.stopping:
        return PlainTextResponse("stopping", 503)
    try:
        replication = await core.storage.read(partial(_look, core.settings.database))
    except DatabaseFailed:
        return PlainTextResponse("the database does not answer", 503)
    strains = core.pressure.strains
    lines = [f"{name}: {strains[name]}".rstrip(": ") for name in ORDER if name in strains]
    return PlainTextResponse("\n".join(["ready", *lines, *replication]))


def _look(url: str, ledger: Ledger) -> list[str]:
    """See whether the database answers, and return what is to be known of it."""
    ledger.accounts.exist()
    return [] if dialect_of(url) == "sqlite" else [str(replication_of(ledger.session))]


async def metrics(request: Request) -> Response:
    """Return counts and times, as Prometheus reads them."""
    gathered = core_of(request).metrics
    return Response(gathered.render(), headers={"Content-Type": gathered.content_type})


async def show_version(request: Request) -> Response:
    """Tell which version the server has, and what it can do."""
    answer = steering_shapes.VersionAnswer(
        version=version("schedy"), capabilities=list(CAPABILITIES)
    )
    return wire.json_response(answer)
