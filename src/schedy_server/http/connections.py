"""The TCP connection of a request, and whether its answer was handed to the network."""

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from schedy_server.corked import CONNECTION
from schedy_server.service.posts import Connection, Deliveries
from schedy_server.storage.posts import Receipt


def connection_of(request: Request) -> Connection | None:
    """Return the connection on which a request came; None under a server that does not tell."""
    connection: Connection | None = request.scope.get("extensions", {}).get(CONNECTION)
    return connection


def watched(
    response: Response, deliveries: Deliveries, receipt: Receipt, connection: Connection
) -> Response:
    """Have it noted that an answer was handed to the network, once it was."""
    response.background = BackgroundTask(
        deliveries.watch, receipt, connection, was_open=not connection.is_closing()
    )
    return response
