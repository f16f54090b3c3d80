"""What can go wrong when a user asks for something, one class per meaning.

The message of every error is one short plain sentence that says what is wrong, where, and,
where it is not obvious, how to mend it: it is shown to the user as it is.
"""

from datetime import timedelta


class ServiceError(Exception):
    """The request can't be carried out; nothing was changed."""


class Invalid(ServiceError):
    """The request itself is wrong and will be refused again."""


class Unauthenticated(ServiceError):
    """The token is missing, expired, revoked or forged."""


class Forbidden(ServiceError):
    """The credentials are wrong, or the token's scope does not allow this."""


class NotFound(ServiceError):
    """It does not exist, or belongs to someone else, which looks the same."""


class Conflict(ServiceError):
    """The request contradicts what is there."""


class KeyReused(ServiceError):
    """The idempotency key was used before, for another request."""


class PreconditionFailed(ServiceError):
    """Someone changed, created or deleted it since the caller looked."""


class PreconditionRequired(ServiceError):
    """The request must say which version it was made for."""


class TooLarge(ServiceError):
    """The body is larger than the server takes."""


class RetryLater(ServiceError):
    """Right now is not possible; the same request may succeed after `delay`."""

    def __init__(self, message: str, delay: timedelta) -> None:
        super().__init__(message)
        self.delay = delay


class TooManyRequests(RetryLater):
    """The caller has to slow down."""


class Unavailable(RetryLater):
    """The server is stopping, overloaded, or its database is away."""
