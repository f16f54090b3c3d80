"""For which versions a request was made: its `If-Match` and `If-None-Match`."""

from starlette.requests import Request

from schedy_server.model.errors import Invalid, PreconditionRequired
from schedy_server.model.tags import Condition, parse_condition


def job_condition(request: Request) -> Condition | None:
    """Return the versions for which the request was made; None if it does not say."""
    header = request.headers.get("if-match")
    return None if header is None else parse_condition(header)


def required_condition(request: Request) -> Condition:
    """Like `job_condition`, for requests that have to say."""
    condition = job_condition(request)
    if condition is None:
        raise PreconditionRequired(
            "This request needs an If-Match header with the ETag that came with the job."
        )
    return condition


def only_if_new(request: Request) -> bool:
    """Tell whether the request may only create, never replace."""
    header = request.headers.get("if-none-match")
    if header is not None and header.strip() != "*":
        raise Invalid("If-None-Match: only * is understood here.")
    return header is not None


def must_exist(request: Request) -> bool:
    """Tell whether the request insists that what it deletes is there."""
    return request.headers.get("if-match") is not None
