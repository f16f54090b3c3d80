"""What can go wrong between a training script and the server, one class per meaning.

SchedyError
├── ServerUnreachable
└── HTTPError                      .code, .body
    ├── ServerError
    └── ClientError
        ├── UnhandledResponseError
        └── ClientRequestError
            ├── AuthenticationError
            ├── ReauthenticateError
            ├── ResourceExistsError
            ├── UnsafeUpdateError
            └── NoJobError
"""

__all__ = [
    "AuthenticationError",
    "ClientError",
    "ClientRequestError",
    "DrainedError",
    "HTTPError",
    "JobLostError",
    "NoJobError",
    "ReauthenticateError",
    "ResourceExistsError",
    "SchedyError",
    "ServerError",
    "ServerUnreachable",
    "UnhandledResponseError",
    "UnsafeUpdateError",
]

LONGEST_BODY = 300  # characters; whoever needs all of it finds it in `body`


class SchedyError(Exception):
    """Anything that Schedy itself reports; catch this one to catch them all."""


class ServerUnreachable(SchedyError):
    """The server could not be reached, or did not answer in time, however often it was tried."""


class HTTPError(SchedyError):
    """The server answered, and the answer is not what was asked for.

    Attributes:
        body: What the server wrote, in full.
        code: The status code of the answer; None if no single answer stands behind the error.
    """

    def __init__(self, body: str | None, code: int | None, *args: object) -> None:
        # The arguments as they came: exceptions travel between processes by them.
        super().__init__(body, code, *args)
        self.body = body or ""
        self.code = code

    def __str__(self) -> str:
        said = self.body.strip()
        if len(said) > LONGEST_BODY:
            said = said[: LONGEST_BODY - 1] + "…"
        if self.code is None:
            return said
        quoted = "".join(f"\n> {line}" for line in said.splitlines())
        return f"HTTP Error {self.code}:{quoted}" if quoted else f"HTTP Error {self.code}"


class ServerError(HTTPError):
    """The server failed while working on a request; the same request may succeed later."""


class ClientError(HTTPError):
    """The fault is on this side, or this client does not understand the server."""


class UnhandledResponseError(ClientError):
    """The answer makes no sense to this client: is it talking to a Schedy server, and a new one?"""


class ClientRequestError(ClientError):
    """The server refused the request, and will refuse it again."""


class AuthenticationError(ClientRequestError):
    """The credentials are wrong, or are not allowed to do this."""


class ReauthenticateError(ClientRequestError):
    """The server no longer accepts the token, and logging in again did not help."""


class ResourceExistsError(ClientRequestError):
    """There already is one with that name."""


class UnsafeUpdateError(ClientRequestError):
    """Someone else changed or deleted it since it was read; nothing was overwritten."""


class NoJobError(ClientRequestError):
    """There is nothing to do now: nothing is queued, and the scheduler proposes nothing."""


class JobLostError(UnsafeUpdateError):
    """The job is no longer this worker's; what it sent does not count, but the server keeps it.

    `schedy kept EXPERIMENT` shows what is kept, and how to have it count after all.
    """


class DrainedError(NoJobError):
    """The server gives this worker no more jobs, for it does not trust it or wants it to end."""
