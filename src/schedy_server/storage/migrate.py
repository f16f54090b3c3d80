"""Brings a database to the current schema, step by step, each step once.

Migrations are the numbered SQL files of `migrations/<dialect>/`. All that are missing run in one
transaction, together with the note that they ran; other servers that start meanwhile wait for it.

Each file says at its top whether a server that does not know it can go on with the schema that it
leaves: `-- compatible: yes` or `-- compatible: no`. Steps that only add are compatible, so the
servers before them may run on, and even start again; all others wait until those are gone.
"""

import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files

from schedy_server.storage.queries import Dialect
from schedy_server.storage.session import Session

_FILE = re.compile(r"(\d{4})_(\w+)\.sql")
_COMPATIBLE = re.compile(r"^-- compatible: (yes|no)\b", re.MULTILINE)
# The newest step without which a server can't work with the schema, as `meta` has it.
_NEEDED = "needed_migration"


class SchemaTooNew(Exception):
    """The database was made by a later version of Schedy."""


class MigrationUnsafe(Exception):
    """Servers are at work that would go wrong with the new schema."""


@dataclass(frozen=True, slots=True, order=True)
class Migration:
    """One step of the schema."""

    number: int
    name: str
    sql: str

    @property
    def label(self) -> str:
        """How people are told of it."""
        return f"{self.number:04d}_{self.name}"

    @property
    def is_compatible(self) -> bool:
        """Whether servers that do not know it can go on with the schema that it leaves."""
        said = _COMPATIBLE.search(self.sql)
        return said is not None and said[1] == "yes"


def migrations(dialect: Dialect) -> list[Migration]:
    """Return all steps of the schema, in order."""
    folder = files("schedy_server.storage").joinpath("migrations", dialect)
    return sorted(
        Migration(int(match[1]), match[2], file.read_text("utf-8"))
        for file in folder.iterdir()
        if (match := _FILE.fullmatch(file.name))
    )


def migrate(
    session: Session,
    dialect: Dialect,
    *,
    prepare: Callable[[Session, Sequence[Migration]], None] = lambda session, missing: None,
) -> list[str]:
    """Run the missing migrations and return their names; none, if the schema is current.

    Args:
        prepare: Called inside the transaction, with the steps that are about to change a database
            which is in use; raises if they must not.

    Raises:
        SchemaTooNew: The database has migrations with which this version can't work.
    """
    session.begin(writing=True)
    try:
        missing = _missing(session, dialect, prepare)
        for step in missing:
            _run(session, step)
        if session.one("meta", name="epoch") is None:
            session.run("set_meta", name="epoch", value=secrets.token_urlsafe(4))
        session.commit()
    except BaseException:
        session.rollback()
        raise
    return [step.label for step in missing]


def check_schema(session: Session, dialect: Dialect) -> list[Migration]:
    """Refuse a schema with which this version can't work, and return the steps that it lacks.

    Raises:
        SchemaTooNew: The database has migrations with which this version can't work.
    """
    session.begin(writing=False)
    try:
        steps = migrations(dialect)
        done = _refuse_unknown(session, steps)
        return [step for step in steps if step.number not in done]
    finally:
        session.rollback()


def _missing(
    session: Session,
    dialect: Dialect,
    prepare: Callable[[Session, Sequence[Migration]], None],
) -> list[Migration]:
    session.run("lock_migrations")
    session.run("create_migration_table")
    steps = migrations(dialect)
    done = _refuse_unknown(session, steps)
    missing = [step for step in steps if step.number not in done]
    if done and missing:
        prepare(session, missing)
    return missing


def _refuse_unknown(session: Session, known: Sequence[Migration]) -> set[int]:
    """Return the numbers of the steps that were done, if all that matters is known."""
    done = {number for (number,) in session.all("migrations_done")}
    numbers = {step.number for step in known}
    unknown = done - numbers
    if unknown:
        needed = session.one("meta", name=_NEEDED)
        if needed is None or int(needed[0]) > max(numbers):
            raise SchemaTooNew(
                f"The database was made by a later version of Schedy (migration {max(unknown)}): "
                "install that version, or restore a backup from before."
            )
    return done


def _run(session: Session, step: Migration) -> None:
    session.script(step.sql)
    session.run("insert_migration", number=step.number, name=step.name, at=time.time_ns() // 1000)
    if not step.is_compatible:
        session.run("set_meta", name=_NEEDED, value=str(step.number))
