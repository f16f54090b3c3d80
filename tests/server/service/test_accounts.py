"""Who is let in with what, until when, and what ends at once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from schedy_server.model.accounts import Scope
from schedy_server.model.errors import Conflict, Forbidden, NotFound, Unauthenticated
from schedy_server.service import accounts
from schedy_server.service.credentials import reset_default_token, revoke_own_token
from tests.server.doorkeeping import ANA, NOON, Door

HOUR = timedelta(hours=1)


def test_an_api_token_may_be_shown_instead_of_a_session(door: Door) -> None:
    token = door.new_token(scope=Scope.READ)
    caller = door.authenticate(token.text)
    assert (caller.email, caller.scope, caller.account_key) == (ANA, Scope.READ, door.ana.key)
    assert caller.credential_id == token.credential.id


async def test_the_audit_trail_names_the_credential_without_its_secret(door: Door) -> None:
    token = door.new_token()
    assert door.authenticate(token.text).actor == f"{ANA} (sdy_w_…{token.text[-4:]})"
    assert door.authenticate((await door.with_password()).text).actor == f"{ANA} (password)"


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("need", Scope)
def test_a_token_does_what_its_scope_includes(door: Door, scope: Scope, need: Scope) -> None:
    token = door.new_token(scope=scope).text
    if scope.includes(need):
        door.authenticate(token, need)
    else:
        with pytest.raises(Forbidden, match=need.value):
            door.authenticate(token, need)


@pytest.mark.parametrize("text", ["", "x", "sdy_", "sdy_w_" + "0" * 38, "sdy_w_\ud800"])
def test_what_is_no_token_is_refused(door: Door, text: str) -> None:
    with pytest.raises(Unauthenticated):
        door.authenticate(text)


def test_an_expired_token_is_refused(door: Door) -> None:
    token = door.new_token(life=HOUR).text
    door.authenticate(token)
    door.clock.advance(hours=1)
    with pytest.raises(Unauthenticated):
        door.authenticate(token)


async def test_a_session_ends_with_the_token_that_opened_it(door: Door) -> None:
    session = await door.with_token(door.new_token(life=HOUR / 2).text)
    door.clock.advance(minutes=30)
    with pytest.raises(Unauthenticated):
        door.authenticate(session.text)


async def test_revoking_a_token_ends_it_and_its_sessions_at_once(door: Door) -> None:
    token, owner = door.new_token(), await door.with_password()
    session = await door.with_token(token.text)
    door.act(owner.text, lambda context: revoke_own_token(context, token.credential.id))
    for text in (token.text, session.text):
        with pytest.raises(Unauthenticated):
            door.authenticate(text)
    door.authenticate(owner.text)


async def test_resetting_the_token_lets_running_sessions_finish(door: Door) -> None:
    owner = (await door.with_password()).text
    old = door.act(owner, reset_default_token).text
    session = await door.with_token(old)
    door.act(owner, reset_default_token)
    with pytest.raises(Forbidden):
        door.authenticate(old)
    door.clock.advance(minutes=59)
    door.authenticate(session.text)


async def test_a_session_of_a_replaced_token_gets_no_day_of_grace(door: Door) -> None:
    owner = (await door.with_password()).text
    session = await door.with_token(door.act(owner, reset_default_token).text)
    door.act(owner, reset_default_token)
    door.clock.advance(hours=1)
    door.authenticate(owner)
    with pytest.raises(Forbidden):
        door.authenticate(session.text)


async def test_resetting_the_token_spares_tokens_with_a_name(door: Door) -> None:
    named = door.new_token("cluster").text
    door.act((await door.with_password()).text, reset_default_token)
    door.authenticate(named)


async def test_signing_in_again_does_not_end_other_sessions(door: Door) -> None:
    first = await door.with_password()
    await door.with_password()
    door.authenticate(first.text)


async def test_a_new_password_ends_sessions_of_the_old_one_but_no_tokens(door: Door) -> None:
    session, token = await door.with_password(), door.new_token().text
    door.storage.write_now(
        lambda ledger: accounts.set_password(
            ledger, door.ana, password_hash="", now=NOON, actor="test"
        )
    )
    door.authenticate(token)
    with pytest.raises(Unauthenticated):
        door.authenticate(session.text)


async def test_a_removed_account_lets_nobody_in(door: Door) -> None:
    texts = (door.new_token().text, (await door.with_password()).text)
    door.storage.write_now(
        lambda ledger: accounts.remove_account(ledger, door.ana, now=NOON, actor="test")
    )
    for text in texts:
        with pytest.raises(Unauthenticated):
            door.authenticate(text)


def test_an_email_address_has_one_account_however_it_is_written(door: Door) -> None:
    with pytest.raises(Conflict):
        door.add(ANA.upper())


def test_an_account_is_found_however_its_address_is_written(door: Door) -> None:
    found = door.storage.read_now(lambda ledger: accounts.account_of(ledger, " ANA@Lab.Org "))
    assert replace(found, password_hash=None) == replace(door.ana, password_hash=None)


def test_a_missing_account_is_named(door: Door) -> None:
    with pytest.raises(NotFound, match=r"bob@lab\.org"):
        door.storage.read_now(lambda ledger: accounts.account_of(ledger, "bob@lab.org"))
