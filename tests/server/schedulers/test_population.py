"""The population is a function of the jobs that exist, and never walks through all of them."""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy.pbt import Perturb
from schedy_server.model.experiments import Direction, Objective
from schedy_server.model.jobs import PastJob
from schedy_server.schedulers.population import Population
from tests.server.schedulers.laboratory import Laboratory, training
from tests.strategies import histories, past_jobs

OBJECTIVE = Objective("quality", Direction.MAX)


def population(limit: int | None = None) -> Population:
    return Population(OBJECTIVE, limit)


def described(population: Population) -> str:
    """Return all that a decision can see."""
    waiting, failing = list(population.waiting()), list(population.failing())
    members = [*waiting, *failing]
    return repr(
        [
            waiting,
            failing,
            [population.last(member) for member in members],
            [population.best(2, without=member) for member in members],
            [population.is_among_worst(member, 2, Random(1)) for member in members],
            [population.size, population.rated, population.is_complete, population.next_key],
        ]
    )


limits = st.one_of(st.none(), st.integers(1, 4))


@given(histories(), limits, st.data())
def test_the_order_in_which_jobs_are_told_does_not_matter(
    jobs: list[PastJob], limit: int | None, data: st.DataObject
) -> None:
    one, other = population(limit), population(limit)
    for job in jobs:
        one.update(job)
    for job in data.draw(st.permutations(jobs)):
        other.update(job)
    assert described(one) == described(other)


@given(st.lists(st.integers(1, 8).flatmap(past_jobs), max_size=20), st.sets(st.integers(1, 8)))
def test_a_view_kept_up_to_date_equals_one_built_anew(
    states: list[PastJob], deleted: set[int]
) -> None:
    kept, anew = population(), population()
    for job in states:
        kept.update(job)
    for number in deleted:
        kept.remove(number)
    for job in {job.number: job for job in states if job.number not in deleted}.values():
        anew.update(job)
    assert described(kept) == described(anew)


@given(histories())
def test_without_its_jobs_a_population_is_as_new(jobs: list[PastJob]) -> None:
    emptied = population()
    for job in jobs:
        emptied.update(job)
    for job in jobs:
        emptied.remove(job.number)
    assert {name: value for name, value in vars(emptied).items() if value} == {
        name: value for name, value in vars(population()).items() if value
    }


def test_an_unknown_job_can_be_forgotten() -> None:
    population().remove(7)


@given(histories(), st.integers(1, 20))
def test_a_member_is_never_among_its_own_models(jobs: list[PastJob], count: int) -> None:
    told = population()
    for job in jobs:
        told.update(job)
    for member in told.waiting():
        others = {job.number for job in told.best(count, without=member)}
        assert not others & {place.number for place in member.places}


# Size ---------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("members", [20, 100_000])
def test_a_decision_does_not_walk_through_the_history(members: int) -> None:
    few, many = (calls_of_a_decision(members, jobs) for jobs in (1_000, 100_000))
    assert many < 2 * few


def calls_of_a_decision(members: int, jobs: int) -> int:
    """Return how many calls it takes to go on after so many jobs, and to learn what came of it."""
    lab = Laboratory(training(explore={"lr": Perturb()}))
    first = lab.finish(lab.add(lr=1.0))
    for number in range(2, jobs + 1):
        generation, member = divmod(number, members)
        origin = {"scheduler": "PBT", "member": member, "generation": generation}
        lab.view.update(replace(first, number=number, origin=origin))
    return calls(lambda: lab.finish(lab.claim(), 3))


def calls(do: Callable[[], object]) -> int:
    """Return how many functions are called, those in C included."""
    made: Counter[str] = Counter()
    sys.setprofile(lambda frame, event, argument: made.update([event]))
    do()
    sys.setprofile(None)
    return made.total()
