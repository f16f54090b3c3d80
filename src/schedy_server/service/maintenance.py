"""Maintenance: for a while, no server hands out jobs; those that run go on and end."""

import json
from dataclasses import dataclass
from datetime import datetime

from schedy_server.storage.ledger import Ledger

_NAME = "maintenance"
_OFF = ""


@dataclass(frozen=True, slots=True)
class Maintenance:
    """A maintenance that is on.

    Attributes:
        message: What workers and people are told; may be empty.
    """

    message: str
    since: datetime


def current(ledger: Ledger) -> Maintenance | None:
    """Return the maintenance that is on, or None."""
    text = ledger.notes.setting(_NAME)
    if not text:
        return None
    said = json.loads(text)
    return Maintenance(said["message"], datetime.fromisoformat(said["since"]))


def start(ledger: Ledger, message: str, now: datetime) -> None:
    """Have all servers hand out no jobs, from a few seconds on."""
    text = json.dumps({"message": message, "since": now.isoformat()})
    ledger.notes.set_setting(_NAME, text)


def stop(ledger: Ledger) -> None:
    """Have them hand out jobs again."""
    ledger.notes.set_setting(_NAME, _OFF)
