"""Random search: one independent draw for each hyperparameter."""

from collections import Counter
from random import Random

from hypothesis import given

from schedy.random import Choice, Distribution, Uniform
from schedy_server.schedulers.protocol import EmptyView
from schedy_server.schedulers.random_search import RandomSearch
from tests.contracts.scheduler import SchedulerContract
from tests.strategies import generators, spaces


class TestRandomSearch(SchedulerContract):
    definitions = (
        {"RandomSearch": {}},
        {"RandomSearch": {"lr": {"loguniform": {"low": 1e-5, "high": 0.1}}, "x": {"const": None}}},
        {
            "RandomSearch": {
                "n": {"choice": {"values": [1, True, "1", None], "weights": [1, 2, 0, 3]}}
            }
        },
    )


@given(spaces(), generators())
def test_it_gives_all_hyperparameters_and_no_others(
    space: dict[str, Distribution], rng: Random
) -> None:
    proposal = RandomSearch(space).propose(EmptyView(), rng)
    assert list(proposal.hyperparameters) == list(space)
    assert proposal.results == {}


@given(generators())
def test_it_draws_in_the_order_of_the_definition(rng: Random) -> None:
    state = rng.getstate()
    search = RandomSearch({"b": Uniform(0, 1), "a": Uniform(0, 1)})
    hyperparameters = search.propose(EmptyView(), rng).hyperparameters
    rng.setstate(state)
    assert hyperparameters == {"b": rng.random(), "a": rng.random()}


def test_the_draws_are_independent_of_each_other() -> None:
    search = RandomSearch({"a": Choice([0, 1]), "b": Choice([0, 1])})
    rng = Random(5)
    draws = [search.propose(EmptyView(), rng).hyperparameters for _ in range(4_000)]
    pairs = Counter((draw["a"], draw["b"]) for draw in draws)
    assert all(900 < pairs[a, b] < 1100 for a in (0, 1) for b in (0, 1))


def test_it_reads_no_history() -> None:
    assert not RandomSearch.uses_history
