"""Reservations are short hints, whatever the clock does."""

from datetime import UTC, datetime, timedelta

from schedy_server.service.reservations import Reservations

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_job_is_shown_again_when_nobody_started_it() -> None:
    reservations = Reservations()
    found = [
        reservations.first_free(1, [7], NOON + timedelta(seconds=seconds))
        for seconds in (0, 14, 15)
    ]
    assert found == [7, None, 7]


def test_a_clock_that_was_set_back_holds_no_job_for_longer() -> None:
    reservations = Reservations()
    reservations.hold(1, 7, NOON)
    assert reservations.first_free(1, [7], NOON - timedelta(hours=1)) == 7


def test_experiments_have_reservations_of_their_own() -> None:
    reservations = Reservations()
    assert [reservations.first_free(key, [7], NOON) for key in (1, 2)] == [7, 7]
