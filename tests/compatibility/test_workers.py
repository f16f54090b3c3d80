"""Many old workers at once: every job is worked on by one of them, and once."""

from collections import Counter

import pytest

from tests.compatibility.databases import on_both_databases
from tests.compatibility.old_client import Fleet, OldClient

pytestmark = [pytest.mark.compat, on_both_databases]

WORK = """
exp, done = db.get_experiment(name), []
while True:
    try:
        with exp.next_job() as job:
            job.results['worker'] = worker
            job.put()
            done.append(job.job_id)
    except schedy.errors.NoJobError:
        return done
"""


def test_workers_share_a_queue_and_nobody_gets_anothers_job(
    manual: OldClient, fleet: Fleet
) -> None:
    manual.run("""
        exp = db.get_experiment(name)
        for number in range(80):
            exp.add_job(hyperparameters={'number': number})
    """)
    done = {job_id: worker for worker, ids in enumerate(fleet.run(WORK, manual)) for job_id in ids}
    jobs = manual.run("""
        jobs = db.get_experiment(name).all_jobs()
        return [[job.job_id, job.status, job.results['worker']] for job in jobs]
    """)
    assert jobs == [[job_id, "DONE", done[job_id]] for job_id, _, _ in jobs]
    assert len(jobs) == len(done) == 80


def test_one_job_goes_to_one_of_many_workers(manual: OldClient, fleet: Fleet) -> None:
    for _ in range(5):
        manual.run("db.get_experiment(name).add_job(hyperparameters={})")
        assert sum(map(len, fleet.run(WORK, manual))) == 1


def test_a_random_search_makes_a_job_for_every_worker(old: OldClient, fleet: Fleet) -> None:
    old.run("db.add_experiment(schedy.RandomSearch(name, {'x': schedy.random.Uniform(0, 1)}))")
    script = """
        exp, drawn = db.get_experiment(name), []
        for _ in range(10):
            with exp.next_job() as job:
                drawn.append(job.hyperparameters['x'])
        return drawn
    """
    drawn = [value for values in fleet.run(script, old) for value in values]
    statuses = old.run("return [job.status for job in db.get_experiment(name).all_jobs()]")
    assert len(set(drawn)) == 80
    assert statuses == ["DONE"] * 80


def test_a_population_is_trained_by_many_workers_to_its_end(old: OldClient, fleet: Fleet) -> None:
    old.run("""
        db.add_experiment(schedy.PopulationBasedTraining(
            name, 'max', 'score', schedy.pbt.Truncate(), {'x': schedy.pbt.Perturb()},
            {'x': schedy.random.Uniform(0, 1)}, population_size=6, max_generations=4))
    """)
    script = """
        exp, done = db.get_experiment(name), []
        while db.get_experiment(name).status == 'RUNNING':
            try:
                with exp.next_job() as job:
                    job.results['score'] = job.hyperparameters['x']
                    done.append(job.job_id)
            except schedy.errors.NoJobError:
                pass
        return done
    """
    done = [job_id for ids in fleet.run(script, old) for job_id in ids]
    assert len(done) == len(set(done)) == 24


def test_one_of_many_creates_an_experiment(old: OldClient, fleet: Fleet) -> None:
    outcomes = fleet.run("return outcome(db.add_experiment, schedy.ManualSearch(name))", old)
    assert Counter(outcomes) == {None: 1, "ResourceExistsError": len(outcomes) - 1}


def test_of_many_that_saw_the_same_version_one_may_change_it(
    manual: OldClient, fleet: Fleet
) -> None:
    manual.run("schedy.Job('contended', db.get_experiment(name), {}, results={}).put()")
    script = """
        job, won = db.get_experiment(name).get_job('contended'), 0
        for _ in range(10):
            job.results['wins'] = job.results.get('wins', 0) + 1
            try:
                job.put()
                won += 1
            except schedy.errors.UnsafeUpdateError:
                job = job.experiment.get_job('contended')
        return won
    """
    won = sum(fleet.run(script, manual))
    results = manual.run("return db.get_experiment(name).get_job('contended').results")
    assert results == {"wins": won}


def test_jobs_added_by_many_are_all_there(manual: OldClient, fleet: Fleet) -> None:
    added = fleet.run(
        """
        exp = db.get_experiment(name)
        return [exp.add_job(hyperparameters={'worker': worker}).job_id for _ in range(12)]
        """,
        manual,
    )
    listed = manual.run("return [job.job_id for job in db.get_experiment(name).all_jobs()]")
    assert sorted(listed) == sorted(job_id for ids in added for job_id in ids)
