"""Schedy: share a hyperparameter search between as many machines as you like."""

from schedy import errors, pbt, random
from schedy.core import SchedyDB
from schedy.experiments import Experiment, ManualSearch, PopulationBasedTraining, RandomSearch
from schedy.jobs import Job

__all__ = [
    "Experiment",
    "Job",
    "ManualSearch",
    "PopulationBasedTraining",
    "RandomSearch",
    "SchedyDB",
    "errors",
    "pbt",
    "random",
]
