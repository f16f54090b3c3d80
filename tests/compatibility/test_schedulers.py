"""Random searches and populations, as the old client asks for their jobs."""

import math
from collections import Counter

import pytest

from tests.compatibility.databases import on_both_databases
from tests.compatibility.old_client import OldClient

pytestmark = pytest.mark.compat


@on_both_databases
def test_a_random_search_draws_every_hyperparameter_from_its_distribution(old: OldClient) -> None:
    drawn = old.run("""
        exp = schedy.RandomSearch(name, {
            'uniform': schedy.random.Uniform(2, 3),
            'loguniform': schedy.random.LogUniform(1e-5, 1e-1),
            'normal': schedy.random.Normal(10, 0.1),
            'constant': schedy.random.Constant({'a': [1, 2.0]}),
        })
        db.add_experiment(exp)
        return [exp.next_job().hyperparameters for _ in range(40)]
    """)
    assert all(2 <= job["uniform"] < 3 and 1e-5 <= job["loguniform"] < 1e-1 for job in drawn)
    assert all(9 < job["normal"] < 11 and job["constant"] == {"a": [1, 2.0]} for job in drawn)
    assert len({job["uniform"] for job in drawn}) == 40
    assert 1 < sum(job["loguniform"] < 1e-3 for job in drawn) < 39


def test_choices_keep_their_exact_type(old: OldClient) -> None:
    drawn = old.run("""
        values = [False, 0, 0.0, '0', None, [0], {'0': 0}]
        exp = schedy.RandomSearch(name, {'x': schedy.random.Choice(values)})
        db.add_experiment(exp)
        return [exp.next_job().hyperparameters['x'] for _ in range(120)]
    """)
    expected = {"False", "0", "0.0", "'0'", "None", "[0]", "{'0': 0}"}
    assert set(map(repr, drawn)) == expected


def test_weights_of_choices_are_relative(old: OldClient) -> None:
    drawn = old.run("""
        exp = schedy.RandomSearch(name, {'x': schedy.random.Choice('abc', weights=[30, 10, 0])})
        db.add_experiment(exp)
        return [exp.next_job().hyperparameters['x'] for _ in range(100)]
    """)
    counts = Counter(drawn)
    assert counts["a"] > counts["b"] > 0 == counts["c"]


@on_both_databases
def test_a_random_search_makes_one_job_per_job_handed_out(old: OldClient) -> None:
    assert old.run("""
        exp = schedy.RandomSearch(name, {'x': schedy.random.Uniform(0, 1)})
        db.add_experiment(exp)
        handed = [exp.next_job() for _ in range(15)]
        jobs = list(exp.all_jobs())
        assert {job.job_id for job in handed} == {job.job_id for job in jobs}
        return [len(jobs), {job.status for job in jobs} == {'RUNNING'}, jobs[0].results]
    """) == [15, True, {}]


def test_queued_jobs_come_before_random_ones(old: OldClient) -> None:
    assert old.run("""
        exp = schedy.RandomSearch(name, {'x': schedy.random.Constant('drawn')})
        db.add_experiment(exp)
        exp.add_job(hyperparameters={'x': 'first'})
        exp.add_job(hyperparameters={'x': 'second'})
        return [exp.next_job().hyperparameters['x'] for _ in range(3)]
    """) == ["first", "second", "drawn"]


@pytest.fixture
def population(old: OldClient) -> OldClient:
    """Return an old client whose experiment is a population of 4 for 3 generations."""
    old.run("""
        db.add_experiment(schedy.PopulationBasedTraining(
            name, schedy.pbt.MAXIMIZE, 'score', schedy.pbt.Truncate(0.5),
            explore={'rate': schedy.pbt.Perturb(0.5, 2.0)},
            initial_distributions={'rate': schedy.random.Uniform(1, 2),
                                   'layers': schedy.random.Constant(3)},
            population_size=4, max_generations=3))
    """)
    return old


@on_both_databases
def test_a_population_is_drawn_continued_and_ended(population: OldClient) -> None:
    jobs, status = population.run("""
        exp, seen = db.get_experiment(name), []
        while True:
            try:
                with exp.next_job() as job:
                    seen.append([job.hyperparameters['layers'], 'score' in job.results])
                    job.results = {'score': job.hyperparameters['rate']}
            except schedy.errors.NoJobError:
                return [seen, db.get_experiment(name).status]
    """)
    assert jobs == [[3, False]] * 4 + [[3, True]] * 8
    assert status == "DONE"


@on_both_databases
def test_a_copy_starts_with_what_its_parent_had_and_leaves_it_alone(population: OldClient) -> None:
    parents, children, parents_later = population.run("""
        def told(jobs):
            return {job.job_id: [job.hyperparameters, job.results] for job in jobs}
        exp = db.get_experiment(name)
        for _ in range(4):
            with exp.next_job() as job:
                job.results = {'score': job.hyperparameters['rate'], 'path': job.job_id}
        parents = told(exp.all_jobs())
        children = told(exp.next_job() for _ in range(4))
        later = told(exp.get_job(job_id) for job_id in parents)
        return [parents, children, later]
    """)
    assert parents == parents_later
    for hyperparameters, results in children.values():
        rate, kept = parents[results["path"]][0]["rate"], parents[results["path"]][1]
        assert results == kept
        assert 0.5 <= hyperparameters["rate"] / rate < 2.0


def test_there_is_no_job_while_a_population_has_nothing_to_continue(population: OldClient) -> None:
    assert population.run("""
        exp = db.get_experiment(name)
        jobs = [exp.next_job() for _ in range(4)]
        waiting = outcome(exp.next_job)
        with jobs[0] as job:
            job.results = {'score': 1}
        return [waiting, outcome(exp.next_job), db.get_experiment(name).status]
    """) == ["NoJobError", None, "RUNNING"]


def test_a_population_can_be_added_by_hand(old: OldClient) -> None:
    assert old.run("""
        exp = schedy.PopulationBasedTraining(
            name, schedy.pbt.MINIMIZE, 'loss', schedy.pbt.Truncate(),
            explore={'rate': schedy.pbt.Perturb()})
        db.add_experiment(exp)
        before = outcome(exp.next_job)
        for rate in (1.0, 2.0):
            exp.add_job(hyperparameters={'rate': rate}, status='DONE', results={'loss': rate})
        job = exp.next_job()
        return [before, list(job.hyperparameters), job.results['loss'] in (1.0, 2.0)]
    """) == ["NoJobError", ["rate"], True]


UNRANKABLE = [{"score": value} for value in (math.nan, None, "text", 10**400, [1], True)]


@pytest.mark.parametrize("results", [{}, *UNRANKABLE], ids=repr)
def test_a_population_survives_results_that_cannot_be_ranked(
    population: OldClient, results: object
) -> None:
    script = """
        exp = db.get_experiment(name)
        for number in range(10):
            job = exp.next_job()
            job.status = ['DONE', 'CRASHED', 'PRUNED'][number % 3]
            job.results = results if number % 2 else {'score': number}
            job.put()
        return len(list(exp.all_jobs()))
    """
    assert population.run(script, results=results) == 10


def test_a_fetched_population_knows_its_limit_and_keeps_it(population: OldClient) -> None:
    assert population.run("""
        first = db.get_experiment(name)
        first.population_size = 5
        first.push_updates()
        second = db.get_experiment(name)
        listed, = [each for each in db.get_experiments() if each.name == name]
        limits = [first.max_generations, second.max_generations, listed.max_generations]
        return [limits, second.population_size]
    """) == [[3, 3, 3], 5]


@pytest.mark.parametrize("limit", [None, 2, 50])
def test_the_limit_of_a_population_can_be_changed(population: OldClient, limit: int | None) -> None:
    script = """
        exp = db.get_experiment(name)
        exp.max_generations = limit
        exp.push_updates()
        return db.get_experiment(name).max_generations
    """
    assert population.run(script, limit=limit) == limit
