"""Which error becomes which answer: one table."""

import math
from collections.abc import Mapping

from starlette.responses import PlainTextResponse, Response

from schedy_server.model import errors
from schedy_server.storage.session import DatabaseFailed

STATUS_OF: Mapping[type[errors.ServiceError], int] = {
    errors.Invalid: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.PreconditionFailed: 412,
    errors.TooLarge: 413,
    errors.KeyReused: 422,
    errors.PreconditionRequired: 428,
    errors.TooManyRequests: 429,
    errors.Unavailable: 503,
}
_RETRY_DATABASE = 5  # seconds
_LONGEST = 800  # characters; every name that may exist fits


def to_response(error: Exception) -> Response | None:
    """Return the answer for an error that was foreseen; None for one that was not."""
    if isinstance(error, errors.ServiceError):
        return _foreseen(error)
    if isinstance(error, DatabaseFailed):
        # 503 with Retry-After is what every client waits out and then sends again.
        return _plain(
            503,
            "The database can't answer right now; try again.",
            {"Retry-After": str(_RETRY_DATABASE)},
        )
    return None


def _foreseen(error: errors.ServiceError) -> Response:
    headers = {}
    if isinstance(error, errors.RetryLater):
        headers["Retry-After"] = str(max(1, math.ceil(error.delay.total_seconds())))
    if isinstance(error, errors.Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    return _plain(STATUS_OF[type(error)], str(error), headers)


def _plain(status: int, message: str, headers: Mapping[str, str]) -> Response:
    return PlainTextResponse(_spelled_out(_shortened(message)), status, headers=dict(headers))


def _spelled_out(message: str) -> str:
    """Return a message that a terminal shows as it is: it may quote whatever a user sent."""
    if message.isprintable():
        return message
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in message
    )


def _shortened(message: str) -> str:
    """Cut the middle out of a long message, which is what the user sent."""
    if len(message) <= _LONGEST:
        return message
    return f"{message[: _LONGEST // 2]} … {message[-_LONGEST // 2 :]}"
