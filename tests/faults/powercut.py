"""A06: the power fails, at any moment; what the disk may hold then is built from a recording.

strace records every write and every sync of a server's database. From that follow all the disks
that a power cut at some moment could leave: what was synced is there; what was not may be there,
or not, or half of it. Each of them must hold everything that the server had confirmed by then.
"""

import random
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import apsw

from tests.faults.checkers import Violation
from tests.faults.fleet import fleet
from tests.faults.launcher import Orders
from tests.faults.plan import Plan, Report, end_in_peace, experiment_on, judge, timed
from tests.faults.service import Service
from tests.waiting import wait_until

_SECTOR = 512
_CALL = re.compile(
    r'^\d+\s+(\w+)\((?:\d+<([^>]*)>|"([^"]*)")(?:, (?:"([^"]*)"|(\d+)))?(?:, (\d+))?(?:, (\d+))?'
    r"(?:\)\s+= (-?\d+)| <unfinished \.\.\.>)"
)
_RESUMED = re.compile(r"^(\d+)\s+<\.\.\. (\w+) resumed>\)\s+= 0")


@dataclass(frozen=True, slots=True)
class Op:
    """Something that happened to a file.

    Attributes:
        kind: write, truncate, sync, unlink or ack.
        at: The offset; for a truncation, the new size.
    """

    kind: str
    file: str
    at: int = 0
    data: bytes = b""


@dataclass
class Disk:
    """The files of a database as a power cut leaves them."""

    files: dict[str, bytearray] = field(default_factory=dict)

    def copy(self) -> "Disk":
        """Return another disk with the same content."""
        return Disk({name: bytearray(content) for name, content in self.files.items()})

    def apply(self, op: Op) -> None:
        """Let something happen to it for good."""
        if op.kind == "unlink":
            self.files.pop(op.file, None)
            return
        content = self.files.setdefault(op.file, bytearray())
        if op.kind == "truncate":
            del content[op.at :]
            content.extend(bytes(op.at - len(content)))
        elif op.kind == "write":
            content.extend(bytes(max(0, op.at - len(content))))
            content[op.at : op.at + len(op.data)] = op.data


def parse(trace: Path, folder: Path) -> Iterator[Op]:
    """Yield what a recording tells of the files of a folder, in order."""
    begun: dict[str, Op] = {}
    with trace.open(errors="replace") as lines:
        for line in lines:
            if resumed := _RESUMED.match(line):
                # It counts from its end on: only then everything before it is on the disk.
                if op := begun.pop(resumed[1], None):
                    yield op
                continue
            op = _parsed(line, folder)
            if op is not None and op.kind == "sync" and line.endswith("<unfinished ...>\n"):
                begun[line.split(maxsplit=1)[0]] = op
            elif op is not None:
                yield op


def _parsed(line: str, folder: Path) -> Op | None:
    found = _CALL.match(line)
    if found is None or (found[8] or "0").startswith("-"):
        return None
    path = Path(_plain(found[2] or found[3]).decode())
    if path.parent != folder or path.name.endswith("-shm"):
        return None
    name, call = path.name, found[1]
    match call:
        case "write":
            return Op("ack", name, 0, _plain(found[4])) if name == "acks" else None
        case "pwrite64":
            return Op("write", name, int(found[7]), _plain(found[4]))
        case "ftruncate":
            return Op("truncate", name, int(found[5]))
        case _:
            return Op("unlink" if call == "unlink" else "sync", name)


def _plain(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", "")) if text.startswith("\\x") else text.encode()


@dataclass
class Recording:
    """Builds disks; moments have to be asked for in ascending order.

    Attributes:
        durable: What is on the disk for sure.
        pending: What was asked for since, file by file in the order of all.
        acked: What the server had confirmed.
    """

    ops: Sequence[Op]
    durable: Disk
    pending: list[Op] = field(default_factory=list)
    acked: dict[int, int] = field(default_factory=dict)
    _position: int = 0

    def disk_at(self, moment: int, dice: random.Random) -> Disk:
        """Return a disk that a power cut after so many operations may leave."""
        for op in self.ops[self._position : moment]:
            self._happen(op)
        self._position = max(self._position, moment)
        disk = self.durable.copy()
        luck = dice.choice(["nothing", "everything", "some", "some"])
        for op in self.pending:
            for done in _survives(op, luck, dice):
                disk.apply(done)
        return disk

    def _happen(self, op: Op) -> None:
        if op.kind == "ack":
            for line in op.data.decode().splitlines():
                number, version = map(int, line.split()[1:])
                self.acked[number] = max(version, self.acked.get(number, 0))
        elif op.kind == "sync":
            # Removing a file is journaled: any later sync makes it durable, data needs its own.
            rest = []
            for each in self.pending:
                if each.file == op.file or each.kind == "unlink":
                    self.durable.apply(each)
                else:
                    rest.append(each)
            self.pending = rest
        else:
            self.pending.append(op)


def _survives(op: Op, luck: str, dice: random.Random) -> Iterator[Op]:
    if luck == "nothing" or (luck == "some" and dice.random() < 0.5):
        return
    if luck == "some" and op.kind == "write" and dice.random() < 0.3:
        size = dice.randrange(0, len(op.data) + 1, _SECTOR)
        op = Op("write", op.file, op.at, op.data[:size])
    yield op


def judge_disk(disk: Disk, acked: dict[int, int], folder: Path) -> tuple[int, bool]:
    """Return how many confirmed changes a disk lacks, and whether its database is whole."""
    folder.mkdir()
    for name, content in disk.files.items():
        (folder / name).write_bytes(content)
    try:
        connection = apsw.Connection(str(folder / "schedy.db"))
        try:
            whole = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            rows = dict(connection.execute("SELECT number, max(version) FROM job_write GROUP BY 1"))
        finally:
            connection.close()
    except apsw.Error:
        return len(acked), False
    finally:
        shutil.rmtree(folder)
    return sum(rows.get(number, 0) < version for number, version in acked.items()), whole


def power_cuts(plan: Plan) -> Report:
    """Cut the power of a server that writes as it should."""
    return _played(plan, "FULL", plan.times(2000, least=60), plan.times(1000, least=60))


def careless(plan: Plan, synchronous: str) -> Report:
    """Cut the power of a server that syncs too little: some confirmed changes must be missing."""
    report = _played(plan, synchronous, plan.times(300, least=60), plan.times(300, least=60))
    found = report.violations
    report.reached["detected"] = len(found)
    report.violations = []
    if not found:
        report.violations.append(Violation("lost", "?", f"nothing is amiss with {synchronous}"))
    return report


def _played(plan: Plan, synchronous: str, acks: int, cuts: int) -> Report:
    report = Report("A06", f"power cuts, synchronous={synchronous}", plan)
    place = plan.folder / synchronous
    data = place / "server" / "data"
    with timed(report), ExitStack() as stack:
        service = stack.enter_context(
            Service(place / "server", wrapper=_strace(data, place / "trace"))
        )
        base = Disk({"schedy.db": bytearray((data / "schedy.db").read_bytes())})
        service.start(Orders(acks=str(data / "acks"), synchronous=synchronous))
        experiment_on(service)
        workers = stack.enter_context(
            fleet(place / "workers", service.client, "faults", seed=plan.seed)
        )
        for number in range(3):
            workers.hire(f"w{number}", train=(0.0, 0.0), reports=2)
        workers.hire("adder", add=1_000_000, train=(0.0, 0.0))
        wait_until(lambda: _lines(data / "acks") >= acks, seconds=300)
        end_in_peace(workers, report)
        judge(report, service, workers.history())
        with suppress(ProcessLookupError):
            service.stop()
        _cut(report, base, list(parse(place / "trace", data)), cuts)
        (place / "trace").unlink()
    return report


def _cut(report: Report, base: Disk, ops: Sequence[Op], cuts: int) -> None:
    dice = report.plan.dice("cuts")
    recording = Recording(ops, base)
    lacking = broken = worst = 0
    for moment in sorted(dice.randrange(1, len(ops) + 1) for _ in range(cuts)):
        disk = recording.disk_at(moment, dice)
        missing, whole = judge_disk(disk, recording.acked, report.plan.folder / "disk")
        lacking, broken = lacking + bool(missing), broken + (not whole)
        worst = max(worst, missing)
    report.injected["power cut"] += cuts
    report.reached |= {"recorded operations": len(ops), "disks with losses": lacking}
    if lacking:
        report.violations.append(Violation("lost", "?", f"{lacking} disks, at worst {worst} acks"))
    if broken:
        report.violations.append(Violation("lost", "?", f"{broken} disks are corrupt"))


def _strace(data: Path, trace: Path) -> tuple[str, ...]:
    files = [data / name for name in ("schedy.db", "schedy.db-wal", "acks")]
    return (
        *("strace", "-f", "-qq", "-y", "-xx", "-s", "9000000", "-o", str(trace)),
        *("-e", "trace=pwrite64,write,ftruncate,fsync,fdatasync,unlink"),
        *(part for file in files for part in ("-P", str(file))),
    )


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0
