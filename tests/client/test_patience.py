from hypothesis import given
from hypothesis import strategies as st

from schedy.patience import Patience, asked_pause
from tests.client.peer import FakeClock


def pauses(seconds: float, *, chance: float = 1.0, asked: float | None = None) -> list[float]:
    clock = FakeClock()
    patience = Patience(seconds, clock, lambda: chance)
    while (pause := patience.pause(asked=asked)) is not None:
        clock.sleep(pause)
    return clock.pauses


def test_the_pauses_double_up_to_twenty_seconds() -> None:
    assert pauses(100)[:9] == [0.25, 0.5, 1, 2, 4, 8, 16, 20, 20]


def test_no_two_workers_come_back_in_step() -> None:
    assert pauses(100, chance=0.0)[:4] == [0.125, 0.25, 0.5, 1]


@given(st.floats(0, 1000), st.floats(0, 0.999))
def test_all_pauses_together_are_as_long_as_patience_lasts(seconds: float, chance: float) -> None:
    assert abs(sum(pauses(seconds, chance=chance)) - seconds) < 0.002


def test_without_patience_there_is_one_try() -> None:
    assert pauses(0) == []


def test_the_server_may_ask_for_more() -> None:
    assert pauses(10, asked=4) == [4, 4]


def test_it_does_not_wait_for_what_comes_too_late() -> None:
    assert pauses(10, asked=11) == []


def test_a_broken_connection_is_replaced_at_once_and_only_once() -> None:
    patience = Patience(10, FakeClock(), lambda: 1.0)
    assert [patience.pause(at_once=True) for _ in range(3)] == [0, 0.5, 1]


def test_a_pause_may_be_asked_for_in_seconds_or_as_a_date() -> None:
    assert asked_pause("120", 0) == 120
    assert asked_pause("Thu, 01 Jan 1970 00:01:00 GMT", 10) == 50
    assert asked_pause("Thu, 01 Jan 1970 00:01:00 GMT", 100) == 0


def test_what_makes_no_sense_asks_for_nothing() -> None:
    assert [asked_pause(header, 0) for header in (None, "", "soon", "-1", "1.5")] == [None] * 5
