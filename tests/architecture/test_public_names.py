"""The names that scripts write do not change by accident: a change here is one to announce."""

import pkgutil
from types import ModuleType

import pytest

import schedy
import schedy.core
import schedy.errors
import schedy.pbt
import schedy.random

TOP = {
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
}


def test_the_names_of_schedy() -> None:
    assert set(schedy.__all__) == TOP


def test_schedy_holds_no_other_public_names() -> None:
    modules = {module.name for module in pkgutil.iter_modules(schedy.__path__)}
    public = {name for name in vars(schedy) if not name.startswith("_")}
    assert public - modules <= TOP


@pytest.mark.parametrize(
    ("module", "names"),
    [
        (schedy.core, "SchedyDB NUM_AUTH_RETRIES"),
        (schedy.experiments, "Experiment ManualSearch RandomSearch PopulationBasedTraining"),
        (schedy.jobs, "Job"),
        (schedy.random, "Choice Constant LogUniform Normal Uniform"),
        (schedy.pbt, "MAXIMIZE MINIMIZE Perturb Truncate"),
        (schedy.errors, "SchedyError HTTPError ClientError ClientRequestError ServerError"),
        (schedy.errors, "AuthenticationError ReauthenticateError UnhandledResponseError"),
        (schedy.errors, "NoJobError ResourceExistsError UnsafeUpdateError"),
    ],
)
def test_what_old_scripts_name_is_where_it_was(module: ModuleType, names: str) -> None:
    assert not [name for name in names.split() if not hasattr(module, name)]
