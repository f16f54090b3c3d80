"""ETags of jobs: which version, and who read it.

A tag is `epoch.version.nonce`. The version makes it the fence of RFC 9110 section 13.1.1; the
nonce is fresh in every answer that hands out a job, so that two workers that read the same version
hold different tags and a repeated request can be told from a rival's. The epoch changes when a
backup is restored, so that tags from a lost future match nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_LONGEST_HEADER = 256
_PARTS = re.compile(r"([A-Za-z0-9_-]{1,32})\.([0-9]{1,18})\.([A-Za-z0-9_-]{1,64})")
# Proxies that compress weaken a tag, or append the coding to it.
_QUOTED = re.compile(r'(?:W/)?"([^"]*?)(?:--?gzip|;gzip)?"')


@dataclass(frozen=True, slots=True)
class Tag:
    """One reading of one version of a job."""

    epoch: str
    version: int
    nonce: str

    def __str__(self) -> str:
        """Return the tag as it is remembered, without quotes."""
        return f"{self.epoch}.{self.version}.{self.nonce}"

    @property
    def header(self) -> str:
        """Return the value of an `ETag` header."""
        return f'"{self}"'


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
        Tag(parts[1], int(parts[2]), parts[3])
        for quoted in _QUOTED.finditer(text)
        if (parts := _PARTS.fullmatch(quoted[1]))
    )
