"""The exception family: its tree, and what its members say."""

import pickle

import pytest

from schedy import errors
from schedy.errors import (
    AuthenticationError,
    ClientError,
    ClientRequestError,
    HTTPError,
    NoJobError,
    ReauthenticateError,
    ResourceExistsError,
    SchedyError,
    ServerError,
    ServerUnreachable,
    UnhandledResponseError,
    UnsafeUpdateError,
)

REFUSALS = [
    AuthenticationError,
    ReauthenticateError,
    ResourceExistsError,
    UnsafeUpdateError,
    NoJobError,
]


@pytest.mark.parametrize("error", REFUSALS)
def test_a_refusal_is_a_request_error(error: type[Exception]) -> None:
    assert issubclass(error, ClientRequestError)


def test_the_tree_is_that_of_2018() -> None:
    assert ClientRequestError.__bases__ == (ClientError,)
    assert UnhandledResponseError.__bases__ == (ClientError,)
    assert ClientError.__bases__ == ServerError.__bases__ == (HTTPError,)
    assert HTTPError.__bases__ == ServerUnreachable.__bases__ == (SchedyError,)


@pytest.mark.parametrize("name", errors.__all__)
def test_one_class_catches_them_all(name: str) -> None:
    assert issubclass(getattr(errors, name), SchedyError)


def test_it_tells_the_code_and_the_body() -> None:
    error = UnsafeUpdateError("the job was changed", 412)
    assert (error.code, error.body) == (412, "the job was changed")
    assert str(error) == "HTTP Error 412:\n> the job was changed"


def test_every_line_of_the_body_is_quoted() -> None:
    assert str(ServerError("one\ntwo\n", 502)) == "HTTP Error 502:\n> one\n> two"


def test_a_long_body_is_cut_where_it_is_shown_and_nowhere_else() -> None:
    error = ServerError("x" * 10_000, 502)
    assert len(str(error)) < 400
    assert str(error).endswith("…")
    assert len(error.body) == 10_000


@pytest.mark.parametrize("body", ["", None, "  \n"])
def test_there_may_be_nothing_to_quote(body: str | None) -> None:
    assert str(NoJobError(body, 204)) == "HTTP Error 204"


def test_without_an_answer_the_body_says_it_all() -> None:
    error = NoJobError("no job left for mnist", None)
    assert (error.code, str(error)) == (None, "no job left for mnist")


@pytest.mark.parametrize("name", errors.__all__)
def test_it_travels_between_processes(name: str) -> None:
    kind = getattr(errors, name)
    error = kind("gone", 412) if issubclass(kind, HTTPError) else kind("gone")
    travelled = pickle.loads(pickle.dumps(error))  # noqa: S301  # as multiprocessing does
    assert (type(travelled), str(travelled), vars(travelled)) == (kind, str(error), vars(error))


def test_every_error_says_what_it_means() -> None:
    assert all(getattr(errors, name).__doc__ for name in errors.__all__)
