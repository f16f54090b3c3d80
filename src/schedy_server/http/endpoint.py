"""What an endpoint is: a handler at a URL, and what a stranger has to be told about it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from schedy_server.model.accounts import Scope

Handler = Callable[[Request], Awaitable[Response]]
Shape = type[msgspec.Struct]

JSON = "application/json"
TEXT = "text/plain"
HTML = "text/html"
FORM = "application/x-www-form-urlencoded"


class Tag(StrEnum):
    """What an endpoint has to do with; the chapters of the reference."""

    WORKERS = "Workers"
    JOBS = "Jobs"
    EXPERIMENTS = "Experiments"
    ANALYSIS = "Analysis"
    ACCOUNTS = "Accounts"
    DASHBOARD = "Dashboard"
    OPERATIONS = "Operations"


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something that a request may carry besides its path and its body.

    Attributes:
        schema: What its value may be, as JSON Schema.
        example: A value to show; None leaves the parameter out of the example.
    """

    name: str
    place: Literal["query", "header"]
    meaning: str
    schema: Mapping[str, Any]
    example: str | None = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """How a request is answered that could be carried out.

    Attributes:
        shape: The type of its JSON; None if it has no body, or another one.
        bodies: The media types and schemas of a body that is no JSON of ours.
        tagged: Whether it has an ETag.
    """

    meaning: str
    shape: Shape | None = None
    bodies: Mapping[str, Mapping[str, Any]] | None = None
    tagged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What the reference says of an endpoint, besides what its URL and its handler tell.

    What every endpoint of a kind has in common, the reference adds by itself: that a token may be
    missing, that a body may be too large, that the database may be away.

    Attributes:
        takes: The type of the body; None for none.
        form: Whether the body may be a form as well.
        example: A body to show.
        gives: What comes back, by status.
        refuses: Why it may be refused, by status; a refusal is one plain sentence.
        pages: Whether refusals may be pages for people, too.
        stored: Whether it asks the database, which may be away.
        cookies: Whether a browser's session may ask for it; workers have none.
    """

    tag: Tag
    takes: Shape | None = None
    form: bool = False
    example: Any = None
    gives: Mapping[int, Answer]
    refuses: Mapping[int, str] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    pages: bool = False
    stored: bool = True
    cookies: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Endpoint:
    """One method at one URL.

    Attributes:
        need: The scope that it takes; None for what is open to everybody.
        reports: Whether it goes on with a job that runs: a token that was replaced may do so.
    """

    method: str
    path: str
    handler: Handler
    need: Scope | None
    operation: Operation
    reports: bool = False
