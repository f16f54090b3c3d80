import json

import pytest

from schedy_server.model.errors import Conflict, NotFound
from schedy_server.model.experiments import ExperimentStatus
from schedy_server.model.jobs import Status
from schedy_server.model.transitions import Refused
from schedy_server.service import claims, experiments, jobs
from schedy_server.service.claims import Directive
from schedy_server.service.experiments import Alteration
from schedy_server.service.jobs import Handed
from schedy_server.service.reservations import Reservations
from tests.server.desk import NAME, UNIFORM, Desk, wish

PBT = {
    "PBT": {
        "objective": "max",
        "qualityResultName": "score",
        "exploit": {"truncate": 0.5},
        "explore": {"lr": {"perturb": {"minFactor": 0.8, "maxFactor": 1.2}}},
        "init": {"lr": {"uniform": {"low": 0.1, "high": 1.0}}},
        "numParallel": 2,
        "maxGenerations": 3,
    }
}


def test_a_queue_is_handed_out_first_in_first_out(desk: Desk) -> None:
    desk.experiment()
    added = [desk.add().job.id for _ in range(3)]
    assert [claimed(desk).job.id for _ in range(3)] == added
    assert desk.claim() is None


def test_queued_jobs_go_before_proposed_ones(desk: Desk) -> None:
    desk.experiment(UNIFORM)
    queued = desk.add(hyperparameters={"x": 7}).job.id
    assert claimed(desk).job.id == queued
    assert 0 <= json.loads(claimed(desk).job.hyperparameters)["x"] < 1


def test_a_claim_makes_the_job_running_and_the_claimers(desk: Desk) -> None:
    desk.experiment(UNIFORM)
    job = claimed(desk).job
    assert (job.status, job.attempt, job.worker) == (Status.RUNNING, 1, "w")
    assert job.lease_id
    assert desk.counts() == {Status.RUNNING: 1}


def test_a_repeated_claim_gets_the_same_job(desk: Desk) -> None:
    desk.experiment(UNIFORM)
    assert len({claimed(desk, "again").job.id for _ in range(3)}) == 1
    assert desk.counts() == {Status.RUNNING: 1}


def test_a_claim_whose_job_moved_on_gets_no_other_job(desk: Desk) -> None:
    desk.experiment(UNIFORM)
    job = claimed(desk, "again").job
    desk.do(jobs.put, NAME, job.id, wish(Status.QUEUED), condition=None)
    with pytest.raises(Conflict):
        desk.claim("again")


def test_a_paused_experiment_hands_out_nothing_until_resumed(desk: Desk) -> None:
    desk.experiment()
    desk.add()
    desk.do(experiments.patch, NAME, Alteration(ExperimentStatus.DONE))
    assert desk.claim() is None
    desk.do(experiments.patch, NAME, Alteration(ExperimentStatus.RUNNING))
    assert desk.claim() is not None


def test_the_same_seed_gives_the_same_search(desk: Desk) -> None:
    drawn = []
    for name in ("one", "other"):
        desk.experiment(UNIFORM, name=name, seed=5)
        found = [desk.claim(name=name) for _ in range(5)]
        drawn.append([each.job.hyperparameters for each in found if each])
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) == 5


def test_someone_elses_experiment_can_not_be_claimed_from(desk: Desk) -> None:
    desk.experiment(UNIFORM)
    with pytest.raises(NotFound):
        desk.do_as(desk.bob, claims.claim, NAME, claim_id="c", worker=None)


def test_results_so_far_and_the_end_are_stored(desk: Desk) -> None:
    desk.experiment(UNIFORM)
    first = claimed(desk)
    second = progress(desk, first, Status.RUNNING, {"epoch": 1})
    assert isinstance(second, Handed)
    progress(desk, first.__class__(first.job, second.tag), Status.DONE, {"epoch": 2})
    job = desk.get(first).job
    assert (job.status, job.results, job.lease_id) == (Status.DONE, '{"epoch": 2}', None)


def test_progress_without_results_keeps_them(desk: Desk) -> None:
    desk.experiment()
    desk.add(results={"weights": "w.pt"})
    first = claimed(desk)
    progress(desk, first, Status.CRASHED, None)
    assert desk.get(first).job.results == '{"weights": "w.pt"}'


def test_a_worker_that_lost_its_job_changes_nothing(desk: Desk) -> None:
    desk.experiment(UNIFORM)
    first = claimed(desk)
    desk.do(jobs.put, NAME, first.job.id, wish(Status.QUEUED), condition=None)
    claimed(desk)
    assert isinstance(progress(desk, first, Status.DONE, {"x": 1}), Refused)
    assert desk.get(first).job.status is Status.RUNNING


def test_a_lease_of_another_job_is_no_lease(desk: Desk) -> None:
    desk.experiment(UNIFORM)
    first, second = claimed(desk), claimed(desk)
    with pytest.raises(Conflict):
        desk.do(
            claims.progress,
            NAME,
            first.job.id,
            wish(Status.DONE),
            lease_id=second.job.lease_id or "",
            condition=[first.tag],
        )


def test_a_heartbeat_tells_whether_the_job_is_still_ones_own(desk: Desk) -> None:
    desk.experiment(UNIFORM)
    first = claimed(desk)
    assert beat(desk, first) is Directive.CONTINUE
    desk.do(jobs.put, NAME, first.job.id, wish(Status.QUEUED), condition=None)
    assert beat(desk, first) is Directive.SUPERSEDED


def test_looking_for_the_next_job_takes_it_from_nobody(desk: Desk) -> None:
    desk.experiment()
    only = desk.add().job.id
    reservations = Reservations()
    looks = [desk.do(claims.look_for_next, NAME, reservations) for _ in range(2)]
    assert [look.job.id for look in looks if look] == [only, only]
    assert desk.counts() == {Status.QUEUED: 1}


def test_those_who_look_at_once_are_shown_different_jobs(desk: Desk) -> None:
    desk.experiment()
    added = [desk.add().job.id for _ in range(3)]
    reservations = Reservations()
    looks = [desk.do(claims.look_for_next, NAME, reservations) for _ in range(3)]
    assert [look.job.id for look in looks if look] == added


def test_a_job_that_was_looked_at_and_left_is_offered_again(desk: Desk) -> None:
    desk.experiment(UNIFORM)
    reservations = Reservations()
    first = desk.do(claims.look_for_next, NAME, reservations)
    desk.advance(seconds=16)
    second = desk.do(claims.look_for_next, NAME, reservations)
    assert first is not None
    assert second is not None
    assert first.job.id == second.job.id


def test_a_population_goes_on_from_its_parents_and_ends(desk: Desk) -> None:
    desk.experiment(PBT)
    for step in range(6):
        first = claimed(desk)
        progress(desk, first, Status.DONE, {"score": step, "weights": f"{step}.pt"})
    assert desk.claim() is None
    assert desk.do(experiments.get, NAME).status is ExperimentStatus.DONE


def test_a_child_finds_the_results_of_its_parent_to_the_character(desk: Desk) -> None:
    desk.experiment(PBT)
    text = '{"score": 1.50, "steps": ' + "9" * 5000 + "}"
    for _ in range(2):
        first = claimed(desk)
        change = wish(Status.DONE, results={"score": 1.5})
        exact = type(change.results)(text, {"score": 1.5})  # type: ignore[misc]
        kept = type(change)(Status.DONE, None, exact, "", change.digest)
        desk.do(
            claims.progress,
            NAME,
            first.job.id,
            kept,
            lease_id=first.job.lease_id or "",
            condition=[first.tag],
        )
    assert claimed(desk).job.results == text


def test_a_child_has_the_quality_of_the_results_that_it_finds(desk: Desk) -> None:
    desk.experiment(PBT)
    for score in (1.5, 1.5):
        progress(desk, claimed(desk), Status.DONE, {"score": score})
    child = claimed(desk)
    assert child.job.quality == 1.5
    ended = progress(desk, child, Status.DONE, None)
    assert isinstance(ended, Handed)
    assert ended.job.quality == 1.5


def claimed(desk: Desk, claim_id: str | None = None) -> Handed:
    found = desk.claim(claim_id)
    assert found is not None
    return found


def progress(
    desk: Desk, handed: Handed, status: Status, results: dict[str, object] | None
) -> Handed | Refused:
    return desk.do(
        claims.progress,
        NAME,
        handed.job.id,
        wish(status, results=results),
        lease_id=handed.job.lease_id or "",
        condition=[handed.tag],
    )


def beat(desk: Desk, handed: Handed) -> Directive:
    lease = handed.job.lease_id or ""
    return desk.do(claims.heartbeat, NAME, handed.job.id, lease_id=lease).directive
