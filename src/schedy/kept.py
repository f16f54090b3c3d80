"""Results that the server could not apply and kept: a user may have them count after all."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schedy.connection import segment
from schedy.jobs import Home, Job

__all__ = ["Kept", "of_job"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Results that came too late, or for a job that somebody else had changed.

    Attributes:
        id: Under which they are kept.
        job: The id of the job that they were sent for.
        attempt: The number of the attempt whose results they are; None if that is not known.
        why: Why they could not be applied.
        at: When they came.
        status: What the job was to become; None where they were sent while it ran.
        results: The results.
        hyperparameters: None if they were not sent.
        adopted: When somebody had them count after all; None if nobody did.
    """

    id: int
    job: str
    attempt: int | None
    why: str
    at: datetime | None
    status: str | None
    results: Mapping[str, Any]
    hyperparameters: Mapping[str, Any] | None
    adopted: datetime | None
    home: Home = field(repr=False)

    def adopt(
        self, reason: str | None = None, *, status: str | None = None, replace: bool = False
    ) -> Job:
        """Have them count as the results of their job; whoever runs it is told to stop.

        Args:
            reason: Why, for those who read the log.
            status: How the job ended: DONE, PRUNED or CRASHED; by default, as was sent.
            replace: Also if the job is DONE with other results.

        Raises:
            ClientRequestError: The job is DONE, or gone, or nobody says how it ended.
        """
        path = f"experiments/{segment(self.home.name)}/kept/{self.id}/adopt/"
        body: dict[str, Any] = {"replace": replace}
        body |= {} if reason is None else {"reason": reason}
        body |= {} if status is None else {"status": status}
        answer = self.home.connection.request(
            "POST", path, body, headers={"Idempotency-Key": str(uuid.uuid4())}
        )
        return Job.from_answer(self.home, answer)


def of_job(job: str | Job | None) -> Mapping[str, str]:
    """Return what asks for only what is about a job, given itself or by its id."""
    return {} if job is None else {"job": job if isinstance(job, str) else job.job_id}
