"""ETags of jobs: which job, which version, and who read it.

A tag is `epoch.job.version.nonce`. The version makes it the fence of RFC 9110 section 13.1.1, for
this job and not for another that was created later under the same id. The nonce is fresh in every
answer that hands out a job, so that two workers that read the same version hold different tags and
a repeated request can be told from a rival's. The epoch changes when a backup is restored, so that
tags from a lost future match nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from schedy_server.model.jobs import Job

_LONGEST_HEADER = 256
_PARTS = re.compile(r"([\w-]{1,32})\.([\w-]{1,40})\.([0-9]{1,18})\.([\w-]{1,64})", re.ASCII)
# Proxies that compress weaken a tag, or append the coding to it.
_QUOTED = re.compile(r'(?:W/)?"([^"]*?)(?:--?gzip|;gzip)?"')


@dataclass(frozen=True, slots=True)
class Tag:
    """One reading of one version of a job."""

    epoch: str
    job: str
    version: int
    nonce: str

    @classmethod
    def of(cls, job: Job, *, epoch: str, nonce: str, version: int | None = None) -> Self:
        """Return a tag for whoever reads a job, as it is now or as it was at a version."""
        return cls(epoch, identity(job), job.version if version is None else version, nonce)

    def matches(self, job: Job, *, epoch: str) -> bool:
        """Tell whether the job is still as whoever holds this tag has seen it."""
        return (self.version, self.epoch, self.job) == (job.version, epoch, identity(job))

    def is_of(self, job: Job, *, epoch: str) -> bool:
        """Tell whether it is a tag of this job, at whatever version."""
        return (self.epoch, self.job) == (epoch, identity(job))

    def __str__(self) -> str:
        """Return the tag as it is remembered, without quotes."""
        return f"{self.epoch}.{self.job}.{self.version}.{self.nonce}"

    @property
    def header(self) -> str:
        """Return the value of an `ETag` header."""
        return f'"{self}"'


def identity(job: Job) -> str:
    """Return what no other job has, not even one that gets its id after it was deleted."""
    return f"{job.number}-{round(job.created.timestamp() * 1_000_000):x}"


class AnyVersion:
    """The condition `If-Match: *`: whatever the version, as long as there is one."""


ANY = AnyVersion()
Condition = Sequence[Tag] | AnyVersion


def parse_condition(header: str) -> Condition:
    """Read the value of an `If-Match` or `If-None-Match` header.

    Whatever is no tag of ours matches nothing, and is left out rather than refused: the answer to
    a stale tag must be the same as to a foreign one.
    """
    text = header.strip()
    if text == "*":
        return ANY
    if len(text) > _LONGEST_HEADER:
        return ()
    return tuple(
        Tag(parts[1], parts[2], int(parts[3]), parts[4])
        for quoted in _QUOTED.finditer(text)
        if (parts := _PARTS.fullmatch(quoted[1]))
    )
