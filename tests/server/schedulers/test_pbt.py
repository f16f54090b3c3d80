"""Population-based training: how a population begins, goes on and ends."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedy.pbt import Perturb
from schedy.random import Uniform
from schedy_server.model.experiments import Direction, Objective
from schedy_server.model.jobs import PastJob, Status
from schedy_server.schedulers.protocol import EmptyView, Verdict
from schedy_server.schedulers.seeds import generator
from tests.contracts.scheduler import SchedulerContract
from tests.server.schedulers.laboratory import (
    Laboratory,
    event,
    generation,
    member,
    parent,
    training,
)

INIT = {"lr": Uniform(0, 1)}


class TestPBT(SchedulerContract):
    definitions = (
        {"PBT": {"objective": "max", "qualityResultName": "quality", "exploit": {"truncate": 0.5}}},
        {
            "PBT": {
                "objective": "min",
                "qualityResultName": "quality",
                "exploit": {"truncate": 0.2},
                "explore": {"": {"perturb": {"minFactor": 0.8, "maxFactor": 1.2}}},
                "init": {"": {"uniform": {"low": -1.0, "high": 3.0}}, "x": {"const": [1, None]}},
                "numParallel": 3,
                "maxGenerations": 4,
                "max_generations": 4,
            }
        },
    )


# The first jobs -----------------------------------------------------------------------------------


def test_the_population_is_drawn_from_the_initial_distributions() -> None:
    lab = Laboratory(training(init=INIT, size=3))
    jobs = [lab.claim() for _ in range(3)]
    assert len({job.hyperparameters["lr"] for job in jobs}) == 3
    assert [(event(job), generation(job)) for job in jobs] == [("initial", 0)] * 3
    assert not any(job.results for job in jobs)
    assert lab.ask() is Verdict.WAIT


def test_jobs_added_by_hand_are_members_too() -> None:
    lab = Laboratory(training(init=INIT, size=3))
    by_hand = lab.add(lr=5.0, status=Status.QUEUED)
    drawn = [lab.claim(), lab.claim()]
    assert lab.ask() is Verdict.WAIT
    assert len({member(job) for job in [by_hand, *drawn]}) == 3


def test_without_a_size_the_population_is_what_was_added_by_hand() -> None:
    lab = Laboratory(training(init=INIT))
    assert lab.ask() is Verdict.WAIT
    job = lab.finish(lab.add(lr=5.0))
    assert parent(lab.claim()) == job.number
    assert lab.ask() is Verdict.WAIT


def test_without_initial_distributions_it_waits_for_jobs_added_by_hand() -> None:
    assert Laboratory(training(size=3, generations=1)).ask() is Verdict.WAIT


def test_every_member_has_a_key_of_its_own_whoever_added_it() -> None:
    lab = Laboratory(training(init=INIT, size=4))
    jobs = [lab.add(lr=1.0), lab.claim(), lab.add(lr=1.0), lab.claim()]
    assert len({member(job) for job in jobs}) == 4


def test_what_another_scheduler_proposed_is_no_member() -> None:
    lab = Laboratory(training())
    job = lab.finish(lab.add(lr=1.0))
    lab.tell(replace(job, origin={"scheduler": "RandomSearch"}))
    assert lab.ask() is Verdict.WAIT


def test_a_job_whose_origin_makes_no_sense_begins_a_line() -> None:
    lab = Laboratory(training())
    job = lab.finish(lab.add(lr=1.0))
    lab.tell(replace(job, origin={"scheduler": "PBT", "member": "x"}))
    following = lab.claim()
    assert (member(following), generation(following)) == (job.number, 1)


# Going on -----------------------------------------------------------------------------------------


def test_a_member_goes_on_with_what_it_had() -> None:
    lab = Laboratory(training(explore={"lr": Perturb()}))
    job = lab.finish(lab.add(lr=0.5, layers=3), 0.7, weights="/a")
    following = lab.claim()
    assert following.hyperparameters == {"lr": 0.5, "layers": 3}
    assert following.results == {"quality": 0.7, "weights": "/a"}
    assert event(following) == "continue"
    assert (member(following), generation(following)) == (job.number, 1)


def test_the_origin_tells_where_a_job_comes_from() -> None:
    lab = Laboratory(training())
    lab.tell(replace(lab.finish(lab.add(lr=0.5)), attempt=2))
    assert lab.claim().origin == {
        "scheduler": "PBT",
        "member": 1,
        "generation": 1,
        "parent": "job-1",
        "parent_number": 1,
        "parent_attempt": 2,
        "exploited": False,
        "event": "continue",
    }


def test_a_population_of_one_trains_on_for_ever() -> None:
    lab = Laboratory(training(init=INIT, size=1, explore={"lr": Perturb()}))
    first = job = lab.claim()
    for _ in range(10):
        lab.finish(job, 0.1)
        job = lab.claim()
    assert (member(job), generation(job)) == (member(first), 10)
    assert job.hyperparameters == first.hyperparameters


def test_who_finished_first_goes_on_first() -> None:
    lab = Laboratory(training(init=INIT, size=4))
    jobs = [lab.claim() for _ in range(4)]
    order = [jobs[at] for at in (2, 0, 3, 1)]
    for job in order:
        lab.finish(job, quality=0.5)
    assert [member(lab.claim()) for _ in jobs] == [member(job) for job in order]


def test_who_finished_at_the_same_time_goes_on_in_the_order_of_numbers() -> None:
    lab = Laboratory(training())
    jobs = [lab.finish(lab.add(lr=1.0)) for _ in range(3)]
    for job in reversed(jobs):
        lab.tell(replace(job, finished=jobs[0].finished))
    assert [member(lab.claim()) for _ in jobs] == [1, 2, 3]


def test_a_finished_job_is_continued_once() -> None:
    lab = Laboratory(training())
    lab.finish(lab.add(lr=1.0))
    lab.claim()
    assert lab.ask() is Verdict.WAIT


def test_a_slow_member_keeps_nobody_waiting() -> None:
    lab = Laboratory(training(init=INIT, size=2))
    _slow, fast = lab.claim(), lab.claim()
    for _ in range(5):
        lab.finish(fast)
        fast = lab.claim()
    assert generation(fast) == 5


def test_a_job_that_is_queued_again_is_waited_for() -> None:
    lab = Laboratory(training())
    job = lab.finish(lab.add(lr=1.0))
    lab.tell(replace(job, status=Status.QUEUED, finished=None))
    assert lab.ask() is Verdict.WAIT


# The end ------------------------------------------------------------------------------------------


@given(st.integers(1, 5), st.integers(1, 5), st.integers())
def test_each_member_brings_as_many_jobs_to_an_end_as_there_are_generations(
    size: int, generations: int, seed: int
) -> None:
    lab = Laboratory(training(init=INIT, size=size, generations=generations), seed)
    while isinstance(job := lab.ask(), PastJob):
        lab.finish(job, job.hyperparameters["lr"])
    assert job is Verdict.EXHAUSTED
    places = sorted((member(job), generation(job)) for job in lab.jobs.values())
    assert places == [(key, at) for key in range(1, size + 1) for at in range(generations)]


def test_it_is_not_done_before_the_last_one_is() -> None:
    lab = Laboratory(training(init=INIT, size=2, generations=1))
    slow, fast = lab.claim(), lab.claim()
    lab.finish(fast)
    assert lab.ask() is Verdict.WAIT
    lab.finish(slow)
    assert lab.ask() is Verdict.EXHAUSTED


def test_a_crash_is_no_generation() -> None:
    lab = Laboratory(training(init=INIT, size=1, generations=1))
    lab.crash(lab.claim())
    lab.finish(lab.claim())
    assert lab.ask() is Verdict.EXHAUSTED


def test_a_pruned_job_is_a_generation() -> None:
    lab = Laboratory(training(init=INIT, size=1, generations=1))
    lab.prune(lab.claim())
    assert lab.ask() is Verdict.EXHAUSTED


def test_one_more_job_by_hand_keeps_it_going() -> None:
    lab = Laboratory(training(generations=2))
    lab.finish(lab.add(lr=1.0))
    lab.finish(lab.claim())
    assert lab.ask() is Verdict.EXHAUSTED
    lab.finish(lab.add(lr=2.0))
    assert generation(lab.claim()) == 1


def test_a_job_that_is_queued_again_after_the_end_is_waited_for() -> None:
    lab = Laboratory(training(generations=1))
    job = lab.finish(lab.add(lr=1.0))
    assert lab.ask() is Verdict.EXHAUSTED
    lab.tell(replace(job, status=Status.QUEUED, finished=None))
    assert lab.ask() is Verdict.WAIT


def test_a_deleted_member_does_not_count_as_done() -> None:
    lab = Laboratory(training(generations=1))
    done, _working = lab.finish(lab.add(lr=1.0)), lab.add(lr=2.0)
    lab.delete(done)
    assert lab.ask() is Verdict.WAIT


# What the service asks ----------------------------------------------------------------------------


def test_it_knows_what_best_means() -> None:
    objective = Objective("quality", Direction.MIN)
    assert training(direction=Direction.MIN).objective == objective


def test_it_needs_a_population_to_look_at() -> None:
    with pytest.raises(TypeError, match="population"):
        training().propose(EmptyView(), generator(0, 0))
