"""Results on their way: each is a file until the server has confirmed it.

A worker that is killed while the server is away leaves the file behind, and nothing is lost.
"""

import json
import os
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

__all__ = ["Letter", "keep", "outbox_folder"]

_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A request that has to reach the server, with all that it takes to send it.

    Attributes:
        root: The server's URL.
        email: Who sends it.
        path: Below the root, quoted.
        etag: The version of the job that it changes; goes into If-Match.
        lease_id: Proves that the sender was the job's worker.
        created: Unix time.
    """

    root: str
    email: str
    method: str
    path: str
    etag: str | None
    lease_id: str | None
    experiment: str
    job_id: str
    body: Mapping[str, Any]
    created: float = field(default_factory=time.time)

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the request."""
        return {} if self.etag is None else {"If-Match": self.etag}


def outbox_folder() -> Path:
    """Return where letters wait."""
    return Path.home() / ".schedy" / "outbox"


def keep(letter: Letter, folder: Path) -> Path:
    """Write a letter to a file of its own, readable for its owner alone, and return the file.

    When this returns, a power cut no longer matters; the file is whole or not there.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{letter.created:.0f}-{uuid.uuid4().hex}.json"
    draft = path.with_suffix(".draft")
    values = {each.name: getattr(letter, each.name) for each in fields(letter)}
    content = json.dumps({"format": _FORMAT, **values})
    with open(draft, "x", encoding="ascii", opener=_private) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    _sync(folder)
    return path


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
