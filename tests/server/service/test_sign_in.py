"""Signing in: who gets a session, who has to wait, and what nobody learns."""

from contextlib import suppress
from datetime import timedelta

import pytest

from schedy_server.model.accounts import Scope
from schedy_server.model.errors import Forbidden, Invalid, ServiceError, TooManyRequests
from schedy_server.service.credentials import reset_default_token, revoke_own_token
from schedy_server.service.passwords import Passwords, profile
from tests.server.doorkeeping import ANA, CHEAP, NOON, PHRASE, Door


async def fail(door: Door, times: int, email: str = ANA, address: str = "192.0.2.1") -> None:
    for _ in range(times):
        with pytest.raises(Forbidden):
            await door.with_password("wrong", email, address)


async def test_the_password_opens_a_session_that_allows_everything(door: Door) -> None:
    session = await door.with_password()
    assert session.ends == NOON + timedelta(hours=1)
    assert door.authenticate(session.text).scope is Scope.ADMIN


async def test_an_api_token_opens_a_session_of_its_scope(door: Door) -> None:
    session = await door.with_token(door.new_token(scope=Scope.READ).text)
    caller = door.authenticate(session.text)
    assert (caller.email, caller.scope) == (ANA, Scope.READ)


async def test_the_email_address_may_be_written_in_capitals(door: Door) -> None:
    await door.with_password(email=" Ana@LAB.org")
    await door.with_token(door.new_token().text, "ANA@lab.org")


async def test_a_password_with_the_wrong_account_is_refused(door: Door) -> None:
    door.add("bob@lab.org", "another password")
    with pytest.raises(Forbidden):
        await door.with_password("another password")


async def test_a_token_with_the_wrong_account_is_refused(door: Door) -> None:
    door.add("bob@lab.org")
    with pytest.raises(Forbidden):
        await door.with_token(door.new_token().text, "bob@lab.org")


async def test_nobody_learns_whether_an_account_exists(door: Door) -> None:
    refusals = []
    for email in (ANA, "nobody@lab.org"):
        for _ in range(7):
            with suppress(ServiceError):
                await door.with_password("wrong", email, "2001:db8::1")
        with pytest.raises(ServiceError) as refusal:
            await door.with_password("wrong", email, "192.0.2.9")
        refusals.append((type(refusal.value), str(refusal.value)))
    assert refusals[0] == refusals[1]


async def test_an_account_without_a_password_is_refused_like_a_wrong_password(door: Door) -> None:
    door.storage.write_now(
        lambda ledger: ledger.accounts.add("robot@lab.org", password_hash=None, now=NOON)
    )
    with pytest.raises(Forbidden, match="Wrong email address or password"):
        await door.with_password("", "robot@lab.org")


async def test_after_five_failures_one_has_to_wait(door: Door) -> None:
    await fail(door, 5)
    with pytest.raises(TooManyRequests) as refusal:
        await door.with_password()
    assert refusal.value.delay == timedelta(seconds=1)
    door.clock.advance(seconds=1)
    await door.with_password()


async def test_the_pause_doubles_with_every_failure(door: Door) -> None:
    await fail(door, 5)
    for seconds in (1, 2, 4):
        with pytest.raises(TooManyRequests) as refusal:
            await door.with_password("wrong")
        assert refusal.value.delay == timedelta(seconds=seconds)
        door.clock.advance(seconds=seconds)
        await fail(door, 1)


async def test_signing_in_forgives_the_failures_of_the_account(door: Door) -> None:
    await fail(door, 4)
    await door.with_password()
    await fail(door, 5)


async def test_failures_are_forgotten_after_an_hour(door: Door) -> None:
    await fail(door, 5)
    door.clock.advance(hours=1, seconds=1)
    await fail(door, 5)


async def test_an_address_that_tries_many_accounts_has_to_wait(door: Door) -> None:
    for number in range(20):
        await fail(door, 1, f"user{number}@lab.org")
    with pytest.raises(TooManyRequests):
        await door.with_password()
    await door.with_password(address="192.0.2.2")


async def test_signing_in_again_and_again_costs_nothing(door: Door) -> None:
    token = door.new_token().text
    for _ in range(50):
        await door.with_password()
        await door.with_token(token)


async def test_a_clock_that_was_set_back_locks_nobody_out(door: Door) -> None:
    await fail(door, 5)
    door.clock.advance(days=-1)
    with pytest.raises(TooManyRequests) as refusal:
        await door.with_password()
    assert refusal.value.delay == timedelta(seconds=1)


async def test_whoever_has_a_token_never_waits_for_those_who_have_not(door: Door) -> None:
    for _ in range(5):
        with pytest.raises(Forbidden):
            await door.with_token("sdy_w_wrong")
    with pytest.raises(TooManyRequests):
        await door.with_token("sdy_w_wrong")
    await door.with_token(door.new_token().text)


async def test_wrong_tokens_do_not_slow_down_passwords(door: Door) -> None:
    for number in range(30):
        with suppress(ServiceError):
            await door.with_token("wrong", f"user{number % 10}@lab.org")
            await door.with_token("wrong")
    await door.with_password()


async def test_an_expired_token_opens_no_session(door: Door) -> None:
    token = door.new_token(life=timedelta(minutes=1)).text
    await door.with_token(token)
    door.clock.advance(minutes=1)
    with pytest.raises(Forbidden):
        await door.with_token(token)


async def test_a_revoked_token_opens_no_session(door: Door) -> None:
    token = door.new_token()
    session = await door.with_password()
    door.act(session.text, lambda context: revoke_own_token(context, token.credential.id))
    with pytest.raises(Forbidden):
        await door.with_token(token.text)


async def test_a_replaced_token_opens_sessions_for_another_week(door: Door) -> None:
    session = await door.with_password()
    old, new = (door.act(session.text, reset_default_token).text for _ in range(2))
    door.clock.advance(days=7, seconds=-1)
    await door.with_token(old)
    door.clock.advance(seconds=1)
    with pytest.raises(Forbidden):
        await door.with_token(old)
    await door.with_token(new)


async def test_signing_in_notes_the_use_of_the_token_once_a_minute(door: Door) -> None:
    token = door.new_token()
    seen = []
    for _ in range(3):
        await door.with_token(token.text)
        credential = door.storage.read_now(
            lambda ledger: ledger.accounts.credential(token.credential.id)
        )
        seen.append(credential and credential.last_used)
        door.clock.advance(seconds=40)
    assert seen == [NOON, NOON, NOON + timedelta(seconds=80)]


async def test_an_outdated_hash_is_renewed_by_signing_in(door: Door) -> None:
    door.passwords = Passwords(profile())
    await door.with_password()
    stored = door.storage.read_now(lambda ledger: ledger.accounts.find(ANA))
    assert stored is not None
    assert not door.passwords.is_outdated(stored.password_hash or "")
    await door.with_password()


class Interrupted(Passwords):
    """Takes so long to compare that the password is changed meanwhile."""

    def __init__(self, door: Door) -> None:
        super().__init__(CHEAP)
        self._door = door

    async def matches(self, stored: str | None, password: str) -> bool:
        self._door.storage.write_now(
            lambda ledger: ledger.accounts.set_password_hash(self._door.ana, CHEAP.hash("new"))
        )
        return await super().matches(stored, password)


async def test_a_password_that_was_changed_meanwhile_opens_no_session(door: Door) -> None:
    door.passwords = Interrupted(door)
    with pytest.raises(Forbidden):
        await door.with_password()


async def test_an_endless_password_is_refused_unhashed(door: Door) -> None:
    with pytest.raises(Invalid):
        await door.with_password("x" * 1001)


async def test_garbage_for_an_email_address_is_refused(door: Door) -> None:
    with pytest.raises(Invalid):
        await door.with_password(PHRASE, "ana\0@lab.org")
