"""Schedy: share a hyperparameter search between as many machines as you like."""

from schedy import errors, pbt, random
from schedy.core import SchedyDB
from schedy.experiments import Experiment, ManualSearch, PopulationBasedTraining, RandomSearch
from schedy.jobs import Job
from schedy.preemption import Preempted

__all__ = [
    "Experiment",
    "Job",
    "ManualSearch",
    "PopulationBasedTraining",
    "Preempted",
    "RandomSearch",
    "SchedyDB",
    "errors",
    "pbt",
    "random",
]
