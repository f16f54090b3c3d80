"""Session tokens: who signs, who verifies, and until when."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schedy_server.model.errors import Unauthenticated
from schedy_server.service.tokens import Claims, SigningKeys
from tests.server.doorkeeping import NOON, Door, a_credential

GOOD = {"iss": "schedy", "aud": "schedy", "sub": "1", "tok": "c", "iat": 1.0, "jti": "j"}
ENDS = {"ends": NOON.timestamp() + 10, "exp": NOON.timestamp() + 20}


def read(door: Door, text: str) -> Claims:
    return door.storage.read_now(lambda ledger: door.keys.read(ledger, text, door.clock()))


def forged(door: Door, *, secret: bytes | None = None, **changes: Any) -> str:
    """Return a token with other contents; signed as it should be, unless told otherwise."""
    key = door.storage.read_now(lambda ledger: ledger.accounts.signing_keys()[0])
    headers = {"kid": key.id, "typ": "sdy-at+jwt", **changes.pop("headers", {})}
    claims = {**GOOD, **ENDS, **changes}
    claims = {name: value for name, value in claims.items() if value is not None}
    algorithm = headers.get("alg", "HS256")
    signed_with = None if algorithm == "none" else secret or key.secret
    return jwt.encode(claims, signed_with, algorithm=algorithm, headers=headers)


def test_a_token_names_the_credential_that_it_was_signed_for(door: Door) -> None:
    token = door.keys.sign(a_credential(door.ana), NOON)
    assert read(door, token.text).credential_id == "id-of-c"


def test_it_is_good_for_a_day_longer_than_clients_are_told(door: Door) -> None:
    token = door.keys.sign(a_credential(door.ana), NOON)
    assert token.ends == NOON + timedelta(hours=1)
    door.clock.advance(hours=26, microseconds=-1)
    assert read(door, token.text).ends == token.ends
    door.clock.advance(microseconds=1)
    with pytest.raises(Unauthenticated, match="expired"):
        read(door, token.text)


def test_clients_are_told_no_later_end_than_the_credentials(door: Door) -> None:
    soon = NOON + timedelta(minutes=5)
    assert door.keys.sign(a_credential(door.ana, expires=soon), NOON).ends == soon


def test_a_token_is_good_after_a_restart(door: Door) -> None:
    token = door.keys.sign(a_credential(door.ana), NOON)
    door.keys = door.new_keys()
    assert read(door, token.text).credential_id == "id-of-c"


def test_a_token_of_another_server_on_the_same_database_is_good(door: Door) -> None:
    other = Door.new_keys(door)
    here = door.keys
    key = door.storage.read_now(lambda ledger: ledger.accounts.signing_keys()[0])
    door.keys = SigningKeys([type(key)("elsewhere", b"x" * 32, NOON)])
    token = other.sign(a_credential(door.ana), NOON)
    assert read(door, token.text) == door.storage.read_now(
        lambda ledger: here.read(ledger, token.text, NOON)
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_token_is_never_taken_for_another(door: Door, data: st.DataObject) -> None:
    text = door.keys.sign(a_credential(door.ana), NOON).text
    place = data.draw(st.integers(0, len(text) - 1))
    changed = text[:place] + data.draw(st.characters()) + text[place + 1 :]
    with suppress(Unauthenticated):  # the last bits of base64 text may differ and mean the same
        assert read(door, changed) == read(door, text)


@pytest.mark.filterwarnings("ignore:The HMAC key is 32 bytes long")  # the forger does not care
@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "other"},
        {"aud": "other"},
        {"headers": {"typ": "JWT"}},
        {"headers": {"kid": "unknown"}},
        {"headers": {"alg": "HS512"}},
        {"headers": {"alg": "none"}},
        {"secret": b"another secret, but just as long"},
        *({name: None} for name in (*GOOD, *ENDS)),
    ],
)
def test_a_forged_token_is_refused(door: Door, changes: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        read(door, forged(door, **changes))


def test_the_forger_of_these_tests_can_make_a_good_one(door: Door) -> None:
    assert read(door, forged(door)).credential_id == "c"


@pytest.mark.parametrize("text", ["", "a.b.c", "é", "\ud800", "x" * 100_000, "..", "e30.e30."])
def test_garbage_is_refused(door: Door, text: str) -> None:
    with pytest.raises(Unauthenticated):
        read(door, text)


def test_the_first_start_makes_a_key_and_the_next_one_none(door: Door) -> None:
    keys = door.storage.read_now(lambda ledger: ledger.accounts.signing_keys())
    door.new_keys()
    assert door.storage.read_now(lambda ledger: ledger.accounts.signing_keys()) == keys
    assert [len(key.secret) for key in keys] == [32]
