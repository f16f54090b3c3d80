"""Requests without a browser, timed."""

import time
import urllib.request
from collections.abc import Mapping

_NO_HEADERS: Mapping[str, str] = {}


def timed(
    address: str, headers: Mapping[str, str] = _NO_HEADERS, *, limit: float = 60
) -> tuple[float, float, int]:
    """Return milliseconds to the first byte and to the last, and how many bytes there were.

    Raises:
        OSError: There was no answer in time, or it was a refusal.
    """
    began = time.perf_counter()
    request = urllib.request.Request(address, headers=dict(headers))  # noqa: S310  on loopback
    with urllib.request.urlopen(request, timeout=limit) as answer:  # noqa: S310  likewise
        size = len(answer.read(1))
        first = time.perf_counter() - began
        while part := answer.read(1 << 20):
            size += len(part)
            if time.perf_counter() - began > limit:
                raise TimeoutError(f"not within {limit:.0f} s")
    return first * 1e3, (time.perf_counter() - began) * 1e3, size
