"""An API token is recognised by its shape; a mistyped one as well."""

from hypothesis import assume, given
from hypothesis import strategies as st

from schedy_server.model.accounts import Scope
from schedy_server.service.api_tokens import (
    ALPHABET,
    compose,
    digest_of,
    hint_of,
    is_well_formed,
    new_api_token,
)

bodies = st.text(ALPHABET, min_size=32, max_size=32)
tokens = st.builds(compose, st.sampled_from(Scope), bodies)


@given(tokens)
def test_every_token_is_well_formed(token: str) -> None:
    assert is_well_formed(token)
    assert len(token) == 44


@given(tokens, st.integers(0, 43), st.characters())
def test_no_wrong_character_goes_unnoticed(token: str, place: int, character: str) -> None:
    assume(token[place] != character)
    assert not is_well_formed(token[:place] + character + token[place + 1 :])


@given(tokens, st.integers(6, 42))
def test_swapping_neighbours_does_not_go_unnoticed(token: str, place: int) -> None:
    swapped = token[:place] + token[place + 1] + token[place] + token[place + 2 :]
    assert is_well_formed(swapped) == (swapped == token)


@given(st.text())
def test_other_text_is_no_token(text: str) -> None:
    assert not is_well_formed(text)


@given(tokens)
def test_a_line_break_is_not_part_of_a_token(token: str) -> None:
    assert not is_well_formed(token + "\n")


def test_the_prefix_tells_the_scope() -> None:
    starts = {scope: new_api_token(scope)[:6] for scope in Scope}
    assert starts == {Scope.READ: "sdy_r_", Scope.WORKER: "sdy_w_", Scope.ADMIN: "sdy_a_"}


def test_new_tokens_differ() -> None:
    assert len({new_api_token(Scope.READ) for _ in range(100)}) == 100


@given(tokens)
def test_the_hint_shows_the_last_four_characters(token: str) -> None:
    assert hint_of(token) == f"{token[:6]}…{token[-4:]}"


@given(st.text(), st.text())
def test_different_secrets_have_different_digests(one: str, other: str) -> None:
    assert (digest_of(one) == digest_of(other)) == (one == other)
