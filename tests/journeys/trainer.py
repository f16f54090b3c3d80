"""A worker in a process of its own: says when it has its first job, and goes on when told to."""

import sys
from contextlib import suppress

from schedy import SchedyDB, errors
from schedy.jobs import Job


def train(job: Job) -> None:
    """Pretend to train a little more."""
    with job:
        job.results["score"] = job.results.get("score", 0.0) + job.hyperparameters["lr"]


def main() -> None:
    """Run jobs of an experiment until none comes for a second."""
    experiment = SchedyDB().get_experiment(sys.argv[1])
    job = experiment.next_job()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    with suppress(errors.NoJobError):
        while True:
            train(job)
            job = experiment.next_job(wait=1)


if __name__ == "__main__":
    main()
