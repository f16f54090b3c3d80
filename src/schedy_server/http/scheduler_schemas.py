"""JSON Schemas of what a user says of a scheduler.

The vocabulary (`schedy.random`, `schedy.pbt`) reads and checks it, by hand and with better
messages; tests hold that these schemas say the same.
"""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

_NUMBER = {"type": "number"}
_POSITIVE = {"type": "number", "exclusiveMinimum": 0}
_NOT_NEGATIVE = {"type": "number", "minimum": 0}
_COUNT = {"type": ["integer", "null"], "minimum": 0}
_DISTRIBUTION = {"$ref": "#/components/schemas/Distribution"}
_EXPLORE = {"$ref": "#/components/schemas/Explore"}


def _object(properties: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Any:
    """Return the schema of an object that has these properties, and no others."""
    return {
        "type": "object",
        "properties": {**properties, **(optional or {})},
        "required": list(properties),
        "additionalProperties": False,
    }


def _kind(name: str, meaning: str, content: Schema) -> Any:
    """Return the schema of an object with one key, which says of what kind its content is."""
    return {"title": name, "description": meaning, **_object({name: content})}


def _each(content: Schema, *, nullable: bool = False) -> Any:
    """Return the schema of an object with something for each hyperparameter."""
    kinds = ["object", "null"] if nullable else "object"
    return {"type": kinds, "additionalProperties": content}


_PBT = _object(
    {
        "objective": {"enum": ["min", "max"]},
        "qualityResultName": {"type": "string", "description": "The result to optimise."},
        "exploit": _kind(
            "truncate",
            "A member among the worst of this share copies one of the best.",
            {"type": "number", "exclusiveMinimum": 0, "maximum": 0.5},
        ),
    },
    {
        "explore": {
            "description": "How the hyperparameters of a copy are varied.",
            **_each(_EXPLORE, nullable=True),
        },
        "init": {
            "description": "Where the first hyperparameters of a member come from.",
            **_each(_DISTRIBUTION, nullable=True),
        },
        "numParallel": {"description": "How many members there are.", **_COUNT},
        "maxGenerations": {"description": "How many jobs each member brings to an end.", **_COUNT},
        "max_generations": {"description": "The same, for old clients.", **_COUNT},
    },
)

SCHEDULER_SCHEMAS: Mapping[str, Schema] = {
    "Scheduler": {
        "title": "Scheduler",
        "description": "How hyperparameters are chosen: an object with one key.",
        "oneOf": [
            _kind("Manual", "Jobs come from people.", {"type": "null"}),
            _kind(
                "RandomSearch",
                "Each hyperparameter is drawn from its distribution.",
                _each(_DISTRIBUTION),
            ),
            _kind("PBT", "Population-based training: the bad copy the good, and vary.", _PBT),
        ],
    },
    "Distribution": {
        "title": "Distribution",
        "description": "Where a hyperparameter comes from: an object with one key.",
        "oneOf": [
            _kind(
                "uniform",
                "A number from `low`, inclusive, to `high`, exclusive.",
                _object({"low": _NUMBER, "high": _NUMBER}),
            ),
            _kind(
                "loguniform",
                "A number whose logarithm is uniform.",
                _object({"low": _POSITIVE, "high": _POSITIVE}),
            ),
            _kind(
                "normal",
                "A number around `mean`, with the standard deviation `std`.",
                _object({"mean": _NUMBER, "std": _NOT_NEGATIVE}),
            ),
            _kind(
                "choice",
                "One of some values of any kind, each as likely as its weight says.",
                _object(
                    {"values": {"type": "array", "minItems": 1}},
                    {"weights": {"type": ["array", "null"], "items": _NOT_NEGATIVE}},
                ),
            ),
            _kind("const", "Always this value, of any kind.", {}),
        ],
    },
    "Explore": {
        "title": "Explore",
        "description": "How a hyperparameter is varied: an object with one key.",
        "oneOf": [
            _kind(
                "perturb",
                "Multiplied by a random factor.",
                _object({"minFactor": _NOT_NEGATIVE, "maxFactor": _NOT_NEGATIVE}),
            ),
            _kind(
                "perturbchoice",
                "Multiplied by one of these factors.",
                _object({"factors": {"type": "array", "items": _NOT_NEGATIVE, "minItems": 1}}),
            ),
            _kind(
                "resample",
                "Drawn anew with this probability.",
                _object({"probability": {"type": "number", "minimum": 0, "maximum": 1}}),
            ),
        ],
    },
}
