"""What the database of a run holds afterwards: the truth that the history is compared with."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw
import psycopg

from tests.faults.history import digest

_FINAL = {"DONE", "CRASHED", "PRUNED"}


@dataclass(frozen=True, slots=True)
class StoredWrite:
    """One line of the audit trail.

    Attributes:
        state: The digest of the job's content afterwards; None if the server keeps none.
    """

    version: int
    attempt: int
    before: str | None
    after: str
    base: str | None = None
    state: bytes | None = None


@dataclass(frozen=True, slots=True)
class StoredAttempt:
    """One hand-out.

    Attributes:
        late: `adopted` or `kept`, if its result came when it was over.
        is_leased: It ends by itself if its worker falls silent.
    """

    n: int
    state: str
    worker: str | None = None
    late: str | None = None
    is_leased: bool = False


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A job, and all that is remembered of it.

    Attributes:
        key: The digest of its hyperparameters.
        digest: That of its results.
        content: The digest of the row, computed as the audit trail does.
        kept: The digests of results that were refused, and are kept aside.
    """

    id: str
    number: int
    status: str
    version: int
    attempt: int
    key: str
    digest: str
    worker: str | None = None
    reason: str | None = None
    content: bytes | None = None
    writes: Sequence[StoredWrite] = ()
    attempts: Sequence[StoredAttempt] = ()
    kept: Sequence[str] = ()

    @property
    def is_final(self) -> bool:
        """Tell whether the job is over."""
        return self.status in _FINAL


@dataclass(frozen=True, slots=True)
class Stored:
    """All jobs of a run, by id.

    Attributes:
        orphans: Digests of results that are kept although their job is gone.
    """

    jobs: Mapping[str, StoredJob] = field(default_factory=dict)
    orphans: Sequence[str] = ()


def load(database: Path | str) -> Stored:
    """Read a database: an SQLite file, or the URL of a PostgreSQL one."""
    tables = _sqlite(database) if isinstance(database, Path) else _postgres(database)
    return _assembled(tables)


_QUERIES = {
    "job": "SELECT * FROM job",
    "job_write": "SELECT * FROM job_write ORDER BY experiment_key, number, version",
    "attempt": "SELECT * FROM attempt ORDER BY experiment_key, number, n",
    "quarantine": "SELECT * FROM quarantine",
}
_Row = dict[str, Any]


def _sqlite(path: Path) -> dict[str, list[_Row]]:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.row_trace = lambda cursor, row: dict(
            zip((name for name, _ in cursor.get_description()), row, strict=True)
        )
        return {name: list(connection.execute(sql)) for name, sql in _QUERIES.items()}
    finally:
        connection.close()


def _postgres(url: str) -> dict[str, list[_Row]]:
    with psycopg.connect(url, row_factory=psycopg.rows.dict_row) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return {name: connection.execute(sql).fetchall() for name, sql in _QUERIES.items()}


def _assembled(tables: Mapping[str, Sequence[_Row]]) -> Stored:
    writes = _by_job(tables["job_write"])
    attempts = _by_job(tables["attempt"])
    kept: dict[object, list[str]] = {}
    for row in tables["quarantine"]:
        body = json.loads(row["body"])
        kept.setdefault((row["experiment_key"], row["job_id"]), []).append(
            digest(body.get("results") or {})
        )
    jobs = {}
    for row in tables["job"]:
        place = (row["experiment_key"], row["number"])
        aside = kept.pop((row["experiment_key"], row["id"]), [])
        jobs[row["id"]] = _job(row, writes.get(place, []), attempts.get(place, []), aside)
    return Stored(jobs, [each for some in kept.values() for each in some])


def _by_job(rows: Sequence[_Row]) -> dict[tuple[int, int], list[_Row]]:
    found: dict[tuple[int, int], list[_Row]] = {}
    for row in rows:
        found.setdefault((row["experiment_key"], row["number"]), []).append(row)
    return found


def _job(
    row: _Row, writes: Sequence[_Row], attempts: Sequence[_Row], kept: Sequence[str]
) -> StoredJob:
    return StoredJob(
        id=row["id"],
        number=row["number"],
        status=row["status"],
        version=row["version"],
        attempt=row["attempt"],
        key=digest(json.loads(row["hyperparameters"])),
        digest=digest(json.loads(row["results"])),
        worker=row["worker"],
        reason=row["reason"],
        content=_content(row),
        writes=[
            StoredWrite(
                version=each["version"],
                attempt=each["attempt"],
                before=each["from_status"],
                after=each["to_status"],
                base=each["base_tag"],
                state=each.get("state_digest"),
            )
            for each in writes
        ],
        attempts=[
            StoredAttempt(
                each["n"],
                each["state"],
                each["worker"],
                each.get("late"),
                is_leased=each.get("claim_id") is not None,
            )
            for each in attempts
        ],
        kept=kept,
    )


def _content(row: _Row) -> bytes:
    """Compute anew what the audit trail says of the row's content; not with the server's code."""
    parts = (row["status"], str(row["attempt"]), row["hyperparameters"], row["results"])
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()[:16]
