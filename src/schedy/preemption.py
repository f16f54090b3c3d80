"""A machine that is wanted for something else: the signal ends the block of a job, not its work.

Inside the block of a job, in the main thread, SIGTERM and SIGUSR1 raise `Preempted`, unless the
program has handlers of its own. While a block is being left, a signal waits until the result is on
disk, and only cuts the waiting for the server short.
"""

import importlib
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any, TypeVar

__all__ = ["Preempted", "enter", "leave", "leave_begins", "leaving", "unless_preempted"]

T = TypeVar("T")

_CODE = 128 + 15  # as a shell says of a process that SIGTERM ended
_SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGUSR1") if hasattr(signal, name))

_DEFAULT = int(signal.SIG_DFL)

# What is behind `signal`, without its enumerations, which take twenty times as long: a block may be
# entered and left a thousand times a second.
raw: Any = importlib.import_module("_signal")


class Preempted(SystemExit):
    """The machine is wanted for something else; the job goes back to the queue.

    It passes through `except Exception`, and ends the process with exit code 143 unless somebody
    catches it. Programs with signal handlers of their own may raise it themselves.
    """

    def __init__(self, code: int = _CODE) -> None:
        super().__init__(code)

    def __str__(self) -> str:
        return "the machine is wanted for something else"


@dataclass(slots=True)
class _Watch:
    """What signals mean for the main thread at the moment.

    Attributes:
        depth: How many blocks it is in.
        ours: The signals that we have taken over.
        has_raised: One signal is enough.
        is_leaving: A block is being left: there is a result to be brought to safety first.
        may_interrupt: It is in safety.
        is_pending: A signal came meanwhile.
        exits: The code that begins to leave a block.
    """

    depth: int = 0
    ours: list[int] = field(default_factory=list)
    has_raised: bool = False
    is_leaving: bool = False
    may_interrupt: bool = False
    is_pending: bool = False
    exits: set[CodeType] = field(default_factory=set)


_watch = _Watch()
_masks: dict[int, set[Any]] = {}  # of the signals that threads had blocked before they forked


def leaving(function: Callable[..., None]) -> Callable[..., None]:
    """Decorate what leaves a block: a signal on its first line must not end it."""
    _watch.exits.add(function.__code__)
    return function


def enter() -> bool:
    """Take signals from now on, and tell whether `leave` has to be called."""
    if threading.get_ident() != threading.main_thread().ident:
        return False
    _watch.depth += 1
    if _watch.depth == 1:
        for number in _SIGNALS:
            _take_over(number)
    return True


def leave_begins() -> None:
    """A block is being left."""
    _watch.is_leaving = True


def leave() -> None:
    """A block was left.

    Raises:
        Preempted: A signal came while it was being left.
    """
    _watch.depth -= 1
    if _watch.depth == 0:
        _give_back()
        _watch.has_raised = False
    _watch.is_leaving = _watch.may_interrupt = False
    if _watch.is_pending:
        _watch.is_pending = False
        raise Preempted


def unless_preempted(ask: Callable[[], T], in_a_hurry: Callable[[], T]) -> T:
    """Call the first function; if a signal interrupts it, the second one.

    Only what is being left can be interrupted like that; elsewhere `Preempted` passes.
    """
    if not _watch.is_leaving or threading.get_ident() != threading.main_thread().ident:
        return ask()
    if _watch.is_pending or _watch.has_raised:
        return in_a_hurry()
    try:
        _watch.may_interrupt = True
        result = ask()
        _watch.may_interrupt = False
    except Preempted:
        _watch.may_interrupt = False
        _watch.is_pending = True
        return in_a_hurry()
    finally:
        _watch.may_interrupt = False
    return result


def _take_over(number: int) -> None:
    try:
        if raw.getsignal(number) == _DEFAULT:
            raw.signal(number, _take)
            _watch.ours.append(number)
    except ValueError:  # a main thread that is none: a subinterpreter's
        pass


def _give_back() -> None:
    ours, _watch.ours = _watch.ours, []
    for number in ours:
        if raw.getsignal(number) is _take:
            raw.signal(number, _DEFAULT)


def _take(number: int, frame: FrameType | None) -> None:
    if _watch.is_leaving or (frame is not None and frame.f_code in _watch.exits):
        if not _watch.may_interrupt:
            _watch.is_pending = True
            return
    elif _watch.has_raised:
        return
    _watch.may_interrupt = False
    _watch.has_raised = True
    raise Preempted


def _fork_begins() -> None:
    """Hold signals back: one that hit a child before it is an ordinary process would get lost."""
    if _watch.ours:
        _masks[threading.get_ident()] = signal.pthread_sigmask(signal.SIG_BLOCK, _watch.ours)


def _fork_ends() -> None:
    mask = _masks.pop(threading.get_ident(), None)
    if mask is not None:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _be_a_child() -> None:
    """Be an ordinary process: whoever ends a child of a training knows how to."""
    _give_back()
    _watch.depth = 0
    _watch.has_raised = _watch.is_leaving = _watch.may_interrupt = _watch.is_pending = False
    _fork_ends()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_fork_begins, after_in_parent=_fork_ends, after_in_child=_be_a_child)
