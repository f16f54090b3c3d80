"""What is done to many jobs at once, and what became of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from schedy.errors import UnhandledResponseError

__all__ = ["ACTIONS", "Outcome", "outcome_of", "wish"]

ACTIONS = ("requeue", "cancel", "void", "delete", "tag", "untag")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of jobs to which something was done, or would become of them.

    Attributes:
        matched: How many jobs were meant.
        changed: To how many it was done; to the others it could not be, or it was like that before.
        refused: Why it could not be done, by the id of the job; the first hundred of them.
        more: Whether there are more of those.
    """

    matched: int
    changed: int
    refused: Mapping[str, str]
    more: bool


def wish(
    action: str,
    jobs: Iterable[str] | None,
    wanted: str | None,
    *,
    tag: str | None,
    reason: str | None,
    dry_run: bool,
) -> dict[str, Any]:
    """Return what the server is asked to do.

    Raises:
        ValueError: It is not said which jobs, or it is said twice.
    """
    if (jobs is None) == (wanted is None):
        raise ValueError("say which jobs: either jobs=[...] or filter='status:crashed'")
    optional = {
        "ids": None if jobs is None else list(jobs),
        "filter": wanted,
        "tag": tag,
        "reason": reason,
        "dry_run": dry_run or None,
    }
    return {"action": action, **{key: each for key, each in optional.items() if each is not None}}


def outcome_of(wire: Any) -> Outcome:
    """Read what became of the jobs.

    Raises:
        UnhandledResponseError: The answer does not say it.
    """
    try:
        return Outcome(
            matched=wire["matched"],
            changed=wire["changed"],
            refused={each["id"]: each["reason"] for each in wire["refused"]},
            more=wire["more"],
        )
    except (KeyError, TypeError) as error:
        raise UnhandledResponseError("The answer does not say what was done.", None) from error
