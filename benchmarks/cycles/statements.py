"""The statements of one cycle, with their parameters, as the server makes them.

What the server's database would do if there were no server in front of it: the queries are the
server's own, by name.
"""

import json
import random
import secrets
import time
from collections.abc import Mapping
from typing import Any

Row = Mapping[str, Any]
Statement = tuple[str, dict[str, Any]]

ACCOUNT = 1


def experiment(name: str) -> Statement:
    """Return what creates an experiment."""
    now = _now()
    return "insert_experiment", {
        "account_key": ACCOUNT,
        "name": name,
        "status": "RUNNING",
        "definition": '{"RandomSearch": {}}',
        "objective_result": None,
        "objective_direction": None,
        "seed": 1,
        "created": now,
        "modified": now,
        "limits": "{}",
    }


def look_before_claim(key: int, name: str, claim_id: str) -> list[Statement]:
    """Return what a claim reads first; the first row is the locked experiment."""
    return [
        ("experiment_by_name_locked", {"account_key": ACCOUNT, "name": name}),
        ("attempt_of_claim", {"experiment_key": key, "claim_id": claim_id}),
    ]


def new_job(before: Row) -> dict[str, Any]:
    """Return the columns of a job that was proposed and handed out at once."""
    now = _now()
    values = {name: random.random() for name in ("a", "b", "c", "d")}
    return {
        "experiment_key": before["key"],
        "number": before["jobs_created"] + 1,
        "id": secrets.token_urlsafe(12),
        "status": "RUNNING",
        "hyperparameters": json.dumps(values),
        "results": "{}",
        "origin": None,
        "quality": None,
        "version": 1,
        "attempt": 1,
        "lease_id": secrets.token_urlsafe(12),
        "base_tag": None,
        "worker": "worker",
        "reason": None,
        "priority": 0,
        "revision": before["revision"] + 1,
        "created": now,
        "started": now,
        "finished": None,
        "modified": now,
        "lost": 0,
        "preempted": 0,
        "crashed": 0,
        "place": 0,
        "resume": None,
    }


def claim(before: Row, job: dict[str, Any], claim_id: str) -> list[Statement]:
    """Return what a claim writes."""
    attempt = {
        **_place(job),
        "n": 1,
        "lease_id": job["lease_id"],
        "claim_id": claim_id,
        "account_key": ACCOUNT,
        "worker": job["worker"],
        "deadline": job["started"],
        "progress_deadline": None,
        "at": job["started"],
    }
    moved = {"decisions": 1, "jobs_created": 1, "running": 1}
    return [
        ("insert_job", job),
        ("insert_attempt", attempt),
        ("insert_write", _write(job, None)),
        ("count_experiment", _counted(before, moved)),
    ]


def look_before_finish(name: str, job: dict[str, Any]) -> list[Statement]:
    """Return what the end of a job reads first; the first row is the locked experiment."""
    return [
        ("experiment_by_name_locked", {"account_key": ACCOUNT, "name": name}),
        ("job_by_id", {"experiment_key": job["experiment_key"], "id": job["id"]}),
    ]


def finish(before: Row, job: dict[str, Any]) -> list[Statement]:
    """Return what the end of a job writes."""
    now = _now()
    done = {
        **job,
        "status": "DONE",
        "results": '{"loss": 1.25}',
        "version": 2,
        "lease_id": None,
        "base_tag": f"epoch.1.{secrets.token_urlsafe(6)}",
        "revision": before["revision"] + 1,
        "finished": now,
        "modified": now,
    }
    return [
        ("update_job", done),
        ("end_attempt", {**_place(job), "n": 1, "state": "DONE", "at": now}),
        ("success_of_machine", {"account_key": ACCOUNT, "machine": job["worker"]}),
        ("insert_write", _write(done, "RUNNING")),
        ("count_experiment", _counted(before, {"running": -1, "done": 1})),
    ]


def _place(job: Row) -> dict[str, Any]:
    return {"experiment_key": job["experiment_key"], "number": job["number"]}


def _write(job: Row, before: str | None) -> dict[str, Any]:
    return {
        **_place(job),
        "version": job["version"],
        "base_tag": job["base_tag"],
        "digest": secrets.token_bytes(32),
        "account_key": ACCOUNT,
        "actor": "token benchmark",
        "attempt": 1,
        "from_status": before,
        "to_status": job["status"],
        "at": job["modified"],
        "request_id": secrets.token_hex(8),
        "reason": None,
        "state_digest": secrets.token_bytes(16),
    }


def _counted(before: Row, moved: Mapping[str, int]) -> dict[str, Any]:
    names = ("decisions", "jobs_created", "queued", "running", "crashed", "pruned", "done")
    counters = {name: before[name] + moved.get(name, 0) for name in names}
    return {
        **counters,
        "key": before["key"],
        "status": "RUNNING",
        "revision": before["revision"] + 1,
        "modified": _now(),
    }


def _now() -> int:
    return time.time_ns() // 1000
