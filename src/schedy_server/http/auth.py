"""The token that a request carries: in its Authorization header, or in a browser's cookie.

A cookie is sent by the browser of its own accord, so another site could make it send one. Hence
what changes something needs a header that no other site can set, and workers' endpoints, one of
which changes something on GET, take no cookie at all.
"""

from http.cookies import CookieError, SimpleCookie

from starlette.requests import Request
from starlette.responses import Response

from schedy_server.model.errors import Forbidden, Unauthenticated

CSRF_HEADER = "x-schedy-csrf"
_SAFE = frozenset({"GET", "HEAD"})
_OWN = frozenset({"same-origin", "none", ""})


def bearer(request: Request) -> str:
    """Return the token of a request; whether it is good is not known yet.

    Raises:
        Unauthenticated: There is none, or it comes by another scheme.
        Forbidden: It comes in a cookie, and perhaps from another site.
    """
    header = request.headers.get("authorization", "")
    if not header and (session := _session_of(request)):
        return session
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("This needs the header 'Authorization: Bearer TOKEN': sign in first.")
    return token.strip()


def has_cookie(request: Request) -> bool:
    """Tell whether a request comes with a browser's session, rather than with a token."""
    return not request.headers.get("authorization") and bool(_session_of(request))


def set_cookie(request: Request, response: Response, secret: str, *, seconds: int) -> None:
    """Have the browser keep a session's secret where no script can read it."""
    response.set_cookie(
        _name(request),
        secret,
        max_age=seconds,
        path="/",
        secure=request.scope["scheme"] == "https",
        httponly=True,
        samesite="lax",
    )


def delete_cookie(request: Request, response: Response) -> None:
    """Have the browser forget its session."""
    response.delete_cookie(
        _name(request), path="/", secure=request.scope["scheme"] == "https", httponly=True
    )


def _session_of(request: Request) -> str | None:
    if not request.scope["state"].get("takes_cookies"):
        return None
    try:
        cookies = SimpleCookie(request.headers.get("cookie", ""))
    except CookieError:
        return None
    morsel = cookies.get(_name(request))
    if morsel is None:
        return None
    if request.method not in _SAFE and not _is_own(request):
        raise Forbidden(
            f"A browser's session may only change things with the header {CSRF_HEADER}: 1, "
            "from a page of this server."
        )
    return morsel.value


def _is_own(request: Request) -> bool:
    headers = request.headers
    return CSRF_HEADER in headers and headers.get("sec-fetch-site", "") in _OWN


def _name(request: Request) -> str:
    # A cookie with the prefix is bound to this host; browsers take it over TLS alone.
    return "__Host-schedy" if request.scope["scheme"] == "https" else "schedy"
