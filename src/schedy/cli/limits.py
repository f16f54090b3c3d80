"""The command for what an experiment bears: how long silence may last, how often a job may fail."""

import argparse
import re
from typing import Any

from schedy.cli.failures import OK
from schedy.cli.logs import put_rows
from schedy.cli.options import Commands, add_command, experiment_argument
from schedy.cli.output import put_json
from schedy.cli.session import experiment_of

__all__ = ["add_commands"]

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)([smhd]?)")
_NOTHING = ("never", "none", "learn")

_DURATIONS = {
    "lease_ttl": "for how long a worker may keep silent before its job goes to another",
    "expected_duration": "how long a job takes; `learn` learns it from those that are DONE",
    "progress_timeout": "after what time without a report a live worker is taken to hang; or never",
    "legacy_requeue_after": "after what silence of an old client its job goes to another; or never",
}
_COUNTS = {
    "max_lost": "which loss of a worker ends a job as CRASHED",
    "max_preempted": "which preemption ends a job as CRASHED",
    "crash_retries": "how often a job that crashed is tried again",
}
_ON_LATE = "whether results that come too late count, or are only kept: adopt or keep"
_MEANINGS = {**_DURATIONS, **_COUNTS, "on_late": _ON_LATE}


def add_commands(commands: Commands) -> None:
    """Add the command of this module."""
    limits = add_command(
        commands,
        "limits",
        _limits,
        summary="Show or change how much silence and how many failures an experiment bears.",
        description="Durations are seconds, or have a unit: 90s, 15m, 2h, 1d.",
        examples=(
            "  schedy limits mnist\n  schedy limits mnist --lease-ttl 10m --max-lost 5\n"
            "  schedy limits mnist --crash-retries 2 --progress-timeout 2h"
        ),
    )
    experiment_argument(limits)
    for name, meaning in _DURATIONS.items():
        option = limits.add_argument(_option(name), type=_duration, metavar="TIME", help=meaning)
        option.default = argparse.SUPPRESS
    for name, meaning in _COUNTS.items():
        limits.add_argument(
            _option(name), type=int, metavar="N", default=argparse.SUPPRESS, help=meaning
        )
    limits.add_argument(
        "--on-late",
        choices=("adopt", "keep"),
        metavar="WHAT",
        default=argparse.SUPPRESS,
        help=_ON_LATE,
    )


def _limits(args: argparse.Namespace) -> int:
    experiment = experiment_of(args)
    given = {name: value for name, value in vars(args).items() if name in _MEANINGS}
    if given:
        experiment.set_limits(**given)
    limits = experiment.limits
    if args.json:
        put_json(dict(limits))
        return OK
    known = [name for name in _MEANINGS if name in limits]
    rows = [[name.replace("_", "-"), _shown(name, limits[name]), _MEANINGS[name]] for name in known]
    put_rows(["limit", "value", "meaning"], rows)
    return OK


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "learn" if name == "expected_duration" else "never"
    if name not in _DURATIONS:
        return str(value)
    unit = next(unit for unit in "dhms" if value >= _SECONDS[unit] or unit == "s")
    whole = value / _SECONDS[unit]
    return f"{whole:g}{unit}" if whole == round(whole, 2) else f"{value:g}s"


def _duration(text: str) -> float | None:
    if text in _NOTHING:
        return None
    found = _DURATION.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time, like 90s, 15m, 2h or 1d")
    return float(found[1]) * _SECONDS[found[2] or "s"]


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
