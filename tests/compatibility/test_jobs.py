"""Jobs, as scripts of the old client add, work on, and change them."""

import pytest

from tests.compatibility.databases import on_both_databases
from tests.compatibility.old_client import OldClient

pytestmark = [pytest.mark.compat, on_both_databases]

SCHEDULERS = ["schedy.ManualSearch(name)", "schedy.RandomSearch(name, {})"]


def test_a_job_is_queued_under_an_id_that_the_server_chose(manual: OldClient) -> None:
    job_id, *added = manual.run("""
        job = db.get_experiment(name).add_job(hyperparameters={'layers': 3})
        return [job.job_id, job.status, job.hyperparameters, job.results, job.experiment.name]
    """)
    assert added == ["QUEUED", {"layers": 3}, {}, manual.name]
    assert job_id.isalnum()


@pytest.mark.parametrize("status", ["QUEUED", "RUNNING", "CRASHED", "PRUNED", "DONE"])
def test_a_job_can_be_added_at_any_status_with_results(manual: OldClient, status: str) -> None:
    found = manual.run(
        """
        exp = db.get_experiment(name)
        job = exp.add_job(hyperparameters={'a': 1}, status=status, results={'loss': 0.5})
        again = exp.get_job(job.job_id)
        return [again.status, again.hyperparameters, again.results]
        """,
        status=status,
    )
    assert found == [status, {"a": 1}, {"loss": 0.5}]


def test_a_job_in_a_with_block_runs_and_is_done_at_its_end(manual: OldClient) -> None:
    assert manual.run("""
        exp = db.get_experiment(name)
        queued = exp.add_job(hyperparameters={'a': 1})
        with exp.next_job() as job:
            during = exp.get_job(job.job_id).status
            job.results['loss'] = 0.25
        after = exp.get_job(queued.job_id)
        return [during, after.status, after.results]
    """) == ["RUNNING", "DONE", {"loss": 0.25}]


def test_an_exception_in_a_with_block_crashes_the_job_and_keeps_its_results(
    manual: OldClient,
) -> None:
    assert manual.run("""
        exp = db.get_experiment(name)
        job = exp.add_job(hyperparameters={})
        def train():
            with job:
                job.results['loss'] = 7
                raise ZeroDivisionError
        raised = outcome(train)
        after = exp.get_job(job.job_id)
        return [raised, after.status, after.results]
    """) == ["ZeroDivisionError", "CRASHED", {"loss": 7}]


def test_results_put_meanwhile_are_seen_by_others(manual: OldClient) -> None:
    assert manual.run("""
        exp = db.get_experiment(name)
        exp.add_job(hyperparameters={})
        seen = []
        with exp.next_job() as job:
            for epoch in range(3):
                job.results['epoch'] = epoch
                job.put()
                seen.append(exp.get_job(job.job_id).results['epoch'])
        return seen
    """) == [0, 1, 2]


def test_a_put_without_results_empties_them(manual: OldClient) -> None:
    assert manual.run("""
        exp = db.get_experiment(name)
        job = exp.add_job(hyperparameters={'a': 1}, results={'loss': 1})
        job.results, job.hyperparameters = {}, {}
        job.put()
        after = exp.get_job(job.job_id)
        return [after.hyperparameters, after.results]
    """) == [{}, {}]


def test_a_put_that_would_undo_somebody_elses_is_refused(manual: OldClient) -> None:
    assert manual.run("""
        exp = db.get_experiment(name)
        mine = exp.add_job(hyperparameters={}, results={'from': 'me'})
        theirs = exp.get_job(mine.job_id)
        theirs.results['from'] = 'them'
        theirs.put()
        return [outcome(mine.put), exp.get_job(mine.job_id).results]
    """) == ["UnsafeUpdateError", {"from": "them"}]


def test_an_unsafe_put_overwrites_and_safe_ones_go_on_from_it(manual: OldClient) -> None:
    assert manual.run("""
        exp = db.get_experiment(name)
        mine = exp.add_job(hyperparameters={}, results={'from': 'me'})
        exp.get_job(mine.job_id).put()
        mine.put(safe=False)
        mine.results['twice'] = True
        mine.put()
        return exp.get_job(mine.job_id).results
    """) == {"from": "me", "twice": True}


def test_a_job_out_of_a_list_cannot_be_put_safely_nor_entered(manual: OldClient) -> None:
    assert manual.run("""
        exp = db.get_experiment(name)
        exp.add_job(hyperparameters={'a': 1})
        job, = exp.all_jobs()
        return [outcome(job.put), outcome(job.__enter__), next(exp.all_jobs()).status]
    """) == ["UnsafeUpdateError", "UnsafeUpdateError", "QUEUED"]


def test_a_job_out_of_a_list_can_be_put_unsafely_and_then_safely(manual: OldClient) -> None:
    assert manual.run("""
        exp = db.get_experiment(name)
        exp.add_job(hyperparameters={'a': 1})
        job, = exp.all_jobs()
        job.status = 'RUNNING'
        job.put(safe=False)
        with job:
            job.results['loss'] = 2
        return [exp.get_job(job.job_id).status, exp.get_job(job.job_id).results]
    """) == ["DONE", {"loss": 2}]


def test_a_deleted_job_cannot_be_put_safely(manual: OldClient) -> None:
    assert manual.run("""
        exp = db.get_experiment(name)
        job = exp.add_job(hyperparameters={})
        exp.get_job(job.job_id).delete()
        return [outcome(job.put), outcome(exp.get_job, job.job_id), len(list(exp.all_jobs()))]
    """) == ["UnsafeUpdateError", "ClientRequestError", 0]


def test_the_job_of_a_deleted_experiment_cannot_be_put_safely(manual: OldClient) -> None:
    assert manual.run("""
        exp = db.get_experiment(name)
        job = exp.add_job(hyperparameters={})
        exp.delete()
        return [outcome(job.put), outcome(job.put, safe=False)]
    """) == ["UnsafeUpdateError", "ClientRequestError"]


def test_an_unsafe_put_brings_a_deleted_job_back(manual: OldClient) -> None:
    assert manual.run("""
        exp = db.get_experiment(name)
        job = exp.add_job(hyperparameters={'a': 1})
        job.delete()
        job.put(safe=False)
        job.put()
        return exp.get_job(job.job_id).hyperparameters
    """) == {"a": 1}


def test_a_job_made_by_hand_gets_the_id_of_its_makers_choice_once(manual: OldClient) -> None:
    assert manual.run("""
        exp = db.get_experiment(name)
        def make(value):
            return schedy.Job('my job/1', exp, {'a': value}, results={})
        first = make(1)
        first.put()
        first.put()
        return [outcome(make(2).put), exp.get_job('my job/1').hyperparameters]
    """) == ["UnsafeUpdateError", {"a": 1}]


def test_deleting_a_job_twice_is_an_error_only_if_it_had_to_be_there(manual: OldClient) -> None:
    assert manual.run("""
        job = db.get_experiment(name).add_job(hyperparameters={})
        return [outcome(job.delete), outcome(job.delete), outcome(job.delete, ensure=False)]
    """) == [None, "UnsafeUpdateError", None]


def test_a_job_can_be_deleted_whatever_its_version(manual: OldClient) -> None:
    assert (
        manual.run("""
        exp = db.get_experiment(name)
        job = exp.add_job(hyperparameters={})
        exp.get_job(job.job_id).put()
        job.delete()
        return list(exp.all_jobs())
    """)
        == []
    )


def test_what_was_never_there_is_not_found(old: OldClient) -> None:
    assert old.run("""
        exp = schedy.ManualSearch(name)
        exp._db = db
        calls = [exp.all_jobs, exp.next_job, exp.add_job, lambda: exp.get_job('x')]
        codes = []
        for call in calls:
            try:
                call(**({'hyperparameters': {}} if call == exp.add_job else {}))
            except schedy.errors.ClientRequestError as error:
                codes.append(error.code)
        return codes
    """) == [404, 404, 404, 404]


def test_jobs_are_handed_out_first_in_first_out(manual: OldClient) -> None:
    assert manual.run("""
        exp = db.get_experiment(name)
        for number in range(12):
            exp.add_job(hyperparameters={'number': number})
        return [exp.next_job().hyperparameters['number'] for _ in range(12)]
    """) == list(range(12))


def test_only_queued_jobs_are_handed_out(manual: OldClient) -> None:
    assert manual.run("""
        exp = db.get_experiment(name)
        for status in ('RUNNING', 'CRASHED', 'PRUNED', 'DONE', 'QUEUED'):
            exp.add_job(hyperparameters={'was': status}, status=status)
        return [exp.next_job().hyperparameters['was'], outcome(exp.next_job)]
    """) == ["QUEUED", "NoJobError"]


@pytest.mark.parametrize("status", ["RUNNING", "CRASHED", "PRUNED", "DONE"])
def test_a_job_that_is_queued_again_is_handed_out_again(manual: OldClient, status: str) -> None:
    handed = manual.run(
        """
        exp = db.get_experiment(name)
        job = exp.add_job(hyperparameters={}, status=status, results={'loss': 1})
        job.status = 'QUEUED'
        job.put()
        again = exp.next_job()
        return [again.job_id == job.job_id, again.status, again.results]
        """,
        status=status,
    )
    assert handed == [True, "RUNNING", {"loss": 1}]


def test_who_lost_a_job_to_another_worker_is_told_so(manual: OldClient) -> None:
    assert manual.run("""
        exp = db.get_experiment(name)
        exp.add_job(hyperparameters={'a': 1})
        first = exp.next_job()
        requeued = exp.get_job(first.job_id)
        requeued.status = 'QUEUED'
        requeued.put()
        second = exp.next_job()
        return [second.job_id == first.job_id, outcome(first.put), outcome(second.put)]
    """) == [True, "UnsafeUpdateError", None]


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_nothing_is_handed_out_while_an_experiment_is_done(old: OldClient, scheduler: str) -> None:
    script = """
        exp = eval(scheduler)
        db.add_experiment(exp)
        queued = exp.add_job(hyperparameters={})
        exp.status = 'DONE'
        exp.push_updates()
        paused = outcome(exp.next_job)
        exp.status = 'RUNNING'
        exp.push_updates()
        return [paused, exp.next_job().job_id == queued.job_id]
    """
    assert old.run(script, scheduler=scheduler) == ["NoJobError", True]


def test_a_finished_job_can_be_run_again(manual: OldClient) -> None:
    assert manual.run("""
        exp = db.get_experiment(name)
        job = exp.add_job(hyperparameters={}, status='DONE', results={'loss': 1})
        with exp.get_job(job.job_id) as again:
            during = exp.get_job(job.job_id).status
            again.results['loss'] = 2
        return [during, exp.get_job(job.job_id).status, exp.get_job(job.job_id).results]
    """) == ["RUNNING", "DONE", {"loss": 2}]
