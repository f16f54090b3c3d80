"""Guessing gets slower and slower, and nobody is locked out."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy_server.service.throttle import network_of, pause_after


@given(st.integers(0, 10**9), st.integers(0, 50))
def test_pauses_grow_up_to_a_minute(failures: int, free: int) -> None:
    pause, next_pause = (pause_after(count, free=free) for count in (failures, failures + 1))
    assert timedelta(0) <= pause <= next_pause <= timedelta(minutes=1)
    assert bool(pause) == (failures >= free)


def test_pauses_double() -> None:
    seconds = [pause_after(count, free=2).total_seconds() for count in range(10)]
    assert seconds == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_a_guesser_is_known_by_its_network(address: str, network: str) -> None:
    assert network_of(address) == network
