"""The process that calculates: reads tasks, writes what came of them, ends when nobody asks.

    python -m schedy_server.analysis

What it reads and writes is a length (32 bits, big-endian) and as many bytes. It ends with its
input, so that it never outlives the server, however that ends.
"""

import os
import signal
import sys
import traceback
from typing import BinaryIO

import msgspec

from schedy_server.analysis.curves import curves
from schedy_server.analysis.importance import importance
from schedy_server.analysis.pareto import pareto
from schedy_server.analysis.predictions import predictions
from schedy_server.analysis.surface import surface
from schedy_server.analysis.tasks import (
    FAILED,
    FOUND,
    Curves,
    Found,
    Importance,
    Pareto,
    Predictions,
    Surface,
    Task,
    encode,
)

_LENGTH = 4  # bytes
_NICE = 10  # jobs are handed out first


def main() -> None:
    """Calculate what is asked for until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends the input
    os.nice(_NICE)
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing that prints disturbs the answers
    decode = msgspec.msgpack.Decoder(Task).decode
    while (message := _read(asked)) is not None:
        answer = _answer(decode(message))
        answers.write(len(answer).to_bytes(_LENGTH, "big") + answer)
        answers.flush()


def calculate(task: Task) -> Found:
    """Return what comes of a task."""
    match task:
        case Importance():
            return importance(task)
        case Predictions():
            return predictions(task)
        case Surface():
            return surface(task)
        case Pareto():
            return pareto(task)
        case Curves():
            return curves(task)


def _answer(task: Task) -> bytes:
    try:
        return FOUND + encode(calculate(task))
    except Exception:  # noqa: BLE001 - the outermost loop: the server tells of it
        return FAILED + traceback.format_exc().encode("utf-8", "backslashreplace")


def _read(stream: BinaryIO) -> bytes | None:
    """Return a message; None if there is none any more."""
    head = stream.read(_LENGTH)
    if len(head) < _LENGTH:
        return None
    size = int.from_bytes(head, "big")
    message = stream.read(size)
    return message if len(message) == size else None


if __name__ == "__main__":
    main()
