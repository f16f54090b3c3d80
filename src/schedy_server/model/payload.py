"""JSON objects that users own: kept exactly as received, readable when needed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Payload:
    """A JSON object, as text for keeping and as a value for looking into."""

    text: str
    value: Mapping[str, Any]


EMPTY = Payload("{}", {})
