"""API tokens are made, listed and revoked by their owners."""

import math
from datetime import timedelta

import pytest

from schedy_server.model.accounts import Scope
from schedy_server.model.errors import Invalid, NotFound
from schedy_server.service import credentials
from schedy_server.service.credentials import Wish, life_of
from tests.server.doorkeeping import NOON, Door


@pytest.mark.parametrize("name", ["", "x" * 101, "a\nb", "\x1b[31m", "\ud800"])
def test_a_token_has_a_name_that_can_be_shown(name: str) -> None:
    with pytest.raises(Invalid):
        Wish(name)


@pytest.mark.parametrize("seconds", [0, -1, math.nan, math.inf, 1e300])
def test_a_token_lives_for_a_sensible_time(seconds: float) -> None:
    with pytest.raises(Invalid):
        life_of(seconds)


def test_a_token_lives_for_whole_seconds() -> None:
    assert life_of(0.1) == timedelta(seconds=1)
    assert life_of(60) == timedelta(minutes=1)
    assert life_of(None) is None


@pytest.mark.parametrize("life", [timedelta(0), timedelta(days=100_000)])
def test_no_token_lives_for_ever_by_a_number(life: timedelta) -> None:
    with pytest.raises(Invalid):
        Wish("x", life=life)


def test_the_name_of_the_default_token_is_taken(door: Door) -> None:
    with pytest.raises(Invalid, match="default"):
        door.new_token("default")


async def test_owners_list_their_tokens_and_nobody_elses(door: Door) -> None:
    session = (await door.with_password()).text
    door.new_token("a")
    door.clock.advance(seconds=1)
    door.new_token("b", life=timedelta(days=1))
    door.ana = door.add("bob@lab.org")
    door.new_token("c")
    listed = door.act(session, credentials.list_own_tokens)
    ends = NOON + timedelta(days=1, seconds=1)
    assert [(token.name, token.expires) for token in listed] == [("a", None), ("b", ends)]


async def test_a_token_of_someone_else_does_not_exist(door: Door) -> None:
    session = (await door.with_password()).text
    door.ana = door.add("bob@lab.org")
    bobs = door.new_token()
    with pytest.raises(NotFound):
        door.act(session, lambda context: credentials.revoke_own_token(context, bobs.credential.id))
    door.authenticate(bobs.text)


async def test_a_session_is_no_token(door: Door) -> None:
    session = (await door.with_password()).text
    own = door.authenticate(session).credential_id
    with pytest.raises(NotFound):
        door.act(session, lambda context: credentials.revoke_own_token(context, own))


async def test_revoking_twice_is_no_error(door: Door) -> None:
    session, token = (await door.with_password()).text, door.new_token()
    for _ in range(2):
        door.act(
            session, lambda context: credentials.revoke_own_token(context, token.credential.id)
        )
    assert door.act(session, credentials.list_own_tokens) == []


async def test_a_reset_token_does_what_its_maker_may(door: Door) -> None:
    session = (await door.with_password()).text
    token = door.act(session, credentials.reset_default_token)
    assert door.authenticate(token.text).scope is Scope.ADMIN


async def test_a_default_token_may_replace_itself(door: Door) -> None:
    first = door.act((await door.with_password()).text, credentials.reset_default_token)
    session = await door.with_token(first.text)
    second = door.act(session.text, credentials.reset_default_token)
    door.authenticate(second.text)
    door.authenticate(session.text)
