"""What an answer of the server means: something to work with, or which error."""

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from schedy import encoding, errors
from schedy.transport import Reply

__all__ = ["Answer", "refusal", "text_of", "understood"]

_MARKUP = re.compile(r"<(style|script)\b.*?</\1>|<[^>]*>", re.DOTALL)
_SUCCESS = frozenset({200, 201, 204})
_SPECIAL: dict[int, type[errors.HTTPError]] = {
    HTTPStatus.UNAUTHORIZED: errors.ReauthenticateError,
    HTTPStatus.FORBIDDEN: errors.AuthenticationError,
    HTTPStatus.PRECONDITION_FAILED: errors.UnsafeUpdateError,
}
_REDIRECTIONS = range(300, 400)
_REFUSALS = range(400, 500)
_FAILURES = range(500, 600)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered to a request that it accepted.

    Attributes:
        status: 200, 201 or 204.
        body: JSON, as it came.
        etag: The version of what the request was about, if the server told.
    """

    status: int
    body: bytes
    etag: str | None

    def json(self) -> Any:
        """Return what the body says.

        Raises:
            UnhandledResponseError: It is no JSON.
        """
        try:
            return encoding.decode(self.body)
        except ValueError as error:
            raise errors.UnhandledResponseError(
                f"The answer is no JSON ({error}). Is this a Schedy server?", self.status
            ) from error


def understood(reply: Reply) -> Answer:
    """Return an answer to work with.

    Raises:
        HTTPError: It is a refusal, or makes no sense here.
    """
    if reply.status not in _SUCCESS:
        raise refusal(reply)
    return Answer(reply.status, reply.body, reply.headers.get("ETag"))


def refusal(reply: Reply) -> errors.HTTPError:
    """Return the error that an answer other than success stands for."""
    status = reply.status
    if status in _REDIRECTIONS:
        return errors.UnhandledResponseError(_redirected(reply), status)
    if status in _SPECIAL:
        return _SPECIAL[status](text_of(reply), status)
    if status in _REFUSALS:
        return errors.ClientRequestError(text_of(reply), status)
    if status in _FAILURES:
        return errors.ServerError(text_of(reply), status)
    return errors.UnhandledResponseError(
        f"This client does not know what status {status} means. {text_of(reply)}", status
    )


def text_of(reply: Reply) -> str:
    """Return what the server wrote for people."""
    text = reply.body.decode("utf-8", "replace")
    if "html" in reply.headers.get("Content-Type", ""):
        # A proxy on the way speaks to browsers.
        text = " ".join(_MARKUP.sub(" ", text).split())
    return text


def _redirected(reply: Reply) -> str:
    place = reply.headers.get("Location", "another address")
    return (
        f"The server redirects to {place}. Redirections are not followed, for they lose what was "
        "sent: let `schedy login` store the address at which the server answers itself."
    )
