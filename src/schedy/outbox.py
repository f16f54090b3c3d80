"""Final results on their way: each is on disk before it is sent, until the server has answered.

A process that is killed leaves its letters behind, and `schedy flush` sends them. The files are
made for speed: a process keeps one for each result that it sends at the same time, and overwrites
it in place, so that the disk has nothing to allocate. A letter that was answered is blanked, which
need not reach the disk: the server recognises a letter that comes again.
"""

import atexit
import contextlib
import logging
import os
import re
import socket
import time
import uuid
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from schedy.forks import forks
from schedy.letters import Letter

try:
    from fcntl import LOCK_EX, LOCK_NB, flock
except ImportError:  # Windows
    LOCK_EX = LOCK_NB = 0  # type: ignore[misc]  # instead of the real ones

    def flock(fd: int, operation: int, /) -> None:  # type: ignore[misc]  # instead of the real one
        """Lock nothing."""
        raise OSError("there are no such locks here")


__all__ = ["Held", "Orphan", "hold", "orphans", "outbox_folder"]

SETTING = "SCHEDY_OUTBOX"
_OFF = "off"

_BLOCK = 4096  # bytes; what a disk writes at once
_LARGEST_KEPT = 4 * _BLOCK  # a file that grew larger is cut when its letter has gone
_MOST_TIDIED = 64  # files
_OLD = 7 * 86400.0  # seconds
_FLAGS = os.O_RDWR | getattr(os, "O_BINARY", 0)
log = logging.getLogger("schedy")


class Held:
    """A letter that is on disk, if it could be written.

    Attributes:
        file: Where it is; None if it is nowhere.
    """

    def __init__(self, outbox: "_Outbox | None", slot: "_Slot | None") -> None:
        self._outbox = outbox
        self._slot = slot
        self.file = None if slot is None else slot.path

    def done(self) -> None:
        """Forget the letter: the server has it."""
        slot, self._slot = self._slot, None
        if slot is not None and self._outbox is not None:
            with contextlib.suppress(OSError):
                slot.blank()
                self._outbox.free.append(slot)

    def stay(self) -> None:
        """Leave the letter for `schedy flush`."""
        slot, self._slot = self._slot, None
        if slot is not None:
            slot.close()

    @property
    def whereabouts(self) -> str:
        """Where the result is, in a sentence."""
        if self.file is None:
            return "Only this process has the result."
        return f"The result is safe in {self.file} and `schedy flush` sends it."

    @property
    def resting_place(self) -> str:
        """Where the result is that the server will never take, in a sentence."""
        if self.file is None:
            return "Only this process has the result."
        return f"The result stays in {self.file}; `schedy flush` would be refused like this."


@dataclass(slots=True)
class Orphan:
    """A letter whose process may be gone.

    Attributes:
        file: Where it is.
        letter: None if it can't be read.
        problem: Why it can't.
        is_waiting: Its process is alive and will send it.
        is_settled: Whoever handles it says here that it may be removed.
    """

    file: Path
    letter: Letter | None = None
    problem: str = ""
    is_waiting: bool = False
    is_settled: bool = False


def outbox_folder(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return where letters wait; None if they are not wanted.

    Raises:
        RuntimeError: Nobody knows where this user is at home.
    """
    setting = environ.get(SETTING)
    if setting == _OFF:
        return None
    return Path(setting) if setting else Path.home() / ".schedy" / "outbox"


def hold(letter: Letter) -> Held:
    """Write a letter to the disk; when this returns, a power cut no longer matters.

    Where that is impossible, it is said once, and the result is only in this process.
    """
    outbox = _outbox_now()
    if outbox is None or outbox.folder is None:
        return Held(None, None)
    slot = None
    try:
        slot = outbox.slot()
        slot.write(letter.written())
    except (OSError, ValueError) as error:
        if slot is not None:
            slot.remove()
        if not outbox.has_complained:
            outbox.has_complained = True
            log.warning(
                "Results can't be kept in files until they are sent: %s. (%s names another "
                "folder, or is %s.)",
                error,
                SETTING,
                _OFF,
            )
        return Held(None, None)
    return Held(outbox, slot)


def orphans(folder: Path) -> Iterator[Orphan]:
    """Yield the letters in a folder; those that are settled when the next is asked for go away."""
    if not folder.is_dir():
        return
    for path in sorted(folder.glob("*.json")):
        with contextlib.suppress(FileNotFoundError):  # its process has just tidied up
            yield from _handled(path)


def _handled(path: Path) -> Iterator[Orphan]:
    try:
        descriptor = os.open(path, _FLAGS)
    except FileNotFoundError:
        raise
    except OSError as error:  # somebody else's, or protected: the others can be sent all the same
        yield Orphan(path, problem=str(error))
        return
    try:
        lock = _locked(descriptor)
        is_empty = not path.read_bytes().strip()
        if lock is _Lock.NONE:
            # Nobody can tell whether its process lives; what is old is probably nobody's.
            is_in_use = time.time() < os.fstat(descriptor).st_mtime + _OLD
        else:
            is_in_use = lock is _Lock.OTHERS
        if not is_empty:
            orphan = _read(path, is_waiting=is_in_use)
            yield orphan
            if not orphan.is_settled:
                return
        if not is_in_use:
            path.unlink()
    finally:
        os.close(descriptor)


def _read(path: Path, *, is_waiting: bool) -> Orphan:
    try:
        return Orphan(path, Letter.read(path.read_bytes()), is_waiting=is_waiting)
    except ValueError as error:
        return Orphan(path, problem=str(error), is_waiting=is_waiting)


class _Slot:
    """A file for one letter at a time, locked for as long as its process lives."""

    __slots__ = ("_descriptor", "_size", "path")

    def __init__(self, path: Path) -> None:
        self.path = path
        self._size = 0
        self._descriptor = os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o600)
        if _locked(self._descriptor) is _Lock.OTHERS or self.is_gone:
            self.close()
            raise FileNotFoundError("somebody tidied up too thoroughly")

    @property
    def is_gone(self) -> bool:
        """Whether somebody removed the file: what is written to it now, nobody finds."""
        return not os.fstat(self._descriptor).st_nlink

    def write(self, text: bytes) -> None:
        # Whole blocks, and over all of what was there: spaces after JSON mean nothing.
        self._size = max(self._size, (len(text) // _BLOCK + 1) * _BLOCK)
        self._put((text + b"\n").ljust(self._size))
        _sync_data(self._descriptor)

    def blank(self) -> None:
        if self._size > _LARGEST_KEPT:
            os.ftruncate(self._descriptor, 0)
            self._size = 0
        else:
            self._put(b" " * self._size)

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def remove(self) -> None:
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)
        self.close()

    def _put(self, text: bytes) -> None:
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        done = os.write(self._descriptor, text)
        while done < len(text):
            done += os.write(self._descriptor, text[done:])


@dataclass(slots=True)
class _Outbox:
    """The files of this process.

    Attributes:
        folder: None if there are to be none.
        free: Those without a letter.
        slots: All of them.
    """

    folder: Path | None
    free: deque[_Slot] = field(default_factory=deque)
    slots: list[_Slot] = field(default_factory=list)
    has_complained: bool = False

    def slot(self) -> _Slot:
        """Return a file for a letter.

        Raises:
            OSError: There can't be one.
        """
        while self.free:
            with contextlib.suppress(IndexError):  # another thread was faster
                slot = self.free.popleft()
                if not slot.is_gone:
                    return slot
                slot.close()
        self._prepare()
        slot = self._new()
        self.slots.append(slot)
        return slot

    def _new(self) -> _Slot:
        folder = self.folder or Path()
        for _ in range(3):
            with contextlib.suppress(FileNotFoundError, FileExistsError):
                name = f"{_machine()}-{os.getpid()}-{uuid.uuid4().hex[:12]}.json"
                slot = _Slot(folder / name)
                _sync_folder(folder)
                return slot
        return _Slot(folder / f"{uuid.uuid4().hex}.json")

    def _prepare(self) -> None:
        if self.folder is not None:
            if not self.folder.is_dir():
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                for above in list(self.folder.parents)[:2]:
                    _sync_folder(above)  # or a power cut takes the new folders away again
            if not self.slots:
                _tidy(self.folder)


@dataclass(slots=True)
class _Current:
    """The outbox that goes with what the environment says now."""

    outbox: _Outbox | None = None
    key: tuple[Any, ...] | None = None
    is_registered: bool = False


_current = _Current()


def _outbox_now() -> _Outbox | None:
    key = (os.environ.get(SETTING), os.environ.get("HOME"), forks.count)
    if _current.key != key:
        _leave()
        try:
            _current.outbox = _Outbox(outbox_folder())
        except RuntimeError as error:
            log.warning("Results can't be kept in files until they are sent: %s", error)
            _current.outbox = _Outbox(None)
        _current.key = key
        if not _current.is_registered:
            _current.is_registered = True
            atexit.register(_leave)
    return _current.outbox


def _leave() -> None:
    """Take the empty files away."""
    outbox = _current.outbox
    while outbox is not None and outbox.free:
        outbox.free.pop().remove()


def _forget() -> None:
    """Be a child: the files are the parent's, and its locks must end with it."""
    outbox, _current.outbox, _current.key = _current.outbox, None, None
    for slot in [] if outbox is None else outbox.slots:
        slot.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def _tidy(folder: Path) -> None:
    """Remove the empty files that killed processes of this machine have left."""
    ours = f"{_machine()}-"
    names = [name for name in os.listdir(folder) if name.startswith(ours)]  # noqa: PTH208 - speed
    for name in names[:_MOST_TIDIED]:
        with contextlib.suppress(OSError):
            for _ in _handled(folder / name):
                break


def _machine() -> str:
    return re.sub(r"[^A-Za-z0-9_.]", "_", socket.gethostname())[:64] or "localhost"


class _Lock(Enum):
    """Whose a file is."""

    OURS = 1
    OTHERS = 2
    NONE = 3  # of those who come first: there are no locks here


def _locked(descriptor: int) -> _Lock:
    """Lock a file for as long as it is open, and tell whose it is."""
    try:
        flock(descriptor, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return _Lock.OTHERS
    except OSError:
        return _Lock.NONE
    return _Lock.OURS


def _sync_data(descriptor: int) -> None:
    getattr(os, "fdatasync", os.fsync)(descriptor)


def _sync_folder(folder: Path) -> None:
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:  # somebody else's, or any on Windows
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
