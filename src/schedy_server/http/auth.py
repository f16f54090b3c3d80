"""The token that a request carries."""

from starlette.requests import Request

from schedy_server.model.errors import Unauthenticated


def bearer(request: Request) -> str:
    """Return the token of the Authorization header; whether it is good is not known yet.

    Raises:
        Unauthenticated: There is none, or another scheme.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("This needs the header 'Authorization: Bearer TOKEN': sign in first.")
    return token.strip()
