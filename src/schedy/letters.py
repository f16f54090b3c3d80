"""Letters: requests with the end of a job, as they are written before they are sent."""

import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from schedy import encoding

__all__ = ["Letter"]

_FORMAT = 1
_CHECK = b',"crc32":"'
_FIELDS = (
    "root",
    "email",
    "method",
    "path",
    "etag",
    "lease_id",
    "experiment",
    "job_id",
    "attempt",
    "created",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A request that has to reach the server, with all that it takes to send it.

    Attributes:
        root: The server's URL.
        email: Who sends it.
        path: Below the root, quoted.
        etag: The version of the job that it changes; goes into If-Match.
        lease_id: Proves that the sender was the job's worker.
        content: The body of the request, as it travels.
        attempt: Which attempt of the job it is about.
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
    content: bytes
    attempt: int | None = None
    created: float = field(default_factory=time.time)

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the request."""
        return {} if self.etag is None else {"If-Match": self.etag}

    @property
    def has_results(self) -> bool:
        """Whether there is anything in it that only the sender knows."""
        return bool(encoding.decode(self.content).get("results"))

    def written(self) -> bytes:
        """Return the letter as JSON; its end proves that it is whole."""
        head = {"format": _FORMAT, **{name: getattr(self, name) for name in _FIELDS}}
        text = encoding.encode(head)[:-1] + b',"body":' + self.content
        return text + _CHECK + b'%08x"}' % zlib.crc32(text)

    @classmethod
    def read(cls, text: bytes) -> Self:
        """Return a letter from what was written.

        Raises:
            ValueError: It is none, or not whole.
        """
        text = text.rstrip()
        checked, check, rest = text.rpartition(_CHECK)
        if check and rest != b'%08x"}' % zlib.crc32(checked):
            raise ValueError("it was not written to its end")
        values = encoding.decode(text)
        try:
            content = encoding.encode(values["body"])
            known = {name: values.get(name) for name in _FIELDS}
            return cls(**{**known, "content": content, "created": values["created"]})
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError("it is no letter") from error
