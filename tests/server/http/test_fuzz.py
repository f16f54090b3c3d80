"""Whatever is sent: never a bug, always a sentence, always as described."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.http import nasties
from tests.server.http.described import operations
from tests.server.http.fuzzing import Target, filled

# Most of what is sent is refused at once, so there is time for a lot of it; but not for ever.
many = settings(max_examples=min(5 * settings().max_examples, 5_000))

PATHS = [(method, path) for path, method, _ in operations()]
OPEN_ENDED = {
    "/experiments/",
    "/experiments/{experiment}/jobs/",
    "/experiments/{experiment}/export/",
}


@many
@given(nasties.requests_with_bodies())
def test_any_body(asked: Target, sent: tuple[str, str, bytes]) -> None:
    asked.tidy()
    method, path, body = sent
    asked.ask(method, filled(path, b"x", b"j"), body, headers=[(b"if-match", b"*")])


@many
@given(st.sampled_from(PATHS), nasties.names(), nasties.names())
def test_any_name(asked: Target, where: tuple[str, str], first: bytes, second: bytes) -> None:
    asked.tidy()
    method, path = where
    body = b'{"scheduler": {"Manual": null}, "claim_id": "c", "lease_id": "l", "status": "DONE"}'
    asked.ask(method, filled(path, first, second), body)


@many
@given(st.sampled_from(PATHS), nasties.headers())
def test_any_header(
    asked: Target, where: tuple[str, str], headers: list[tuple[bytes, bytes]]
) -> None:
    asked.tidy()
    method, path = where
    asked.ask(method, filled(path, b"x", b"j"), b"{}", headers=headers)


@many
@given(st.sampled_from(PATHS), nasties.queries())
def test_any_query(asked: Target, where: tuple[str, str], query: bytes) -> None:
    asked.tidy()
    method, path = where
    asked.ask(method, filled(path, b"x", b"j"), b"{}", query=query)


@many
@given(st.sampled_from(sorted(OPEN_ENDED)), nasties.queries())
def test_any_query_of_a_list(asked: Target, path: str, query: bytes) -> None:
    asked.tidy()
    asked.ask("GET", filled(path, b"x"), query=query)


@many
@given(st.text(max_size=8), st.binary(max_size=20))
def test_any_method_and_any_path(asked: Target, method: str, path: bytes) -> None:
    asked.tidy()
    asked.ask(method or "GET", b"/" + path)
