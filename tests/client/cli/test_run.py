"""`schedy run`: a worker for commands in any language."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from schedy import Experiment, Job, ManualSearch, SchedyDB
from schedy.outbox import orphans
from tests.client.cli.command import Schedy, start
from tests.running import RunningServer
from tests.waiting import wait_until

PRINT_RESULTS = """
echo "--- RESULTS ---"
echo '{"loss": 0.25}'
echo "--- END RESULTS ---"
"""


@pytest.fixture
def experiment(db: SchedyDB, name: str) -> Experiment:
    """An experiment with one job in the queue."""
    added = ManualSearch(name)
    db.add_experiment(added)
    added.add_job({"learning_rate": 0.1, "path": None})
    return added


def only_job(experiment: Experiment) -> Job:
    [job] = experiment.all_jobs()
    return experiment.get_job(job.job_id)


def test_results_between_the_lines_are_recorded(schedy: Schedy, experiment: Experiment) -> None:
    ran = schedy("run", experiment.name, "--", "sh", "-c", PRINT_RESULTS)

    assert ran.code == 0
    assert (
        ran.out
        == PRINT_RESULTS.replace("echo ", "")
        .replace('"---', "---")
        .replace('---"', "---")
        .replace("'", "")
        .lstrip()
    )
    assert only_job(experiment).status == Job.DONE
    assert only_job(experiment).results == {"loss": 0.25}


def test_the_command_gets_the_hyperparameters(schedy: Schedy, experiment: Experiment) -> None:
    ran = schedy("run", experiment.name, "--", "echo", "%e-%j", "%h")

    job = only_job(experiment)
    assert ran.out == f"{experiment.name}-{job.job_id} --learning-rate 0.1\n"


def test_the_environment_tells_the_job(schedy: Schedy, experiment: Experiment) -> None:
    code = "import os, json; print(json.dumps({k: v for k, v in os.environ.items() if 'DY_' in k}))"

    told = json.loads(schedy("run", experiment.name, "--", sys.executable, "-c", code).out)

    assert told["SCHEDY_EXPERIMENT"] == experiment.name
    assert told["SCHEDY_JOB_ID"] == only_job(experiment).job_id
    assert json.loads(told["SCHEDY_HYPERPARAMETERS"]) == {"learning_rate": 0.1, "path": None}
    assert json.loads(told["SCHEDY_RESULTS"]) == {}


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("exit 3", "exit code 3"),
        ("kill -9 $$", "killed by SIGKILL (9)"),
        ("echo '--- RESULTS ---'; echo x; echo '--- END RESULTS ---'", "the results are no JSON"),
    ],
)
def test_a_crash_has_a_reason(
    schedy: Schedy, experiment: Experiment, script: str, reason: str
) -> None:
    ran = schedy("run", experiment.name, "--", "sh", "-c", script)

    job = only_job(experiment)
    assert (ran.code, job.status) == (1, Job.CRASHED)
    assert str(job.reason).startswith(reason)


def test_a_crash_keeps_the_results_before_it(schedy: Schedy, experiment: Experiment) -> None:
    schedy("run", experiment.name, "--", "sh", "-c", f"{PRINT_RESULTS} exit 1")

    assert only_job(experiment).results == {"loss": 0.25}


def test_crashes_may_be_ignored(schedy: Schedy, experiment: Experiment) -> None:
    experiment.add_job({"x": 1})

    assert schedy("run", "--ignore-errors", experiment.name, "--", "false").code == 0
    assert {job.status for job in experiment.all_jobs()} == {Job.CRASHED}


def test_a_broken_machine_does_not_burn_the_whole_queue(
    schedy: Schedy, experiment: Experiment
) -> None:
    experiment.add_jobs([{"hyperparameters": {"x": x}} for x in range(11)])

    assert schedy("run", experiment.name, "--", "false").code == 1
    assert len(list(experiment.jobs(Job.QUEUED))) >= 2


def test_once_is_one_job(schedy: Schedy, experiment: Experiment) -> None:
    experiment.add_job({"x": 1})

    assert schedy("run", experiment.name, "--once", "--", "true").code == 0
    assert len(list(experiment.jobs(Job.QUEUED))) == 1


def test_without_results_it_says_so(schedy: Schedy, experiment: Experiment) -> None:
    assert "printed no results" in schedy("run", experiment.name, "--", "true").err
    assert only_job(experiment).status == Job.DONE


def test_a_command_that_is_not_there_takes_no_job(schedy: Schedy, experiment: Experiment) -> None:
    missing = schedy("run", experiment.name, "--", "no-such-command")

    assert missing.code == 1
    assert "'no-such-command'" in missing.err
    assert only_job(experiment).attempt == 0


def test_a_command_that_can_not_be_started_puts_its_job_back(
    schedy: Schedy, experiment: Experiment
) -> None:
    missing = schedy("run", experiment.name, "--", "/no/such/%e")

    assert missing.code == 1
    assert "in the queue again" in missing.err
    assert only_job(experiment).status == Job.QUEUED


def test_it_waits_for_jobs_if_asked(
    schedy: Schedy, experiment: Experiment, server: RunningServer, home: Path
) -> None:
    worker = start(server, home, "run", "--forever", experiment.name, "--", "true")
    wait_until(lambda: experiment.get_job(only_job(experiment).job_id).status == Job.DONE)
    later = experiment.add_job({"x": 1})

    wait_until(lambda: experiment.get_job(later.job_id).status == Job.DONE)
    worker.send_signal(signal.SIGTERM)

    worker.communicate()
    assert worker.returncode == 75


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 75), (signal.SIGINT, 130), (signal.SIGUSR1, 75)]
)
def test_a_signal_reaches_the_command_and_the_job_goes_back(
    experiment: Experiment, server: RunningServer, home: Path, number: signal.Signals, code: int
) -> None:
    script = f"trap 'echo got it; exit 1' TERM INT USR1; {PRINT_RESULTS} echo up; sleep 60 & wait"
    worker = start(server, home, "run", experiment.name, "--", "sh", "-c", script)
    assert worker.stdout is not None
    while worker.stdout.readline() != b"up\n":
        assert worker.poll() is None

    worker.send_signal(number)
    out, _ = worker.communicate()

    assert (worker.returncode, out) == (code, b"got it\n")
    job = only_job(experiment)
    assert (job.status, job.results) == (Job.QUEUED, {"loss": 0.25})


def test_a_command_that_does_not_listen_is_killed(
    experiment: Experiment, server: RunningServer, home: Path
) -> None:
    script = "trap '' TERM; echo up; while true; do sleep 1; done"
    worker = start(server, home, "run", "--grace", "0.2", experiment.name, "--", "sh", "-c", script)
    assert worker.stdout is not None
    worker.stdout.readline()

    worker.send_signal(signal.SIGTERM)
    worker.communicate()

    assert (worker.returncode, only_job(experiment).status) == (75, Job.QUEUED)


def test_work_that_is_done_at_the_signal_counts(
    experiment: Experiment, server: RunningServer, home: Path
) -> None:
    script = f"trap '' TERM; echo up; sleep 0.5; {PRINT_RESULTS}"
    worker = start(server, home, "run", experiment.name, "--", "sh", "-c", script)
    assert worker.stdout is not None
    worker.stdout.readline()

    worker.send_signal(signal.SIGTERM)
    worker.communicate()

    assert (worker.returncode, only_job(experiment).status) == (75, Job.DONE)


def test_results_that_can_not_be_stored_stay_in_a_file(
    schedy: Schedy, experiment: Experiment, home: Path
) -> None:
    deep = "[" * 500 + "]" * 500
    script = f"""echo '--- RESULTS ---'; echo '{{"a": {deep}}}'; echo '--- END RESULTS ---'"""

    ran = schedy("run", experiment.name, "--", "sh", "-c", script)

    [orphan] = orphans(home / ".schedy" / "outbox")
    job = only_job(experiment)
    assert (ran.code, job.status) == (1, Job.CRASHED)
    assert "refused" in str(job.reason)
    assert orphan.letter is not None
    assert deep in orphan.letter.content.decode()


def test_a_result_that_somebody_overtook_is_kept_by_the_server(
    schedy: Schedy, experiment: Experiment, home: Path
) -> None:
    job = only_job(experiment)
    code = (
        "import sys, schedy; experiment = schedy.SchedyDB().get_experiment(sys.argv[1]);"
        "job = experiment.get_job(sys.argv[2]); job.status = 'PRUNED'; job.put();"
        "print('--- RESULTS ---', '{\"loss\": 1}', '--- END RESULTS ---', sep='\\n')"
    )

    ran = schedy("run", "--once", experiment.name, "--", sys.executable, "-c", code, "%e", "%j")

    assert ran.code == 1
    assert "schedy kept" in ran.err
    assert list(orphans(home / ".schedy" / "outbox")) == []
    assert experiment.get_job(job.job_id).status == Job.PRUNED
    assert [each.results for each in experiment.kept()] == [{"loss": 1}]


def test_it_answers_in_json_if_asked(schedy: Schedy, experiment: Experiment) -> None:
    ran = schedy("run", "--json", experiment.name, "--", "true")

    [job] = ran.json["jobs"]
    assert job == {"id": only_job(experiment).job_id, "status": "DONE", "confirmed": True}


def test_the_job_goes_on_when_nobody_reads(
    experiment: Experiment, server: RunningServer, home: Path
) -> None:
    reading, writing = os.pipe()
    worker = start(
        server, home, "run", experiment.name, "--", "sh", "-c", f"echo a; {PRINT_RESULTS}",
        stdout=writing,
    )  # fmt: skip
    os.close(writing)
    os.close(reading)

    _, err = worker.communicate()

    assert b"Traceback" not in err
    assert only_job(experiment).results == {"loss": 0.25}


WAIT = "echo up; exec sleep 60"


def limited(experiment: Experiment) -> Experiment:
    """Have the workers of an experiment hear soon what the server wants."""
    experiment.set_limits(lease_ttl=2)
    return experiment


def worker_on(
    experiment: Experiment, server: RunningServer, home: Path, script: str
) -> subprocess.Popen[bytes]:
    """A worker whose command says that it is up."""
    worker = start(server, home, "run", experiment.name, "--", "sh", "-c", script)
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"up\n"
    return worker


def test_a_cancelled_job_ends_its_command_and_the_worker_goes_on(
    experiment: Experiment, server: RunningServer, home: Path
) -> None:
    job = only_job(limited(experiment))
    worker = worker_on(experiment, server, home, f"echo up; {PRINT_RESULTS} exec sleep 60")
    job.cancel("it diverges")
    _, err = worker.communicate(timeout=20)
    assert worker.returncode == 0, err
    assert b"was cancelled" in err
    assert only_job(experiment).status == Job.PRUNED


def test_a_lost_job_ends_its_command(
    experiment: Experiment, server: RunningServer, home: Path
) -> None:
    job = only_job(limited(experiment))
    worker = worker_on(experiment, server, home, WAIT)
    experiment.get_job(job.job_id).requeue()
    other = experiment.next_job()
    _, err = worker.communicate(timeout=20)
    assert b"no longer this worker's" in err
    assert experiment.get_job(job.job_id).attempt == other.attempt == 2


def test_a_command_that_hangs_is_ended_where_limits_say_so_and_the_worker_goes_on(
    experiment: Experiment, server: RunningServer, home: Path
) -> None:
    limited(experiment).set_limits(progress_timeout=2)
    script = f'test "$SCHEDY_RESUME" = null || {{ {PRINT_RESULTS} exit; }}; echo "$0"; {WAIT}'
    resume = "--- RESUME ---\n1\n--- END RESUME ---"
    worker = start(server, home, "run", experiment.name, "--", "sh", "-c", script, resume)
    _, err = worker.communicate(timeout=30)
    assert b"no longer this worker's" in err
    job = only_job(experiment)
    assert (job.status, job.attempt, job.times_lost) == (Job.DONE, 2, 1)
    log = [line.reason or "" for line in experiment.log(job.job_id)]
    assert any("was alive, but reported nothing for 2 seconds" in reason for reason in log)


def test_a_worker_keeps_the_job_of_a_long_command(
    experiment: Experiment, server: RunningServer, home: Path
) -> None:
    script = f"echo up; sleep 5; {PRINT_RESULTS}"
    worker = worker_on(limited(experiment), server, home, script)
    worker.communicate(timeout=20)
    assert (only_job(experiment).status, only_job(experiment).attempt) == (Job.DONE, 1)


def test_what_a_command_can_go_on_from_reaches_the_next_one(
    experiment: Experiment, server: RunningServer, home: Path
) -> None:
    script = "echo '--- RESUME ---'; echo '{\"epoch\": 7}'; echo '--- END RESUME ---'; echo up; "
    script += "exec sleep 60"
    worker = start(server, home, "run", experiment.name, "--", "sh", "-c", script)
    assert worker.stdout is not None
    while worker.stdout.readline() != b"up\n":
        assert worker.poll() is None
    worker.terminate()
    worker.communicate()
    again = start(server, home, "run", "--once", experiment.name, "--", "printenv", "SCHEDY_RESUME")
    assert json.loads(again.communicate()[0]) == {"epoch": 7}
    assert only_job(experiment).times_preempted == 1


def test_a_killed_worker_leaves_no_orphan(
    experiment: Experiment, server: RunningServer, home: Path
) -> None:
    worker = start(server, home, "run", experiment.name, "--", "sh", "-c", "echo $$; exec sleep 60")
    assert worker.stdout is not None
    command = int(worker.stdout.readline())
    worker.kill()
    worker.communicate()
    wait_until(lambda: not is_alive(command))


def is_alive(process: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("deadline", ["5", "2020-01-01T00:00:00Z"])
def test_a_worker_that_has_to_go_takes_no_job(
    schedy: Schedy, experiment: Experiment, deadline: str
) -> None:
    ran = schedy("run", "--forever", "--deadline", deadline, experiment.name, "--", "true")
    assert ran.code == 0
    assert "deadline has passed" in ran.err
    assert only_job(experiment).status == Job.QUEUED


def test_a_deadline_that_is_none_is_an_error(schedy: Schedy, experiment: Experiment) -> None:
    ran = schedy("run", "--deadline", "tomorrow", experiment.name, "--", "true")
    assert (ran.code, "no point in time" in ran.err) == (2, True)


def test_a_worker_that_the_server_does_not_trust_ends(
    schedy: Schedy, experiment: Experiment, db: SchedyDB, home: Path
) -> None:
    db.connection.request("POST", f"workers/{home.name}/quarantine/", {"reason": "bad memory"})
    ran = schedy("run", "--forever", experiment.name, "--", "true")
    assert (ran.code, "bad memory" in ran.err) == (0, True)
