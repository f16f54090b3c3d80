"""A process that works and writes down what it sees, with the client of today or the old one.

    python tests/faults/worker.py '{"experiment": ..., "process": "w3", ...}'

It is run by the interpreter of either client. While the file `stop` is there, it takes no new job;
when there is nothing to do and the file `drain` is there, it ends.
"""

import ctypes
import json
import logging
import os
import random
import select
import signal
import sys
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import schedy
from schedy import errors
from tests.faults.history import Pending, Recorder, digest

_PAUSE = 0.05


class Trouble(Exception):
    """What a training raises."""


class Worker:
    """Takes jobs, trains for a moment, reports, and ends them."""

    def __init__(self, orders: "dict[str, Any]") -> None:
        self.orders = orders
        self.name = orders["process"]
        self.folder = Path(orders["folder"])
        self.random = random.Random(orders["seed"])
        self.recorder = Recorder(self.folder / f"{self.name}.jsonl", self.name)
        os.environ["SCHEDY_WORKER"] = self.name
        extra = {} if orders["old"] else orders.get("client", {})
        self.db = schedy.SchedyDB(config_override=orders["config"], **extra)

    def is_told(self, what: str) -> bool:
        """Tell whether whoever started this has put a file there."""
        return (self.folder / what).exists()

    def add(self) -> None:
        """Add jobs, each with hyperparameters of its own, until told `enough`."""
        experiment = self.patiently(lambda: self.db.get_experiment(self.orders["experiment"]))
        for number in range(self.orders["add"]):
            if self.is_told("enough"):
                return
            hyperparameters = {"by": self.name, "number": number}
            call = self.recorder.invoke("add", digest=digest(hyperparameters))
            try:
                job = experiment.add_job(hyperparameters=hyperparameters)
            except Exception as error:  # noqa: BLE001 - written down, and judged later
                call.info(why=repr(error))
            else:
                call.ok(job=job.job_id, tag=job.etag)
            pause(self.random.uniform(*self.orders["train"]))

    def work(self) -> None:
        """Run jobs until told that it is enough."""
        experiment = self.patiently(lambda: self.db.get_experiment(self.orders["experiment"]))
        while not self.is_told("stop"):
            call = self.recorder.invoke("claim", status="RUNNING")
            try:
                job = experiment.next_job()
            except errors.NoJobError:
                call.fail(why="nothing")
                if self.is_told("drain"):
                    return
                pause(_PAUSE)
            except Exception as error:  # noqa: BLE001 - written down, and judged later
                call.info(why=repr(error))
            else:
                call.ok(job=job.job_id, tag=job.etag, attempt=getattr(job, "attempt", None))
                self.run(job)

    def run(self, job: Any) -> None:
        """Run one job, and note how it ended."""
        ends: list[Pending] = []
        over = threading.Event()
        if self.orders.get("beat"):
            threading.Thread(target=self.beat, args=(job, over), daemon=True).start()
        try:
            with job:
                self.train_and_note(job, ends)
        except SystemExit:
            if job.status == "QUEUED":
                ends[-1].ok(tag=job.etag)
            raise
        except Exception as error:  # noqa: BLE001 - written down, and judged later
            if isinstance(error, Trouble) and job.status == "CRASHED":
                ends[-1].ok(tag=job.etag)
            else:
                note(ends[-1], error)
        else:
            ends[-1].ok(tag=job.etag)
        finally:
            over.set()

    def train_and_note(self, job: Any, ends: "list[Pending]") -> None:
        """Train, and note how the job is about to end."""
        try:
            self.train(job)
        except SystemExit:
            ends.append(self.recorder.invoke("release", **self.facts(job, "QUEUED")))
            raise
        except BaseException:
            ends.append(self.recorder.invoke("finish", **self.facts(job, "CRASHED")))
            raise
        ends.append(self.recorder.invoke("finish", **self.facts(job, "DONE")))

    def beat(self, job: Any, over: threading.Event) -> None:
        """Give signs of life until the job is over; and note them."""
        db = schedy.SchedyDB(config_override=self.orders["config"], timeout=1.0, patience=0.0)
        path = f"experiments/{self.orders['experiment']}/jobs/{job.job_id}/heartbeat/"
        body = {"lease_id": job.lease_id}
        while not over.wait(self.orders["beat"]):
            call = self.recorder.invoke("heartbeat", job=job.job_id, attempt=job.attempt)
            try:
                answer = db.connection.request("POST", path, body)
            except errors.SchedyError as error:
                call.info(why=repr(error))
            else:
                call.ok(why=answer.json()["directive"])

    def train(self, job: Any) -> None:
        """Do what takes a while."""
        if job.hyperparameters.get("poison"):
            os.kill(os.getpid(), signal.SIGKILL)
        for step in range(self.orders["reports"]):
            pause(self.random.uniform(*self.orders["train"]))
            job.results["step"] = step
            job.resume = {"step": step}
            call = self.recorder.invoke("report", **self.facts(job, "RUNNING"))
            try:
                job.put()
            except Exception as error:
                note(call, error)
                raise
            call.ok(tag=job.etag)
        pause(self.random.uniform(*self.orders["train"]))
        job.results.update(loss=self.random.random(), by=self.name, text="é" * 20)
        if self.random.random() < self.orders["crash"]:
            raise Trouble("the loss is infinite")

    def facts(self, job: Any, status: str) -> "dict[str, Any]":
        """Return what is known of a job that this worker has."""
        return {
            "job": job.job_id,
            "attempt": getattr(job, "attempt", None),
            "status": status,
            "digest": digest(dict(job.results)),
            "base": job.etag,
        }

    def patiently(self, ask: Any) -> Any:
        """Ask again until there is an answer: the server may be down."""
        while True:
            try:
                return ask()
            except Exception:  # noqa: BLE001 - whatever it is, it passes
                pause(_PAUSE)


def pause(seconds: float) -> None:
    """Wait; unlike `time.sleep`, this bears a faked clock."""
    select.select([], [], [], seconds)


def note(call: Pending, error: BaseException) -> None:
    """Note how a call went wrong."""
    if isinstance(error, errors.UnsafeUpdateError):
        call.fail(why="412")
    else:
        call.info(why=repr(error))


def main() -> None:
    """Be a worker."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # not to outlive whoever started this
    logging.disable(logging.WARNING)
    orders = json.loads(sys.argv[1])
    worker = Worker(orders)
    if orders["add"]:
        worker.add()
    else:
        worker.work()


if __name__ == "__main__":
    main()
