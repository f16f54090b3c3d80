"""What Hypothesis makes up for the tables: whatever the service may let through."""

from datetime import datetime, timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st

from schedy_server.model.experiments import Direction, ExperimentStatus, Objective
from schedy_server.model.jobs import FINAL, Status
from schedy_server.storage.times import EPOCH

T = TypeVar("T")

PAYLOADS = [
    "{}",
    '{"loss": NaN, "up": Infinity, "down": -Infinity}',
    '{"n": 123456789012345678901234567890, "x": 1e999, "tiny": 1E-400}',
    '{"emoji": "🐄", "escaped": "\\ud83d\\udc04", "half": "\\ud800", "nul": "\\u0000"}',
    ' { "spaced" :\t1.50 , "twice": 1, "twice": 2 }\n',
    '{"quote": "\'; DROP TABLE job; --", "percent": "%s %(x)s", "colon": ":x $1"}',
]
BIGGEST = 2**63 - 1


def names() -> st.SearchStrategy[str]:
    """Return names as the service lets them through: any length to 500, no control characters."""
    characters = st.characters(exclude_categories=["Cs", "Cc"])
    return st.one_of(
        st.text(characters, min_size=1, max_size=12),
        st.text("aAbB%_ é/\\'\"🐄", min_size=1, max_size=4),
        characters.map(lambda character: character * 500),
    )


def moments() -> st.SearchStrategy[datetime]:
    latest = (datetime(9999, 12, 31, tzinfo=EPOCH.tzinfo) - EPOCH) // timedelta(days=1)
    return st.builds(
        lambda days, micros: EPOCH + timedelta(days=days, microseconds=micros),
        st.integers(-100, latest - 1),
        st.integers(0, 86_400_000_000 - 1),
    )


def counts() -> st.SearchStrategy[int]:
    return st.one_of(st.integers(0, 3), st.just(BIGGEST))


def optional(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    return st.one_of(st.none(), strategy)


def experiment_fields() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "status": st.sampled_from(ExperimentStatus),
            "definition": st.sampled_from(PAYLOADS),
            "objective": optional(st.builds(Objective, names(), st.sampled_from(Direction))),
            "seed": st.integers(-BIGGEST - 1, BIGGEST),
            "created": moments(),
            "modified": moments(),
        }
    )


def qualities() -> st.SearchStrategy[float | None]:
    return optional(st.floats(allow_nan=False))


@st.composite
def job_fields(draw: st.DrawFn) -> dict[str, Any]:
    status = draw(st.sampled_from(Status))
    return {
        "status": status,
        "hyperparameters": draw(st.sampled_from(PAYLOADS)),
        "results": draw(st.sampled_from(PAYLOADS)),
        "origin": draw(optional(st.sampled_from(PAYLOADS))),
        "quality": draw(qualities()),
        "version": draw(st.integers(1, BIGGEST)),
        "attempt": draw(counts()),
        "lease_id": draw(optional(names())) if status is Status.RUNNING else None,
        "base_tag": draw(optional(names())),
        "worker": draw(optional(names())),
        "reason": draw(optional(names())),
        "priority": draw(st.integers(-BIGGEST - 1, BIGGEST)),
        "created": draw(moments()),
        "started": draw(optional(moments())),
        "finished": draw(moments()) if status in FINAL else None,
        "modified": draw(moments()),
    }
