"""Where a request comes from, and where the server is found from there."""

from starlette.requests import Request

from schedy_server.http.calls import core_of


def address_of(request: Request) -> str:
    """Return the address that a request came from, as far as the server can tell."""
    return request.client.host if request.client else "unknown"


def public_root(request: Request) -> str:
    """Return the URL at which the sender reaches this server, with a final slash."""
    settings = core_of(request).settings
    if settings.public_url is not None:
        return settings.public_url
    # Not `request.url`, which fails over a query that is no text.
    return f"{request.scope['scheme']}://{_host(request)}{settings.root_path}/"


def _host(request: Request) -> str:
    if host := request.headers.get("host"):
        return host
    address, port = request.scope["server"] or ("localhost", None)
    return address if port is None else f"{address}:{port}"
