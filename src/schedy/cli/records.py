"""Experiments and jobs as records to show, and as JSON."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from schedy import Experiment, Job
from schedy.cli.tables import HYPERPARAMETER, OWN, RESULT, Key, Record

__all__ = [
    "experiment_json",
    "experiment_record",
    "job_json",
    "job_record",
    "scheduler_kind",
]

_PARTS_OF_PBT = {
    "objective": "objective",
    "qualityResultName": "result",
    "exploit": "exploit",
    "numParallel": "population_size",
    "maxGenerations": "max_generations",
}
_PLAIN = ("number", "attempt", "worker", "quality", "reason", "origin")
_MOMENTS = ("created", "started", "finished", "modified")


def job_record(job: Job) -> Record:
    """Return what is shown of a job."""
    return {
        Key(OWN, "id"): job.job_id,
        Key(OWN, "status"): job.status,
        **{Key(HYPERPARAMETER, name): each for name, each in job.hyperparameters.items()},
        **{Key(RESULT, name): each for name, each in job.results.items()},
        **_words(job),
    }


def experiment_record(experiment: Experiment) -> Record:
    """Return what is shown of an experiment."""
    [(kind, parameters)] = experiment.scheduler.items()
    return {
        Key(OWN, "name"): experiment.name,
        Key(OWN, "status"): experiment.status,
        Key(OWN, "scheduler"): kind,
        **_details(kind, parameters),
        **_words(experiment),
    }


def scheduler_kind(experiment: Experiment) -> str:
    """Return what kind of scheduler an experiment has."""
    return str(next(iter(experiment.scheduler)))


def job_json(job: Job) -> dict[str, Any]:
    """Return all that is known of a job."""
    return {
        "id": job.job_id,
        "experiment": job.experiment.name,
        "status": job.status,
        "hyperparameters": job.hyperparameters,
        "results": job.results,
        **{name: getattr(job, name) for name in _PLAIN},
        **dict(zip(("tags", "note"), job.known_words, strict=True)),
        **{name: _moment(getattr(job, name)) for name in _MOMENTS},
    }


def experiment_json(experiment: Experiment) -> dict[str, Any]:
    """Return all that is known of an experiment."""
    goal = {"result": experiment.result_name, "direction": experiment.objective}
    return {
        "name": experiment.name,
        "status": experiment.status,
        "scheduler": experiment.scheduler,
        "objective": goal if experiment.result_name is not None else None,
        "seed": experiment.seed,
        "counts": experiment.counts,
        **dict(zip(("tags", "note"), experiment.known_words, strict=True)),
        "created": _moment(experiment.created),
        "modified": _moment(experiment.modified),
    }


def _words(what: Experiment | Job) -> Record:
    """Return what is shown of tags and note, where there are any."""
    tags, note = what.known_words
    said = {"tags": " ".join(tags), "note": note}
    return {Key(OWN, name): text for name, text in said.items() if text}


def _details(kind: str, parameters: Any) -> Record:
    if not isinstance(parameters, Mapping):
        return {}
    if kind != "PBT":
        return {Key(HYPERPARAMETER, name): _tagged(each) for name, each in parameters.items()}
    own = {
        Key(OWN, label): _tagged(parameters[name])
        for name, label in _PARTS_OF_PBT.items()
        if parameters.get(name)
    }
    varied: dict[Key, Any] = {}
    for part in ("init", "explore"):
        for name, each in (parameters.get(part) or {}).items():
            key = Key(HYPERPARAMETER, name)
            varied[key] = ", ".join(filter(None, (varied.get(key), str(_tagged(each)))))
    return own | varied


def _tagged(value: Any) -> Any:
    """Return a distribution or strategy for people: `uniform ({"low": 0.0, "high": 1.0})`."""
    if isinstance(value, Mapping) and len(value) == 1:
        [(kind, content)] = value.items()
        return f"{kind} ({json.dumps(content)})"
    return value if isinstance(value, str | int | float) else json.dumps(value)


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
