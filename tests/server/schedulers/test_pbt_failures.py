"""Population-based training when jobs crash, are pruned or disappear."""

from schedy.pbt import Perturb
from schedy.random import Uniform
from schedy_server.schedulers.protocol import Verdict
from tests.server.schedulers.laboratory import (
    Laboratory,
    event,
    generation,
    member,
    parent,
    ranked,
    training,
)

INIT = {"lr": Uniform(0, 1)}


# Crashes ------------------------------------------------------------------------------------------


def test_a_member_that_crashed_starts_the_same_job_again() -> None:
    lab = Laboratory(training(explore={"lr": Perturb()}))
    lab.finish(lab.add(lr=0.5), 0.7)
    crashed = lab.crash(lab.claim())
    again = lab.claim()
    assert again.hyperparameters == crashed.hyperparameters
    assert again.results == {"quality": 0.7}
    assert again.origin == {**(crashed.origin or {}), "event": "restart"}


def test_a_copy_that_crashed_starts_from_the_same_parent_again() -> None:
    lab, jobs = ranked([0.1, 0.9], training(explore={"lr": Perturb()}))
    copy = lab.claim()
    for _ in range(3):  # the member that it copied goes on
        lab.finish(lab.claim(), 1.0, weights="newer")
    crashed = lab.crash(copy)
    again = lab.claim_of(1)
    assert (parent(again), again.results) == (2, jobs[1].results)
    assert again.hyperparameters == crashed.hyperparameters


def test_a_first_job_that_crashed_starts_without_results_again() -> None:
    lab = Laboratory(training(init=INIT, size=1))
    crashed = lab.crash(lab.claim())
    again = lab.claim()
    assert (again.hyperparameters, again.results) == (crashed.hyperparameters, {})


def test_a_job_added_by_hand_that_crashed_starts_again() -> None:
    lab = Laboratory(training())
    crashed = lab.crash(lab.add(lr=0.5))
    again = [lab.crash(lab.claim()), lab.claim()]
    assert all(job.hyperparameters == {"lr": 0.5} for job in again)
    assert all(member(job) == crashed.number for job in again)
    assert [generation(job) for job in again] == [0, 0]


def test_after_three_crashes_a_member_is_replaced_by_a_better_one() -> None:
    lab, jobs = ranked([0.9])
    unlucky, events = lab.add(lr=7.0), []
    for _ in range(3):
        lab.crash(unlucky)
        unlucky = lab.claim_of(2)
        events.append(event(unlucky))
    assert events == ["restart", "restart", "exploit"]
    assert generation(unlucky) == 0
    assert unlucky.results == jobs[0].results


def test_without_a_better_one_a_member_that_keeps_crashing_is_drawn_anew() -> None:
    lab = Laboratory(training(init=INIT, size=1))
    first = job = lab.claim()
    for _ in range(3):
        lab.crash(job)
        job = lab.claim()
    assert (event(job), job.results) == ("redraw", {})
    assert job.hyperparameters != first.hyperparameters


def test_a_member_that_can_only_crash_rests_until_there_is_something_to_copy() -> None:
    lab = Laboratory(training())
    slow, unlucky = lab.add(lr=1.0), lab.add(lr=7.0)
    for _ in range(2):
        lab.crash(unlucky)
        unlucky = lab.claim()
    lab.crash(unlucky)
    assert lab.ask() is Verdict.WAIT
    lab.finish(slow, 0.5)
    assert event(lab.claim()) == "exploit"


def test_a_member_that_keeps_crashing_does_not_block_the_others() -> None:
    lab = Laboratory(training())
    unlucky, lucky = lab.add(lr=7.0), lab.add(lr=1.0)
    for _ in range(50):
        lab.crash(unlucky)
        lab.finish(lucky, 0.5)
        unlucky, lucky = lab.claim(), lab.claim()
    assert (generation(unlucky), generation(lucky)) == (0, 50)


def test_a_member_that_crashed_keeps_the_result_it_had() -> None:
    lab, _ = ranked([0.9, 0.1])
    lab.crash(lab.claim())
    assert parent(lab.claim()) == 1


def test_even_the_best_is_replaced_by_another_when_it_keeps_crashing() -> None:
    lab, _ = ranked([0.9, 0.5])
    for _ in range(3):
        lab.crash(lab.claim_of(1))
    assert parent(lab.claim_of(1)) == 2


def test_crashes_are_counted_anew_after_a_success() -> None:
    lab = Laboratory(training())
    job = lab.add(lr=1.0)
    for _ in range(5):
        lab.crash(job)
        lab.crash(lab.claim())
        lab.finish(lab.claim())
        job = lab.claim()
    assert (event(job), generation(job)) == ("continue", 5)


# Pruned jobs --------------------------------------------------------------------------------------


def test_a_pruned_member_is_replaced() -> None:
    lab = Laboratory(training())
    pruned, good = lab.add(lr=1.0), lab.add(lr=2.0)
    lab.prune(pruned, quality=0.9)
    lab.finish(good, 0.1)
    copy = lab.claim_of(1)
    assert (event(copy), parent(copy), generation(copy)) == ("exploit", 2, 1)


def test_a_pruned_job_is_never_copied() -> None:
    lab = Laboratory(training())
    lab.prune(lab.add(lr=1.0), quality=0.9)
    lab.prune(lab.add(lr=2.0), quality=0.8)
    assert [event(lab.claim()) for _ in range(2)] == ["continue", "continue"]


def test_a_pruned_member_without_a_better_one_is_drawn_anew() -> None:
    lab = Laboratory(training(init=INIT))
    lab.prune(lab.add(lr=1.0, kept="same"))
    following = lab.claim()
    assert (event(following), following.results) == ("redraw", {})
    assert following.hyperparameters["kept"] == "same"
    assert following.hyperparameters["lr"] != 1.0


# Deleted jobs -------------------------------------------------------------------------------------


def test_a_member_whose_last_job_was_deleted_goes_on_from_the_one_before() -> None:
    lab = Laboratory(training())
    first = lab.finish(lab.add(lr=1.0))
    lab.delete(lab.claim())
    assert parent(lab.claim()) == first.number


def test_a_member_is_gone_with_its_last_job_and_another_one_is_drawn() -> None:
    lab = Laboratory(training(init=INIT, size=2))
    lab.delete(lab.finish(lab.claim()))
    assert [event(lab.claim()) for _ in range(2)] == ["initial", "initial"]
    assert lab.ask() is Verdict.WAIT


def test_a_member_outlives_its_first_job() -> None:
    lab = Laboratory(training(init=INIT, size=1))
    first = lab.finish(lab.claim())
    second = lab.claim()
    lab.delete(first)
    lab.finish(second)
    following = lab.claim()
    assert (member(following), generation(following)) == (member(first), 2)


def test_a_crashed_job_whose_parent_was_deleted_keeps_its_own_results() -> None:
    lab = Laboratory(training())
    first = lab.finish(lab.add(lr=1.0))
    lab.crash(lab.claim())
    lab.delete(first)
    assert lab.claim().results == {"quality": "half-written"}
