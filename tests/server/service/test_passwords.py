"""Passwords are hard to guess, slow to try, and never kept."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schedy_server.model.errors import Invalid, TooManyRequests
from schedy_server.service.passwords import Passwords, check_new, profile
from tests.server.doorkeeping import ANA, CHEAP, PHRASE


@pytest.mark.parametrize(
    "password",
    [
        *("short", "elevenchars", "x" * 1001, "password1234", "Password-1234!", "123456789012"),
        *("918273645546", "abababababab", "qwertyuiop12", f"my {ANA} is it", "ADMIN2026!!!!"),
    ],
)
def test_a_password_that_is_easily_guessed_is_refused(password: str) -> None:
    with pytest.raises(Invalid):
        check_new(password, email=ANA)


@pytest.mark.parametrize(
    "password", [PHRASE, "x7!kd02mQ_p4", "correct horse staple", "ünïcödé pàss"]
)
def test_a_good_password_is_taken(password: str) -> None:
    check_new(password, email=ANA)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.text(), st.text())
async def test_only_the_password_itself_matches(one: str, other: str) -> None:
    passwords = Passwords(CHEAP)
    stored = await passwords.hash(one)
    assert await passwords.matches(stored, one)
    assert await passwords.matches(stored, other) == (one == other)
    passwords.close()


async def test_halves_of_surrogate_pairs_are_no_error() -> None:
    passwords = Passwords(CHEAP)
    assert await passwords.matches(await passwords.hash("\ud800"), "\ud800")
    passwords.close()


async def test_without_a_stored_password_nothing_matches() -> None:
    passwords = Passwords(CHEAP)
    assert not await passwords.matches(None, "")
    passwords.close()


async def test_garbage_in_the_database_matches_nothing() -> None:
    passwords = Passwords(CHEAP)
    assert not await passwords.matches("garbage", PHRASE)
    passwords.close()


async def test_beyond_its_queue_it_asks_to_come_back() -> None:
    passwords = Passwords(CHEAP, at_once=1, queue=2)
    asked = [passwords.hash(PHRASE) for _ in range(4)]
    done = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(outcome) for outcome in done] == [str, str, str, TooManyRequests]
    assert await passwords.hash(PHRASE)  # and there is room again
    passwords.close()


def test_passwords_are_hashed_as_rfc_9106_advises() -> None:
    stored = profile().hash(PHRASE)
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert Passwords(CHEAP).is_outdated(stored)
    assert not Passwords(profile()).is_outdated(stored)
