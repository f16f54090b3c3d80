"""What stands for the job in a command line: %e, %j, %h and %%."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from schedy.cli.failures import WrongUse

__all__ = ["arguments", "check", "expand"]

_ALL = "%h"
_PLACEHOLDER = re.compile(r"%([ejh%])")


def check(command: Sequence[str]) -> None:
    """Refuse a command line that makes no sense, before any job is taken.

    Raises:
        WrongUse: It is empty, or has %h inside a word.
    """
    if not command:
        raise WrongUse("What is to be run? `schedy run EXPERIMENT -- python train.py %h`")
    for word in command:
        if word != _ALL and "h" in _PLACEHOLDER.findall(word):
            raise WrongUse(f"%h stands for several words, and has to stand alone, not in {word!r}.")


def expand(
    command: Sequence[str], *, experiment: str, job_id: str, hyperparameters: Mapping[str, Any]
) -> list[str]:
    """Return a command line for one job.

    %e is the experiment, %j the job, %% a percent sign; %h, which stands alone, becomes all
    hyperparameters. Any other percent sign is left as it is.
    """
    meaning = {"e": experiment, "j": job_id, "%": "%", "h": _ALL}
    words: list[str] = []
    for word in command:
        if word == _ALL:
            words += arguments(hyperparameters)
        else:
            words.append(_PLACEHOLDER.sub(lambda found: meaning[found[1]], word))
    return words


def arguments(hyperparameters: Mapping[str, Any]) -> Iterator[str]:
    """Yield `--name value` for each hyperparameter that is not null.

    Text stays as it is, anything else is JSON; `_` in names becomes `-`.
    """
    for name, value in hyperparameters.items():
        if value is not None:
            yield f"--{name.replace('_', '-')}"
            yield value if isinstance(value, str) else json.dumps(value)
