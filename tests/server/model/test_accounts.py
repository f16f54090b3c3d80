"""Scopes include one another, credentials end, email addresses have one spelling."""

from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy_server.model.accounts import Account, Scope, normalise_email
from schedy_server.model.errors import Invalid
from tests.server.doorkeeping import ANA, NOON, a_credential

SECOND = timedelta(seconds=1)
CREDENTIAL = a_credential(Account(1, ANA, None, NOON))


def test_every_scope_includes_itself_and_those_below() -> None:
    assert all(scope.includes(scope) for scope in Scope)
    for lower, higher in combinations((Scope.READ, Scope.WORKER, Scope.ADMIN), 2):
        assert higher.includes(lower)
        assert not lower.includes(higher)


def test_a_credential_without_an_end_never_ends() -> None:
    assert CREDENTIAL.opens_sessions(NOON + timedelta(days=10_000))


def test_a_credential_ends_when_it_expires() -> None:
    credential = replace(CREDENTIAL, expires=NOON)
    assert credential.is_live(NOON - SECOND)
    assert not credential.is_live(NOON)


def test_a_retired_credential_opens_no_sessions_but_keeps_those_it_opened() -> None:
    credential = replace(CREDENTIAL, retired=NOON)
    assert credential.is_live(NOON)
    assert not credential.opens_sessions(NOON)


def test_a_revoked_credential_is_dead() -> None:
    assert not replace(CREDENTIAL, revoked=NOON).is_live(NOON)


@given(st.emails())
def test_an_email_address_has_one_spelling(email: str) -> None:
    once = normalise_email(f" {email.upper()} ")
    assert normalise_email(once) == once == normalise_email(once.upper())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ana",
        "@lab.org",
        "ana@",
        "an a@lab.org",
        "ana@lab\0.org",
        "ana@\ud800",
        "a" * 260 + "@b",
    ],
)
def test_what_is_no_email_address_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        normalise_email(text)
