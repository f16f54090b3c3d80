"""Experiments, as scripts of the old client add, list, change and delete them."""

import pytest

from tests.compatibility.databases import on_both_databases
from tests.compatibility.old_client import OldClient
from tests.compatibility.wire import Wire

pytestmark = pytest.mark.compat

DEFINITIONS = {
    "manual": "schedy.ManualSearch(name)",
    "done": "schedy.ManualSearch(name, status='DONE')",
    "random": """schedy.RandomSearch(name, {
        'rate': schedy.random.LogUniform(1e-5, 1e-1),
        'dropout': schedy.random.Uniform(0, 1),
        'bias': schedy.random.Normal(-1.5, 0.25),
        'kernel': schedy.random.Choice([1, '1', True, False, 0, 0.0, [1, {'a': []}], {}, 'é']),
        'heavy': schedy.random.Choice(['a', 'b'], weights=[1, 3]),
        'batch': schedy.random.Constant(32),
        'nested': schedy.random.Constant({'a': [1, 2.0, 'x', {}], '': False}),
    })""",
    "random without hyperparameters": "schedy.RandomSearch(name, {})",
    "population": """schedy.PopulationBasedTraining(
        name, schedy.pbt.MAXIMIZE, 'accuracy', schedy.pbt.Truncate(0.3),
        explore={'rate': schedy.pbt.Perturb(0.5, 2.0)},
        initial_distributions={'rate': schedy.random.LogUniform(1e-5, 1e-1)},
        population_size=7, max_generations=9)""",
    "population added by hand": """schedy.PopulationBasedTraining(
        name, schedy.pbt.MINIMIZE, 'loss', schedy.pbt.Truncate())""",
}


@pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=DEFINITIONS.keys())
@on_both_databases
def test_an_experiment_comes_back_as_it_was_added(old: OldClient, definition: str) -> None:
    script = """
        exp = eval(definition)
        db.add_experiment(exp)
        fetched = db.get_experiment(name)
        listed, = [each for each in db.get_experiments() if each.name == name]
        assert vars(fetched) == vars(exp) == vars(listed)
        return [repr(each._to_map_definition()) for each in (exp, fetched, listed)]
    """
    added, fetched, listed = old.run(script, definition=definition)
    assert added == fetched == listed  # in print, 1 and True and 1.0 differ


@on_both_databases
def test_a_name_can_be_taken_once(manual: OldClient) -> None:
    assert manual.run("""
        other = schedy.RandomSearch(name, {}, status='DONE')
        return [outcome(db.add_experiment, other), type(db.get_experiment(name)).__name__]
    """) == ["ResourceExistsError", "ManualSearch"]


def test_an_unknown_experiment_is_not_found(old: OldClient) -> None:
    assert old.run("""
        try:
            db.get_experiment(name)
        except schedy.errors.ClientRequestError as error:
            return [type(error).__name__, error.code, '\\n' in error.body, len(error.body) < 150]
    """) == ["ClientRequestError", 404, False, True]


@on_both_databases
def test_pushing_updates_replaces_scheduler_and_status_and_keeps_the_jobs(old: OldClient) -> None:
    assert old.run("""
        exp = schedy.RandomSearch(name, {'a': schedy.random.Constant(1)})
        db.add_experiment(exp)
        first = exp.next_job()
        exp.distributions = {'b': schedy.random.Constant(2)}
        exp.push_updates()
        second = exp.next_job()
        exp.status = 'DONE'
        exp.push_updates()
        return [first.hyperparameters, second.hyperparameters, outcome(exp.next_job),
                db.get_experiment(name).status, len(list(exp.all_jobs()))]
    """) == [{"a": 1}, {"b": 2}, "NoJobError", "DONE", 2]


def test_the_kind_of_an_experiment_can_change(manual: OldClient) -> None:
    assert manual.run("""
        exp = db.get_experiment(name)
        exp.add_job(hyperparameters={'a': 1}).delete()
        other = schedy.RandomSearch(name, {'a': schedy.random.Constant(2)})
        other._db = db
        other.push_updates()
        return [type(db.get_experiment(name)).__name__, other.next_job().hyperparameters]
    """) == ["RandomSearch", {"a": 2}]


def test_pushing_updates_of_a_deleted_experiment_creates_it(manual: OldClient) -> None:
    assert manual.run("""
        exp = db.get_experiment(name)
        exp.delete()
        exp.push_updates()
        return [db.get_experiment(name).status]
    """) == ["RUNNING"]


@on_both_databases
def test_an_experiment_takes_its_jobs_with_it(manual: OldClient) -> None:
    assert manual.run("""
        exp = db.get_experiment(name)
        job = exp.add_job(hyperparameters={})
        exp.delete()
        gone = [outcome(db.get_experiment, name), outcome(exp.get_job, job.job_id)]
        db.add_experiment(exp)
        return [gone, len(list(exp.all_jobs())), outcome(exp.next_job)]
    """) == [["ClientRequestError", "ClientRequestError"], 0, "NoJobError"]


def test_deleting_an_experiment_twice_is_an_error_only_if_it_had_to_be_there(
    manual: OldClient,
) -> None:
    assert manual.run("""
        exp = db.get_experiment(name)
        return [outcome(exp.delete), outcome(exp.delete), outcome(exp.delete, ensure=False)]
    """) == [None, "UnsafeUpdateError", None]


@on_both_databases
def test_hundreds_of_experiments_are_listed_once_each_while_they_are_deleted(
    old: OldClient,
) -> None:
    assert old.run("""
        mine = ['%s %03d' % (name, number) for number in range(230)]
        for each in mine:
            db.add_experiment(schedy.ManualSearch(each))
        found = []
        for exp in db.get_experiments():
            if exp.name.startswith(name):
                found.append(exp.name)
                exp.delete()
        assert not [exp for exp in db.get_experiments() if exp.name.startswith(name)]
        return sorted(found) == mine
    """)


UNREADABLE = {
    "no scheduler": {"status": "RUNNING"},
    "no such status": {"status": "PAUSED", "scheduler": {"Manual": None}},
    "scheduler is null": {"status": "RUNNING", "scheduler": None},
    "scheduler is empty": {"status": "RUNNING", "scheduler": {}},
    "two schedulers": {"status": "RUNNING", "scheduler": {"Manual": None, "RandomSearch": {}}},
    "unknown scheduler": {"status": "RUNNING", "scheduler": {"Grid": {}}},
    "manual with parameters": {"status": "RUNNING", "scheduler": {"Manual": {}}},
    "random without parameters": {"status": "RUNNING", "scheduler": {"RandomSearch": None}},
    "empty distribution": {"status": "RUNNING", "scheduler": {"RandomSearch": {"x": {}}}},
    "unknown distribution": {
        "status": "RUNNING",
        "scheduler": {"RandomSearch": {"x": {"poisson": {"mean": 1}}}},
    },
    "distribution without arguments": {
        "status": "RUNNING",
        "scheduler": {"RandomSearch": {"x": {"uniform": {"low": 0}}}},
    },
    "more weights than values": {
        "status": "RUNNING",
        "scheduler": {"RandomSearch": {"x": {"choice": {"values": [1], "weights": [1, 2]}}}},
    },
    "population without exploit": {
        "status": "RUNNING",
        "scheduler": {"PBT": {"objective": "min", "qualityResultName": "loss"}},
    },
    "population with unknown exploit": {
        "status": "RUNNING",
        "scheduler": {
            "PBT": {"objective": "min", "qualityResultName": "x", "exploit": {"tournament": 2}}
        },
    },
    "population with unknown objective": {
        "status": "RUNNING",
        "scheduler": {
            "PBT": {"objective": "best", "qualityResultName": "x", "exploit": {"truncate": 0.2}}
        },
    },
    "a list": [],
    "null": None,
}


@pytest.mark.parametrize("definition", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_an_experiment_that_would_break_everybodys_list_is_refused(
    wire: Wire, old: OldClient, definition: object
) -> None:
    answer = wire.ask("PUT", f"/experiments/{old.name}/", definition, if_none_match="*")
    assert answer.status == 400
    assert not old.run("return [exp.name for exp in db.get_experiments() if exp.name == name]")
