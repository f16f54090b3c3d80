"""Decisions of years ago are replayed with these generators."""

import itertools

from schedy_server.schedulers.seeds import generator


def test_the_numbers_never_change() -> None:
    assert generator(0, 0).random() == 0.5510616650473952
    assert generator(1, 2).random() == 0.21858121514504292
    assert generator(-3, 10**9).random() == 0.3212974726140402


def test_each_decision_has_numbers_of_its_own() -> None:
    pairs = itertools.product(range(50), repeat=2)
    assert len({generator(seed, decision).random() for seed, decision in pairs}) == 2500


def test_a_generator_starts_from_the_beginning_every_time() -> None:
    first, second = generator(7, 8), generator(7, 8)
    assert [first.random() for _ in range(5)] == [second.random() for _ in range(5)]
