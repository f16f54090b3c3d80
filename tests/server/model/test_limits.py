"""Limits as they are stored, which older and newer servers read as well."""

import json

from hypothesis import given
from hypothesis import strategies as st

from schedy_server.model.limits import DEFAULT_LIMITS, Limits, OnLate, from_text, to_text

_SECONDS = st.floats(min_value=1, max_value=604_800)
_LIMITS = st.builds(
    Limits,
    lease_ttl=_SECONDS,
    max_lost=st.integers(1, 1_000_000),
    crash_retries=st.integers(0, 1_000_000),
    on_late=st.sampled_from(OnLate),
    progress_timeout=st.none() | _SECONDS,
    expected_duration=st.none() | _SECONDS,
)


@given(_LIMITS)
def test_limits_come_back_as_they_were(limits: Limits) -> None:
    assert from_text(to_text(limits)) == limits


def test_a_limit_that_is_not_set_is_not_stored_for_servers_that_do_not_know_it() -> None:
    assert "progress_timeout" not in json.loads(to_text(DEFAULT_LIMITS))


def test_what_only_a_newer_server_knows_is_skipped() -> None:
    assert from_text('{"max_lost": 7, "of_tomorrow": [1]}') == Limits(max_lost=7)


def test_what_is_not_stored_has_its_default() -> None:
    assert from_text("{}") == DEFAULT_LIMITS
