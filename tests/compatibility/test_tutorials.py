"""The tutorials of the old documentation, as people typed them."""

import pytest

from tests.compatibility.databases import on_both_databases
from tests.compatibility.old_client import OldClient

pytestmark = [pytest.mark.compat, on_both_databases]


def test_a_database_of_past_experiments(old: OldClient) -> None:
    old.run("""
        experiment = schedy.ManualSearch(name)
        db.add_experiment(experiment)
        experiment.add_job(
            hyperparameters={'num_layers': 3, 'activation': 'relu'},
            results={'accuracy': 0.92, 'loss': [0.5, 0.3, 0.2]},
            status=schedy.Job.DONE)
        experiment.add_job(
            hyperparameters={'num_layers': 10, 'activation': 'tanh'},
            results={'accuracy': 0.87, 'loss': [0.7, 0.6]},
            status=schedy.Job.DONE)
        experiment.add_job(hyperparameters={'num_layers': 99}, status=schedy.Job.CRASHED)
    """)
    assert old.run("""
        experiment = db.get_experiment(name)
        done = [job for job in experiment.all_jobs() if job.status == schedy.Job.DONE]
        best = max(done, key=lambda job: job.results['accuracy'])
        return [len(done), best.hyperparameters, best.results['loss']]
    """) == [2, {"num_layers": 3, "activation": "relu"}, [0.5, 0.3, 0.2]]


def test_a_manual_scheduler(old: OldClient) -> None:
    old.run("""
        experiment = schedy.ManualSearch(name)
        db.add_experiment(experiment)
        for num_layers in range(1, 6):
            for activation in ('relu', 'tanh'):
                experiment.add_job(hyperparameters={
                    'num_layers': num_layers, 'activation': activation})
    """)
    accuracies = old.run("""
        def train(num_layers, activation):
            if num_layers == 5:
                raise MemoryError
            return num_layers / 10. + (activation == 'relu')
        experiment = db.get_experiment(name)
        while True:
            try:
                with experiment.next_job() as job:
                    job.results['accuracy'] = train(**job.hyperparameters)
            except MemoryError:
                continue
            except schedy.errors.NoJobError:
                break
        return [[job.status, job.results.get('accuracy')] for job in experiment.all_jobs()]
    """)
    done = [["DONE", layers / 10 + relu] for layers in (1, 2, 3, 4) for relu in (1, 0)]
    assert accuracies == [*done, ["CRASHED", None], ["CRASHED", None]]


def test_a_random_search(old: OldClient) -> None:
    old.run("""
        distributions = {
            'num_layers': schedy.random.Choice(range(1, 10)),
            'activation': schedy.random.Choice(['relu', 'tanh'], weights=[2, 1]),
            'learning_rate': schedy.random.LogUniform(1e-6, 1e-1),
            'dropout_rate': schedy.random.Uniform(0., 0.5),
        }
        db.add_experiment(schedy.RandomSearch(name, distributions))
    """)
    assert old.run("""
        experiment = db.get_experiment(name)
        for _ in range(10):
            with experiment.next_job() as job:
                layers = [None for _ in range(job.hyperparameters['num_layers'])]
                job.results['loss'] = len(layers) * job.hyperparameters['learning_rate']
        experiment.status = schedy.Experiment.DONE
        experiment.push_updates()
        best = min(experiment.all_jobs(), key=lambda job: job.results['loss'])
        return [best.status, outcome(experiment.next_job)]
    """) == ["DONE", "NoJobError"]


def test_population_based_training(old: OldClient) -> None:
    old.run("""
        experiment = schedy.PopulationBasedTraining(
            name=name,
            objective=schedy.pbt.MINIMIZE,
            result_name='loss',
            exploit=schedy.pbt.Truncate(),
            explore={'learning_rate': schedy.pbt.Perturb(0.8, 1.2)},
            initial_distributions={'learning_rate': schedy.random.LogUniform(1e-4, 1e-1)},
            population_size=5,
            max_generations=4)
        db.add_experiment(experiment)
    """)
    losses = old.run("""
        experiment = db.get_experiment(name)
        while True:
            try:
                job = experiment.next_job()
            except schedy.errors.NoJobError:
                break
            with job:
                weights = job.results.get('weights', 1.)
                weights = weights - weights * job.hyperparameters['learning_rate']
                job.results.update({'weights': weights, 'loss': abs(weights)})
        return [job.results['loss'] for job in db.get_experiment(name).all_jobs()]
    """)
    assert len(losses) == 20
    assert min(losses[-5:]) < min(losses[:5])
