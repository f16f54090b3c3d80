"""What Hypothesis makes up: values, distributions, spaces and histories."""

import math
import sys
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from schedy.pbt import Explore, Perturb, PerturbChoice, Resample
from schedy.random import Choice, Constant, Distribution, LogUniform, Normal, Uniform
from schedy_server.model.jobs import PastJob, Status

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
SMALLEST = math.ulp(0.0)
LARGEST = sys.float_info.max

# Values -------------------------------------------------------------------------------------------


def finite() -> st.SearchStrategy[float]:
    return st.floats(allow_nan=False, allow_infinity=False)


def numbers() -> st.SearchStrategy[int | float]:
    """Whatever JSON calls a number, including what it should not."""
    return st.one_of(st.floats(), st.integers())


def json_values(*, max_leaves: int = 8) -> st.SearchStrategy[Any]:
    scalars = st.one_of(st.none(), st.booleans(), numbers(), st.text(max_size=5))
    return st.recursive(
        scalars,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)
        ),
        max_leaves=max_leaves,
    )


def generators() -> st.SearchStrategy[Random]:
    return st.integers(0, 2**64).map(Random)


# Distributions ------------------------------------------------------------------------------------


def uniforms() -> st.SearchStrategy[Uniform]:
    return st.one_of(
        st.tuples(finite(), finite()).map(lambda ends: Uniform(min(ends), max(ends))),
        finite().map(lambda low: Uniform(low, min(math.nextafter(low, math.inf), LARGEST))),
    )


def log_uniforms() -> st.SearchStrategy[LogUniform]:
    positive = st.floats(SMALLEST, LARGEST)
    return st.one_of(
        st.tuples(positive, positive).map(lambda ends: LogUniform(min(ends), max(ends))),
        positive.map(lambda low: LogUniform(low, min(math.nextafter(low, math.inf), LARGEST))),
    )


def normals() -> st.SearchStrategy[Normal]:
    return st.builds(Normal, finite(), st.floats(0, LARGEST))


@st.composite
def choices(draw: st.DrawFn) -> Choice:
    values = draw(st.lists(json_values(), min_size=1, max_size=6))
    weight = st.one_of(st.just(0.0), st.floats(0, LARGEST))
    weights = draw(st.lists(weight, min_size=len(values), max_size=len(values)))
    return Choice(values, weights if draw(st.booleans()) and max(weights) > 0 else None)


def constants() -> st.SearchStrategy[Constant]:
    return json_values().map(Constant)


def distributions() -> st.SearchStrategy[Distribution]:
    return st.one_of(uniforms(), log_uniforms(), normals(), choices(), constants())


def spaces() -> st.SearchStrategy[dict[str, Distribution]]:
    return st.dictionaries(st.text(max_size=5), distributions(), max_size=4)


# Strategies of population-based training ----------------------------------------------------------


def perturbs() -> st.SearchStrategy[Perturb]:
    factor = st.floats(0, 1e6)
    return st.tuples(factor, factor).map(lambda ends: Perturb(min(ends), max(ends)))


def perturb_choices() -> st.SearchStrategy[PerturbChoice]:
    return st.lists(st.floats(0, 1e6), min_size=1, max_size=4).map(PerturbChoice)


def explores() -> st.SearchStrategy[Explore]:
    return st.one_of(perturbs(), perturb_choices(), st.floats(0, 1).map(Resample))


# Histories ----------------------------------------------------------------------------------------


TRIED: list[dict[str, Any]] = [{}, {"lr": 0.5}, {"lr": 2, "": "x"}, {"": 0.1, "x": [1, None]}]
FOUND: list[dict[str, Any]] = [
    {},
    *({"quality": quality, "path": "/a"} for quality in (0, 0.5, 1.0, 10**400, -math.inf)),
    *({"quality": quality} for quality in (math.nan, None, "0.9", True, [1])),
]


def moments() -> st.SearchStrategy[datetime]:
    return st.integers(0, 20).map(lambda seconds: BEGINNING + timedelta(seconds=seconds))


def populated(*, members: int = 3, generations: int = 4) -> st.SearchStrategy[Any]:
    """Origins as a population's jobs have them, or none, or another scheduler's."""
    return st.one_of(
        st.none(),
        st.just({"scheduler": "RandomSearch"}),
        st.builds(
            lambda member, generation, parent: {
                "scheduler": "PBT",
                "member": member,
                "generation": generation,
                "parent": f"job-{parent}",
                "parent_number": parent,
                "parent_attempt": 1,
                "exploited": False,
                "event": "continue",
            },
            st.integers(1, members),
            st.integers(0, generations),
            st.one_of(st.none(), st.integers(1, 12)),
        ),
    )


@st.composite
def past_jobs(draw: st.DrawFn, number: int) -> PastJob:
    status = draw(st.sampled_from(Status))
    return PastJob(
        number=number,
        id=f"job-{number}",
        status=status,
        hyperparameters=draw(st.sampled_from(TRIED)),
        results=draw(st.sampled_from(FOUND)),
        origin=draw(populated()),
        finished=draw(moments()) if status.is_final else None,
        attempt=draw(st.integers(0, 3)),
    )


def histories(*, longest: int = 12) -> st.SearchStrategy[list[PastJob]]:
    """Jobs in every state, numbered from 1."""
    return st.integers(0, longest).flatmap(
        lambda count: st.tuples(*(past_jobs(number) for number in range(1, count + 1))).map(list)
    )
